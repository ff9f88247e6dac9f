"""Was it done? A request approved at 20 for ``vm-1``, window (90, 120], cpu_count to 8."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from driftline.diff.authority import Authority, authorities
from driftline.diff.fulfilment import Sight, contradiction, fulfil
from driftline.diff.words import Change, Flag, Fulfilled, ItemState, Outcome, Verdict
from driftline.graph.model.change_records import ExpectedChange, RfcState
from driftline.graph.model.values import Key
from tests.diff.world import OTHER, POLICY, VM, change, judged, lists, on, request, version

CPU = lists("cpu_count", "8", backout_value="4")
SEEN = Sight(shown=frozenset({VM, OTHER}), read_after=frozenset({VM, OTHER}))


def approved(close_code: str = "", **said: Any) -> Authority:  # noqa: ANN401 -- any field of the version
    """The authority of the request."""
    content = {"expected": CPU, **said}
    closed = version(at=130, state=RfcState.CLOSED, close_code=close_code, **content)
    (authority,) = authorities(request(version(**content), closed), POLICY)
    return authority


def done(what: Change | None = None, outcome: Outcome = Outcome.AUTHORISED) -> tuple[Change, Verdict]:
    """A change linked to the request."""
    one = what or change()
    return one, replace(judged(one, request()), verdict=outcome, version="CHG1@10", rfc="rfc:CHG1")


def state(*judged_: tuple[Change, Verdict], authority: Authority | None = None, sight: Sight = SEEN) -> Fulfilled:
    """How far the request was carried out."""
    found = fulfil(authority or approved(), judged_, sight, 500)
    assert found is not None
    return found.state


def test_what_was_never_approved_is_not_asked_about() -> None:
    """Fulfilment is of an approved version."""
    (pending,) = authorities(request(approvals=()), POLICY)
    assert fulfil(pending, (), SEEN, 500) is None


@pytest.mark.parametrize(("now", "expected"), [(120, Fulfilled.NOT_DUE), (121, Fulfilled.NOT_IMPLEMENTED)])
def test_it_is_due_when_its_last_window_is_over(now: int, expected: Fulfilled) -> None:
    """NOT_DUE while a window is open or to come."""
    found = fulfil(approved(), (), SEEN, now)
    assert found is not None
    assert found.state is expected


def test_a_matched_change_meets_an_item() -> None:
    """IMPLEMENTED: every item cites its change."""
    found = fulfil(approved(), [done()], SEEN, 500)
    assert found is not None
    assert (found.state, found.parts[0].state, found.parts[0].cites) == (
        Fulfilled.IMPLEMENTED,
        ItemState.MET,
        ("change-1",),
    )
    assert found.sentence == "CHG1: implemented; 1 of 1 expected changes are there."


@pytest.mark.parametrize(
    ("outcome", "met"),
    [
        (Outcome.AUTHORISED, True),
        (Outcome.UNPROVEN, True),
        (Outcome.OUT_OF_WINDOW, True),
        (Outcome.EMERGENCY, True),
        (Outcome.REVERTS, True),
        (Outcome.RETRO, False),
        (Outcome.OUT_OF_SCOPE, False),
        (Outcome.UNAPPROVED, False),
    ],
)
def test_only_work_of_the_request_meets_its_items(outcome: Outcome, *, met: bool) -> None:
    """I21: an item cites an authorised change or one that put the value back."""
    assert (state(done(outcome=outcome)) is Fulfilled.IMPLEMENTED) is met


def test_a_forgiven_late_approval_counts() -> None:
    """I21: emergencies approved in their term are carried out, too."""
    one, verdict = done(outcome=Outcome.RETRO)
    assert state((one, replace(verdict, flags=(Flag.POLICY_OK,)))) is Fulfilled.IMPLEMENTED


def test_a_wrong_value_meets_nothing() -> None:
    """The item names the value."""
    assert state(done(change(new="16"))) is Fulfilled.NOT_IMPLEMENTED


def test_what_was_so_before_the_window_is_already_true() -> None:
    """Already true: cites an observation before the window."""
    sight = replace(SEEN, before={(VM, "cpu_count"): ("8", "capture-7")})
    found = fulfil(approved(), (), sight, 500)
    assert found is not None
    assert (found.parts[0].state, found.parts[0].cites) == (ItemState.ALREADY_TRUE, ("capture-7",))


def test_part_of_the_items_is_partly_implemented() -> None:
    """PARTIALLY_IMPLEMENTED, with the missing list."""
    two = approved(expected=(*CPU, ExpectedChange("memory_mb")))
    assert state(done(), authority=two) is Fulfilled.PARTIALLY_IMPLEMENTED


def test_without_items_every_ci_must_have_changed() -> None:
    """No items: at least one matched change on every scoped CI."""
    both = approved(expected=(), scope=(on(VM, OTHER),))
    assert state(done(), authority=both) is Fulfilled.PARTIALLY_IMPLEMENTED
    other = done(change(ci=OTHER, id="c2"))
    assert state(done(), other, authority=both) is Fulfilled.IMPLEMENTED


def test_work_beyond_the_detail_is_told() -> None:
    """IMPLEMENTED_WITH_EXTRAS: out-of-scope changes are linked."""
    extra = done(change(id="extra", path="memory_mb"), Outcome.OUT_OF_SCOPE)
    assert state(done(), extra) is Fulfilled.WITH_EXTRAS


@pytest.mark.parametrize(
    ("sight", "said"),
    [
        (replace(SEEN, shown=frozenset()), {}),
        (replace(SEEN, read_after=frozenset()), {}),
        (SEEN, {"scope": (on(VM), on(by=on().by, text="typo", unresolved="no such CI"))}),
        (SEEN, {"scope": ()}),
    ],
)
def test_what_nobody_can_see_is_unverifiable(sight: Sight, said: dict[str, Any]) -> None:
    """UNVERIFIABLE: no CI observable, a hole in coverage after the window, or an unresolved scope."""
    assert state(authority=approved(**said), sight=sight) is Fulfilled.UNVERIFIABLE


def test_values_that_returned_as_declared_are_a_back_out() -> None:
    """BACKED_OUT: by close code, or by the back-out value."""
    back = done(change(130, 140, id="back", old="8", new="4"), Outcome.AUTHORISED)
    assert state(done(), back) is Fulfilled.BACKED_OUT
    plain = lists("cpu_count", "8")
    assert state(done(), back, authority=approved("Backed out", expected=plain)) is Fulfilled.BACKED_OUT
    assert state(done(), back, authority=approved(expected=plain)) is Fulfilled.IMPLEMENTED


def test_values_that_somebody_took_back_without_authority_are_reverted() -> None:
    """REVERTED: that change is UNAPPROVED."""
    back = done(change(130, 140, id="back", old="8", new="4"), Outcome.UNAPPROVED)
    assert state(done(), back, authority=approved(expected=lists("cpu_count", "8"))) is Fulfilled.REVERTED


def test_parts_of_a_ci_carry_out_items_of_the_ci() -> None:
    """D8: ``virtual_disk/capacity_bytes`` on the machine is met by its disk."""
    disk = change(ci=Key("disk"), ci_kind="VirtualDisk", owners=(VM,), path="capacity_bytes", old="1", new="2")
    grow = approved(expected=lists("virtual_disk/capacity_bytes", "2"))
    assert state(done(disk), authority=grow) is Fulfilled.IMPLEMENTED


def test_closed_as_successful_without_work_is_a_finding() -> None:
    """Closed as successful, yet NOT_IMPLEMENTED: a finding of its own."""
    for code, wrong in (("Successful", True), ("cancelled by owner", False)):
        authority = approved(code)
        found = fulfil(authority, (), SEEN, 500)
        assert found is not None
        assert (contradiction(authority, found) is not None) is wrong
