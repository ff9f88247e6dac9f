"""Whom a device knows by MAC address: ARP and ND on ports with two ends, and what switches learned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import parse_qs, urlsplit

from driftline.collectors.capture import Capture, Damaged
from driftline.collectors.network.answers import ANSWERED, Answers, Row
from driftline.collectors.network.asks import BASE_PORTS, FORWARDING
from driftline.collectors.network.links.claims import joins_two
from driftline.collectors.network.links.own import Own
from driftline.collectors.network.links.ports import Ports
from driftline.collectors.network.read_vlans import BASE_IF_INDEX, base_ports, read_vlans
from driftline.collectors.network.replies import BadReply, Index, TableReply
from driftline.collectors.network.shown import address, mac, number, positive
from driftline.collectors.network.talk_snmp import VLAN
from driftline.graph.model.identity import base_mac
from driftline.graph.model.neighbours import ArpRow, Station

NEW_ARP, OLD_ARP, BY_VLAN = "ipNetToPhysicalTable", "ipNetToMediaTable", "dot1qTpFdbTable"
INVALID, LEARNED = 2, 3
MAC_OCTETS = 6
CROWD = 256
"""A port with more learned addresses than this is no host's."""
VLAN_0, UNDECLARED = "VLAN 0", "VLAN not declared"


def read_arp(answers: Answers, own: Own) -> tuple[ArpRow, ...]:
    """Entries on ports with two ends; of the others nobody can say where they lead."""
    entries = [*_new(answers), *(() if answers.rows(NEW_ARP) else _old(answers))]
    names = ((own.interfaces.ref(if_index), ip, answering) for if_index, ip, answering in entries)
    return on_two_ends(
        (ArpRow(ref.values[0], ip, answering) for ref, ip, answering in names if ref), Ports.of(own.table)
    )


def on_two_ends(rows: Iterable[ArpRow], ports: Ports) -> tuple[ArpRow, ...]:
    """ARP entries on ports that join two, without the device's own."""
    theirs = (row for row in rows if base_mac(row.mac) and not ports.by("mac", row.mac))
    return tuple(sorted({row for row in theirs if joins_two(row, ports)}, key=lambda r: (r.port, r.address, r.mac)))


def _new(answers: Answers) -> Iterator[tuple[int, str, str]]:
    for index, row in answers.rows(NEW_ARP).items():
        octets = index[3:] if len(index) > 3 and index[2] == len(index) - 3 else ()  # noqa: PLR2004 -- ifIndex, type, length
        yield from _entry(index, octets, row, 4, 6)


def _old(answers: Answers) -> Iterator[tuple[int, str, str]]:
    for index, row in answers.rows(OLD_ARP).items():
        yield from _entry(index, index[1:], row, 2, 4)


def _entry(index: Index, octets: Index, row: Row, at: int, kind: int) -> Iterator[tuple[int, str, str]]:
    ip = address(bytes(octets)) if octets and max(octets) < 256 else None  # noqa: PLR2004 -- octets
    answering = mac(row.get(at))
    if ip and answering and row.get(kind) != INVALID:
        yield index[0], ip, answering


def read_stations(capture: Capture, answers: Answers, own: Own) -> tuple[Station, ...]:
    """Learned addresses by port; ports behind which there is a crowd are left out."""
    declared = {int(vlan.number) for vlan in read_vlans(answers, own.device)}
    found = {*_by_filter(answers, own), *_by_context(capture, own)} or {*_plain(answers, own)}
    flagged = {Station(port, answering, vlan, _flag(vlan, declared)) for port, answering, vlan in found}
    return not_crowded(flagged)


def not_crowded(stations: Iterable[Station]) -> tuple[Station, ...]:
    """Addresses on ports that may be a host's."""
    known = set(stations)
    load = Counter(station.port for station in known)
    few = (station for station in known if load[station.port] <= CROWD)
    return tuple(sorted(few, key=lambda s: (s.port, s.mac, s.vlan or 0)))


def _flag(vlan: int | None, declared: set[int]) -> str:
    if vlan == 0:
        return VLAN_0
    return UNDECLARED if vlan is not None and declared and vlan not in declared else ""


Found = tuple[str, str, int | None]


def _by_filter(answers: Answers, own: Own) -> Iterator[Found]:
    """Q-BRIDGE: the first part of the index is the number of a filtering database, which is not the VLAN's."""
    vlans = {number(row.get(3)): index[-1] for index, row in answers.rows("dot1qVlanCurrentTable").items() if index}
    vlans |= {number(row.get(5)): number(row.get(3)) or 0 for row in answers.rows("jnxL2aldVlanTable").values()}
    at = base_ports(answers)
    for index, row in answers.rows(BY_VLAN).items():
        if len(index) > MAC_OCTETS and row.get(3) == LEARNED:
            database = index[-MAC_OCTETS - 1]
            yield from _station(index, row, at, own, vlans.get(database, database))


def _plain(answers: Answers, own: Own) -> Iterator[Found]:
    at = base_ports(answers)
    for index, row in answers.rows(FORWARDING.name).items():
        if row.get(3) == LEARNED:
            yield from _station(index, row, at, own, None)


def _by_context(capture: Capture, own: Own) -> Iterator[Found]:
    """Cisco keeps a table per VLAN, each with bridge ports of its own."""
    tables: dict[tuple[str, str], TableReply] = {}
    for entry in capture.named(FORWARDING.name, BASE_PORTS.name):
        context = parse_qs(urlsplit(entry.path).query).get("context", [""])[0]
        try:
            if context.startswith(VLAN) and entry.status == ANSWERED:
                tables[entry.ask, context] = TableReply.decode(capture.body(entry))
        except (BadReply, Damaged):
            continue
    for (name, context), reply in tables.items():
        vlan = context.removeprefix(VLAN)
        ports = tables.get((BASE_PORTS.name, context))
        if name == FORWARDING.name and ports and vlan.isdigit():
            at = {i[-1]: to for i, row in ports.rows.items() if i and (to := positive(row.get(BASE_IF_INDEX)))}
            learned = ((index, row) for index, row in reply.rows.items() if row.get(3) == LEARNED)
            yield from (one for index, row in learned for one in _station(index, row, at, own, int(vlan)))


def _station(index: Index, row: Row, at: Mapping[int, int], own: Own, vlan: int | None) -> Iterator[Found]:
    octets = index[-MAC_OCTETS:]
    ref = own.interfaces.ref(at.get(number(row.get(2)) or 0))
    answering = mac(bytes(octets)) if len(octets) == MAC_OCTETS and max(octets) < 256 else None  # noqa: PLR2004 -- octets
    if ref and answering:
        yield ref.values[0], answering, vlan
