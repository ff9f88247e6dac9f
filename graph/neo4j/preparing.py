"""Before the first question: see that the store may use this server and database, and declare what it lacks."""

from __future__ import annotations

import json
from typing import Final

from driftline.graph.access import declared
from driftline.graph.errors import StoreDamaged, StoreError, StoreForeign, StoreNewer
from driftline.graph.model.schema import Model
from driftline.graph.model.values import canonical_json
from driftline.graph.neo4j import book, schema, statements
from driftline.graph.neo4j.exporting import past_records, record_pages
from driftline.graph.neo4j.server import Asks, Server, one, run
from driftline.graph.store import SCHEMA

OLDEST: Final = (5, 26)
"""The first long-term release with ``CALL (n) { … }`` and ``COLLECT { … }``."""

FIRST_BOOK: Final = {"schema": SCHEMA, "at": 0, "epoch": 1, "number": 0}

VERSION = "CALL dbms.components() YIELD name, versions WHERE name = 'Neo4j Kernel' RETURN versions[0]"
FOUND = "OPTIONAL MATCH (s:Store {id: 1}) RETURN s IS NOT NULL, EXISTS { MATCH (n) }"
NAMES = "SHOW INDEXES YIELD name RETURN collect(name)"
FIRST = "MERGE (s:Store {id: 1}) ON CREATE SET s += $values RETURN count(*)"
ONLINE = "CALL db.awaitIndexes(600)"


def prepare(server: Server, model: Model, *, shared: bool) -> None:
    """Make the database ready for the model, or say why it cannot be.

    Raises:
        StoreError: a server that is too old, or does not let us in.
        StoreForeign: data of somebody else, and ``shared`` does not allow it.
        StoreNewer: a newer driftline wrote it.
        StoreDamaged: a load was interrupted.
    """
    schema.check(model)
    version = server.read(server_version)
    if _number(version) < OLDEST:
        raise StoreError(f"Neo4j {version} at {server.place} is too old; driftline needs 5.26 or newer")
    ours, anything = server.read(lambda tx: run(tx, FOUND))
    if anything and not ours and not shared:
        raise StoreForeign(
            f"Neo4j at {server.place} holds data of somebody else; use an empty database, or allow sharing it"
        )
    if ours:
        _check_book(server)
    define(server, model)
    if not ours:  # it waits for whoever writes
        server.write(lambda tx: one(tx, FIRST, values=FIRST_BOOK))
    refit(server, model)


def define(server: Server, model: Model) -> None:
    """Declare the constraints and indexes that are missing, and wait until they serve."""
    there = set(server.read(lambda tx: one(tx, NAMES)))
    missing = {name: text for name, text in schema.definitions(model).items() if name not in there}
    if not missing:
        return
    server.write(lambda tx: [run(tx, text) for text in missing.values()])
    server.read(lambda tx: run(tx, ONLINE))


def refit(server: Server, model: Model) -> None:
    """Give records that were written under an older model the properties that this one asks for.

    The book says which fields of each kind became properties when the store was last opened.
    """
    asked = {
        kind: sorted(name for name, field in declared(model, kind).items() if not field.many) for kind in model.records
    }
    before = server.read(book.read).fields
    if asked == before:
        return
    for kind in model.records:
        if not set(asked[kind]) <= set(before.get(kind, ())):
            _refit(server, model, kind)
    server.write(lambda tx: book.note(tx, fields=canonical_json(asked)))


def server_version(tx: Asks) -> str:
    """Version of the server, for example ``5.26.12``."""
    return str(one(tx, VERSION))


def _number(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())


def _check_book(server: Server) -> None:
    said = server.read(book.read)
    if said.schema > SCHEMA:
        raise StoreNewer(
            f"the store at {server.place} has schema {said.schema}, this program knows {SCHEMA}; upgrade driftline"
        )
    if said.loading:
        raise StoreDamaged(f"the store at {server.place} was filled by half; empty the database and load again")


def _refit(server: Server, model: Model, kind: str) -> None:
    for page in record_pages(server, kind):
        newest = [[id_, schema.asked(model, kind, json.loads(body))] for id_, body, _ in page]
        server.write(lambda tx, rows=newest: one(tx, statements.refit(kind), rows=rows))  # type: ignore[misc]  # mypy cannot type a bound default
        ids = [id_ for id_, _ in newest]
        older = server.read(lambda tx, ids=ids: one(tx, past_records(kind), ids=ids))  # type: ignore[misc]  # the same
        past = [[id_, schema.asked(model, kind, json.loads(body)), recorded] for id_, recorded, body, _ in older]
        server.write(lambda tx, rows=past: one(tx, statements.refit_past(kind), rows=rows))  # type: ignore[misc]  # the same
