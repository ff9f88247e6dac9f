"""No question and no batch reads a table from end to end."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

from driftline.graph.model.values import Micros
from driftline.graph.sqlite import connection
from driftline.graph.store import Compare, Cond, Cursor, Direction
from tests.graph.contract.estate import MODEL, box
from tests.graph.contract.history import batches, seeded
from tests.graph.contract.test_equivalence import answers
from tests.graph.sqlite.conftest import Opener

PAGE = re.compile(r"SCAN t USING (COVERING )?INDEX \S+")
FREE = re.compile(r"SCAN (\w+ VIRTUAL TABLE|CONSTANT ROW|book\b|\(subquery)")
"""An array of the caller, or the book, which has four rows."""

BEGINS = ("SELECT", "INSERT", "UPDATE", "DELETE")


def test_no_statement_scans_a_table(opened: Opener, path: Path, statements: list[str]) -> None:
    """Only a page in the order of an index begins at the index's first row, and has a limit.

    Exports and counts read everything by declared need and are left out.
    """
    store = opened()
    statements.clear()
    with store.lease("plans") as lease:
        for batch, _ in batches(1, 60):
            assert store.apply(replace(batch, fence=lease.fence))
    keys = [box("n01"), box("n02")]
    store.digests("a", keys)
    list(store.members("a", "Box"))
    store.sightings(keys)
    store.read(keys)
    store.persons(["p1"])
    for way in Direction:
        store.links(keys, way)
        store.links(keys, way, ["FEEDS"], source="a")
        store.closure(keys, way)
    store.find("Box", [Cond("name", Compare.EQ, "one")])
    store.find("Box", [Cond("key", Compare.IN, keys)], order="name")
    store.find("Box", order="name", after=Cursor("one", "x"))
    store.find("Note", [Cond("ci", Compare.EQ, keys[0]), Cond("seen_ms", Compare.GT, 1)], order="seen_ms")
    store.find("Note", order="actor", after=Cursor(None, "x"))
    store.find("Note", order="actor", after=Cursor("ada", "x"), known_at=Micros(1_030))
    store.find("Note", order="seen_ms", descending=True, after=Cursor(5, "x"))
    store.find("Note", order="actor", descending=True, after=Cursor("ada", "x"), known_at=Micros(1_030))
    store.find("Ruling", [Cond("cites", Compare.IN, ("note-1", "paper-2"))])
    store.find("Ruling", [Cond("judge", Compare.EQ, "j")], order="group")
    run = {text for text in statements if text.startswith(BEGINS)}
    found = plans(path, run)

    assert len(run) > 100
    assert {text for text, lines in found.items() for line in lines if scans(text, line)} == set()


def test_an_ordered_page_is_read_from_its_index_without_sorting(
    opened: Opener, path: Path, statements: list[str]
) -> None:
    """The next page of a large table costs a page."""
    store = opened()
    statements.clear()
    for record, orders in ((kind.kind, {order[0] for order in kind.orders}) for kind in MODEL.records.values()):
        for order in (None, *orders):
            for down in (False, True):
                store.find(record, order=order, descending=down)
                store.find(record, order=order, descending=down, after=Cursor("x", "x"), known_at=Micros(1))
                store.find(record, order=order, descending=down, after=Cursor(None, "x"))
    store.find("Note", [Cond("ci", Compare.EQ, "x")], order="seen_ms")
    store.find("Note", [Cond("ci", Compare.EQ, "x")], order="seen_ms", descending=True)
    store.find("Box", order="name")
    store.find("Box")

    found = plans(path, {text for text in statements if text.startswith("SELECT")})
    assert found
    assert [text for text, lines in found.items() if any("TEMP B-TREE FOR ORDER BY" in line for line in lines)] == []


def test_every_question_about_the_past_is_asked_here_too(opened: Opener, path: Path, statements: list[str]) -> None:
    """The as-of questions of the equivalence test, but exports and counts."""
    store = opened()
    statements.clear()
    for seed in range(20):
        answers(store, Micros(1_010), seeded(seed))
    past = {text for text in statements if text.startswith("SELECT") and ("item_past" in text or "link_past" in text)}

    assert past
    assert {text for text, lines in plans(path, past).items() for line in lines if scans(text, line)} == set()


def test_the_look_at_plans_sees_a_scan(opened: Opener, path: Path) -> None:
    """A test that cannot fail proves nothing."""
    opened()
    text = "SELECT 1 FROM item JOIN link ON link.since = item.created"

    assert [scans(text, line) for line in plans(path, {text})[text]].count(True) == 1


def plans(path: Path, run: set[str]) -> dict[str, list[str]]:
    """What SQLite would do for each statement."""
    look = connection.sqlite3.connect(path)
    found = {text: [row[3] for row in look.execute(f"EXPLAIN QUERY PLAN {text}")] for text in run}
    look.close()
    return found


def scans(text: str, line: str) -> bool:
    """Whether a step of a plan reads a table or index from end to end without the right to."""
    if not line.startswith("SCAN") or FREE.match(line):
        return False
    return not ("LIMIT" in text and PAGE.match(line))
