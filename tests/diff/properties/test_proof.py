"""Laws of proof: a verdict says no more, and no less, than the evidence and the records carry."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import assume, given
from hypothesis import strategies as st

from driftline.diff.authority import Request
from driftline.diff.findings import is_violation
from driftline.diff.policy import Who
from driftline.diff.words import ActorHow, Change, Flag, Outcome, Verdict
from driftline.graph.model.values import Ms
from tests.diff import world
from tests.diff.properties.cases import AUTHORISED, LATE, Case, cases, law
from tests.diff.properties.reference import approved_before, authorised_at, authorises


def instants(case: Case) -> range:
    """Every instant at which the change can have happened."""
    return range(case.change.lower_ms + 1, case.change.upper_ms + 1)


def settled(case: Case) -> list[Change]:
    """The change with everything known that is not: every instant, and under ``require`` every actor."""
    points = [case.within(at - 1, at) for at in instants(case)]
    if case.policy.who is not Who.REQUIRE or case.change.actor_how is ActorHow.NAMED:
        return points
    ambiguous = case.change.actor_how is ActorHow.AMBIGUOUS
    actors = case.change.candidates if ambiguous else ("alice", "bob", "boss", "mallory", "system")
    return [replace(point, actor=actor, actor_how=ActorHow.NAMED) for point in points for actor in actors]


@law
@given(case=cases())
def test_a_verdict_is_what_its_single_instants_are(case: Case) -> None:
    """I22: approved means approved at every instant, an accusation at none, not proven at some and not at others."""
    verdict = case.verdict()
    assume(verdict.rule[0] in "RJ")
    approved = [case.verdict(change=point).verdict is Outcome.AUTHORISED for point in settled(case)]
    if verdict.verdict is Outcome.AUTHORISED:
        assert all(approved)
    elif verdict.verdict is Outcome.UNPROVEN:
        assert any(approved)
        assert not all(approved)
    elif is_violation(verdict):
        assert not any(approved)


@law
@given(case=cases())
def test_every_approval_holds_when_checked_again_by_other_means(case: Case) -> None:
    """I23: what is called approved is allowed by the records at every instant."""
    assume(case.verdict().verdict is Outcome.AUTHORISED)
    assert all(authorised_at(case, instant) for instant in instants(case))


@law
@given(case=cases())
def test_nobody_is_accused_of_what_the_records_allow(case: Case) -> None:
    """I24: a change that is called a violation was allowed at no instant."""
    assume(is_violation(case.verdict()))
    assert not any(authorised_at(case, instant) for instant in instants(case))


@law
@given(case=cases())
def test_what_was_allowed_throughout_is_called_approved(case: Case) -> None:
    """The other half of I23: where the records allow every instant and the actor, the verdict is approved."""
    assume(case.verdict().rule[0] in "RJ")
    assume(all(authorised_at(case, instant) for instant in instants(case)))
    assert case.verdict().verdict is Outcome.AUTHORISED


@law
@given(case=cases(), data=st.data())
def test_better_evidence_never_takes_an_approval_back(case: Case, data: st.DataObject) -> None:
    """I7: a shorter interval keeps approved approved, and turns no proven violation of time into an approval."""
    lower = data.draw(st.integers(case.change.lower_ms, case.change.upper_ms - 1))
    upper = data.draw(st.integers(lower + 1, case.change.upper_ms))
    before, after = case.verdict().verdict, case.verdict(change=case.within(lower, upper)).verdict
    if before is Outcome.AUTHORISED:
        assert after is Outcome.AUTHORISED
    if before in {Outcome.OUT_OF_WINDOW, Outcome.RETRO}:
        assert after is not Outcome.AUTHORISED


@law
@given(case=cases(), less=st.integers(0, 15), more=st.integers(0, 15), blind=st.booleans())
def test_worse_evidence_never_accuses(case: Case, less: int, more: int, *, blind: bool) -> None:
    """I28: a longer interval or a lost actor may turn approved into not proven, never into an accusation."""
    assume(case.verdict().verdict is Outcome.AUTHORISED)
    wider = case.within(case.change.lower_ms - less, case.change.upper_ms + more)
    if blind:
        wider = replace(wider, actor=None, actor_how=ActorHow.UNKNOWN)
    assert case.verdict(change=wider).verdict in {Outcome.AUTHORISED, Outcome.UNPROVEN}


@law
@given(case=cases())
def test_without_an_approval_before_it_nothing_is_approved(case: Case) -> None:
    """I8: no approval that came before the change, no verdict that speaks of approved work."""
    verdict = case.verdict()
    speaks = verdict.verdict in AUTHORISED or verdict.verdict is Outcome.OUT_OF_SCOPE
    assume(speaks and verdict.rule[0] in "RJ")
    linked = next(one for one in case.requests if one.rfc.id == verdict.rfc)
    assert approved_before(case, linked, case.change.upper_ms)


@law
@given(case=cases())
def test_an_approval_came_first_and_names_the_ci(case: Case) -> None:
    """I9: approved means that a cited version was approved at or before the start of the interval and covers the CI."""
    verdict = case.verdict()
    assume(verdict.verdict is Outcome.AUTHORISED)
    cited = [one for one in case.requests if one.rfc.id in verdict.cites]
    first = case.change.lower_ms + 1
    assert any(authorises(case, one, first) and approved_before(case, one, first) for one in cited)
    assert all(_names(case, one) for one in cited)


@law
@given(case=cases())
def test_nothing_is_approved_inside_a_freeze(case: Case) -> None:
    """I12: a change wholly inside a freeze that is in force and exempts nobody is never called approved."""
    lower, upper = case.span
    frozen = world.freeze(lower, upper, id="freeze:law", declared_ms=Ms(lower))
    assert case.verdict(freezes=(*case.freezes, frozen)).verdict is not Outcome.AUTHORISED


@law
@given(case=cases())
def test_facts_from_after_the_change_approve_nothing(case: Case) -> None:
    """I25: an approval stands without every fact whose source time is after the change."""
    verdict = case.verdict()
    assume(verdict.verdict is Outcome.AUTHORISED and Flag.VERSION_ASSUMED not in verdict.flags)
    upper = case.change.upper_ms
    requests = tuple(_until(one, upper) for one in case.requests)
    freezes = tuple(freeze for freeze in case.freezes if freeze.declared_ms <= upper)
    assert case.verdict(requests=requests, freezes=freezes).verdict is Outcome.AUTHORISED


@law
@given(case=cases())
def test_the_facts_a_verdict_cites_are_enough_to_reach_it_again(case: Case) -> None:
    """I20: judged on the cited facts alone, a change gets the same verdict."""
    verdict = case.verdict()
    cites = set(verdict.cites)
    requests = tuple(_cited(one, cites) for one in case.requests if one.rfc.id in cites)
    freezes = tuple(freeze for freeze in case.freezes if freeze.id in cites)
    again = case.verdict(requests=requests, freezes=freezes)
    assert replace(again, weighed=()) == replace(verdict, weighed=())


@law
@given(case=cases())
def test_whoever_approves_their_own_work_is_flagged(case: Case) -> None:
    """I18: the flag SOD is set exactly if an approver of the linked requests asked for the work or did it.

    One decision of two that are needed approves nothing, so it is nobody's own approval.
    """
    verdict = case.verdict()
    assume(verdict.rule[0] in "RJ")
    linked = (one for one in case.requests if one.rfc.id in verdict.cites and _is_linked(one, verdict))
    after = verdict.rule in {"R5", "R6", "R6b"}
    joined = [one for one in linked if after or approved_before(case, one, LATE + 60)]
    approvers = {
        a.approver for one in joined for a in one.approvals if a.id in verdict.cites and a.decision == "approved"
    }
    interested = {one.versions[0].requester for one in joined}
    if case.change.actor_how is ActorHow.NAMED:
        interested.add(case.change.actor)
    assert (Flag.SOD in verdict.flags) == bool(approvers & interested)


def _is_linked(request: Request, verdict: Verdict) -> bool:
    return verdict.rule == "J1" or request.rfc.id == verdict.rfc


def _names(case: Case, request: Request) -> bool:
    named = {ci for version in request.versions for item in version.scope for ci in item.cis}
    return bool({case.change.ci, *case.change.owners} & named)


def _until(request: Request, instant: int) -> Request:
    return replace(
        request,
        versions=tuple(v for v in request.versions if v.valid_from_ms <= instant),
        approvals=tuple(a for a in request.approvals if a.decided_ms <= instant),
        revocations=tuple(r for r in request.revocations if r.at_ms <= instant),
    )


def _cited(request: Request, cites: set[str]) -> Request:
    return replace(
        request,
        versions=tuple(v for v in request.versions if v.id in cites),
        approvals=tuple(a for a in request.approvals if a.id in cites),
        revocations=tuple(r for r in request.revocations if r.id in cites),
    )
