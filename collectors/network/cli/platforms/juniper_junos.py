"""Juniper Junos, in JSON. What is committed is both running and startup configuration, so there is one document."""

from __future__ import annotations

from collections.abc import Iterator

from driftline.collectors.network.cli.asking import CliAsk, CliPlatform
from driftline.collectors.network.cli.cells import configuration
from driftline.collectors.network.cli.jsons import Json, by_json, junos, junos_all, whole
from driftline.collectors.network.cli.neighbours import heard_lldp
from driftline.collectors.network.cli.rows import AddressRow, DeviceRow, InterfaceRow, PartRow, RouteCount, Row
from driftline.graph.model.identity import mac
from driftline.graph.model.neighbours import ArpRow

PARTS = ("chassis-module", "chassis-sub-module", "chassis-sub-sub-module")
MANY = "multi-routing-engine-results", "multi-routing-engine-item"


def members(shown: Json, name: str) -> Iterator[Json]:
    """The answer of each member of a virtual chassis, or the one answer."""
    found = list(junos_all(shown, *MANY, name) if MANY[0] in shown else shown[name])
    if not found:
        raise KeyError(name)
    yield from found


def version(shown: Json) -> Iterator[Row]:
    """``software-information``: host-name, product-model, junos-version."""
    for one in members(shown, "software-information"):
        name, model, release = (junos(one, key) for key in ("host-name", "product-model", "junos-version"))
        yield DeviceRow(name, "juniper", model, None, release)


def hardware(shown: Json) -> Iterator[Row]:
    """``chassis-inventory``: the chassis has the serial number of the device."""
    for inventory in members(shown, "chassis-inventory"):
        for chassis in junos_all(inventory, "chassis"):
            descr, serial = junos(chassis, "description"), junos(chassis, "serial-number")
            yield DeviceRow(vendor="juniper", model=descr, serial=serial)
            yield from _parts(chassis, "")


def _parts(holder: Json, within: str) -> Iterator[Row]:
    for kind in PARTS:
        for one in junos_all(holder, kind):
            name = f"{within}{junos(one, 'name')}"
            descr, model, serial = (junos(one, key) for key in ("description", "model-number", "serial-number"))
            if serial and serial != "BUILTIN":
                yield PartRow(name, descr, model, serial)
            yield from _parts(one, f"{name} ")


def interfaces(shown: Json) -> Iterator[Row]:
    """``interface-information``: physical interfaces and the addresses of their logical ones."""
    for one in (
        one for said in members(shown, "interface-information") for one in junos_all(said, "physical-interface")
    ):
        port, address = junos(one, "name") or "", junos(one, "current-physical-address")
        link, descr = junos(one, "oper-status"), junos(one, "description")
        yield InterfaceRow(port, link, descr, mac(address or ""), whole(junos(one, "mtu")))
        for logical in junos_all(one, "logical-interface"):
            for found in junos_all(logical, "address-family", "interface-address"):
                local, net = junos(found, "ifa-local"), junos(found, "ifa-destination")
                if local:
                    length = (net or "").partition("/")[2]
                    yield AddressRow(junos(logical, "name") or port, f"{local}/{length}" if length else local)


def neighbours(shown: Json) -> Iterator[Row]:
    """``lldp-neighbors-information``."""
    for one in (
        one
        for said in members(shown, "lldp-neighbors-information")
        for one in junos_all(said, "lldp-neighbor-information")
    ):
        end = "lldp-remote-port-id-subtype", "lldp-remote-port-id"
        chassis = "lldp-remote-chassis-id-subtype", "lldp-remote-chassis-id"
        yield heard_lldp(
            junos(one, "lldp-local-port-id") or junos(one, "lldp-local-interface") or "",
            (junos(one, chassis[0]), junos(one, chassis[1])),
            (junos(one, end[0]), junos(one, end[1])),
            port_descr=junos(one, "lldp-remote-port-description"),
            name=junos(one, "lldp-remote-system-name"),
        )


def arp(shown: Json) -> Iterator[Row]:
    """``arp-table-information``."""
    for one in (one for said in members(shown, "arp-table-information") for one in junos_all(said, "arp-table-entry")):
        found, address = mac(junos(one, "mac-address") or ""), junos(one, "ip-address")
        port = (junos(one, "interface-name") or "").partition(" ")[0]
        if found and address:
            yield ArpRow(port, address, found)


def routes(shown: Json) -> Iterator[Row]:
    """``route-summary-information``."""
    for one in (one for said in members(shown, "route-summary-information") for one in junos_all(said, "route-table")):
        yield RouteCount(junos(one, "table-name") or "", whole(junos(one, "active-route-count")) or 0)


platform = CliPlatform(
    "juniper_junos",
    (
        CliAsk("show version | display json", by_json(version)),
        CliAsk("show chassis hardware | display json", by_json(hardware)),
        CliAsk("show interfaces | display json", by_json(interfaces)),
        CliAsk("show lldp neighbors | display json", by_json(neighbours)),
        CliAsk("show arp no-resolve | display json", by_json(arp)),
        CliAsk("show route summary | display json", by_json(routes)),
        CliAsk("show configuration", configuration(), "running"),
    ),
)
