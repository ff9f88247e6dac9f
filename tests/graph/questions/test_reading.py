"""Items, their history, neighbours, and what was read: asked of a morning that the pipeline took in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from driftline.api.questions.baselines import apart, baselines
from driftline.api.questions.changes import Wanted, changed, changes
from driftline.api.questions.explanation import explain
from driftline.api.questions.findings import Sought, findings, groups
from driftline.api.questions.requests import request, request_named, requests
from driftline.graph.model.selector import selector
from driftline.graph.model.values import Key, known_at
from driftline.graph.questions.collection import coverage, gaps, last_visits, run, runs, visit
from driftline.graph.questions.find_ci import NoSuchCi, SeveralCis, find_ci, the_one
from driftline.graph.questions.history import difference, history
from driftline.graph.questions.impact import impact
from driftline.graph.questions.item import item
from driftline.graph.questions.items import items
from driftline.graph.questions.neighbours import neighbours
from driftline.graph.store import Cursor, Direction
from tests.graph.contract.conftest import Neo4jPlace, SqlitePlace
from tests.graph.questions.story import ALL, EVIL, SOURCE, Story, at, told


@pytest.mark.parametrize(
    ("text", "name", "by"),
    [
        ("web-01", "web-01", "name"),
        ("WEB-01", "web-01", "name"),
        ("VirtualMachine:web-01", "web-01", "name"),
        ("SRV0001", "SRV0001", "name"),
        ("Dell/SRV0001", "SRV0001", "identity"),
        ("50000000-0000-4000-8000-000000000002", "web-01", "identity"),
        ("vm-2@vc.example.com", "web-01", "locator"),
        ("vm-2", "web-01", "moref"),
        ("10.0.0.2", "web-01", "address"),
        ("10.0.1.1", "esx1.example.com", "address"),
        ("we?-*", "web-01", "glob"),
    ],
)
def test_a_ci_is_found_by_whatever_is_at_hand(story: Story, text: str, name: str, by: str) -> None:
    """Find by name, glob, serial, UUID, moref or address."""
    assert [(match.name, match.by) for match in find_ci(ALL, story.store, text).matches] == [(name, by)]


def test_a_key_leads_to_its_ci(story: Story) -> None:
    """A key as driftline prints it names the CI."""
    web = story.ci("web-01")

    assert the_one(ALL, story.store, web) == web


def test_a_misspelt_name_suggests_the_nearest(story: Story) -> None:
    """Unknown name: the nearest known ones, and nothing is bound."""
    with pytest.raises(NoSuchCi) as error:
        the_one(ALL, story.store, "web-10")

    assert "web-01" in error.value.nearest


def test_a_text_that_several_fit_lists_them(story: Story) -> None:
    """Ambiguous: the candidates, and nothing is chosen."""
    with pytest.raises(SeveralCis) as error:
        the_one(ALL, story.store, "esx*")

    assert [match.name for match in error.value.matches] == ["esx1.example.com", "esx2.example.com"]


def test_an_item_says_who_says_what_since_when(story: Story) -> None:
    """Values with source and since, keys, owners, links, contacts, last sight."""
    facts = item(ALL, story.store, story.ci("db-01"))
    assert facts is not None
    values = {said.name: said for said in facts.values}

    assert (values["cpu_count"].value, values["cpu_count"].source) == (4, SOURCE)
    assert f"{values['cpu_count'].since_at:%H:%M}" == "10:21"
    assert f"{values['memory_mb'].since_at:%H:%M}" == "08:01"
    assert values["memory_mb"].unit == "MiB"
    assert facts.site == "ber1"
    assert {s.source for s in facts.seen_by} >= {SOURCE}
    assert {known.key for known in facts.keys} >= {"instance_uuid", "moref"}
    assert ("out", "RUNS_ON", "esx1.example.com") in {(t.direction, t.type, t.other.name) for t in facts.links}
    assert {(c.role, c.name) for c in facts.contacts} >= {("owner", "Anna Berg"), ("support", "Operations")}


def test_an_item_is_shown_as_it_was(story: Story) -> None:
    """As of an instant: the values that held then; before its birth there is nothing."""
    db = story.ci("db-01")
    then = item(ALL, story.store, db, at=known_at(at(9, 30)))
    assert then is not None

    assert {s.name: s.value for s in then.values}["cpu_count"] == 2
    assert item(ALL, story.store, db, at=known_at(at(7))) is None


def test_an_ended_item_can_still_be_asked_for(story: Story) -> None:
    """Evidence outlives the machine: an ended CI is found by its name and says when it ended."""
    facts = item(ALL, story.store, the_one(ALL, story.store, EVIL))
    assert facts is not None

    assert facts.ended_at is not None
    assert f"{facts.ended_at:%H:%M}" == "11:01"


def test_history_tells_every_value_and_its_time(story: Story) -> None:
    """Past values until they ended, present ones without an end."""
    held = [h for h in history(ALL, story.store, story.ci("db-01")) if h.path == "cpu_count"]

    assert [(h.value, h.until_at is None) for h in held] == [(2, False), (4, True)]
    assert held[0].until_at == held[1].since_at
    assert held[0].run == "vc-1@3"


def test_history_of_an_ended_item_ends(story: Story) -> None:
    """The end of a CI is the last line of its history."""
    assert history(ALL, story.store, the_one(ALL, story.store, EVIL))[-1].path == "exists"


def test_difference_between_two_times(story: Story) -> None:
    """Only paths that differ, links among them."""
    told_ = difference(ALL, story.store, story.ci("db-01"), known_at(at(9, 30)), None)

    assert {(d.path, d.then, d.now) for d in told_} == {
        ("annotation", "orders", "orders, old"),
        ("cpu_count", 2, 4),
    }
    gone = difference(ALL, story.store, the_one(ALL, story.store, EVIL), known_at(at(9, 30)), None)
    assert ("exists", True, None) in {(d.path, d.then, d.now) for d in gone}
    assert ("runs_on", ("esx1.example.com",), None) in {(d.path, d.then, d.now) for d in gone}


def test_neighbours_go_as_far_as_asked(story: Story) -> None:
    """One link away by default; each link once, where it is nearest."""
    db = story.ci("db-01")
    near = neighbours(ALL, story.store, db, directions=[Direction.OUT], types=["RUNS_ON"])
    far = neighbours(ALL, story.store, db, directions=[Direction.OUT], types=["RUNS_ON"], depth=3)

    assert [(t.other.name, t.depth) for t in near] == [("esx1.example.com", 1)]
    assert [(t.other.name, t.depth) for t in far] == [("esx1.example.com", 1), ("SRV0001", 2)]


def test_items_are_listed_by_filter_and_page(story: Story) -> None:
    """A walk over pages sees each row once."""
    wanted = selector("kind=VirtualMachine,HypervisorHost", tuple(story.store.model.items))
    seen: list[str] = []
    after: Cursor | None = None
    while True:
        page = items(ALL, story.store, wanted, after=after, limit=1)
        seen += [row.name for row in page.rows]
        after = page.after
        if after is None:
            break

    assert sorted(seen) == ["db-01", "esx1.example.com", "esx2.example.com", "web-01"]
    assert EVIL_NAME in {row.name for row in items(ALL, story.store, wanted, at=known_at(at(9, 30))).rows}


EVIL_NAME = EVIL.replace("\N{RIGHT-TO-LEFT OVERRIDE}", "\N{REPLACEMENT CHARACTER}").replace(
    "\x1b", "\N{REPLACEMENT CHARACTER}"
)


def test_runs_and_coverage_say_what_was_read(story: Story) -> None:
    """Visits, the newest first, coverage by kind and group, gaps with their reason."""
    page = runs(ALL, story.store, target="vc-1", limit=3)

    assert [row.id for row in page.rows] == ["vc-1@5", "vc-1@4", "vc-1@3"]
    assert [row.id for row in runs(ALL, story.store, target="vc-1", after=page.after).rows] == ["vc-1@2", "vc-1@1"]
    third = run(ALL, story.store, "vc-1@3")
    assert third is not None
    assert (third.changes, third.outcome) == (2, "partial")
    last = last_visits(ALL, story.store, "vc-1")
    assert last.last is not None
    assert last.last.id == "vc-1@5"
    assert last.complete is None
    assert run(ALL, story.store, "vc-1@9") is None
    blind = gaps(ALL, story.store)
    assert [(b.what, b.about, b.why) for b in blind] == [("not read", "VirtualMachine tags", "tag service refused")]


def test_a_visit_is_told_with_its_own_coverage_alone(story: Story) -> None:
    """What a later visit read again is no longer known of an earlier one."""
    newest, earlier = visit(ALL, story.store, "vc-1@5"), visit(ALL, story.store, "vc-1@3")

    assert newest is not None
    assert ("VirtualMachine", "tags") in {(row.kind, row.group) for row in newest.coverage}
    assert {row.source for row in newest.coverage} == {SOURCE}
    assert earlier is not None
    assert earlier.coverage == ()


@pytest.mark.neo4j
def test_both_stores_give_equal_answers(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The same question gives equal rows on SQLite and on Neo4j."""
    one = told(SqlitePlace(tmp_path))

    assert len(one.store.find("Change")) == 5
    server = request.getfixturevalue("neo4j_server")
    other = told(Neo4jPlace(server))
    first, second = answers(one), answers(other)
    one.store.close()
    other.store.close()
    for name, answer in first.items():
        assert answer == second[name], name


def answers(story: Story) -> dict[str, Any]:
    """Every question once."""
    store, db = story.store, story.ci("db-01")
    rfc = request_named(ALL, store, "CHG-2")
    told_ = changes(ALL, store, Wanted(), limit=100)
    return {
        "find": find_ci(ALL, store, "esx*"),
        "item": item(ALL, store, db),
        "item then": item(ALL, store, db, at=known_at(at(9, 30))),
        "history": history(ALL, store, db),
        "difference": difference(ALL, store, db, known_at(at(9)), None),
        "neighbours": neighbours(ALL, store, db, depth=2),
        "items": items(ALL, store, limit=100),
        "impact": impact(ALL, store, [story.ci("ds-gold")]),
        "runs": runs(ALL, store),
        "coverage": coverage(ALL, store),
        "gaps": gaps(ALL, store),
        "changes": told_,
        "changed": changed(ALL, store, db, at(9), depth=3),
        "explained": [explain(ALL, store, row.id) for row in told_.rows],
        "findings": findings(ALL, store, Sought()),
        "groups": groups(ALL, store, Sought()),
        "requests": requests(ALL, store),
        "request": request(ALL, store, rfc, story.policy, story.now),
        "baselines": baselines(ALL, store, story.policy, story.now),
        "apart": apart(ALL, store, SOURCE, story.policy, story.now),
        "unknown": item(ALL, store, Key("VirtualMachine.moref:none")),
    }
