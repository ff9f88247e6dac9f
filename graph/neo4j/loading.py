"""An export into an empty database, keeping all times.

Each chunk is a transaction of its own, sent once. Until the book's row completes it, a half filled database is marked
and refuses to open.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import groupby, islice
from typing import Any, Final

from neo4j import Transaction

from driftline.graph.errors import Conflict, StoreNewer
from driftline.graph.model.schema import Model
from driftline.graph.model.values import canonical_json
from driftline.graph.neo4j import book, statements
from driftline.graph.neo4j.exporting import record_pages
from driftline.graph.neo4j.server import Server
from driftline.graph.neo4j.writing import Rows, by, connect, named, put, put_links, record_properties, refer
from driftline.graph.store import SCHEMA, Family, RecordRow, StoreRow

CHUNK: Final = 5_000
BATCHES = "UNWIND $rows AS r CREATE (x:Batch) SET x = r RETURN count(*)"

Row = Mapping[str, Any]


def load(server: Server, model: Model, rows: Iterable[StoreRow]) -> None:
    """Fill the store.

    Raises:
        Conflict: it holds something, or the rows do not fit together.
        StoreNewer: the export is of a newer version.
    """
    for number, (family, group) in enumerate(groupby(rows, key=lambda row: row.family)):
        if not number:
            _send(server, _begin, family)
        for chunk in _chunks(row.row for row in group):
            _send(server, LOADERS[family], model, chunk)
        if family is Family.RECORD:
            _refer_all(server, model)


def _send(server: Server, work: Callable[..., None], *arguments: object) -> None:
    server.write(lambda tx: work(tx, *arguments), patient=False)


def _begin(tx: Transaction, first: Family) -> None:
    now = book.lock(tx)
    if now.at:
        raise Conflict("Neo4j: the store is not empty; load into a new one")
    if now.loading and first is not Family.BOOK:
        raise Conflict("Neo4j: an earlier load was interrupted; empty the database and load again")
    book.note(tx, loading=True)


def _items(tx: Transaction, _: Model, rows: list[Row]) -> None:
    living = [row for row in rows if row["deleted"] is None]
    for kind, some in by(living, lambda row: str(row["kind"])):
        put(tx, statements.create(kind), [_item(row) for row in some], f"items {kind}")
    put(tx, statements.CREATE_ENDED, [_item(row) for row in rows if row["deleted"] is not None], "ended items")


def _item(row: Row) -> Row:
    meta = canonical_json(row["meta"]) if row["meta"] else None
    told = {"key": row["key"], "_kind": row["kind"], "_source": row["source"], "_created": row["created"]}
    return {**row["attrs"], **told, "_meta": meta, "_deleted": row["deleted"]}


def _past(tx: Transaction, _: Model, rows: list[Row]) -> None:
    some = [[row["ci"], {**row, "value": canonical_json(row["value"]), "ci": None}] for row in rows]
    put(tx, statements.ADD_PAST, some, "past values of items")


def _sightings(tx: Transaction, _: Model, rows: list[Row]) -> None:
    names = ("ci", "source", "kind", "digest", "links", "missed", "missed_since_ms")
    for source, some in by(rows, lambda row: str(row["source"])):
        put(
            tx,
            statements.SIGHT,
            [[*(row[name] for name in names), _text(row["said"])] for row in some],
            "items sighted",
            source=source,
        )


def _links(tx: Transaction, _: Model, rows: list[Row]) -> None:
    for type_, some in by(rows, lambda row: str(row["type"])):
        put_links(tx, statements.open_link(type_), _columns(some, "src", "dst", "source", "since"), f"links {type_}")


def _past_links(tx: Transaction, _: Model, rows: list[Row]) -> None:
    for type_, some in by(rows, lambda row: str(row["type"])):
        ends = _columns(some, "src", "dst", "source", "since", "until")
        put(tx, statements.load_past_link(type_), ends, f"past links {type_}")


def _records(tx: Transaction, model: Model, rows: list[Row]) -> None:
    for kind, some in by(rows, lambda row: str(row["kind"])):
        put(tx, statements.record(kind), [_record(model, row) for row in some], f"records {kind}")


def _refer_all(server: Server, model: Model) -> None:
    """References come after all records: one may refer to another of any kind."""
    for kind in model.records:
        for page in record_pages(server, kind):
            _send(server, refer, model, kind, [(id_, json.loads(body)) for id_, body, _ in page])


def _past_records(tx: Transaction, model: Model, rows: list[Row]) -> None:
    for kind, some in by(rows, lambda row: str(row["kind"])):
        told = [[row["id"], {**_record(model, row), "_superseded": row["superseded"]}] for row in some]
        put(tx, statements.load_past(kind), told, f"older records {kind}")
        for reference in model.records[kind].references:
            ends = [
                (row["id"], other, row["recorded"]) for row in some for other in named(row["body"].get(reference.name))
            ]
            connect(tx, model, kind, reference, ends, statements.refer_past)


def _record(model: Model, row: Row) -> dict[str, Any]:
    return record_properties(model, RecordRow(row["kind"], row["id"], row["body"]), row["recorded"])


def _persons(tx: Transaction, _: Model, rows: list[Row]) -> None:
    put(tx, statements.PERSON, _columns(rows, "pseudonym", "field", "value"), "personal fields")


def _batches(tx: Transaction, _: Model, rows: list[Row]) -> None:
    put(tx, BATCHES, rows, "batches")


def _book(tx: Transaction, _: Model, rows: list[Row]) -> None:
    for row in rows:
        if row["schema"] > SCHEMA:
            raise StoreNewer(f"the export has schema {row['schema']}, this program knows {SCHEMA}; upgrade driftline")
        book.note(tx, **row, loading=None)


LOADERS: Mapping[Family, Callable[[Transaction, Model, list[Row]], None]] = {
    Family.ITEM: _items,
    Family.PAST: _past,
    Family.SIGHTING: _sightings,
    Family.LINK: _links,
    Family.LINK_PAST: _past_links,
    Family.RECORD: _records,
    Family.RECORD_PAST: _past_records,
    Family.PERSON: _persons,
    Family.BATCH: _batches,
    Family.BOOK: _book,
}


def _chunks(rows: Iterable[Row]) -> Iterator[list[Row]]:
    left = iter(rows)
    while chunk := list(islice(left, CHUNK)):
        yield chunk


def _columns(rows: Iterable[Row], *names: str) -> Rows:
    return [[row[name] for name in names] for row in rows]


def _text(said: object) -> str | None:
    return None if said is None else canonical_json(said)
