"""Captures of devices that are not there: from hand-written rows, or from a recorded walk, asked as a visit asks."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from driftline.collectors.ask import Ask
from driftline.collectors.capture import Capture, Entry, capture_of
from driftline.collectors.network import asks, feeds
from driftline.collectors.network.asks import Objects, Table, Wanted
from driftline.collectors.network.observe import observe
from driftline.collectors.network.platforms import identify, platforms
from driftline.collectors.network.replies import TableReply, Value, decode_objects, has_rows
from driftline.collectors.network.snmp import ber
from driftline.collectors.network.snmp.recorded import Recording
from driftline.collectors.network.snmp.values import Nothing, read_value
from driftline.graph.model.observed import Observation
from driftline.graph.model.values import Ms, canonical_json

Index = tuple[int, ...]
Rows = Mapping[Index, Mapping[int, Value]]
Said = Mapping[str, Any]
"""Rows of tables and single objects by their names; a table that is not there has no rows."""

START = Ms(1_790_000_000_000)
SYSTEM: Said = {
    "sysDescr": b"Switch",
    "sysObjectID": (1, 3, 6, 1, 4, 1, 9, 1, 516),
    "sysUpTime": 8_640_000,
    "sysName": b"sw1",
}
Change = Callable[[str, bytes], tuple[int, bytes] | None]
"""What becomes of a reply: another status and body, or nothing at all."""


def device(said: Said, *, target: str = "sw", change: Change | None = None) -> Capture:
    """The capture of a visit to a device that says this. ``change`` damages replies on the way."""
    system = decode_objects(_objects(asks.SYSTEM, {**SYSTEM, **said}))
    physical = TableReply(said.get(asks.PHYSICAL.name, {}))
    platform = identify(system, physical)
    stamps = ((asks.STAMPS,), *(platform.stamps if platform else ()))
    rows: list[tuple[Entry, bytes]] = []
    for choice in (*feeds.choices(platform), *stamps):
        for wanted in choice:
            body = reply(wanted, {**SYSTEM, **said})
            rows.extend(_entry(len(rows), wanted.ask(), body, change))
            if has_rows(body):
                break
    return capture_of(rows, {"target": target, "collector": "network"})


def _entry(number: int, ask: Ask, body: bytes, change: Change | None) -> Iterator[tuple[Entry, bytes]]:
    start = Ms(START + number * 100)
    status, body = (change(ask.name, body) or (0, b"")) if change else (200, body)
    if status:
        yield Entry(ask.name, ask.method, ask.path, ask.text, status, start, Ms(start + 40), 0, ""), body


def reply(wanted: Wanted, said: Said) -> bytes:
    """The body of the reply to one ask."""
    if isinstance(wanted, Objects):
        return _objects(wanted, said)
    rows = said.get(wanted.name, {})
    if isinstance(rows, TableReply):
        return rows.encode()
    return TableReply({index: _only(row, wanted) for index, row in rows.items()}).encode()


def _only(row: Mapping[int, Value], wanted: Table) -> Mapping[int, Value]:
    return {column: value for column, value in row.items() if column in wanted.columns}


def _objects(wanted: Objects, said: Said) -> bytes:
    names = [name for row in wanted.scalars.values() for name in row if name in said]
    values = ((asks.oid(name), said[name]) for name in names)
    return canonical_json({name: _plain(value) for name, value in values}).encode()


def _plain(value: Value) -> int | str | list[int]:
    return value.hex() if isinstance(value, bytes) else list(value) if isinstance(value, tuple) else value


def seen(said: Said, *, target: str = "sw", change: Change | None = None) -> Observation:
    """What is observed of such a visit."""
    return Observation.gather(observe(device(said, target=target, change=change)))


def shifted(capture: Capture, by_ms: int) -> Capture:
    """The same visit at another time."""
    entries = tuple(replace(e, start_ms=Ms(e.start_ms + by_ms), end_ms=Ms(e.end_ms + by_ms)) for e in capture.entries)
    return replace(capture, entries=entries)


def recorded(recording: Recording) -> Said:
    """Rows and single objects of a recorded walk, as far as they are ever asked."""
    said: dict[str, Any] = {}
    for wanted in _everything():
        if isinstance(wanted, Objects):
            said |= _single(recording, [name for row in wanted.scalars.values() for name in row])
        else:
            said[wanted.name] = _table(recording, wanted)
    return said


def _everything() -> Iterator[Wanted]:
    yield from asks.EVERYWHERE
    for platform in platforms():
        yield from asks.wanted_of((platform.stamps, platform.parts))


def asked_lines(text: str) -> str:
    """The lines of a recording that some visit may ask for; the others are most of it."""
    entries = [ber.dotted(one.meaning.entry) + "." for one in _everything() if isinstance(one, Table)]
    scalars = [
        asks.oid(name) + "|"
        for one in _everything()
        if isinstance(one, Objects)
        for row in one.scalars.values()
        for name in row
    ]
    return "\n".join(line for line in text.splitlines() if line.startswith((*entries, *scalars)))


def _single(recording: Recording, names: list[str]) -> dict[str, Value]:
    found: dict[str, Value] = {}
    for name in names:
        parts = tuple(map(int, asks.oid(name).split(".")))
        at = bisect_left(recording.names, parts)
        if at < len(recording.names) and recording.names[at] == parts:
            value = read_value(recording.rows[at].tag, recording.rows[at].value)
            if not isinstance(value, Nothing):
                found[name] = value
    return found


def _table(recording: Recording, wanted: Table) -> Rows:
    entry = ber.parts(wanted.meaning.entry)
    rows: dict[Index, dict[int, Value]] = {}
    for column in wanted.columns:
        head = (*entry, column)
        first, last = bisect_left(recording.names, head), bisect_left(recording.names, (*entry, column + 1))
        for at in range(first, last):
            value = read_value(recording.rows[at].tag, recording.rows[at].value)
            if not isinstance(value, Nothing):
                rows.setdefault(recording.names[at][len(head) :], {})[column] = value
    return rows
