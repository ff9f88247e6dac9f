"""What people decide about findings, and what follows from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from driftline.api.decisions import CannotDecide, Decider, accept, assign, open_again, sign, waive
from driftline.api.questions.baselines import apart, baseline
from driftline.api.questions.findings import Sought, findings
from driftline.diff.words import State
from driftline.graph.model.values import Ms
from tests.graph.contract.conftest import SqlitePlace
from tests.graph.questions.story import ALL, SOURCE, Story, at, told


@pytest.fixture
def morning(tmp_path: Path) -> Iterator[Story]:
    """A morning with four open findings."""
    story = told(SqlitePlace(tmp_path))
    yield story
    story.store.close()


def by(story: Story, when: Ms | None = None) -> Decider:
    """Anna decides."""
    return Decider("local:anna", when or story.now, story.policy)


def open_ids(story: Story) -> dict[str, str]:
    """Open findings: id by about and path."""
    page = findings(ALL, story.store, Sought())
    return {f"{row.about} {row.change.path if row.change else ''}".strip(): row.id for row in page.rows}


def differing(story: Story) -> set[str]:
    """Names and paths that are not as they should be."""
    return {f"{row.name} {row.path}".strip() for row in apart(ALL, story.store, SOURCE, story.policy, at(13))}


def test_accepting_an_unproven_change_makes_it_the_baseline(morning: Story) -> None:
    """UNPROVEN advances the baseline on acceptance, under the name of who accepted it."""
    finding = open_ids(morning)["evidence annotation"]
    assert "db-01 annotation" in differing(morning)
    with morning.store.lease("test") as lease:
        accept(morning.store, lease, by(morning), [finding], "seen")

    assert "db-01 annotation" not in differing(morning)
    closed = {row.id: row for row in findings(ALL, morning.store, Sought(State.CLOSED)).rows}
    assert (closed[finding].disposition, closed[finding].disposed_by) == ("accepted", "local:anna")


def test_the_reason_of_a_decision_is_kept_until_it_is_taken_back(morning: Story) -> None:
    """Those who read it later find it with the finding; an open finding has none."""
    finding = open_ids(morning)["evidence annotation"]
    with morning.store.lease("test") as lease:
        accept(morning.store, lease, by(morning), [finding], "seen by CAB")
        (row,) = [row for row in findings(ALL, morning.store, Sought(State.CLOSED)).rows if row.id == finding]
        assert row.reason == "seen by CAB"
        open_again(morning.store, lease, by(morning), [finding])
    (row,) = [row for row in findings(ALL, morning.store, Sought()).rows if row.id == finding]
    assert row.reason == ""


def test_what_nobody_approved_cannot_be_accepted(morning: Story) -> None:
    """A change without approval needs a waiver with an end; a nod would launder it, so nothing is written."""
    ids = open_ids(morning)
    with morning.store.lease("test") as lease, pytest.raises(CannotDecide, match="cannot be accepted; waive it"):
        accept(morning.store, lease, by(morning), [ids["evidence annotation"], ids["drift memory_mb"]])

    assert open_ids(morning) == ids


def test_a_waiver_tolerates_until_it_ends(morning: Story) -> None:
    """Waivers name value, authority and expiry; after that the drift is there again."""
    finding = open_ids(morning)["drift memory_mb"]
    with morning.store.lease("test") as lease:
        waive(morning.store, lease, by(morning), [finding], until_ms=at(14), authority="CAB", reason="tonight")

    assert "web-01 memory_mb" not in {
        f"{r.name} {r.path}" for r in apart(ALL, morning.store, SOURCE, morning.policy, at(13))
    }
    assert "web-01 memory_mb" in {
        f"{r.name} {r.path}" for r in apart(ALL, morning.store, SOURCE, morning.policy, at(15))
    }
    assert finding not in open_ids(morning).values()


def test_a_waiver_without_a_future_is_refused(morning: Story) -> None:
    """A waiver that has ended already tolerates nothing."""
    finding = open_ids(morning)["drift memory_mb"]
    with morning.store.lease("test") as lease, pytest.raises(CannotDecide, match="later time"):
        waive(morning.store, lease, by(morning), [finding], until_ms=at(12), authority="CAB", reason="")


@pytest.mark.parametrize("about", ["evidence annotation", "drift memory_mb"])
def test_a_decision_can_be_taken_back(morning: Story, about: str) -> None:
    """Reopening undoes an acceptance and ends a waiver: everything differs as before."""
    before, finding = differing(morning), open_ids(morning)[about]
    with morning.store.lease("test") as lease:
        if about.startswith("drift"):
            waive(morning.store, lease, by(morning), [finding], until_ms=at(20), authority="CAB", reason="")
        else:
            accept(morning.store, lease, by(morning), [finding])
        assert differing(morning) != before
        open_again(morning.store, lease, by(morning, Ms(morning.now + 1)), [finding])
    again = {f"{r.name} {r.path}".strip() for r in apart(ALL, morning.store, SOURCE, morning.policy, at(13))}

    assert again == before
    assert open_ids(morning)[about] == finding


def test_a_finding_gets_an_owner(morning: Story) -> None:
    """Assigning writes whose turn it is, and nothing else."""
    finding, team = open_ids(morning)["drift memory_mb"], morning.ci("Team:Operations")
    with morning.store.lease("test") as lease:
        assign(morning.store, lease, by(morning), [finding], team)
    rows = {row.id: row for row in findings(ALL, morning.store, Sought()).rows}

    assert (rows[finding].owner, rows[finding].state) == ("Operations", State.OPEN)


@pytest.mark.parametrize("decide", [accept, open_again])
def test_an_unknown_finding_is_refused(morning: Story, decide: Callable[..., object]) -> None:
    """A decision about nothing writes nothing."""
    with morning.store.lease("test") as lease, pytest.raises(CannotDecide, match="no finding none"):
        decide(morning.store, lease, by(morning), ["none"])


def test_a_closed_finding_is_not_closed_twice(morning: Story) -> None:
    """The second decision says how the first one went."""
    finding = open_ids(morning)["evidence annotation"]
    with morning.store.lease("test") as lease:
        accept(morning.store, lease, by(morning), [finding])
        with pytest.raises(CannotDecide, match="is closed \\(accepted by local:anna\\)"):
            accept(morning.store, lease, by(morning), [finding])


def test_a_signed_baseline_settles_what_was_before_it(morning: Story) -> None:
    """Until signed the baseline is unsigned; from then on only later changes differ from it."""
    unsigned = baseline(ALL, morning.store, SOURCE, morning.policy, morning.now)
    assert unsigned is not None
    assert (unsigned.signed, unsigned.signed_by, unsigned.differs) == (False, None, 4)
    with morning.store.lease("test") as lease:
        sign(morning.store, lease, by(morning), SOURCE, at(10, 40), "checked by hand")
        with pytest.raises(CannotDecide, match="a time that is over"):
            sign(morning.store, lease, by(morning), SOURCE, at(23))
    signed = baseline(ALL, morning.store, SOURCE, morning.policy, morning.now)

    assert signed is not None
    assert (signed.signed, signed.signed_by, signed.note) == (True, "local:anna", "checked by hand")
    assert "web-01 memory_mb" not in differing(morning)
    assert "db-01 annotation" in differing(morning)
