"""What is in the database, and what is wrong with it."""

from __future__ import annotations

from driftline.graph.model.schema import Model
from driftline.graph.neo4j import book, preparing, schema
from driftline.graph.neo4j.schema import PAST, WAS
from driftline.graph.neo4j.server import Asks, Server, one
from driftline.graph.store import Family, Health

NAMELESS = "MATCH (n:CI) WHERE n.key IS NULL OR n._kind IS NULL RETURN count(*)"


def health(server: Server, model: Model) -> Health:
    """Facts and warnings. Counts come from the server's own statistics, the check for broken items reads them all."""
    return server.read(lambda tx: _health(tx, server.place, model))


def _health(tx: Asks, place: str, model: Model) -> Health:
    said = book.read(tx)
    return Health(
        kind="neo4j",
        version=preparing.server_version(tx),
        place=place,
        schema=said.schema,
        at=said.at,
        counts=_counts(tx, model),
        bytes=None,
        warnings=tuple(_warnings(tx, model)),
    )


def _counts(tx: Asks, model: Model) -> dict[str, int]:
    def nodes(label: str) -> int:
        return int(one(tx, f"MATCH (n:{label}) RETURN count(n)"))

    def between(type_: str) -> int:
        return int(one(tx, f"MATCH (:CI)-[l:{type_}]->() RETURN count(l)"))

    kinds = {kind: nodes(kind) for kind in model.records}
    return {
        Family.ITEM: nodes("CI"),
        Family.PAST: nodes("ItemPast"),
        Family.SIGHTING: between("SEEN_IN"),
        Family.LINK: sum(between(type_) for type_ in model.links),
        Family.LINK_PAST: sum(between(f"{WAS}{type_}") for type_ in model.links),
        Family.RECORD: sum(kinds.values()),
        Family.RECORD_PAST: sum(nodes(f"{kind}{PAST}") for kind in model.records),
        Family.PERSON: nodes("PersonField"),
        Family.BATCH: nodes("Batch"),
        Family.BOOK: 1,
        **kinds,
    }


def _warnings(tx: Asks, model: Model) -> list[str]:
    warnings = []
    if nameless := one(tx, NAMELESS):
        warnings.append(f"{nameless} items have no key or kind; somebody else writes to this database")
    ours = sum(one(tx, f"MATCH (n:{label}) RETURN count(n)") for label in schema.labels(model))
    if foreign := one(tx, "MATCH (n) RETURN count(n)") - ours:
        warnings.append(f"{foreign} nodes are none of this driftline; somebody else or an older model wrote them")
    return warnings
