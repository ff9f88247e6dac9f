"""Who changed it, and when exactly: what a source's own events say about a change that comparison found.

States decide *that* something changed; events only explain it. Candidates are ranked by how much they say about the
path; the best rank that has any decides. Nobody is named on the strength of an event that may be one of several
unseen ones: then the actor is ``possible``, listed and never held against anybody (decision D9).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from driftline.diff.interval import Span, meets, stamped, subtract
from driftline.diff.policy import Policy
from driftline.diff.words import ActorHow, Grade
from driftline.graph.model.change_records import Op
from driftline.graph.model.observed import ALL, Act, Clock, FeedCoverage
from driftline.graph.model.observed import Named as NamedPath
from driftline.graph.model.values import Key

RANKS = {
    1: "event names the path",
    2: "event gives old and new value",
    3: "event of a type that can change the path",
    4: "task on the object",
}
UNHEARD = "events were not read"
DATES_ALONE = 2
"""Events of this rank or better say themselves what they changed; of the others one may be missing."""


@dataclass(frozen=True, slots=True)
class CiEvent:
    """An event of the source with its CI settled. ``human`` is the person behind a chain of machine steps, if any.

    ``clock`` is how far its instant may be off where an earlier visit heard of it; else the visit's own clock holds.
    ``session_ms``: its work was done within so long before or after its instant.
    """

    id: str
    at_ms: int
    ci: Key
    type: str
    act: Act
    actor: str = ""
    automatic: bool = False
    names: tuple[NamedPath, ...] = ()
    typed: bool = False
    complete: bool = False
    can_change: tuple[str, ...] = ()
    human: str = ""
    clock: Clock | None = None
    session_ms: int = 0


@dataclass(frozen=True, slots=True)
class Sought:
    """The change that is to be explained: its CI, path, op, new value, and polled interval."""

    ci: Key
    path: str
    op: Op
    new: str | None
    span: Span


@dataclass(frozen=True, slots=True)
class Attribution:
    """When and by whom, with the evidence. ``conflict``: an event tells of this very change at another time."""

    span: Span
    grade: Grade
    how: ActorHow
    actor: str | None
    why: str
    candidates: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    types: tuple[str, ...] = ()
    conflict: bool = False


def attribute(
    sought: Sought,
    events: Sequence[CiEvent],
    feed: FeedCoverage | None,
    clock: Clock | None,
    policy: Policy,
    unheard: str = UNHEARD,
) -> Attribution:
    """Explain a change by the events of its source. ``feed`` ``None``: events were not read, and ``unheard`` says so.

    An event of a session is a candidate by its own instant, and dates what was done by all of its session.
    """
    dated = [(event, span_of(event, clock, policy)) for event in events if event.ci == sought.ci]
    ranked = [(rank, event, when) for event, when in dated if (rank := rank_of(sought, event))]
    inside = [(rank, event, when) for rank, event, when in ranked if meets((when,), sought.span)]
    if not inside:
        conflict = any(_tells(sought, event) for _, event, _ in ranked if event.clock is None)
        why = _nobody(sought, feed, unheard)
        return Attribution(sought.span, Grade.POLL, ActorHow.UNKNOWN, None, why, conflict=conflict)
    best = min(rank for rank, _, _ in inside)
    chosen = _telling(sought, [(event, when) for rank, event, when in inside if rank == best])
    alone = best <= DATES_ALONE and not any(_differs(sought, event) for event, _ in chosen)
    sure = alone or gapless(feed, sought.span)
    return _explained(sought, chosen, best, policy, sure=sure)


def rank_of(sought: Sought, event: CiEvent) -> int | None:
    """How much an event says about the path: 1 (most) to 4, ``None`` if it cannot have changed it."""
    if any(named.path == sought.path for named in event.names):
        return 2 if event.typed else 1
    if (sought.op, event.act) in {(Op.CREATE, Act.CREATED), (Op.DELETE, Act.REMOVED)}:
        return 2
    if event.complete:
        return None
    if sought.path in event.can_change or ALL in event.can_change:
        return 3
    return None if event.names or event.can_change or event.act is not Act.CHANGED else 4


def gapless(feed: FeedCoverage | None, span: Span) -> bool:
    """Whether the feed was read without a hole over the whole interval."""
    if feed is None:
        return False
    holes = tuple((int(gap.after_ms), int(gap.until_ms)) for gap in feed.gaps)
    return feed.after_ms <= span[0] and span[1] <= feed.until_ms and subtract((span,), holes) == (span,)


def is_machine(event: CiEvent, policy: Policy) -> bool:
    """Whether nobody in particular did it: no user, an extension, or the platform acting by itself."""
    return event.automatic or not event.actor or event.actor.startswith(policy.machine_actors)


def person_of(event: CiEvent, policy: Policy) -> str:
    """The person behind an event, following its chain past the machine; empty if there is none."""
    return event.human if is_machine(event, policy) else event.actor


def span_of(event: CiEvent, clock: Clock | None, policy: Policy) -> Span:
    """When an event happened, by our clock."""
    return stamped(event.at_ms, event.clock or clock, unmeasured_ms=policy.unmeasured_error_ms)


def _tells(sought: Sought, event: CiEvent) -> bool:
    return any(named.path == sought.path and named.new == sought.new is not None for named in event.names)


def _differs(sought: Sought, event: CiEvent) -> bool:
    """Whether the event gives the path another value than was found: then something else changed it again."""
    said = [named.new for named in event.names if named.path == sought.path and named.new is not None]
    return bool(said) and sought.new not in said


def _telling(sought: Sought, chosen: list[tuple[CiEvent, Span]]) -> list[tuple[CiEvent, Span]]:
    """Of several candidates, those that give the very value, if any does."""
    return [(event, when) for event, when in chosen if _tells(sought, event)] or chosen


def _explained(
    sought: Sought, chosen: list[tuple[CiEvent, Span]], rank: int, policy: Policy, *, sure: bool
) -> Attribution:
    people = _distinct(person for event, _ in chosen if (person := person_of(event, policy)))
    how, actor = _settled(people, sure=sure)
    hull = (min(when[0] - e.session_ms for e, when in chosen), max(when[1] + e.session_ms for e, when in chosen))
    narrowed = (max(sought.span[0], hull[0]), min(sought.span[1], hull[1]))
    return Attribution(
        narrowed if sure else sought.span,
        Grade.EVENT if sure else Grade.POLL,
        how,
        actor,
        RANKS[rank] if sure else f"{RANKS[rank]}, but the feed has a gap",
        people,
        tuple(event.id for event, _ in chosen),
        _distinct(event.type for event, _ in chosen),
    )


def _settled(people: tuple[str, ...], *, sure: bool) -> tuple[ActorHow, str | None]:
    if not sure:
        return ActorHow.POSSIBLE, None
    if not people:
        return ActorHow.SYSTEM, "system"
    return (ActorHow.NAMED, people[0]) if len(people) == 1 else (ActorHow.AMBIGUOUS, None)


def _distinct(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(texts)))


def _nobody(sought: Sought, feed: FeedCoverage | None, unheard: str) -> str:
    if feed is None:
        return unheard
    if gapless(feed, sought.span):
        return "no such event"
    whys = [gap.why for gap in feed.gaps if meets(((gap.after_ms, gap.until_ms),), sought.span)]
    return f"gap in the event feed: {whys[0]}" if whys else "events of that time were not read"
