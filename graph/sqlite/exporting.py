"""Everything in the store as rows, streamed in the order that all stores share."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from driftline.graph.model.schema import Model
from driftline.graph.model.values import Key, Micros, canonical_json
from driftline.graph.sqlite import finding, reading, statements
from driftline.graph.sqlite.connection import Connection
from driftline.graph.sqlite.schema import Shape, shape
from driftline.graph.sqlite.statements import Place
from driftline.graph.sqlite.writing import book
from driftline.graph.store import ESTATE, Cursor, Direction, Family, StoreRow

CHUNK = 2_000

Rows = Iterator[dict[str, Any]]

KEYS = "SELECT key FROM item WHERE key > ? ORDER BY key LIMIT ?"
ITEMS = "SELECT key, kind, attrs, meta, source, created, deleted FROM item ORDER BY key"
PAST = """SELECT i.key, p.attr, p.since, p.until, p.value, p.source, p.run
    FROM json_each(?) j CROSS JOIN item i ON i.key = j.value CROSS JOIN item_past p ON p.item = i.id
    ORDER BY i.key, p.attr, p.since"""
SOURCES = "SELECT DISTINCT source FROM sighting ORDER BY source"
SIGHTINGS = """SELECT s.source, i.key, i.kind, s.digest, s.links, s.missed, s.missed_since_ms, s.said
    FROM json_each(?) j CROSS JOIN item i ON i.key = j.value
    CROSS JOIN sighting s ON s.source = ? AND s.kind = i.kind AND s.item = i.id ORDER BY i.key"""
LINK_PAST = """SELECT a.key, l.type, b.key, l.source, l.since, l.until
    FROM json_each(?) j CROSS JOIN item a ON a.key = j.value CROSS JOIN link_past l ON l.src = a.id
    CROSS JOIN item b ON b.id = l.dst ORDER BY a.key, l.type, b.key, l.source, l.since"""
PERSONS = "SELECT pseudonym, field, value FROM person ORDER BY pseudonym, field"
BATCHES = "SELECT id, at, run FROM batch ORDER BY id"


def export(connection: Connection, model: Model, families: Sequence[Family], at: Micros | None) -> Iterator[StoreRow]:
    """Rows of the families in their order; ``at`` as in ``Store.export``."""
    for family in Family:
        if family in families and (at is None or family in ESTATE):
            for row in ROWS[family](connection, model, at):
                yield StoreRow(family, row)


def _items(connection: Connection, _: Model, at: Micros | None) -> Rows:
    names = ("key", "kind", "attrs", "meta", "source", "created", "deleted")
    if at is None:
        for row in _named(connection.execute(ITEMS), *names):
            yield {**row, "attrs": json.loads(row["attrs"]), "meta": json.loads(row["meta"] or "{}")}
        return
    for keys in _chunks(connection):
        for _key, state in sorted(reading.read(connection, keys, at).items()):
            yield {name: _plain(getattr(state, name)) for name in names}


def _past(connection: Connection, _: Model, __: Micros | None) -> Rows:
    for row in _named(_by_items(connection, PAST), "ci", "attr", "since", "until", "value", "source", "run"):
        yield {**row, "value": json.loads(row["value"])}


def _sightings(connection: Connection, _: Model, __: Micros | None) -> Rows:
    names = ("source", "ci", "kind", "digest", "links", "missed", "missed_since_ms", "said")
    for (source,) in connection.execute(SOURCES).fetchall():
        for row in _named(_by_items(connection, SIGHTINGS, source), *names):
            yield {**row, "said": None if row["said"] is None else json.loads(row["said"])}


def _links(connection: Connection, _: Model, at: Micros | None) -> Rows:
    for keys in _chunks(connection):
        rows = sorted(reading.link_rows(connection, keys, Direction.OUT, at=at))
        yield from _named(rows, "src", "type", "dst", "source", "since")


def _links_past(connection: Connection, _: Model, __: Micros | None) -> Rows:
    return _named(_by_items(connection, LINK_PAST), "src", "type", "dst", "source", "since", "until")


def _records(connection: Connection, model: Model, at: Micros | None) -> Rows:
    for kind in sorted(model.records):
        found = _all(connection, shape(model, kind), past=False) if at is None else _known(connection, model, kind, at)
        for id_, body, recorded, _ in found:
            yield {"kind": kind, "id": id_, "body": body, "recorded": recorded}


def _records_past(connection: Connection, model: Model, _: Micros | None) -> Rows:
    for kind in sorted(model.records):
        for id_, body, recorded, superseded in _all(connection, shape(model, kind), past=True):
            yield {"kind": kind, "id": id_, "body": body, "recorded": recorded, "superseded": superseded}


def _all(connection: Connection, one: Shape, *, past: bool) -> Iterator[tuple[Any, ...]]:
    for id_, body, recorded, superseded in connection.execute(statements.revisions(one, past=past)):
        yield id_, json.loads(body), recorded, superseded


def _known(connection: Connection, model: Model, kind: str, at: Micros) -> Iterator[tuple[Any, ...]]:
    after: Cursor | None = None
    while rows := finding.find(connection, model, kind, (), Place(after=after), limit=CHUNK, known_at=at):
        yield from ((row.id, row.body, row.recorded, row.superseded) for row in rows)
        after = Cursor(rows[-1].id, rows[-1].id)


def _persons(connection: Connection, _: Model, __: Micros | None) -> Rows:
    return _named(connection.execute(PERSONS), "pseudonym", "field", "value")


def _batches(connection: Connection, _: Model, __: Micros | None) -> Rows:
    return _named(connection.execute(BATCHES), "id", "at", "run")


def _book(connection: Connection, _: Model, __: Micros | None) -> Rows:
    yield book(connection)


ROWS: Mapping[Family, Callable[[Connection, Model, Micros | None], Rows]] = {
    Family.ITEM: _items,
    Family.PAST: _past,
    Family.SIGHTING: _sightings,
    Family.LINK: _links,
    Family.LINK_PAST: _links_past,
    Family.RECORD: _records,
    Family.RECORD_PAST: _records_past,
    Family.PERSON: _persons,
    Family.BATCH: _batches,
    Family.BOOK: _book,
}


def _chunks(connection: Connection) -> Iterator[list[Key]]:
    """Keys of all items, ended ones too, in order."""
    last = ""
    while keys := [key for (key,) in connection.execute(KEYS, (last, CHUNK))]:
        yield keys
        last = keys[-1]


def _by_items(connection: Connection, sql: str, *more: str) -> Iterator[tuple[Any, ...]]:
    for keys in _chunks(connection):
        yield from connection.execute(sql, (reading.listed(keys), *more))


def _plain(value: Any) -> Any:  # noqa: ANN401 -- any value of a state
    """The value as JSON gives it back: tuples are lists."""
    return json.loads(canonical_json(value))


def _named(rows: Iterable[tuple[Any, ...]], *names: str) -> Rows:
    return (dict(zip(names, row, strict=True)) for row in rows)
