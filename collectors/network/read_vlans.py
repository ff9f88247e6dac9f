"""VLANs of a device and of its ports: Q-BRIDGE-MIB, and what Cisco and Juniper have instead.

The voice VLAN is not read: no standard table has it. A list of ports speaks of bridge ports, most significant bit of
the first octet first; Junos writes it as text ("4,6,22").
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from driftline.collectors.network.answers import Answers, Row
from driftline.collectors.network.read_interfaces import Ports
from driftline.collectors.network.replies import Value
from driftline.collectors.network.shown import number, positive, text
from driftline.graph.model.declare import Ref
from driftline.graph.model.network import Vlan

VLANS = range(1, 4_095)
RESERVED = range(1_002, 1_006)
"""Token ring and FDDI: every Cisco switch shows them and none uses them."""
STATIC_NAME, EGRESS, UNTAGGED, CURRENT_EGRESS, CURRENT_UNTAGGED, PVID, BASE_IF_INDEX = 1, 2, 4, 4, 5, 1, 2
VTP_STATE, VTP_NAME, ACCESS_VLAN, NATIVE_VLAN, TRUNKS_NOW, TRUNKING = 2, 4, 2, 5, 14, 1
ENABLED = ((4, 0), (17, 1_024), (18, 2_048), (19, 3_072))
"""Columns of enabled VLANs, 1,024 each, and the first VLAN of each."""
JUNIPER = (("jnxL2aldVlanTable", 2, 3), ("jnxExVlanTable", 2, 5))
"""Table, name and tag; the index is a number of the agent's own."""
JUNOS = "Juniper Networks"
PORTS_AS_TEXT = re.compile(rb"\d+(,\d+)*")


@dataclass(frozen=True, slots=True)
class PortVlans:
    """VLANs of one port: of untagged frames, and of tagged ones. Both ``None``: it does not show them now."""

    untagged: int | None = None
    tagged: frozenset[int] | None = None


def read_vlans(answers: Answers, device: Ref) -> Iterator[Vlan]:
    """Every VLAN once, by number; a maker's own table names it best."""
    named: dict[int, tuple[str | None, bool | None]] = {}
    for vlan, name, active in (*_cisco(answers), *_juniper(answers), *_bridged(answers)):
        if vlan in VLANS and vlan not in named:
            named[vlan] = (name, active)
    for vlan, (name, active) in sorted(named.items()):
        yield Vlan(number=str(vlan), name=name, active=active, device=device)


def _cisco(answers: Answers) -> Iterator[tuple[int, str | None, bool | None]]:
    for index, row in answers.rows("vtpVlanTable").items():
        if index and index[-1] not in RESERVED:
            state = number(row.get(VTP_STATE))
            yield index[-1], text(row.get(VTP_NAME)), state == 1 if state else None


def _juniper(answers: Answers) -> Iterator[tuple[int, str | None, None]]:
    for table, name, tag in JUNIPER:
        for row in answers.rows(table).values():
            yield number(row.get(tag)) or 0, text(row.get(name)), None


def _bridged(answers: Answers) -> Iterator[tuple[int, str | None, None]]:
    static = answers.rows("dot1qVlanStaticTable")
    yield from ((index[-1], text(row.get(STATIC_NAME)), None) for index, row in static.items() if index)
    if not static:  # the other table also holds what the device learned
        yield from ((index[-1], None, None) for index in answers.rows("dot1qVlanCurrentTable") if index)


def read_port_vlans(answers: Answers, ports: Ports) -> Mapping[int, PortVlans]:
    """VLANs by ifIndex. Of a Cisco port that is down nothing is said: what it would carry is not in these tables."""
    return {**_of_bridge(answers), **_of_cisco(answers, ports)}


def _of_bridge(answers: Answers) -> Mapping[int, PortVlans]:
    at = base_ports(answers)
    untagged = {index[0]: positive(row.get(PVID)) for index, row in answers.rows("dot1qPortVlanTable").items() if index}
    tagged = _tagged(answers)
    said = answers.rows("dot1qVlanStaticTable") or answers.rows("dot1qVlanCurrentTable")
    return {
        if_index: PortVlans(
            vlan if (vlan := untagged.get(port)) in VLANS else None,
            frozenset(tagged.get(port, ())) if said else None,
        )
        for port, if_index in at.items()
        if port in untagged or port in tagged
    }


def base_ports(answers: Answers) -> Mapping[int, int]:
    """IfIndex by bridge port, where each is the only one of the other."""
    rows = answers.rows("dot1dBasePortTable").items()
    return {index[-1]: found for index, row in rows if index and (found := positive(row.get(BASE_IF_INDEX)))}


def _tagged(answers: Answers) -> Mapping[int, set[int]]:
    """VLANs by bridge port that sends them with a tag."""
    found: dict[int, set[int]] = {}
    static = answers.rows("dot1qVlanStaticTable")
    rows: Iterable[tuple[tuple[int, ...], Row]] = static.items()
    columns, as_text = (EGRESS, UNTAGGED), (text(answers.value("sysDescr")) or "").startswith(JUNOS)
    if not static:
        rows, columns = answers.rows("dot1qVlanCurrentTable").items(), (CURRENT_EGRESS, CURRENT_UNTAGGED)
    for index, row in rows:
        if index and index[-1] in VLANS:
            egress, untagged = (set(_listed(row.get(column), as_text=as_text)) for column in columns)
            for port in egress - untagged:
                found.setdefault(port, set()).add(index[-1])
    return found


def _listed(value: Value | None, *, as_text: bool = False) -> Iterator[int]:
    if not isinstance(value, bytes):
        return
    if as_text and PORTS_AS_TEXT.fullmatch(value):
        yield from map(int, value.split(b","))
        return
    for octet, bits in enumerate(value):
        yield from (octet * 8 + bit + 1 for bit in range(8) if bits & 0x80 >> bit)


def _of_cisco(answers: Answers, ports: Ports) -> Mapping[int, PortVlans]:
    members = answers.rows("vmMembershipTable").items()
    access = {index[0]: number(row.get(ACCESS_VLAN)) for index, row in members if index}
    trunks = {index[0]: row for index, row in answers.rows("vlanTrunkPortTable").items() if index}
    found: dict[int, PortVlans] = {}
    for index in {*access, *trunks}:
        row = trunks.get(index, {})
        if index not in ports.by_index or not ports.by_index[index].oper_up:
            found[index] = PortVlans()
        elif row.get(TRUNKS_NOW) == TRUNKING:
            native = number(row.get(NATIVE_VLAN))
            found[index] = PortVlans(native if native in VLANS else None, _enabled(row) - {native or 0})
        else:
            vlan = access.get(index)
            found[index] = PortVlans(vlan if vlan in VLANS else None, frozenset())
    return found


def _enabled(row: Row) -> frozenset[int]:
    numbers = ((first + port - 1) for column, first in ENABLED for port in _listed(row.get(column)))
    return frozenset(vlan for vlan in numbers if vlan in VLANS and vlan not in RESERVED)


def ranges(vlans: Iterable[int]) -> str | None:
    """Numbers as ranges, ``10,20-29``; nothing for none."""
    runs: list[list[int]] = []
    for vlan in sorted(vlans):
        if runs and vlan == runs[-1][1] + 1:
            runs[-1][1] = vlan
        else:
            runs.append([vlan, vlan])
    return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in runs) or None
