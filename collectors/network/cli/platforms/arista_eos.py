"""Arista EOS, in JSON."""

from __future__ import annotations

from collections.abc import Iterator

from driftline.collectors.network.cli.asking import CliAsk, CliPlatform
from driftline.collectors.network.cli.cells import configuration
from driftline.collectors.network.cli.jsons import Json, by_json, said, whole
from driftline.collectors.network.cli.neighbours import heard_lldp
from driftline.collectors.network.cli.rows import (
    AddressRow,
    DeviceRow,
    InterfaceRow,
    PartRow,
    RouteCount,
    Row,
    VlanRow,
)
from driftline.graph.model.identity import mac
from driftline.graph.model.neighbours import ArpRow, Station

NO_MASK = 0


def version(shown: Json) -> Iterator[Row]:
    """``{"modelName", "serialNumber", "version", "mfgName"}``."""
    yield DeviceRow(
        vendor="arista",
        model=said(shown["modelName"]),
        serial=said(shown["serialNumber"]),
        version=said(shown["version"]),
    )


def inventory(shown: Json) -> Iterator[Row]:
    """``{"systemInformation": {"name", "serialNum"}, "xcvrSlots": {"1": {…}}, "powerSupplySlots": …}``."""
    system = shown["systemInformation"]
    yield PartRow("Chassis", said(system.get("description")), said(system["name"]), said(system.get("serialNum")))
    for kind in ("powerSupplySlots", "fanTraySlots", "cardSlots", "xcvrSlots"):
        for slot, one in sorted(shown.get(kind, {}).items()):
            serial = said(one.get("serialNum"))
            if serial:
                model = said(one.get("modelName")) or said(one.get("name"))
                yield PartRow(f"{kind.removesuffix('Slots')} {slot}", None, model, serial)


def interfaces(shown: Json) -> Iterator[Row]:
    """``{"interfaces": {"Ethernet1": {"lineProtocolStatus", "mtu", "physicalAddress", "interfaceAddress": […]}}}``."""
    for port, one in shown["interfaces"].items():
        link, descr = said(one.get("interfaceStatus")), said(one.get("description"))
        yield InterfaceRow(port, link, descr, mac(one.get("physicalAddress", "")), whole(one.get("mtu")))
        for found in one.get("interfaceAddress", ()):
            for address in (found.get("primaryIp", {}), *found.get("secondaryIpsOrderedList", ())):
                if address.get("maskLen", NO_MASK) != NO_MASK:
                    yield AddressRow(port, f"{address['address']}/{address['maskLen']}")


def neighbours(shown: Json) -> Iterator[Row]:
    """``{"lldpNeighbors": {"Ethernet1": {"lldpNeighborInfo": [{"chassisIdType", "chassisId", …}]}}}``."""
    for port, found in shown["lldpNeighbors"].items():
        for one in found["lldpNeighborInfo"]:
            end = one["neighborInterfaceInfo"]
            value = (said(end.get("interfaceId_v2")) or said(end["interfaceId"]) or "").strip('"')
            addresses = [
                a["address"] for a in one.get("managementAddresses", ()) if a.get("addressType", "ip")[:2] == "ip"
            ]
            yield heard_lldp(
                port,
                (said(one["chassisIdType"]), said(one["chassisId"])),
                (said(end["interfaceIdType"]), value),
                port_descr=said(end.get("interfaceDescription")),
                name=said(one.get("systemName")),
                addresses=tuple(addresses),
            )


def learned(shown: Json) -> Iterator[Row]:
    """``{"unicastTable": {"tableEntries": [{"macAddress", "vlanId", "interface"}]}}``."""
    for one in shown["unicastTable"]["tableEntries"]:
        found = mac(one["macAddress"])
        if found:
            yield Station(one["interface"], found, whole(one["vlanId"]))


def arp(shown: Json) -> Iterator[Row]:
    """``{"ipV4Neighbors": [{"address", "hwAddress", "interface"}]}``, one table for each VRF under ``vrfs`` of late."""
    tables = shown["vrfs"].values() if "vrfs" in shown else (shown,)
    for one in (one for table in tables for one in table["ipV4Neighbors"]):
        found = mac(one["hwAddress"])
        if found:
            yield ArpRow(one["interface"].partition(",")[0], one["address"], found)


def vlans(shown: Json) -> Iterator[Row]:
    """``{"vlans": {"1": {"name"}}}``."""
    return (VlanRow(int(number), said(one.get("name"))) for number, one in shown["vlans"].items())


def routes(shown: Json) -> Iterator[Row]:
    """``{"vrfs": {"default": {"totalRoutes"}}}``."""
    return (RouteCount(vrf, int(one["totalRoutes"])) for vrf, one in shown["vrfs"].items())


platform = CliPlatform(
    "arista_eos",
    (
        CliAsk("show version | json", by_json(version)),
        CliAsk("show inventory | json", by_json(inventory)),
        CliAsk("show interfaces | json", by_json(interfaces)),
        CliAsk("show lldp neighbors detail | json", by_json(neighbours)),
        CliAsk("show mac address-table | json", by_json(learned)),
        CliAsk("show ip arp vrf all | json", by_json(arp)),
        CliAsk("show vlan | json", by_json(vlans)),
        CliAsk("show ip route vrf all summary | json", by_json(routes)),
        CliAsk("show running-config", configuration("end"), "running"),
        CliAsk("show startup-config", configuration("end"), "startup"),
    ),
)
