"""How the server means to run each statement, on a nearly empty database and on one of 10,000 items."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import neo4j
import pytest

from driftline.graph.neo4j import Neo4jStore, exporting, finding, reading, statements
from driftline.graph.neo4j.finding import Question
from driftline.graph.store import Batch, Compare, Cond, Cursor, Direction
from tests.graph.contract.estate import MODEL, Clock, Hand, box, link, new, note, paper, ruling, sighting
from tests.lab.fixtures import Neo4jServer

pytestmark = pytest.mark.neo4j

FORBIDDEN = {"AllNodesScan", "NodeByLabelScan", "UnionNodeByLabelsScan", "DirectedAllRelationshipsScan"}
FORBIDDEN |= {"DirectedRelationshipTypeScan", "UndirectedRelationshipTypeScan", "NodeUniqueIndexScan", "NodeIndexScan"}
ONE_ROW = {"NodeUniqueIndexSeek", "NodeUniqueIndexSeek(Locking)", "Filter"}
SIZES = (10, 10_000)

# A deletion, a moved label and properties from a map need the rows of the batch at rest before they are written: what
# they write could be what the next row looks for. It holds references to at most 15,000 rows.
AT_REST = {"close", "supersede", "supersede references", "rewrite", "change", "end", "revive", "unsight", "past value"}
AT_REST |= {"drop references", "person erased"}
AT_REST |= {"lock"}  # one row, and what it reads must be read after it has the lock

WRITES = {
    "lock": statements.LOCK,
    "book": statements.BOOK,
    "batch known": statements.KNOWN_BATCH,
    "batch": statements.EXTEND,
    "create": statements.create("Box"),
    "create declared": statements.create_declared("Box", ("name", "tags")),
    "change": statements.CHANGE,
    "past value": statements.ADD_PAST,
    "kinds": statements.KINDS,
    "revive": statements.revive("Box"),
    "end": statements.end("Box"),
    "still linked": statements.still_linked(MODEL.links),
    "sight": statements.SIGHT,
    "sight first": statements.SIGHT_FIRST,
    "unsight": statements.UNSIGHT,
    "open already": statements.open_already("FEEDS"),
    "open": statements.open_link("FEEDS"),
    "close": statements.close_link("FEEDS"),
    "record": statements.record("Ruling"),
    "records known": statements.recorded("Ruling"),
    "rewrite": statements.rewrite("Ruling"),
    "supersede": statements.supersede("Ruling"),
    "supersede references": statements.supersede_references("Ruling", "CITES"),
    "drop references": statements.drop_references("Ruling", "CITES"),
    "refer": statements.refer("Ruling", "CITES", "Paper", "id"),
    "refer to an item": statements.refer("Note", "ON", "CI", "key"),
    "person": statements.PERSON,
    "person erased": statements.NO_PERSON,
}

OUT, IN = Direction
READS = {
    "items": reading.ITEMS,
    "digests": reading.DIGESTS,
    "sightings": reading.SIGHTINGS,
    "past": reading.PAST,
    "persons": reading.PERSONS,
    "members": reading.members_text("Box"),
    "links": reading.links_text(MODEL, OUT, (), None),
    "links against": reading.links_text(MODEL, IN, ("FEEDS",), None),
    "links then": reading.links_text(MODEL, OUT, (), 5),  # type: ignore[arg-type]  # any instant
    "closure": reading.closure_text(MODEL, OUT, (), 6, None),
    "closure against": reading.closure_text(MODEL, IN, (), 16, None),
    "closure then": reading.closure_text(MODEL, OUT, ("FEEDS",), 6, 5),  # type: ignore[arg-type]  # any instant
    "export of keys": exporting.KEYS,
    "export of records": exporting.records("Note"),
    "export of older records": exporting.past_records("Note"),
}

EQ, GT, IS_IN = Compare.EQ, Compare.GT, Compare.IN
QUESTIONS = {
    "by reference": Question("Note", [Cond("ci", EQ, box("b1"))], None),
    "by reference in a window": Question("Note", [Cond("ci", EQ, box("b1")), Cond("seen_ms", GT, 5)], None, "seen_ms"),
    "by references": Question("Note", [Cond("ci", IS_IN, [box("b1"), box("b2")]), Cond("seen_ms", GT, 5)], None),
    "in a window": Question("Note", [Cond("seen_ms", GT, 5)], None, "seen_ms"),
    "the next page": Question("Note", [], None, "seen_ms", Cursor(5, "n5")),
    "the next page backwards": Question("Note", [], None, "seen_ms", Cursor(5, "n5"), descending=True),
    "backwards by reference": Question("Note", [Cond("ci", EQ, box("b1"))], None, "seen_ms", descending=True),
    "all by id backwards": Question("Note", [], None, None, Cursor(None, "n5"), descending=True),
    "by an optional field": Question("Note", [Cond("actor", EQ, "ada")], None, "seen_ms"),
    "by one of many references": Question("Ruling", [Cond("cites", EQ, "p1")], None),
    "by id": Question("Note", [Cond("id", IS_IN, ["n1", "n2"])], None),
    "all by id": Question("Note", [], None, None, Cursor(None, "n5")),
    "as known": Question("Note", [Cond("ci", EQ, box("b1"))], 5),  # type: ignore[arg-type]  # any instant
    "item by title": Question("Box", [Cond("name", EQ, "b1")], None),
    "items by key": Question("Box", [Cond("key", GT, box("b1"))], None),
}

PARAMETERS: dict[str, Any] = {"rows": [], "keys": [], "ids": [], "values": {}, "id": "x", "source": "a", "run": "r"}
PARAMETERS |= {"at": 1, "after": "", "page": 10, "limit": 10, "lease_ms": 1, "since": 0, "until": 1, "attr": None}
PARAMETERS |= {"forever": 9}


@pytest.fixture(scope="module", params=SIZES)
def planner(request: pytest.FixtureRequest, neo4j_server: Neo4jServer) -> Iterator[neo4j.Driver]:
    """The database with so many boxes, each in a chain of a hundred, all seen by one source, with notes and rulings."""
    neo4j_server.empty()
    login = (neo4j_server.user, neo4j_server.password)
    store = Neo4jStore.open(neo4j_server.uri, *login, MODEL, clock=Clock())
    with store.lease("plans") as lease:
        for batch in estate(Hand(store, lease), request.param):
            assert store.apply(batch)
    store.close()
    with neo4j.GraphDatabase.driver(neo4j_server.uri, auth=login, notifications_min_severity="OFF") as driver:
        driver.execute_query("CALL db.clearQueryCaches()", database_="neo4j")
        driver.execute_query("CALL db.resampleOutdatedIndexes()", database_="neo4j")
        yield driver


def estate(hand: Hand, size: int) -> Iterator[Batch]:
    """Batches that fill the store."""
    for start in range(0, size, 5_000):
        names = [f"b{number}" for number in range(start, min(start + 5_000, size))]
        seen = tuple(sighting(name) for name in names)
        yield hand.batch(create=tuple(new(name, name=name) for name in names), sighted=seen)
        chain = tuple(link(one, two) for one, two in pairwise(names) if not one.endswith("00"))
        yield hand.batch(open=chain)
        notes = tuple(note(f"n{name[1:]}", name, seen_ms=int(name[1:]), actor="ada") for name in names)
        papers = tuple(paper(f"p{name[1:]}") for name in names)
        rulings = tuple(ruling(f"r{name[1:]}", f"n{name[1:]}", (f"p{name[1:]}",)) for name in names)
        yield hand.batch(records=(*notes, *papers, *rulings))


@pytest.mark.parametrize("name", WRITES)
def test_a_batch_starts_at_pinned_indexes_and_flows(planner: neo4j.Driver, name: str) -> None:
    """No scan, no product of more than one row, and rows of the batch are not gathered before they are written."""
    plan = explained(planner, WRITES[name], PARAMETERS)

    assert_starts_at_seeks(plan)
    gathered = [one for one in operators(plan) if kind(one) == "Eager"]
    assert not gathered or name in AT_REST


@pytest.mark.parametrize("name", READS)
def test_a_reading_starts_at_an_index(planner: neo4j.Driver, name: str) -> None:
    """Keys are sought one by one, whatever the statistics say."""
    assert_starts_at_seeks(explained(planner, READS[name], PARAMETERS))


@pytest.mark.parametrize("name", ["closure", "closure against", "closure then"])
def test_the_closure_visits_each_item_once(planner: neo4j.Driver, name: str) -> None:
    """The pruning search, with the predicate on time inside it; anything else enumerates paths."""
    steps = [kind(one) for one in operators(explained(planner, READS[name], PARAMETERS))]

    assert "VarLengthExpand(Pruning,BFS,All)" in steps


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_declared_question_uses_its_index(planner: neo4j.Driver, name: str) -> None:
    """What an order or a reference serves scans no label."""
    said = finding.find_statement(MODEL, QUESTIONS[name])

    assert_starts_at_seeks(explained(planner, said.text, {**PARAMETERS, **said.parameters}))


@pytest.mark.parametrize("down", [False, True])
def test_the_first_page_of_an_order_is_read_from_its_index(planner: neo4j.Driver, *, down: bool) -> None:
    """From its first or its last row on, as far as the page goes, and only rows of one value are sorted."""
    said = finding.find_statement(MODEL, Question("Note", [], None, "seen_ms", descending=down))
    steps = {kind(one) for one in operators(explained(planner, said.text, {**PARAMETERS, **said.parameters}))}

    assert {"NodeIndexScan", "PartialTop"} <= steps
    assert not {"Top", "Sort", "NodeByLabelScan"} & steps


def explained(driver: neo4j.Driver, text: str, parameters: dict[str, Any]) -> dict[str, Any]:
    """The plan of a statement."""
    plan = driver.execute_query(f"EXPLAIN {text}", parameters, database_="neo4j").summary.plan
    assert plan is not None
    return plan


def assert_starts_at_seeks(plan: dict[str, Any]) -> None:
    """No scan anywhere; a product only of two unique items."""
    steps = list(operators(plan))
    assert not {kind(one) for one in steps} & FORBIDDEN
    for one in steps:
        if kind(one) == "CartesianProduct":
            assert {kind(below) for side in one["children"] for below in operators(side)} <= ONE_ROW


def operators(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """All steps of a plan."""
    yield plan
    for child in plan.get("children", ()):
        yield from operators(child)


def kind(step: dict[str, Any]) -> str:
    """Name of a step without the name of the database."""
    return str(step["operatorType"]).partition("@")[0]
