"""Several requests for one change: which one counts, whether they cover it together, and what a reader should know.

The choice never depends on the order in which requests come, and a request is never used up by a change.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from driftline.diff.authority import Authority
from driftline.diff.interval import covers, overlap, union
from driftline.diff.policy import Policy, Who
from driftline.diff.predicates import Actor, Pair, Strength, named
from driftline.diff.scope import COARSENESS, Reach, added_late
from driftline.diff.table import ACTOR, VERSION, Ruling, doubts, severity
from driftline.diff.words import ActorHow, Change, Flag, Grade, Mark, Outcome
from driftline.graph.model.change_records import RfcVersion, ScopeItem

Ruled = tuple[Pair, Ruling]

STRENGTHS = tuple(Strength)
ACTORS = (Actor.OK, Actor.UNKNOWN, Actor.BAD)


@dataclass(frozen=True, slots=True)
class Choice:
    """The ruling that counts, the pair it is linked to, and every pair that it rests on."""

    ruling: Ruling
    pair: Pair | None = None
    joined: tuple[Pair, ...] = ()


def choose(ruled: Sequence[Ruled]) -> Choice:
    """The least severe ruling, or a joint one (J1); without any pair: R13."""
    if not ruled:
        return Choice(Ruling(Outcome.UNAPPROVED, "R13"))
    pair, ruling = _best(ruled)
    if ruling.outcome is Outcome.UNPROVEN and len(ruled) > 1:
        parts = [[p for p, r in ruled if _allows(p, r, person)] for person in _people(pair.change)]
        if all(covers(union(span for one in part for span in one.time), pair.span) for part in parts):
            joined = {_identity(one): one for part in parts for one in part}
            return Choice(Ruling(Outcome.AUTHORISED, "J1"), pair, tuple(joined[key] for key in sorted(joined)))
    return Choice(ruling, pair, (pair,))


def flags(change: Change, choice: Choice, policy: Policy, who: Who) -> set[Flag]:
    """What a reader should know beside the verdict."""
    found = evidence_flags(change)
    if choice.pair is not None:
        found |= _flags_of_the_link(choice.pair, choice.ruling, policy, who)
    if choice.ruling.rule == "J1":
        found.add(Flag.MULTI_RFC)
    if any(_own_approval(pair) for pair in choice.joined):
        found.add(Flag.SOD)
    return found


def evidence_flags(change: Change) -> set[Flag]:
    """How good the evidence for the change itself is."""
    found = {Flag.LOW_EVIDENCE} if change.grade is Grade.POLL else set()
    return found | {Flag.EVENT_CONFLICT} if Mark.EVENT_CONFLICT in change.marks else found


def came_late(change: Change, authority: Authority) -> bool:
    """Whether a request that does not cover the CI was made to name it, but only after the change."""
    added = added_late(authority.scope, change)
    if added is not None:
        return added >= change.upper_ms
    return any(v.valid_from_ms >= change.upper_ms and _naming(v, change) for v in authority.later)


def _listed_late(pair: Pair) -> bool:
    """Whether every line that names the CI was added to the request after the change."""
    naming = _naming(pair.authority.version, pair.change)
    return bool(naming) and all(item.added_ms is not None and item.added_ms >= pair.span[1] for item in naming)


def _naming(version: RfcVersion, change: Change) -> list[ScopeItem]:
    within = {change.ci, *change.owners}
    return [item for item in version.scope if not within.isdisjoint(item.cis)]


def _flags_of_the_link(pair: Pair, ruling: Ruling, policy: Policy, who: Who) -> set[Flag]:
    version = pair.authority.version
    coarse = pair.reach is not Reach.EXACT and not version.expected
    said = {
        Flag.ACTOR: pair.who is Actor.BAD and who is Who.FLAG,
        Flag.FREEZE: ruling.rule == "R12" and ruling.reason == "freeze",
        Flag.BROAD_SCOPE: coarse and pair.authority.scope.broadest > policy.broad_scope,
        Flag.SELF_WIDENED: bool(pair.authority.later),
        Flag.POST_HOC_CI: _listed_late(pair),
        Flag.VERSION_ASSUMED: pair.authority.assumed,
        Flag.SCOPE_ASSUMED: any(item.assumed for item in _naming(version, pair.change)),
        Flag.POLICY_OK: ruling.forgiven,
    }
    return {flag for flag, holds in said.items() if holds}


def _own_approval(pair: Pair) -> bool:
    """Whether somebody approved what they asked for, or what they did."""
    approvers = {name.casefold() for name in pair.authority.approvers}
    return any(name is not None and name.casefold() in approvers for name in _interested(pair))


def _interested(pair: Pair) -> tuple[str | None, str | None]:
    return pair.authority.version.requester, named(pair.change)


def _best(ruled: Sequence[Ruled]) -> Ruled:
    least = min(severity(ruling) for _, ruling in ruled)
    equal = [(pair, ruling) for pair, ruling in ruled if severity(ruling) == least]
    return equal[0] if len(equal) == 1 else min(equal, key=_order)


def _people(change: Change) -> tuple[str | None, ...]:
    """Everybody who can have done it, as far as the evidence tells them apart."""
    several = change.candidates if change.actor_how is ActorHow.AMBIGUOUS else ()
    return several or (None,)


def _allows(pair: Pair, ruling: Ruling, person: str | None) -> bool:
    """Whether the pair would be authorised at some instants, had this person done it."""
    if ruling.outcome is not Outcome.UNPROVEN or VERSION in doubts(ruling):
        return False
    return ACTOR not in doubts(ruling) or _names(pair, person)


def _names(pair: Pair, person: str | None) -> bool:
    names = {name.casefold() for name in pair.authority.version.implementers}
    return person is not None and person.casefold() in names


def _order(ruled: Ruled) -> tuple[object, ...]:
    """Which of two equal verdicts is the link: the more exact, the better fit in time, and in the end the number."""
    pair, _ = ruled
    windows = pair.authority.usable
    after, until = pair.span
    meeting = [b - a for a, b in windows if a < until and after < b] or [b - a for a, b in windows]
    return (
        COARSENESS[pair.reach],
        STRENGTHS.index(pair.strength),
        ACTORS.index(pair.who),
        -overlap(pair.time, pair.span),
        min(meeting, default=0),
        min((abs(a - after) for a, _ in windows), default=0),
        *_identity(pair),
    )


def _identity(pair: Pair) -> tuple[str, str, str, str, int]:
    authority = pair.authority
    rfc = authority.rfc
    return (rfc.source, rfc.number, rfc.id, authority.version.id, authority.approved_ms or 0)
