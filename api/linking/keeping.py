"""What is kept of a visit's rows: a whole table replaces what was said before, a partial one only adds to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from driftline.collectors.told import PORTS, STATIONS, Told
from driftline.graph.model.neighbours import ArpRow, Heard, Neighbour, NeighbourRow, PortRow, PortTable
from driftline.graph.model.observed import Status
from driftline.graph.model.values import Key, Ms


@dataclass(frozen=True, slots=True)
class Moved:
    """Between which instants what is heard on a port became other.

    ``shown_ms`` is the start of the newest reading that showed what is gone, ``lacked_ms`` of the newest complete one
    that lacked what came. ``None``: there was none, so it is inventory.
    """

    shown_ms: Ms | None
    lacked_ms: Ms | None
    end_ms: Ms


@dataclass(frozen=True, slots=True)
class Kept:
    """The rows of a device after a visit, and the ports on which something else is heard now."""

    table: PortTable
    rows: tuple[NeighbourRow, ...]
    moved: Mapping[str, Moved] = field(default_factory=dict)


def kept(told: Told, ci: Key, table: PortTable | None, rows: Iterable[NeighbourRow]) -> Kept:
    """Join what a visit said with what earlier ones said of the device. A host's card without a row says nothing."""
    before = {row.id: row for row in rows}
    named = [replace(row, id=_row_id(ci, row), device=ci) for row in told.rows]
    named = [row for row in named if row.heard or row.id in before]
    after = {row.id: _joined(before.get(row.id), row, whole=row.protocol.value in told.whole) for row in named}
    spans = {one.protocol: (one.read_start_ms, one.read_end_ms) for one in told.table.heard}
    for id_, row in before.items():
        if id_ not in after:
            gone = row.protocol.value in told.whole and row.heard and not told.table.host
            after[id_] = _emptied(row, spans[row.protocol]) if gone else row
    moved = _moved(before, after, table)
    return Kept(_table(told, ci, table), tuple(after[id_] for id_ in sorted(after)), moved)


def _row_id(ci: Key, row: NeighbourRow) -> str:
    return f"{ci}|{row.protocol.value}|{row.port if row.port is not None else f'#{row.number}'}"


def _joined(before: NeighbourRow | None, now: NeighbourRow, *, whole: bool) -> NeighbourRow:
    if before is None:
        return now
    same = _content(before) == _content(now)
    if same:
        return replace(now, since_ms=before.since_ms)
    lost = _senders(before.heard) - _senders(now.heard)
    return now if whole or not lost else before


def _content(row: NeighbourRow) -> tuple[frozenset[Neighbour], str | None]:
    return frozenset(row.heard), row.port


def _senders(heard: Sequence[Neighbour]) -> set[tuple[str, str]]:
    return {(one.chassis_subtype, one.chassis_id) for one in heard}


def _emptied(row: NeighbourRow, span: tuple[Ms, Ms]) -> NeighbourRow:
    start, end = span
    return replace(row, heard=(), since_ms=end, read_start_ms=start, read_end_ms=end)


def _moved(
    before: Mapping[str, NeighbourRow], after: Mapping[str, NeighbourRow], table: PortTable | None
) -> dict[str, Moved]:
    is_host = table is not None and table.host  # its card hears one thing at a time, or says nothing
    complete = {one.protocol: one.complete_start_ms for one in table.heard} if table else {}
    moved: dict[str, Moved] = {}
    for id_, row in after.items():
        old = before.get(id_)
        if row.port is None or (old is not None and _content(old) == _content(row)):
            continue
        shown = old.read_start_ms if old is not None and old.heard else None
        one = Moved(shown, shown if is_host else complete.get(row.protocol), row.read_end_ms)
        moved[row.port] = _wider(moved[row.port], one) if row.port in moved else one
    return moved


def _wider(one: Moved, other: Moved) -> Moved:
    """Of several protocols on one port: gone after the last that showed it, come after the last that lacked it."""
    shown = [at for at in (one.shown_ms, other.shown_ms) if at is not None]
    lacked = [at for at in (one.lacked_ms, other.lacked_ms) if at is not None]
    return Moved(max(shown, default=None), max(lacked, default=None), max(one.end_ms, other.end_ms))


def _table(told: Told, ci: Key, before: PortTable | None) -> PortTable:
    now = replace(told.table, id=ci, device=ci)
    if before is None:
        return now
    ports = now.ports if PORTS in told.whole else _added(before.ports, now.ports)
    return replace(
        now,
        names=now.names or before.names,
        serials=now.serials or before.serials,
        chassis=now.chassis or before.chassis,
        macs=now.macs or before.macs,
        platform=now.platform or before.platform,
        ports=ports,
        arp=_arp(before.arp, now.arp, {port.name for port in ports}),
        stations=now.stations if STATIONS in told.whole else before.stations,
        heard=tuple(_heard(before.heard, now.heard)),
    )


def _added(before: Sequence[PortRow], now: Sequence[PortRow]) -> tuple[PortRow, ...]:
    known = {port.name for port in now}
    return (*now, *(port for port in before if port.name not in known))


def _arp(before: Sequence[ArpRow], now: Sequence[ArpRow], ports: set[str]) -> tuple[ArpRow, ...]:
    """An entry that aged out is no news: it stands until somebody else answers on its port, or the port is gone."""
    answered = {row.port for row in now}
    return (*now, *(row for row in before if row.port not in answered and row.port in ports))


def _heard(before: Sequence[Heard], now: Sequence[Heard]) -> Iterable[Heard]:
    old = {one.protocol: one for one in before}
    for one in now:
        earlier = old.pop(one.protocol, None)
        if one.complete_start_ms is None and earlier:
            yield replace(one, complete_start_ms=earlier.complete_start_ms)
        else:
            yield one
    yield from (replace(one, status=Status.PARTIAL) for one in old.values())
