"""Raw answers of four virtual networks (SuzieQ's recordings, beside the checkout) as rows, and their true links."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from driftline.graph.model import canonical
from driftline.graph.model.neighbours import ArpRow, Heard, Neighbour, NeighbourRow, PortRow, PortTable, Protocol
from driftline.graph.model.observed import Status
from driftline.graph.model.values import Key, Ms
from tests.recorded import DATA

FOLDER = DATA / "suzieq"
SPACES = ("dual-bgp", "ospf-single", "eos", "nxos")
READ = Ms(1_000)
PLATFORMS = {"cumulus": "linux", "linux": "linux", "eos": "arista_eos", "nxos": "cisco_nxos", "junos-qfx": "juniper"}
SUBTYPES = {
    "mac": "4",
    "macaddress": "4",
    "mac address": "4",
    "locally assigned": "7",
    "local": "7",
    "ifname": "5",
    "interfacename": "5",
    "interface name": "5",
}

Edge = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Network:
    """Rows of one network, and the true directed adjacencies (protocol, device, port, device, port)."""

    tables: tuple[PortTable, ...]
    rows: tuple[NeighbourRow, ...]
    truth: frozenset[Edge]
    shared: frozenset[tuple[str, str]]


def load(space: str) -> Network:
    """Read one of the recorded networks."""
    answers = {table: list(_answers(space, table)) for table in ("lldp", "interfaces", "arpnd", "device")}
    kinds = {a["hostname"]: a["devtype"] for a in answers["device"]}
    ports: dict[str, dict[str, PortRow]] = {host: {} for host in kinds}
    for answer in answers["interfaces"]:
        for row in _ports(answer):
            known = ports[answer["hostname"]]
            known[row.name] = _joined(known[row.name], row) if row.name in known else row
    arp: dict[str, list[ArpRow]] = {host: [] for host in kinds}
    for answer in answers["arpnd"]:
        arp[answer["hostname"]] += [ArpRow(p, a, mac) for p, a, m in _arp(answer) if (mac := canonical.mac(m))]
    heard = [(a["hostname"], *one) for a in answers["lldp"] for one in _heard(a)]
    known = json.loads((FOLDER / "truth" / f"{space}.json").read_text())["adjacencies"]
    return Network(
        tuple(_table(host, kind, ports[host], arp[host], answers["device"]) for host, kind in sorted(kinds.items())),
        tuple(_rows(heard)),
        frozenset((a["protocol"], a["host"], a["port"], a["far_host"], a["far_port"]) for a in known),
        frozenset((a["host"], a["port"]) for a in known if a["shared_port"]),
    )


def _answers(space: str, table: str) -> Iterator[dict[str, Any]]:
    text, at = (FOLDER / "inputs" / space / f"{table}.output").read_text(), 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        found, at = json.JSONDecoder().raw_decode(text, at)
        yield from found


def _table(
    host: str, kind: str, ports: dict[str, PortRow], arp: list[ArpRow], device: list[dict[str, Any]]
) -> PortTable:
    base = [a["data"].get("systemMacAddress") for a in device if a["hostname"] == host and isinstance(a["data"], dict)]
    return PortTable(
        id=host,
        device=Key(host),
        platform=PLATFORMS[kind],
        names=(host,),
        macs=tuple(filter(None, base)),
        ports=tuple(ports.values()),
        arp=tuple(arp),
        heard=tuple(Heard(p, Status.COMPLETE, READ, READ, READ) for p in (Protocol.LLDP, Protocol.CDP)),
    )


def _rows(heard: list[tuple[str, Protocol, str, Neighbour]]) -> Iterator[NeighbourRow]:
    shelves: dict[tuple[str, Protocol, str], list[Neighbour]] = {}
    for host, protocol, port, said in heard:
        shelves.setdefault((host, protocol, port), []).append(said)
    for (host, protocol, port), said_here in shelves.items():
        yield NeighbourRow(
            id=f"{host}|{protocol}|{port}",
            device=Key(host),
            protocol=protocol,
            port=port,
            method="name",
            heard=tuple(said_here),
            since_ms=READ,
            read_start_ms=READ,
            read_end_ms=READ,
        )


# neighbours


def _said(chassis: tuple[str, str], port: tuple[str, str], descr: str = "", name: str = "", *ips: str) -> Neighbour:
    kind, raw = SUBTYPES[chassis[0].lower()], chassis[1]
    mac = (canonical.mac(raw) or "").replace(":", "") if kind == "4" else ""
    octets = mac or raw.encode().hex()
    ips = tuple(canonical.address(ip) for ip in ips)
    return Neighbour(kind, octets, SUBTYPES[port[0].lower()], port[1].encode().hex(), descr, name, ips)


def _heard(answer: dict[str, Any]) -> Iterator[tuple[Protocol, str, Neighbour]]:
    kind, data = answer["devtype"], answer["data"]
    if "cdp" in answer["cmd"]:
        yield from ((Protocol.CDP, port, said) for port, said in _nxos_cdp(data))
        return
    readers: dict[str, Callable[[Any], Iterator[tuple[str, Neighbour]]]] = {
        "cumulus": _cumulus,
        "linux": _lldpctl,
        "eos": _eos,
        "nxos": _nxos,
        "junos-qfx": _junos,
    }
    yield from ((Protocol.LLDP, port, said) for port, said in readers[kind](data))


def _cumulus(text: str) -> Iterator[tuple[str, Neighbour]]:
    for one in json.loads(text)["lldp"][0].get("interface", ()):
        chassis, port = one["chassis"][0], one["port"][0]
        ids, name = chassis["id"][0], chassis.get("name", [{"value": ""}])[0]["value"]
        ips = [ip["value"] for ip in chassis.get("mgmt-ip", ())]
        end, descr = port["id"][0], port.get("descr", [{"value": ""}])[0].get("value", "")
        yield one["name"], _said((ids["type"], ids["value"]), (end["type"], end["value"]), descr, name, *ips)


def _lldpctl(text: str) -> Iterator[tuple[str, Neighbour]]:
    for part in re.split(r"^Interface:", text, flags=re.MULTILINE)[1:]:
        ids = re.search(r"ChassisID:\s+(\w+) (\S+)", part)
        end = re.search(r"PortID:\s+(\w+) (\S+)", part)
        name = re.search(r"SysName:\s+(\S+)", part)
        descr = re.search(r"PortDescr:\s+(\S+)", part)
        assert ids
        assert end
        assert name
        assert descr
        ips = re.findall(r"MgmtIP:\s+(\S+)", part)
        yield part.partition(",")[0].strip(), _said((ids[1], ids[2]), (end[1], end[2]), descr[1], name[1], *ips)


def _eos(data: dict[str, Any]) -> Iterator[tuple[str, Neighbour]]:
    for port, found in data["lldpNeighbors"].items():
        for one in found["lldpNeighborInfo"]:
            end = one["neighborInterfaceInfo"]
            ips = [address["address"] for address in one["managementAddresses"]]
            ids = (end["interfaceIdType"], end["interfaceId"])
            descr = end.get("interfaceDescription", "")
            yield port, _said((one["chassisIdType"], one["chassisId"]), ids, descr, one["systemName"], *ips)


def _nxos(text: str) -> Iterator[tuple[str, Neighbour]]:
    for one in _many(json.loads(text)["TABLE_nbor"]["ROW_nbor"]):
        port = one["l_port_id"].replace("Eth", "Ethernet")
        ends = ((one["chassis_type"], one["chassis_id"]), (one["port_type"], one["port_id"]))
        yield port, _said(*ends, "", "", one["mgmt_addr"])


def _nxos_cdp(text: str) -> Iterator[tuple[str, Neighbour]]:
    for one in _many(json.loads(text)["TABLE_cdp_neighbor_brief_info"]["ROW_cdp_neighbor_brief_info"]):
        device, port = one["device_id"].encode().hex(), one["port_id"].encode().hex()
        yield one["intf_id"], Neighbour(chassis_id=device, port_id=port, platform=one["platform_id"])


def _junos(text: str) -> Iterator[tuple[str, Neighbour]]:
    for one in json.loads(text)["lldp-neighbors-information"][0].get("lldp-neighbor-information", ()):
        chassis = _data(one, "lldp-remote-chassis-id-subtype"), _data(one, "lldp-remote-chassis-id")
        end = _data(one, "lldp-remote-port-id-subtype"), _data(one, "lldp-remote-port-id")
        name = _data(one, "lldp-remote-system-name")
        yield _data(one, "lldp-local-interface"), _said(chassis, end, "", name)


def _data(one: dict[str, Any], name: str) -> str:
    return str(one.get(name, [{}])[0].get("data", ""))


def _many(rows: dict[str, Any] | list[dict[str, Any]]) -> list[dict[str, Any]]:
    return rows if isinstance(rows, list) else [rows]


# ports


def _joined(one: PortRow, other: PortRow) -> PortRow:
    addresses = tuple(sorted({*one.addresses, *other.addresses}))
    return replace(one, mac=one.mac or other.mac, addresses=addresses, if_index=one.if_index or other.if_index)


def _ports(answer: dict[str, Any]) -> Iterator[PortRow]:
    kind, command, data = answer["devtype"], answer["cmd"], answer["data"]
    if "ip -d address" in command:
        yield from _linux_ports(data)
    elif kind == "eos" and command == "show interfaces":
        yield from _eos_ports(data)
    elif kind == "junos-qfx" and "show interface" in command:
        yield from _junos_ports(data)
    elif kind == "nxos" and "Hardware" in command:
        yield from _nxos_macs(data)
    elif kind == "nxos" and "show ip interface" in command:
        yield from _nxos_addresses(data)


def _linux_ports(text: str) -> Iterator[PortRow]:
    for part in re.split(r"^(?=\d+: )", text[text.index("1: lo") :], flags=re.MULTILINE):
        head = re.match(r"(\d+): ([^:@]+)", part)
        if not head:
            continue
        mac = re.search(r"link/ether (\S+)", part)
        addresses = tuple(canonical.address(a) for a in re.findall(r"inet6? (\S+/\d+)", part))
        name = head[2]
        yield PortRow(
            name,
            mac=mac[1] if mac else "",
            if_index=int(head[1]),
            addresses=addresses,
            physical=bool(re.fullmatch(r"(eth|swp)\d+", name)),
        )


def _eos_ports(data: dict[str, Any]) -> Iterator[PortRow]:
    for name, one in data["interfaces"].items():
        own = [a["primaryIp"] for a in one["interfaceAddress"]]
        addresses = tuple(f"{ip['address']}/{ip['maskLen']}" for ip in own if ip["maskLen"])
        mac = canonical.mac(one.get("physicalAddress", "")) or ""
        physical = name.startswith(("Ethernet", "Management")) and "." not in name
        yield PortRow(name, descr=one["description"], mac=mac, addresses=addresses, physical=physical)


def _junos_ports(text: str) -> Iterator[PortRow]:
    for one in json.loads(text)["interface-information"][0]["physical-interface"]:
        name, mac = _data(one, "name"), canonical.mac(_data(one, "hardware-physical-address")) or ""
        physical = name.startswith(("xe-", "em"))
        yield PortRow(name, mac=mac, if_index=int(_data(one, "snmp-index")), physical=physical)
        for unit in one.get("logical-interface", ()):
            families = [a for f in unit.get("address-family", ()) for a in f.get("interface-address", ())]
            nets = [(_data(a, "ifa-local"), _data(a, "ifa-destination").partition("/")[2]) for a in families]
            addresses = tuple(f"{ip}/{length or 32}" for ip, length in nets if ip and "." in ip)
            yield PortRow(_data(unit, "name"), mac=mac, addresses=addresses, physical=False)


def _nxos_macs(text: str) -> Iterator[PortRow]:
    for name, mac in re.findall(r"^(\S+) is .*\n(?:admin.*\n)?\s+Hardware.*address: (\S+)", text, flags=re.MULTILINE):
        physical = name.startswith(("Ethernet", "mgmt")) and "." not in name
        yield PortRow(name, mac=canonical.mac(mac) or "", physical=physical)


def _nxos_addresses(text: str) -> Iterator[PortRow]:
    for one in _many(json.loads(text)["TABLE_intf"]["ROW_intf"]):
        name = one["intf-name"]
        physical = name.startswith(("Ethernet", "mgmt")) and "." not in name
        if "prefix" in one:
            yield PortRow(name, addresses=(f"{one['prefix']}/{one['masklen']}",), physical=physical)


# ARP


def _arp(answer: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    kind, data = answer["devtype"], answer["data"]
    if "ip neigh" in answer["cmd"]:
        yield from ((p, a, m) for a, p, m in re.findall(r"^(\S+) dev (\S+) lladdr (\S+)", data, flags=re.MULTILINE))
    elif kind == "eos":
        entries = (e for vrf in data["vrfs"].values() for e in vrf["ipV4Neighbors"])
        yield from ((e["interface"].partition(",")[0], e["address"], e["hwAddress"]) for e in entries)
    elif kind == "junos-qfx":
        for one in json.loads(data)["arp-table-information"][0]["arp-table-entry"]:
            yield _data(one, "interface-name"), _data(one, "ip-address"), _data(one, "mac-address")
    elif "show ip arp" in answer["cmd"]:
        for vrf in _many(json.loads(data)["TABLE_vrf"]["ROW_vrf"]):
            for one in _many(vrf.get("TABLE_adj", {}).get("ROW_adj", [])):
                yield one["intf-out"], one["ip-addr-out"], one.get("mac", "")
