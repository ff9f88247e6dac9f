"""Authority belongs to the version that was approved: the traps of change records."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from driftline.diff.authority import authorities
from driftline.diff.interval import FOREVER
from driftline.diff.policy import OnEdit
from driftline.diff.words import Flag
from driftline.graph.model.change_records import Decision, RfcState, RfcType, RfcVersion, Window
from driftline.graph.model.values import Ms
from tests.diff.world import OTHER, POLICY, VM, approval, change, judged, on, request, revocation, ruling, version

WIDE = (Window(Ms(50), Ms(150)),)


def terms(*versions: RfcVersion, **said: object) -> list[tuple[int | None, int, str]]:
    """Term and end of every authority of a request."""
    asked = request(*versions, **said)  # type: ignore[arg-type]  # approvals, revocations
    return [(one.approved_ms, one.revoked_ms, one.why_revoked) for one in authorities(asked, POLICY)]


def test_an_edit_before_the_approval_is_approved_with_it() -> None:
    """Edit, then approve: the authority is the edited content."""
    edited = version(at=15, content="h2", windows=WIDE)
    verdict = judged(change(60, 70), request(version(), edited, approvals=(approval(20, content="h2"),)))
    assert (ruling(verdict), verdict.version) == (("AUTHORISED", "R10", ""), edited.id)


def test_a_window_widened_after_approval_authorises_nothing() -> None:
    """Approve, then edit: the approved terms stay, the edit is flagged."""
    verdict = judged(change(60, 70), request(version(), version(at=30, content="h2", windows=WIDE)))
    assert ruling(verdict) == ("OUT_OF_WINDOW", "R12", "early")
    assert verdict.flags == (Flag.SELF_WIDENED,)


def test_a_material_edit_revokes_if_the_policy_says_so() -> None:
    """``material_edit: revoke``: the approval ends with the edit."""
    strict = replace(POLICY, material_edit=OnEdit.REVOKE)
    asked = request(version(), version(at=30, content="h2", windows=WIDE))
    assert ruling(judged(None, asked, policy=strict)) == ("UNAPPROVED", "R5", "material_edit")


def test_approval_again_after_an_edit_is_a_second_authority() -> None:
    """Re-approval gives two authorities, each a candidate of its own."""
    again = (approval(20), approval(95, content="h2"))
    asked = request(version(), version(at=30, content="h2", windows=WIDE), approvals=again)
    found = authorities(asked, POLICY)
    assert [(one.version.material_hash, one.approved_ms) for one in found] == [("h1", 20), ("h2", 95)]


def test_decisions_on_different_contents_make_no_quorum() -> None:
    """Approvals count toward a quorum only if made on the same content."""
    states = (
        version(quorum=2, state=RfcState.AUTHORISE),
        version(at=15, content="h2", quorum=2, state=RfcState.AUTHORISE),
    )
    assert terms(*states, approvals=(approval(12, "a"), approval(20, "b", content="h2"))) == [(None, FOREVER, "")]


def test_a_source_that_calls_it_approved_anyway_is_believed_with_a_flag() -> None:
    """Decisions that span contents: the authority is the content at the last decision, flagged VERSION_ASSUMED."""
    states = (
        version(quorum=2, state=RfcState.AUTHORISE),
        version(at=15, content="h2", quorum=2, state=RfcState.AUTHORISE),
        version(at=25, content="h3", quorum=2, windows=WIDE),
    )
    asked = request(*states, approvals=(approval(12, "a"), approval(20, "b", content="h2")))
    (authority,) = authorities(asked, POLICY)
    assert (authority.version.material_hash, authority.approved_ms, authority.assumed) == ("h2", 25, True)


@pytest.mark.parametrize(
    ("decided", "expected"),
    [
        ((approval(20, "a"),), None),
        ((approval(20, "a"), approval(30, "a")), None),
        ((approval(20, "a"), approval(30, "b")), 30),
        ((approval(20, "a"), approval(25, "c", decision=Decision.REJECTED), approval(30, "b")), None),
        (
            (
                approval(20, "a"),
                approval(25, "c", decision=Decision.REJECTED),
                approval(30, "b"),
                approval(35, "c", decision=Decision.WITHDRAWN),
            ),
            35,
        ),
    ],
)
def test_a_quorum_counts_people_and_a_rejection_blocks(decided: tuple[object, ...], expected: int | None) -> None:
    """Distinct people, newest decision of each; a rejection blocks until it is withdrawn."""
    assert terms(version(quorum=2, state=RfcState.AUTHORISE), approvals=decided)[0][0] == expected


def test_a_withdrawn_approval_ends_the_authority() -> None:
    """``revoked_at``: approval withdrawn."""
    back = (approval(20), approval(60, decision=Decision.WITHDRAWN))
    assert terms(approvals=back) == [(20, 60, "approval withdrawn")]


@pytest.mark.parametrize(
    ("state", "at", "end"),
    [
        (RfcState.CANCELLED, 60, (60, "cancelled")),
        (RfcState.REJECTED, 60, (60, "rejected")),
        (RfcState.CLOSED, 119, (119, "early_closure")),
        (RfcState.CLOSED, 120, (FOREVER, "")),
        (RfcState.REVIEW, 60, (FOREVER, "")),
    ],
)
def test_the_end_of_a_request_ends_its_authority(state: RfcState, at: int, end: tuple[int, str]) -> None:
    """``revoked_at``: cancelled, rejected, or closed before the last window ends; closing later does not matter."""
    assert terms(version(), version(at=at, state=state)) == [(20, *end)]


def test_closing_early_may_be_ignored() -> None:
    """Early closure revokes unless the policy says otherwise."""
    lenient = replace(POLICY, early_closure_revokes=False)
    asked = request(version(), version(at=95, state=RfcState.CLOSED))
    assert judged(None, asked).rule == "R5"
    assert judged(None, asked, policy=lenient).rule == "R10"


def test_a_request_that_was_approved_when_it_was_closed_covers_only_what_was_done() -> None:
    """Closed early, then approved: what came before is approved afterwards, what comes later is not approved."""
    asked = request(version(), version(at=60, state=RfcState.CLOSED), approvals=(approval(95),))
    assert judged(change(80, 90), asked).rule == "R6"
    assert judged(None, asked).rule == "R5"


def test_nobody_can_approve_what_was_cancelled() -> None:
    """An approval that comes while the request is cancelled approves nothing, not even afterwards."""
    asked = request(version(), version(at=60, state=RfcState.CANCELLED), approvals=(approval(115),))
    assert ruling(judged(None, asked)) == ("UNAPPROVED", "R4", "cancelled")


def test_decisions_from_before_a_revocation_do_not_count_after_it() -> None:
    """A second authority needs decisions of its own."""
    twice = (approval(20), approval(70, "cab"))
    assert terms(approvals=twice, revocations=(revocation(50),)) == [(20, 50, "withdrawn"), (70, FOREVER, "")]


def test_a_held_request_has_no_authority_meanwhile() -> None:
    """``on_hold`` suspends for the held interval."""
    held, freed = version(at=95, on_hold=True), version(at=115)
    assert ruling(judged(None, request(version(), held, freed))) == ("OUT_OF_WINDOW", "R12", "held")
    assert judged(change(115, 118), request(version(), held, freed)).rule == "R10"
    lenient = replace(POLICY, hold_suspends=False)
    assert judged(None, request(version(), held, freed), policy=lenient).rule == "R10"


@pytest.mark.parametrize(("entered", "template", "since"), [(30, 5, 30), (30, 40, 40)])
def test_a_standard_request_inherits_no_approval_from_before_it_was_scheduled(
    entered: int, template: int, since: int
) -> None:
    """Standard: the later of the template's approval and the moment this request was scheduled at its source."""
    said: dict[str, Any] = {"type": RfcType.STANDARD, "template_approved_ms": Ms(template)}
    drafted, scheduled = version(at=3, state=RfcState.DRAFT, **said), version(at=entered, **said)
    assert terms(drafted, scheduled, approvals=()) == [(since, FOREVER, "")]


def test_a_standard_ticket_raised_after_the_work_is_late() -> None:
    """It must not inherit last year's template approval."""
    late = version(at=115, type=RfcType.STANDARD, template_approved_ms=Ms(1), opened_ms=Ms(115))
    assert ruling(judged(None, request(late, approvals=()))) == ("RETRO", "R6", "")


@pytest.mark.parametrize(("state", "rule"), [(RfcState.SCHEDULED, "R5"), (RfcState.IMPLEMENT, "R10")])
def test_a_withdrawn_template_stops_what_has_not_started(state: RfcState, rule: str) -> None:
    """Template withdrawn: work under way goes on."""
    standard: dict[str, Any] = {"type": RfcType.STANDARD, "template_approved_ms": Ms(1)}
    asked = request(
        version(**standard),
        version(at=91, state=state, **standard),
        approvals=(),
        revocations=(revocation(95, "template_withdrawn"),),
    )
    assert judged(None, asked).rule == rule


def test_a_deleted_request_covers_nothing_new() -> None:
    """Deleted at the source: past verdicts keep citing it, new changes cannot."""
    gone = request(revocations=(revocation(105, "deleted"),))
    assert judged(change(91, 95), gone).rule == "R10"
    assert judged(change(106, 109), gone).rule == "R5"


def test_a_ci_added_late_is_not_in_scope_and_flagged_if_the_change_came_first() -> None:
    """CI list edits are dated: POST_HOC_CI if the change came first."""
    late = request(version(scope=(on(OTHER), on(VM, added_ms=Ms(111)))))
    assert (ruling(judged(None, late)), judged(None, late).flags) == (("UNAPPROVED", "R13", ""), (Flag.POST_HOC_CI,))
    before = request(version(scope=(on(OTHER), on(VM, added_ms=Ms(95)))))
    assert judged(None, before).flags == ()
    edited = request(version(scope=(on(OTHER),)), version(at=111, content="h2", scope=(on(OTHER), on(VM))))
    assert judged(None, edited).flags == (Flag.POST_HOC_CI,)


def test_content_first_seen_after_its_approval_is_flagged() -> None:
    """Reconstruction: the first snapshot after the approval is assumed to be what was approved."""
    assert judged(None, request(version(at=40))).flags == (Flag.VERSION_ASSUMED,)


def test_a_request_of_which_nothing_is_known_is_no_candidate() -> None:
    """No version, no authority."""
    assert authorities(replace(request(), versions=()), POLICY) == ()
