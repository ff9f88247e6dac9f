"""The decision table: the first rule that fits a change and an authority gives the verdict of the pair.

Rules are numbered R1 to R12 and never renumbered; a verdict cites its rule. R0 is "out of scope" and R13 "no candidate
at all". The table is categorical on purpose: predicates in, one category out, nothing is ever scored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from driftline.diff.interval import distance, intersect, meets
from driftline.diff.policy import Policy, Who
from driftline.diff.predicates import Actor, Detail, Pair, Prior, Truth
from driftline.diff.words import Outcome
from driftline.graph.model.change_records import RfcState, RfcType


@dataclass(frozen=True, slots=True)
class Ruling:
    """What one rule says of a pair. ``due_ms``: when time alone will change it. ``forgiven``: late, but allowed so."""

    outcome: Outcome
    rule: str
    reason: str = ""
    due_ms: int | None = None
    forgiven: bool = False


SEVERITY: Final = {
    (Outcome.AUTHORISED, False): 0,
    (Outcome.UNPROVEN, False): 1,
    (Outcome.EMERGENCY, False): 2,
    (Outcome.RETRO, True): 3,
    (Outcome.OUT_OF_WINDOW, False): 4,
    (Outcome.OUT_OF_SCOPE, False): 5,
    (Outcome.RETRO, False): 6,
    (Outcome.UNAPPROVED, False): 7,
}
"""Of several requests the one that says the least bad counts."""

TIME: Final = "time"
ACTOR: Final = "actor"
VERSION: Final = "version"
NO_WINDOW: Final = "no window"


def severity(ruling: Ruling) -> int:
    """Place of a ruling in the fixed order of verdicts; 0 is the best."""
    return SEVERITY[ruling.outcome, ruling.forgiven]


def doubts(ruling: Ruling) -> list[str]:
    """What is not proven (R11), or the single reason of any other rule."""
    return ruling.reason.split(" and ")


def rule(pair: Pair, policy: Policy, who: Who, as_known_ms: int) -> Ruling:
    """Apply the table to one pair. ``as_known_ms`` decides which terms are over."""
    if pair.who is Actor.BAD and who in {Who.DENY, Who.REQUIRE}:
        return Ruling(Outcome.UNAPPROVED, "R1", "actor")
    if pair.authority.approved_ms is None:
        return _never_approved(pair, policy, as_known_ms)
    return _outside_the_term(pair, policy) or _by_time(pair, policy, who)


def _never_approved(pair: Pair, policy: Policy, as_known_ms: int) -> Ruling:
    """R2 to R4."""
    version = pair.authority.version
    if not _is_emergency(pair, policy):
        return Ruling(Outcome.UNAPPROVED, "R4", version.state.value)
    due = review_due(pair, policy)
    if as_known_ms > due:
        return Ruling(Outcome.UNAPPROVED, "R3", "review overdue")
    return Ruling(Outcome.EMERGENCY, "R2", due_ms=due)


def _is_emergency(pair: Pair, policy: Policy) -> bool:
    version = pair.authority.version
    return (
        version.type is RfcType.EMERGENCY
        and version.opened_ms is not None
        and version.state not in {RfcState.CANCELLED, RfcState.REJECTED}
        and pair.detail is Detail.OK
        and distance(pair.span, version.opened_ms) <= policy.raise_limit_ms
    )


def review_due(pair: Pair, policy: Policy) -> int:
    """Until when an emergency must have been reviewed."""
    due = pair.authority.version.review_due_ms
    return pair.span[1] + policy.review_term_ms if due is None else due


def _outside_the_term(pair: Pair, policy: Policy) -> Ruling | None:
    """R5 to R7: approved, but not when it happened, or for quite another time."""
    if pair.prior is Prior.AFTER:
        return Ruling(Outcome.UNAPPROVED, "R5", pair.authority.why_revoked)
    if pair.prior is Prior.BEFORE:
        return _approved_later(pair, policy)
    if not pair.near:
        return Ruling(Outcome.UNAPPROVED, "R7", "far" if pair.authority.usable else NO_WINDOW)
    return None


def _approved_later(pair: Pair, policy: Policy) -> Ruling:
    """R6: work first, approval later. R6b keeps a ticket that was raised long after from passing for more."""
    version = pair.authority.version
    raised_in_time = version.opened_ms is not None and version.opened_ms <= pair.span[1] + policy.linger_ms
    if pair.detail is not Detail.OK:
        return Ruling(Outcome.UNAPPROVED, "R6b", pair.detail.value)
    if not raised_in_time:
        return Ruling(Outcome.UNAPPROVED, "R6b", "late")
    return Ruling(Outcome.RETRO, "R6", forgiven=_forgiven(pair, policy))


def _forgiven(pair: Pair, policy: Policy) -> bool:
    """Whether approval after the work is what the policy allows: an emergency in its term, or declared as done."""
    version, approved = pair.authority.version, pair.authority.approved_ms
    in_term = version.type is RfcType.EMERGENCY and approved is not None and approved <= review_due(pair, policy)
    return in_term or version.retro_declared


def _by_time(pair: Pair, policy: Policy, who: Who) -> Ruling:
    """R8 to R12."""
    if pair.detail is not Detail.OK:
        if pair.within is Truth.NO:
            return Ruling(Outcome.UNAPPROVED, "R9", pair.detail.value)
        return Ruling(Outcome.OUT_OF_SCOPE, "R8", pair.detail.value)
    if pair.within is Truth.NO:
        return Ruling(Outcome.OUT_OF_WINDOW, "R12", when_outside(pair))
    open_questions = _open_questions(pair, policy, who)
    if open_questions:
        return Ruling(Outcome.UNPROVEN, "R11", " and ".join(open_questions))
    return Ruling(Outcome.AUTHORISED, "R10")


def _open_questions(pair: Pair, policy: Policy, who: Who) -> list[str]:
    """What stands between "fits" and "proven"."""
    asked = {
        TIME: pair.within is Truth.PERHAPS,
        ACTOR: pair.who is Actor.UNKNOWN and who is Who.REQUIRE,
        VERSION: pair.authority.assumed and not policy.assumed_version_proves,
    }
    return [question for question, is_open in asked.items() if is_open]


def when_outside(pair: Pair) -> str:
    """Why no instant was authorised: frozen, held, early, late, between windows, or astride the approval."""
    authority, span = pair.authority, pair.span
    if meets(authority.time, span):
        return "freeze"
    if meets(intersect(authority.usable, _term(pair)), span):
        return "held"
    if not authority.usable or meets(authority.usable, span):
        return "approval"
    if span[1] <= authority.usable[0][0]:
        return "early"
    return "late" if span[0] >= authority.usable[-1][1] else "between"


def _term(pair: Pair) -> tuple[tuple[int, int], ...]:
    approved = pair.authority.approved_ms
    return () if approved is None else ((approved, pair.authority.revoked_ms),)
