"""Laws of the world around a change: what may and what may not move a verdict."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields, is_dataclass, replace
from enum import Enum
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from driftline.diff.authority import Request, authorities
from driftline.diff.baseline import fold
from driftline.diff.fulfilment import Sight, fulfil
from driftline.diff.policy import OnEdit
from driftline.diff.table import Ruling, severity
from driftline.diff.words import Change, Flag, Fulfilled, Outcome, Verdict
from driftline.graph.model.change_records import RfcState, Window
from driftline.graph.model.values import Key, Ms
from tests.diff import world
from tests.diff.properties.cases import POLICY, Case, Maker, cases, law

RULES = {
    "D0": {Outcome.INDETERMINATE},
    "D2": {Outcome.EXPECTED},
    "D4": {Outcome.REVERTS},
    "R1": {Outcome.UNAPPROVED},
    "R2": {Outcome.EMERGENCY},
    "R3": {Outcome.UNAPPROVED},
    "R4": {Outcome.UNAPPROVED},
    "R5": {Outcome.UNAPPROVED},
    "R6": {Outcome.RETRO},
    "R6b": {Outcome.UNAPPROVED},
    "R7": {Outcome.UNAPPROVED},
    "R8": {Outcome.OUT_OF_SCOPE},
    "R9": {Outcome.UNAPPROVED},
    "R10": {Outcome.AUTHORISED},
    "R11": {Outcome.UNPROVEN},
    "R12": {Outcome.OUT_OF_WINDOW},
    "R13": {Outcome.UNAPPROVED},
    "J1": {Outcome.AUTHORISED},
}


@st.composite
def extra_requests(draw: st.DrawFn) -> Request:
    """One more request, of the same make."""
    return Maker(draw).request("EXTRA")


def essence(verdict: Verdict) -> tuple[object, ...]:
    """What must stay the same: the verdict, how it was reached, and the request it is linked to."""
    return verdict.verdict, verdict.rule, verdict.reason, verdict.rfc, verdict.version


def badness(verdict: Verdict) -> int:
    """Place in the fixed order of verdicts."""
    return severity(Ruling(verdict.verdict, verdict.rule, forgiven=Flag.POLICY_OK in verdict.flags))


def moved(value: Any, by: int) -> Any:  # noqa: ANN401 -- any fact
    """The same fact with every time in it moved."""
    if isinstance(value, tuple):
        return tuple(moved(one, by) for one in value)
    if not is_dataclass(value) or isinstance(value, Enum | type):
        return value
    times = {f.name: getattr(value, f.name) for f in fields(value)}
    return replace(value, **{name: _moved(name, one, by) for name, one in times.items()})


def _moved(name: str, value: Any, by: int) -> Any:  # noqa: ANN401 -- any fact
    if name.endswith("_ms"):
        return None if value is None else value + by
    return moved(value, by)


@law
@given(case=cases())
def test_every_judged_change_has_one_verdict_by_a_known_rule(case: Case) -> None:
    """I1: the table is total, and a rule always gives the same verdict."""
    verdict = case.verdict()
    assert verdict.verdict in RULES[verdict.rule]


@law
@given(case=cases(), data=st.data())
def test_order_of_facts_is_irrelevant(case: Case, data: st.DataObject) -> None:
    """I2 and I19: requests, versions and decisions may come in any order; only what is known counts."""
    shuffled = tuple(
        replace(
            one,
            versions=tuple(data.draw(st.permutations(one.versions))),
            approvals=tuple(data.draw(st.permutations(one.approvals))),
        )
        for one in data.draw(st.permutations(case.requests))
    )
    assert case.verdict(requests=shuffled) == case.verdict()


@law
@given(case=cases())
def test_judging_again_gives_the_same_verdict(case: Case) -> None:
    """I3: judging is a function of what is known."""
    assert case.verdict() == case.verdict()


@law
@given(case=cases(), extra=extra_requests(), first=st.booleans())
def test_one_more_request_never_makes_it_worse(case: Case, extra: Request, *, first: bool) -> None:
    """I4: of several requests the one that says the least bad counts, wherever it stands."""
    assume(case.verdict().rule[0] in "RJ")
    requests = (extra, *case.requests) if first else (*case.requests, extra)
    assert badness(case.verdict(requests=requests)) <= badness(case.verdict())


@law
@given(case=cases(), earlier=st.integers(0, 10), later=st.integers(0, 10))
def test_wider_windows_never_make_it_worse(case: Case, earlier: int, later: int) -> None:
    """I5: had the approved windows been wider, the verdict would be no worse."""
    assume(case.verdict().rule[0] in "RJ")
    assume(not any(v.state is RfcState.CLOSED for one in case.requests for v in one.versions))
    requests = tuple(
        replace(one, versions=tuple(replace(v, windows=_wider(v.windows, earlier, later)) for v in one.versions))
        for one in case.requests
    )
    assert badness(case.verdict(requests=requests)) <= badness(case.verdict())


@law
@given(case=cases(), by=st.integers(-30, 10**12))
def test_only_differences_of_time_count(case: Case, by: int) -> None:
    """I6: moving every time, the instant of knowing included, changes nothing."""
    said = {name: moved(getattr(case, name), by) for name in ("change", "requests", "freezes")}
    assert essence(case.verdict(**said, known=case.known + by)) == essence(case.verdict())


@law
@given(case=cases())
def test_requests_for_other_things_are_irrelevant(case: Case) -> None:
    """I10: a request that names neither the CI nor an owner of it does not move the verdict."""
    other = world.request(world.version("AWAY", scope=(world.on(Key("vm-9")),)), number="AWAY")
    assert case.verdict(requests=(other, *case.requests)) == case.verdict()


@law
@given(case=cases(edit=OnEdit.KEEP), after=st.integers(1, 60))
def test_edits_after_approval_do_not_move_a_verdict(case: Case, after: int) -> None:
    """I11: the approved terms stay in force; an edit that withdraws no approval neither widens nor narrows them."""
    verdict = case.verdict()
    assume(verdict.rule[0] in "RJ" and verdict.rule not in {"R2", "R3", "R4"})
    requests = tuple(_edited(one, after) if _is_approved(case, one) else one for one in case.requests)
    assert essence(case.verdict(requests=requests)) == essence(verdict)


@law
@given(case=cases(edit=OnEdit.REVOKE), after=st.integers(0, 60))
def test_edits_after_the_change_never_move_a_verdict(case: Case, after: int) -> None:
    """I11, second half: not even where an edit ends the approval, because it ends from then on."""
    verdict = case.verdict()
    assume(verdict.rule[0] in "RJ" and verdict.rule not in {"R2", "R3", "R4"})
    approved = [one for one in case.requests if _is_approved(case, one)]
    decided = [a.decided_ms for one in approved for a in one.approvals]
    at = max(case.change.upper_ms, *decided, 0) + 1 + after
    requests = tuple(_edited(one, at, absolute=True) if one in approved else one for one in case.requests)
    assert essence(case.verdict(requests=requests)) == essence(verdict)


@law
@given(case=cases())
def test_a_new_name_for_a_thing_changes_nothing(case: Case) -> None:
    """I15: judged by identity; where two CIs became one, scopes lead to the one that was kept."""
    kept = Key("vm-kept")
    change = replace(case.change, ci=kept, title="another name")
    requests = tuple(
        replace(one, versions=tuple(replace(v, scope=_renamed(v.scope, kept)) for v in one.versions))
        for one in case.requests
    )
    assert essence(case.verdict(change=change, requests=requests)) == essence(case.verdict())


@law
@given(case=cases())
def test_what_is_called_implemented_was_done_with_authority(case: Case) -> None:
    """I21: each item of an implemented request cites a change that was allowed, or put the value back."""
    verdict = case.verdict()
    everything = frozenset({world.VM, world.OTHER, Key("cluster-1")})
    found = [
        fulfil(authority, [(case.change, verdict)], Sight(everything, everything), case.known + 500)
        for one in case.requests
        for authority in authorities(one, case.policy)
    ]
    if any(one is not None and one.state is Fulfilled.IMPLEMENTED for one in found):
        fine = {Outcome.AUTHORISED, Outcome.UNPROVEN, Outcome.OUT_OF_WINDOW, Outcome.EMERGENCY, Outcome.REVERTS}
        assert verdict.verdict in fine or Flag.POLICY_OK in verdict.flags


@law
@given(values=st.lists(st.sampled_from("1234"), min_size=1, max_size=8), allowed=st.data())
def test_changes_folded_give_the_present_value(values: list[str], allowed: st.DataObject) -> None:
    """I16: changes join end to start; their fold holds the present value and the last one that was allowed."""
    judged: list[tuple[Change, Verdict]] = []
    authorised = now = "0"
    for number, value in enumerate(v for v, before in zip(values, ["0", *values], strict=False) if v != before):
        change = world.change(10 * number, 10 * number + 5, id=f"c{number}", old=now, new=value)
        fine = allowed.draw(st.booleans())
        outcome = Outcome.AUTHORISED if fine else Outcome.UNAPPROVED
        judged.append((change, replace(world.judged(change), verdict=outcome)))
        authorised, now = (value if fine else authorised), value
    (standing,) = fold(judged, frozenset(), POLICY).values()
    assert (standing.current, standing.authorised) == (now, authorised)
    assert standing.differs == (now != authorised)


def test_the_cases_reach_every_verdict_often_enough() -> None:
    """A law that holds in vain looks green: each verdict is at least 2 % of the cases, rare rules at least 0.5 %."""
    verdicts: Counter[Outcome] = Counter()
    rules: Counter[str] = Counter()

    @settings(
        max_examples=2000, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(case=cases())
    def count(case: Case) -> None:
        verdict = case.verdict()
        verdicts[verdict.verdict] += 1
        rules[verdict.rule] += 1

    count()
    assert min(verdicts[outcome] for outcome in Outcome) >= 0.02 * verdicts.total(), verdicts
    assert min(rules[rule] for rule in ("R2", "R3", "J1")) >= 0.005 * rules.total(), rules
    assert set(rules) == set(RULES)


def _wider(windows: tuple[Window, ...], earlier: int, later: int) -> tuple[Window, ...]:
    return tuple(Window(Ms(w.after_ms - earlier), Ms(w.until_ms + later)) for w in windows)


def _renamed(scope: tuple[Any, ...], kept: Key) -> tuple[Any, ...]:
    return tuple(replace(item, cis=tuple(kept if ci == world.VM else ci for ci in item.cis)) for item in scope)


def _is_approved(case: Case, request: Request) -> bool:
    return all(one.approved_ms is not None for one in authorities(request, case.policy))


def _edited(request: Request, after: int, *, absolute: bool = False) -> Request:
    """The request with a last version whose windows, scope and items are other ones."""
    latest = max(request.versions, key=lambda v: v.valid_from_ms)
    times = [*(v.valid_from_ms for v in request.versions), *(a.decided_ms for a in request.approvals)]
    at = max(after, *times) if absolute else max(times) + after
    anything: dict[str, Any] = {"windows": (Window(Ms(1), Ms(150)),), "scope": (world.on(world.VM),), "expected": ()}
    edited = replace(latest, id=f"{latest.id}e", valid_from_ms=Ms(at), material_hash="edited", **anything)
    return replace(request, versions=(*request.versions, edited))
