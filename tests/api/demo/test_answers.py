"""The verdicts of the demonstration against the answers that were written down with its story."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from driftline.api.judging import records
from driftline.api.questions.changes import ChangeRow, Wanted, changes
from driftline.diff.words import Change, Finding, Outcome, State, Verdict
from driftline.graph.model.change_records import Op
from driftline.graph.questions.viewer import Viewer
from driftline.graph.records import Outcome as Ended
from driftline.graph.records import Run
from driftline.graph.store import Compare, Cond
from tests.api.demo.conftest import Demo

ANSWERS: list[Mapping[str, Any]] = YAML(typ="safe").load(Path(__file__).with_name("answers.yaml"))


@pytest.fixture(scope="session")
def rows(demo: Demo) -> list[ChangeRow]:
    """All changes of the week."""
    with demo.store() as store:
        return list(changes(Viewer.everything(), store, Wanted(), limit=1_000).rows)


def answers(row: ChangeRow, answer: Mapping[str, Any]) -> bool:
    """Whether an answer is about this change."""
    if (row.name, row.path) != (answer["item"], answer["path"]):
        return False
    said = (answer.get("new", row.new), answer.get("op", row.op.value))
    return said == (row.new, row.op.value)


def where(field: str, value: str) -> Cond:
    """A condition on a record."""
    return Cond(field, Compare.EQ, value)


def test_every_change_is_judged_as_its_story_says(rows: list[ChangeRow]) -> None:
    """Each change has exactly one answer, each answer its change, and verdict, reason and actor agree."""
    judged = [row for row in rows if not row.derived_from]
    assert len(judged) == len(ANSWERS) == 15
    for row in judged:
        (answer,) = [one for one in ANSWERS if answers(row, one)]
        actor = row.actor if row.actor in {None, "system"} else str(row.actor).partition("LAB\\")[2].rstrip(")")
        said = (str(row.verdict), row.reason or None, actor)
        assert said == (answer["verdict"], answer.get("reason", row.reason or None), answer.get("actor")), answer


def test_all_ten_verdicts_are_reached(rows: list[ChangeRow]) -> None:
    """The demonstration leaves no verdict out."""
    assert {row.verdict for row in rows} == set(Outcome)


def test_parts_that_come_and_go_with_a_machine_follow_its_verdict(rows: list[ChangeRow]) -> None:
    """A change that follows from another one is judged by that one's rule."""
    roots = {row.id: row for row in rows}
    derived = [row for row in rows if row.derived_from]
    assert derived
    assert all(row.verdict is roots[row.derived_from or ""].verdict for row in derived)


def test_a_reading_that_broke_off_deletes_nothing(demo: Demo) -> None:
    """Of 196 items 76 were not shown on Wednesday morning; nothing changed by that."""
    with demo.store() as store:
        (partial,) = records(store, Run, [where("target", "vcenter-ber1"), where("outcome", Ended.PARTIAL.value)])
        assert (partial.items, partial.changes) == (120, 0)
        removed = [change for change in records(store, Change) if change.op is Op.DELETE and not change.derived_from]
    assert [change.title for change in removed] == ["web-0018"]


def test_a_machine_that_the_reader_may_not_see_any_more_is_kept(demo: Demo) -> None:
    """Two complete readings without web-0021, a gapless event log without its removal: missing, and a finding."""
    with demo.store() as store:
        open_ = records(store, Finding, [where("state", State.OPEN.value)])
        (ci,) = [one.ci for one in open_ if one.ci and "vanished without event" in one.text]
        assert store.read([ci])[ci].attrs["name"] == "web-0021"
        assert [sighting.missed for sighting in store.sightings([ci])[ci]] == [2]


def test_a_verdict_that_was_revised_keeps_its_earlier_forms(demo: Demo) -> None:
    """Approved on Friday, judged "no approval found" on Thursday: both are known."""
    with demo.store() as store:
        (retro,) = [v for v in records(store, Verdict) if v.verdict is Outcome.RETRO]
        page = changes(Viewer.everything(), store, Wanted(cis=(retro.ci,)), limit=10)
        (row,) = page.rows
    assert (row.rfc_number, row.words) == ("CHG-202", "approved afterwards")
    assert any("approved afterwards" in line and "(before: no approval found)" in line for line in demo.lines)
