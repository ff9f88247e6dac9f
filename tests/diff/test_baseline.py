"""The authorised baseline and the findings that verdicts open and close."""

from __future__ import annotations

from dataclasses import replace

import pytest

from driftline.diff.baseline import Slot, Standing, drift, fold, since
from driftline.diff.findings import Disposition, accepted, dispose, finding_of, is_violation, reopen, settle
from driftline.diff.policy import Unproven
from driftline.diff.words import Baseline, Change, Finding, Flag, Outcome, State, Verdict, Waiver
from driftline.graph.model.change_records import Op
from driftline.graph.model.values import Ms
from tests.diff.world import POLICY, VM, change, judged

CPU = Slot(VM, "cpu_count", "vc")


def step(at: int, old: str, new: str, outcome: Outcome) -> tuple[Change, Verdict]:
    """A judged change."""
    what = change(at, at + 5, id=f"c{at}", old=old, new=new)
    return what, replace(judged(what), verdict=outcome)


@pytest.mark.parametrize(
    ("outcome", "moves", "moves_if_accepted"),
    [
        (Outcome.AUTHORISED, True, True),
        (Outcome.EXPECTED, True, True),
        (Outcome.RETRO, True, True),
        (Outcome.UNPROVEN, False, True),
        (Outcome.OUT_OF_WINDOW, False, True),
        (Outcome.EMERGENCY, False, False),
        (Outcome.OUT_OF_SCOPE, False, False),
        (Outcome.UNAPPROVED, False, False),
        (Outcome.INDETERMINATE, False, False),
    ],
)
def test_only_what_was_allowed_moves_the_baseline(outcome: Outcome, *, moves: bool, moves_if_accepted: bool) -> None:
    """Section 6: which verdicts advance B, and which only on a person's acceptance."""
    one = step(100, "4", "8", outcome)
    assert fold([one], frozenset(), POLICY)[CPU].differs is not moves
    assert fold([one], frozenset({"c100"}), POLICY)[CPU].differs is not moves_if_accepted


def test_unproven_changes_may_move_it_by_themselves() -> None:
    """``unproven_baseline: auto``."""
    auto = replace(POLICY, unproven_baseline=Unproven.AUTO)
    assert fold([step(100, "4", "8", Outcome.UNPROVEN)], frozenset(), auto)[CPU] == Standing("8", "8")


def test_a_change_that_restores_the_baseline_closes_the_drift() -> None:
    """REVERTS: B already holds the value."""
    drifted, back = step(100, "4", "8", Outcome.UNAPPROVED), step(200, "8", "4", Outcome.REVERTS)
    standing = fold([drifted], frozenset(), POLICY)[CPU]
    assert standing == Standing("4", "8", drifted[1])
    assert (standing.around().baseline, standing.around().undoes) == ("4", drifted[1])
    assert fold([drifted, back], frozenset(), POLICY)[CPU] == Standing("4", "4")


def test_members_of_a_set_stand_for_themselves() -> None:
    """Each end of a link, each member of a set, is authorised or not."""
    mount = change(path="mounts", op=Op.RELATE, old=None, new="ds-1")
    away = change(path="mounts", op=Op.UNRELATE, old="ds-2", new=None)
    assert (Slot.of(mount).member, Slot.of(away).member) == ("ds-1", "ds-2")


def test_a_signed_baseline_takes_in_what_came_before_it() -> None:
    """Drift is counted from what a person signed; until then from the first reading."""
    old, new = step(100, "4", "8", Outcome.UNAPPROVED), step(200, "8", "16", Outcome.UNAPPROVED)
    unsigned = Baseline(id="b", source="vc", as_of_ms=Ms(150))
    signed = replace(unsigned, signed_by="rita", signed_ms=Ms(160))
    assert since(signed, [new, old]) == [new]
    assert since(unsigned, [new, old]) == since(None, [new, old]) == [old, new]


@pytest.mark.parametrize(("now", "drifts"), [(150, True), (151, False), (300, False), (301, True)])
def test_a_waiver_hides_drift_only_while_it_lasts(now: int, *, drifts: bool) -> None:
    """Waivers name value, scope, authority and expiry; expiry reopens drift."""
    standings = fold([step(100, "4", "8", Outcome.UNAPPROVED)], frozenset(), POLICY)
    waiver = Waiver(id="w", ci=VM, path="cpu_count", value="8", authority="rita", after_ms=Ms(150), until_ms=Ms(300))
    assert bool(drift(standings, [waiver], now)) is drifts
    assert drift(standings, [replace(waiver, value="9")], now)


@pytest.mark.parametrize(
    ("outcome", "flags", "about", "violation"),
    [
        (Outcome.AUTHORISED, (), None, False),
        (Outcome.EXPECTED, (), None, False),
        (Outcome.EXPECTED, (Flag.NOTABLE,), "notable", False),
        (Outcome.UNPROVEN, (), "evidence", False),
        (Outcome.EMERGENCY, (), "review", False),
        (Outcome.RETRO, (), "exception", True),
        (Outcome.RETRO, (Flag.POLICY_OK,), None, False),
        (Outcome.OUT_OF_WINDOW, (), "window", True),
        (Outcome.OUT_OF_SCOPE, (), "drift", True),
        (Outcome.UNAPPROVED, (), "drift", True),
        (Outcome.REVERTS, (), None, False),
        (Outcome.INDETERMINATE, (), "coverage", False),
    ],
)
def test_a_verdict_opens_what_somebody_must_look_at(
    outcome: Outcome, flags: tuple[Flag, ...], about: str | None, *, violation: bool
) -> None:
    """Section 6: what each verdict opens, and whether it is a violation."""
    verdict = replace(judged(), verdict=outcome, flags=flags)
    finding = finding_of(verdict)
    assert (finding.about if finding else None) == about
    assert is_violation(verdict) is violation


def opened(verdict: Verdict) -> Finding:
    """The one finding that a verdict opens."""
    (finding,) = settle(verdict, [])
    return finding


def test_what_follows_from_a_change_opens_nothing_of_its_own() -> None:
    """D3: listed under its root."""
    assert settle(replace(judged(), rule="D3"), []) == []


def test_judging_again_with_the_same_result_writes_nothing() -> None:
    """I3: one finding, however often it is judged."""
    assert settle(judged(), [opened(judged())]) == []


def test_a_late_approval_closes_the_drift_and_opens_an_exception() -> None:
    """Late tickets re-evaluate; what was open about the old verdict closes."""
    later = replace(judged(), verdict=Outcome.RETRO, as_known_ms=Ms(600))
    closed, exception = settle(later, [opened(judged())])
    assert (closed.state, closed.disposition, closed.closed_ms) == (State.CLOSED, "superseded", 600)
    assert (exception.state, exception.about) == (State.OPEN, "exception")
    fine = replace(judged(), verdict=Outcome.AUTHORISED)
    assert [one.disposition for one in settle(fine, [opened(judged())])] == ["approved"]


def test_putting_it_back_closes_the_finding_of_what_was_undone() -> None:
    """REVERTS closes the drift of the change that it undoes."""
    drifted = opened(judged(change(id="drift")))
    back = replace(judged(change(id="back")), verdict=Outcome.REVERTS, cites_changes=("drift",))
    (closed,) = settle(back, [drifted])
    assert (closed.id, closed.state, closed.disposition) == (drifted.id, State.CLOSED, "put_back")


def test_what_a_person_closed_stays_closed_and_counts_as_accepted() -> None:
    """A disposition by a person outlives judging again; a closure by a fact does not."""
    taken = dispose(opened(judged()), Disposition.ACCEPTED, "rita", 600)
    assert settle(judged(), [taken]) == []
    assert accepted([taken]) == {"change-1"}
    by_fact = dispose(opened(judged()), Disposition.APPROVED, None, 600)
    assert settle(judged(), [by_fact]) == [opened(judged())]
    assert reopen(taken, 700).state is State.OPEN
