"""Rows of an export into an empty file, in pieces that are committed one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby, islice
from pathlib import Path
from typing import Any, TypeVar

from driftline.graph.errors import Conflict, Undeclared
from driftline.graph.model.schema import Model
from driftline.graph.model.values import canonical_json
from driftline.graph.sqlite import statements
from driftline.graph.sqlite.connection import Connection, transaction
from driftline.graph.sqlite.reading import listed
from driftline.graph.sqlite.schema import shape
from driftline.graph.sqlite.writing import book
from driftline.graph.store import Family, StoreRow

PIECE = 20_000

Anything = TypeVar("Anything")

INSERTS: Mapping[Family, str] = {
    Family.ITEM: """INSERT INTO item(key, kind, attrs, meta, source, created, deleted)
        VALUES(:key, :kind, :attrs, :meta, :source, :created, :deleted)""",
    Family.PAST: """INSERT INTO item_past(item, attr, since, until, value, source, run)
        VALUES((SELECT id FROM item WHERE key = :ci), :attr, :since, :until, :value, :source, :run)""",
    Family.SIGHTING: """INSERT INTO sighting(source, kind, item, digest, links, missed, missed_since_ms, said)
        VALUES(:source, :kind, (SELECT id FROM item WHERE key = :ci), :digest, :links, :missed, :missed_since_ms,
        :said)""",
    Family.LINK: """INSERT INTO link(src, type, dst, source, since) VALUES(
        (SELECT id FROM item WHERE key = :src), :type, (SELECT id FROM item WHERE key = :dst), :source, :since)""",
    Family.LINK_PAST: """INSERT INTO link_past(src, type, dst, source, since, until) VALUES(
        (SELECT id FROM item WHERE key = :src), :type, (SELECT id FROM item WHERE key = :dst), :source, :since,
        :until)""",
    Family.PERSON: "INSERT INTO person(pseudonym, field, value) VALUES(:pseudonym, :field, :value)",
    Family.BATCH: "INSERT INTO batch(id, at, run) VALUES(:id, :at, :run)",
}

JSON: Mapping[Family, tuple[str, ...]] = {
    Family.ITEM: ("attrs", "meta"),
    Family.PAST: ("value",),
    Family.SIGHTING: ("said",),
}

TABLES = ("item", "person", "batch")


def load(connection: Connection, model: Model, rows: Iterable[StoreRow], path: Path) -> None:
    """Fill the file. Its schema number goes first and comes back with the row of the book.

    Raises:
        Conflict: the file holds something, or a row does not fit those before it.
    """
    if "schema" in book(connection):
        if not _empty(connection, model):
            raise Conflict(f"{path}: holds something already; load into an empty store")
        with transaction(connection):
            connection.execute("DELETE FROM book WHERE k = 'schema'")
    for (family, kind), group in groupby(rows, key=lambda row: (row.family, _kind(row))):
        for piece in _pieces((row.row for row in group), PIECE):
            with transaction(connection):
                _put(connection, model, family, kind, piece)
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


def _put(connection: Connection, model: Model, family: Family, kind: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if family is Family.BOOK:
        connection.executemany("INSERT OR REPLACE INTO book(k, v) VALUES(?, ?)", rows[0].items())
    elif kind:
        _records(connection, model, kind, rows, past=family is Family.RECORD_PAST)
    else:
        texts = JSON.get(family, ())
        connection.executemany(INSERTS[family], (_encoded(row, texts) for row in rows) if texts else rows)


def _records(connection: Connection, model: Model, kind: str, rows: Sequence[Mapping[str, Any]], *, past: bool) -> None:
    if kind not in model.records:
        raise Undeclared(f"{kind}: no such kind of record in this model; load with the model that wrote it")
    one = shape(model, kind)
    when = ("recorded", "superseded") if past else ("recorded",)
    put = statements.put_past(one) if past else statements.put(one, overwrite=False)
    connection.executemany(
        put, ((row["id"], canonical_json(row["body"]), *(row[name] for name in when)) for row in rows)
    )
    ids = {"ids": listed(row["id"] for row in rows)}
    for field in one.many:
        connection.execute(statements.cite(one, field, one.past if past else one.table), ids)


def _encoded(row: Mapping[str, Any], texts: tuple[str, ...]) -> dict[str, Any]:
    return {**row, **{name: None if row[name] is None else canonical_json(row[name]) for name in texts}}


def _kind(row: StoreRow) -> str:
    return row.row["kind"] if row.family in {Family.RECORD, Family.RECORD_PAST} else ""


def _empty(connection: Connection, model: Model) -> bool:
    tables = [*TABLES, *(shape(model, kind).table for kind in model.records)]
    return not any(connection.execute(statements.any_row(table)).fetchone() for table in tables)


def _pieces(rows: Iterable[Anything], size: int) -> Iterator[list[Anything]]:
    source = iter(rows)
    while piece := list(islice(source, size)):
        yield piece
