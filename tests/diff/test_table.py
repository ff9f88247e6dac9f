"""The decision table row by row: one change on ``vm-1`` in (100, 110], one request, one thing that differs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from driftline.diff.authority import Request
from driftline.diff.policy import Policy, Who
from driftline.diff.predicates import Circumstances
from driftline.diff.words import ActorHow, Change, Flag, Grade, Mark
from driftline.graph.model.change_records import Freeze, Op, RfcState, RfcType, ScopeBy, Window
from driftline.graph.model.declare import Volatility
from driftline.graph.model.values import Key, Ms
from tests.diff.world import (
    KNOWN,
    OTHER,
    POLICY,
    VM,
    approval,
    change,
    freeze,
    judged,
    lists,
    on,
    request,
    revocation,
    ruling,
    version,
)

NAMED = ("bob",)
RAISED = Ms(105)


def emergency(**said: object) -> Request:
    """An emergency raised during the change, that nobody approved."""
    raised = version(type=RfcType.EMERGENCY, state=RfcState.IMPLEMENT, opened_ms=RAISED)
    return request(replace(raised, **said), approvals=())  # type: ignore[arg-type]  # any field of the version


@pytest.mark.parametrize(
    ("what", "asked", "expected"),
    [
        (change(), request(version(implementers=NAMED)), ("UNAPPROVED", "R1", "actor")),
        (change(), request(version(state=RfcState.ASSESS), approvals=()), ("UNAPPROVED", "R4", "assess")),
        (change(), request(version(state=RfcState.REJECTED), approvals=()), ("UNAPPROVED", "R4", "rejected")),
        (change(), request(revocations=(revocation(100),)), ("UNAPPROVED", "R5", "withdrawn")),
        (change(), request(approvals=(approval(110),)), ("RETRO", "R6", "")),
        (change(), request(version(opened_ms=Ms(151)), approvals=(approval(160),)), ("UNAPPROVED", "R6b", "late")),
        (change(), request(version(expected=lists("x")), approvals=(approval(160),)), ("UNAPPROVED", "R6b", "path")),
        (change(160, 170), request(), ("UNAPPROVED", "R7", "far")),
        (change(), request(version(windows=())), ("UNAPPROVED", "R7", "no window")),
        (change(), request(version(windows=(Window(Ms(120), Ms(90)),))), ("UNAPPROVED", "R7", "no window")),
        (change(), request(version(windows=(Window(Ms(1), Ms(202)),))), ("UNAPPROVED", "R7", "no window")),
        (change(), request(version(expected=lists("memory_mb"))), ("OUT_OF_SCOPE", "R8", "path")),
        (change(), request(version(expected=lists("cpu_count", "16"))), ("OUT_OF_SCOPE", "R8", "value")),
        (change(120, 130), request(version(expected=lists("memory_mb"))), ("UNAPPROVED", "R9", "path")),
        (change(), request(), ("AUTHORISED", "R10", "")),
        (change(), request(version(expected=lists("cpu_*", "8", op=Op.SET))), ("AUTHORISED", "R10", "")),
        (change(90, 120), request(), ("AUTHORISED", "R10", "")),
        (change(89, 120), request(), ("UNPROVEN", "R11", "time")),
        (change(90, 121), request(), ("UNPROVEN", "R11", "time")),
        (change(80, 90), request(), ("OUT_OF_WINDOW", "R12", "early")),
        (change(120, 130), request(), ("OUT_OF_WINDOW", "R12", "late")),
        (change(), request(version(scope=(on(OTHER),))), ("UNAPPROVED", "R13", "")),
    ],
)
def test_a_pair_is_ruled_by_the_first_row_that_fits(
    what: Change, asked: Request, expected: tuple[str, str, str]
) -> None:
    """The first matching row of the table decides."""
    assert ruling(judged(what, asked)) == expected


@pytest.mark.parametrize(
    ("asked", "known", "expected"),
    [
        (emergency(), 170, ("EMERGENCY", "R2", "")),
        (emergency(), 171, ("UNAPPROVED", "R3", "review overdue")),
        (emergency(review_due_ms=Ms(150)), 151, ("UNAPPROVED", "R3", "review overdue")),
        (emergency(opened_ms=Ms(81)), 120, ("EMERGENCY", "R2", "")),
        (emergency(opened_ms=Ms(80)), 120, ("UNAPPROVED", "R4", "implement")),
        (emergency(opened_ms=Ms(131)), 140, ("UNAPPROVED", "R4", "implement")),
        (emergency(opened_ms=None), 120, ("UNAPPROVED", "R4", "implement")),
        (emergency(state=RfcState.CANCELLED), 120, ("UNAPPROVED", "R4", "cancelled")),
        (emergency(expected=lists("memory_mb")), 120, ("UNAPPROVED", "R4", "implement")),
    ],
)
def test_an_emergency_waits_for_its_approval_only_so_long(
    asked: Request, known: int, expected: tuple[str, str, str]
) -> None:
    """R2 to R4: raised near the change, for this detail, and the review not overdue; a missing time helps nobody."""
    assert ruling(judged(None, asked, known=known)) == expected


def test_an_emergency_approved_in_its_term_is_forgiven() -> None:
    """R6: approved afterwards, but as the policy allows."""
    asked = request(version(type=RfcType.EMERGENCY), approvals=(approval(150),))
    assert judged(None, asked).flags == (Flag.POLICY_OK,)
    late = request(version(type=RfcType.EMERGENCY), approvals=(approval(171),))
    assert judged(None, late).flags == ()


def test_work_declared_as_done_already_is_forgiven() -> None:
    """R6: a latent request says so itself."""
    asked = request(version(retro_declared=True), approvals=(approval(150),))
    assert judged(None, asked).flags == (Flag.POLICY_OK,)


@pytest.mark.parametrize(
    ("stop", "expected"),
    [
        (freeze(95, 115), ("OUT_OF_WINDOW", "R12", "freeze")),
        (freeze(95, 105), ("UNPROVEN", "R11", "time")),
        (freeze(95, 115, declared_ms=Ms(110)), ("AUTHORISED", "R10", "")),
        (freeze(95, 115, lifted_ms=Ms(100)), ("AUTHORISED", "R10", "")),
        (freeze(95, 115, exempt_types=("normal",)), ("AUTHORISED", "R10", "")),
        (freeze(95, 115, exempt_rfcs=("rfc:CHG1",)), ("AUTHORISED", "R10", "")),
        (freeze(95, 115, scope=(on(OTHER),)), ("AUTHORISED", "R10", "")),
        (freeze(95, 115, scope=(on(VM),)), ("OUT_OF_WINDOW", "R12", "freeze")),
    ],
)
def test_a_freeze_takes_time_away_only_while_it_is_in_force(stop: Freeze, expected: tuple[str, str, str]) -> None:
    """4.2: a freeze counts from its declaration until it is lifted, for what it covers, unless exempt."""
    verdict = judged(None, request(), freezes=(stop,))
    assert ruling(verdict) == expected
    assert (Flag.FREEZE in verdict.flags) == (verdict.reason == "freeze")


@pytest.mark.parametrize(
    ("who", "how", "actor", "expected"),
    [
        (Who.OFF, ActorHow.NAMED, "alice", ("AUTHORISED", "R10", "")),
        (Who.FLAG, ActorHow.NAMED, "alice", ("AUTHORISED", "R10", "")),
        (Who.DENY, ActorHow.NAMED, "alice", ("UNAPPROVED", "R1", "actor")),
        (Who.DENY, ActorHow.NAMED, "BOB", ("AUTHORISED", "R10", "")),
        (Who.DENY, ActorHow.UNKNOWN, None, ("AUTHORISED", "R10", "")),
        (Who.DENY, ActorHow.POSSIBLE, None, ("AUTHORISED", "R10", "")),
        (Who.DENY, ActorHow.SYSTEM, "system", ("AUTHORISED", "R10", "")),
        (Who.REQUIRE, ActorHow.UNKNOWN, None, ("UNPROVEN", "R11", "actor")),
        (Who.REQUIRE, ActorHow.SYSTEM, "system", ("UNPROVEN", "R11", "actor")),
        (Who.REQUIRE, ActorHow.NAMED, "alice", ("UNAPPROVED", "R1", "actor")),
    ],
)
def test_the_actor_counts_as_the_policy_says(
    who: Who, how: ActorHow, actor: str | None, expected: tuple[str, str, str]
) -> None:
    """H: only a named actor can be the wrong one; an unknown one passes unless evidence is required."""
    what = change(actor=actor, actor_how=how, candidates=("alice",))
    verdict = judged(what, request(version(implementers=NAMED)), policy=replace(POLICY, who=who))
    assert ruling(verdict) == expected
    assert (Flag.ACTOR in verdict.flags) == (who is Who.FLAG)


@pytest.mark.parametrize(("candidates", "rule"), [(("bob",), "R10"), (("bob", "eve"), "R11"), (("eve", "joe"), "R1")])
def test_of_several_possible_actors_all_count(candidates: tuple[str, ...], rule: str) -> None:
    """H: ambiguous is bad only if none of them is named, and good only if all are."""
    what = change(actor=None, actor_how=ActorHow.AMBIGUOUS, candidates=candidates)
    verdict = judged(what, request(version(implementers=NAMED)), policy=replace(POLICY, who=Who.REQUIRE))
    assert verdict.rule == rule


def test_a_crown_jewel_asks_for_evidence_of_the_actor() -> None:
    """H: the default for the most critical CIs is ``require``."""
    what = change(actor=None, actor_how=ActorHow.UNKNOWN)
    around = Circumstances(criticality="crown_jewel")
    assert judged(what, request(version(implementers=NAMED)), around=around).reason == "actor"


def test_window_and_approval_are_one_set() -> None:
    """4.2: in the window only before the approval, approved only after the window: no instant was authorised."""
    early = version(windows=(Window(Ms(90), Ms(104)),))
    assert ruling(judged(None, request(early, approvals=(approval(106),)))) == ("OUT_OF_WINDOW", "R12", "approval")


def test_two_requests_cover_together_what_neither_covers_alone() -> None:
    """J1: adjoining windows of two requests; both are cited."""
    first = request(version("CHG1", windows=(Window(Ms(90), Ms(105)),)))
    second = request(version("CHG2", windows=(Window(Ms(105), Ms(120)),)), number="CHG2")
    verdict = judged(None, first, second)
    assert ruling(verdict) == ("AUTHORISED", "J1", "")
    assert verdict.flags == (Flag.MULTI_RFC,)
    assert {"rfc:CHG1", "rfc:CHG2", "CHG1@10", "CHG2@10", "CHG1:boss:20", "CHG2:boss:20"} == set(verdict.cites)
    assert judged(None, first).rule == "R11"


def test_the_request_that_says_the_least_bad_is_the_link() -> None:
    """4.5: every candidate stays in the explanation, the best one is the link, whatever the order."""
    wrong = request(version("CHG2", expected=lists("memory_mb")), number="CHG2")
    for requests in ((request(), wrong), (wrong, request())):
        verdict = judged(None, *requests)
        assert (verdict.rfc, verdict.rule) == ("rfc:CHG1", "R10")
        assert [(one.rfc, one.rule) for one in verdict.weighed] == [("rfc:CHG1", "R10"), ("rfc:CHG2", "R8")]


def test_of_equal_verdicts_the_most_exact_request_is_the_link() -> None:
    """4.5: exact scope before selector, value before path before none."""
    coarse = request(version("CHG0", scope=(on(VM, OTHER, by=ScopeBy.SELECTOR),)), number="CHG0")
    valued = request(version("CHG9", expected=lists("cpu_count", "8")), number="CHG9")
    verdict = judged(None, coarse, request(), valued)
    assert (verdict.rfc, verdict.scope, verdict.strength) == ("rfc:CHG9", "exact", "value")


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        (change(marks=(Mark.UNSETTLED,)), "identity_unsettled"),
        (change(marks=(Mark.SUSPECT,)), "collector_suspect"),
        (change(grade=Grade.PARTIAL), "partial"),
    ],
)
def test_poor_evidence_accuses_nobody(what: Change, reason: str) -> None:
    """D0: what cannot be trusted is indeterminate, even without any request."""
    assert ruling(judged(what)) == ("INDETERMINATE", "D0", reason)


@pytest.mark.parametrize(
    "what",
    [change(new="4"), change(volatility=Volatility.COUNTER), change(judged=False)],
)
def test_what_is_no_change_gets_no_verdict(what: Change) -> None:
    """D1 and D11: equal values, counters, and runtime paths that nobody controls."""
    with pytest.raises(AssertionError):
        judged(what)


def test_a_part_that_follows_takes_the_verdict_of_its_root() -> None:
    """D3: the disks of a deleted machine are not accused apart from it."""
    root = judged(change(id="root", path="", op=Op.DELETE, new=None))
    verdict = judged(change(derived_from="root"), around=Circumstances(root=root))
    assert (ruling(verdict), verdict.cites_changes) == (("UNAPPROVED", "D3", root.reason), ("root",))


def test_putting_back_the_baseline_after_an_unauthorised_change_is_remediation() -> None:
    """D4: it needs no request; but only if the change being undone was not authorised."""
    drift = judged(change(id="drift", old="8", new="4"))
    around = Circumstances(baseline="8", baseline_known=True, undoes=drift)
    verdict = judged(change(), around=around)
    assert (ruling(verdict), verdict.cites_changes) == (("REVERTS", "D4", ""), ("drift",))
    allowed = judged(change(id="drift", old="8", new="4"), request())
    assert judged(change(), around=replace(around, undoes=allowed)).rule == "R13"
    assert judged(change(new="16"), around=around).rule == "R13"


@pytest.mark.parametrize(
    ("types", "facts", "how", "expected"),
    [
        (("DrsVmMigratedEvent",), frozenset(), ActorHow.SYSTEM, "D2"),
        (("DrsVmMigratedEvent", "VmMigratedEvent"), frozenset(), ActorHow.NAMED, "R13"),
        (("VmMigratedEvent",), frozenset({"drs_enabled", "same_cluster"}), ActorHow.NAMED, "R13"),
        ((), frozenset({"drs_enabled", "same_cluster"}), ActorHow.SYSTEM, "D2"),
        ((), frozenset({"drs_enabled"}), ActorHow.SYSTEM, "R13"),
        (("DrsVmMigratedEvent",), frozenset({"other_cluster"}), ActorHow.SYSTEM, "R13"),
    ],
)
def test_automation_needs_evidence_or_invariants(
    types: tuple[str, ...], facts: frozenset[str], how: ActorHow, expected: str
) -> None:
    """D2: a move is automatic by the balancer's own event or by what held around it, never by its path alone."""
    what = change(path="runs_on", event_types=types, actor_how=how)
    assert judged(what, around=Circumstances(facts=facts)).rule == expected


def test_a_restart_after_the_loss_of_a_host_is_expected_and_notable() -> None:
    """D2: HA is automatic, but a person should hear of it."""
    what = change(path="runs_on", event_types=("VmRestartedOnAlternateHostEvent",))
    assert judged(what).flags == (Flag.NOTABLE,)


def test_work_that_is_backed_out_may_be_undone() -> None:
    """A: undoing the request's own change is in its detail once it is marked as backed out."""
    told = version(expected=lists("cpu_count", "8"))
    closed = version(at=130, state=RfcState.CLOSED, close_code="Backed out", expected=lists("cpu_count", "8"))
    around = Circumstances(own={"rfc:CHG1": frozenset({"4"})})
    back = change(112, 118, old="8", new="4")
    assert ruling(judged(back, request(told), around=around)) == ("OUT_OF_SCOPE", "R8", "value")
    assert ruling(judged(back, request(told, closed), around=around)) == ("AUTHORISED", "R10", "")


def test_content_that_was_not_seen_at_approval_proves_less_if_the_policy_says_so() -> None:
    """change-records.md 3.4: VERSION_ASSUMED may be limited to not proven."""
    assumed = request(version(version_assumed=True))
    assert judged(None, assumed).flags == (Flag.VERSION_ASSUMED,)
    strict = replace(POLICY, assumed_version_proves=False)
    assert ruling(judged(None, assumed, policy=strict)) == ("UNPROVEN", "R11", "version")


def test_the_sentence_says_what_where_when_and_why() -> None:
    """4.6: one English sentence in plain words, and what would change it."""
    day = 86_400_000
    policy = Policy(version="1")
    window = (Window(Ms(10 * day), Ms(10 * day + 7_200_000)),)
    asked = request(version(windows=window), approvals=(approval(9 * day),))
    late = change(10 * day + 7_260_000, 10 * day + 7_320_000)
    verdict = judged(late, asked, policy=policy, known=11 * day)
    assert verdict.sentence == (
        "db-01: cpu_count from 4 to 8 (after 1970-01-11 02:01:00Z, by 1970-01-11 02:02:00Z): approved, other time; "
        "CHG1 allows 1970-01-11 00:00:00Z to 1970-01-11 02:00:00Z; this was late by 1 min."
    )
    assert verdict.would_change == (
        "Evidence that it happened inside the window, or a window approved beforehand for this time."
    )


def test_every_request_that_may_concern_a_change_is_found_through_its_owner() -> None:
    """4.1: candidates are indexed by CI; parts are found by what they are a part of."""
    disk = change(
        ci=Key("disk-1"), ci_kind="VirtualDisk", path="capacity_bytes", owners=(VM,), old="1", new="2", id="disk"
    )
    assert judged(disk, request()).scope == "owned"
    assert judged(disk, request(), known=KNOWN + 1).as_known_ms == KNOWN + 1
