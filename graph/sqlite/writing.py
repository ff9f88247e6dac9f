"""One batch in one transaction. Every statement must touch as many rows as were sent, or nothing is written."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from driftline.graph.errors import Conflict, FenceLost, Undeclared
from driftline.graph.model.schema import Model
from driftline.graph.model.values import Key, canonical_json
from driftline.graph.sqlite import statements
from driftline.graph.sqlite.connection import Connection
from driftline.graph.sqlite.reading import listed
from driftline.graph.sqlite.schema import shape
from driftline.graph.store import GAP, Batch, Fence, LinkId, RecordRow

CREATE = "INSERT INTO item(key, kind, attrs, meta, source, created) VALUES(?, ?, ?, NULL, ?, ?)"
CHANGE = "UPDATE item SET attrs = json_patch(attrs, ?), meta = ? WHERE key = ?"
PAST = """INSERT INTO item_past(item, attr, since, until, value, source, run)
    VALUES((SELECT id FROM item WHERE key = ?), ?, ?, ?, ?, ?, ?)"""
MEND = """INSERT INTO item_past(item, attr, since, until, value, source, run)
    SELECT i.id, ?, i.deleted, ?, 'true', ?, ? FROM json_each(?) j CROSS JOIN item i ON i.key = j.value
    WHERE i.deleted IS NOT NULL"""
REVIVE = "UPDATE item SET deleted = NULL WHERE key = ? AND deleted IS NOT NULL"
END = "UPDATE item SET deleted = ? WHERE key = ? AND +deleted IS NULL"
SIGHT = """INSERT INTO sighting(source, item, kind, digest, links, missed, missed_since_ms, said)
    VALUES(?1, (SELECT id FROM item WHERE key = ?2 AND kind = ?3), ?3, ?4, ?5, ?6, ?7, ?8)
    ON CONFLICT(source, kind, item) DO UPDATE SET digest = excluded.digest, links = excluded.links,
    missed = excluded.missed, missed_since_ms = excluded.missed_since_ms, said = excluded.said"""
UNSIGHT = "DELETE FROM sighting WHERE item = (SELECT id FROM item WHERE key = ?) AND +source = ?"
CLOSE = """INSERT INTO link_past(src, type, dst, source, since, until) SELECT src, type, dst, source, since, ? FROM link
    WHERE src = (SELECT id FROM item WHERE key = ?) AND type = ? AND dst = (SELECT id FROM item WHERE key = ?)
    AND source = ?"""
CUT = """DELETE FROM link
    WHERE src = (SELECT id FROM item WHERE key = ?) AND type = ? AND dst = (SELECT id FROM item WHERE key = ?)
    AND source = ?"""
OPEN = """INSERT INTO link(src, type, dst, source, since)
    VALUES((SELECT id FROM item WHERE key = ? AND deleted IS NULL), ?,
    (SELECT id FROM item WHERE key = ? AND deleted IS NULL), ?, ?)"""
KEPT = """SELECT i.key FROM json_each(?) j CROSS JOIN item i ON i.key = j.value
    WHERE EXISTS (SELECT 1 FROM link l WHERE l.src = i.id) OR EXISTS (SELECT 1 FROM link l WHERE l.dst = i.id)
    LIMIT 1"""
ERASE = "DELETE FROM person WHERE pseudonym = ? AND field = ?"
TELL = """INSERT INTO person(pseudonym, field, value) VALUES(?, ?, ?)
    ON CONFLICT(pseudonym, field) DO UPDATE SET value = excluded.value"""
BATCH = "INSERT INTO batch(id, at, run) VALUES(?, ?, ?)"


def book(connection: Connection) -> dict[str, int]:
    """What the store says about itself: schema, at, epoch, number."""
    return dict(connection.execute("SELECT k, v FROM book"))


def write(connection: Connection, model: Model, batch: Batch) -> bool:
    """Write the batch inside a transaction of the caller; False if its id is in already."""
    kept = book(connection)
    if batch.fence != Fence(kept["epoch"], kept["number"]):
        raise FenceLost(f"batch {batch.id}: another writer took over; stop writing")
    if connection.execute("SELECT 1 FROM batch WHERE id = ?", (batch.id,)).fetchone():
        return False
    if batch.at <= kept["at"]:
        raise Conflict(f"batch {batch.id}: at {batch.at} is not after {kept['at']}; read again and compare again")
    _names(model, batch)
    _items(connection, batch)
    _sightings(connection, batch)
    _links(connection, batch)
    _records(connection, model, batch)
    _persons(connection, batch)
    connection.execute(BATCH, (batch.id, batch.at, batch.run))
    connection.execute("UPDATE book SET v = ? WHERE k = 'at'", (batch.at,))
    return True


def _names(model: Model, batch: Batch) -> None:
    """Refuse what the model does not declare, before anything is written."""
    unknown = {one.kind for one in batch.create} - model.items.keys()
    unknown |= {one.kind for one in batch.records} - model.records.keys()
    unknown |= {one.type for one in batch.open} - model.links.keys()
    if unknown:
        raise Undeclared(f"batch {batch.id}: not in the model: {', '.join(sorted(unknown))}")


def _items(connection: Connection, batch: Batch) -> None:
    at, run = batch.at, batch.run
    _many(connection, CREATE, [(n.key, n.kind, canonical_json(n.attrs), n.source, at) for n in batch.create], batch)
    changed = [(canonical_json(c.attrs), canonical_json(c.meta) if c.meta else None, c.key) for c in batch.change]
    _many(connection, CHANGE, changed, batch)
    past = [(c.key, p.attr, p.since, at, canonical_json(p.value), p.source, run) for c in batch.change for p in c.past]
    _many(connection, PAST, past, batch)
    if batch.revive:
        connection.execute(MEND, (GAP, at, batch.source, run, listed(batch.revive)))
    _many(connection, REVIVE, [(key,) for key in batch.revive], batch)
    _many(connection, END, [(at, key) for key in batch.tombstone], batch)


def _sightings(connection: Connection, batch: Batch) -> None:
    rows = [
        (s.source, s.ci, s.kind, s.digest, s.links, s.missed, s.missed_since_ms, _said(s.said)) for s in batch.sighted
    ]
    _many(connection, SIGHT, rows, batch)
    _many(connection, UNSIGHT, [(key, source) for source, key in batch.unsighted], batch)


def _links(connection: Connection, batch: Batch) -> None:
    closed = [_ends(one) for one in batch.close]
    _many(connection, CLOSE, [(batch.at, *ends) for ends in closed], batch)
    _many(connection, CUT, closed, batch)
    _many(connection, OPEN, [(*_ends(one), batch.at) for one in batch.open], batch)
    if batch.tombstone:
        kept = connection.execute(KEPT, (listed(batch.tombstone),)).fetchone()
        if kept:
            raise Conflict(f"batch {batch.id}: {kept[0]} ends but keeps a link; read again and compare again")


def _records(connection: Connection, model: Model, batch: Batch) -> None:
    """All records first, then all references: a verdict may come before what it cites."""
    by_kind = {
        kind: list(rows)
        for kind, rows in groupby(sorted(batch.records, key=lambda row: row.kind), key=lambda row: row.kind)
    }
    for kind, rows in by_kind.items():
        ids = [row.id for row in rows]
        if len(set(ids)) < len(ids):
            raise Conflict(f"batch {batch.id}: a {kind} stands in it twice; send each once")
        _revise(connection, model, batch, kind, rows)
    for kind, rows in by_kind.items():
        one = shape(model, kind)
        asked = {"ids": listed(row.id for row in rows)}
        for reference in model.records[kind].references:
            lost = connection.execute(statements.dangling(one, reference.name, reference.to), asked).fetchone()
            if lost:
                raise Conflict(
                    f"batch {batch.id}: {kind} {lost[0]} refers by {reference.name} to {lost[1]}, which is not there"
                )


def _revise(connection: Connection, model: Model, batch: Batch, kind: str, rows: Sequence[RecordRow]) -> None:
    one = shape(model, kind)
    again = {"ids": listed(row.id for row in rows if row.overwrite), "at": batch.at}
    anew = {"ids": listed(row.id for row in rows if not row.overwrite), "at": batch.at}
    connection.execute(statements.retire(one), anew)
    for field in one.many:
        connection.execute(statements.forget(one, field), again)
    for overwrite in (False, True):
        put = [(row.id, canonical_json(row.body), batch.at) for row in rows if row.overwrite is overwrite]
        _many(connection, statements.put(one, overwrite=overwrite), put, batch)
    for field in one.many:
        connection.execute(statements.cite(one, field, one.table), {"ids": listed(row.id for row in rows)})


def _persons(connection: Connection, batch: Batch) -> None:
    connection.executemany(ERASE, [(p.pseudonym, p.field) for p in batch.persons if p.value is None])
    connection.executemany(TELL, [(p.pseudonym, p.field, p.value) for p in batch.persons if p.value is not None])


def _many(connection: Connection, sql: str, rows: Sequence[Sequence[Any]], batch: Batch) -> None:
    """Run a statement for each row; each must touch exactly one."""
    if not rows:
        return
    touched = connection.executemany(sql, rows).rowcount
    if touched != len(rows):
        verb = " ".join(sql.split()[:3])
        raise Conflict(f"batch {batch.id}: {verb} met {touched} of {len(rows)} rows; read again and compare again")


def _ends(one: LinkId) -> tuple[Key, str, Key, str]:
    return one.src, one.type, one.dst, one.source


def _said(said: Any) -> str | None:  # noqa: ANN401 -- attributes or nothing
    return None if said is None else canonical_json(said)
