"""A source's own events, tied to CIs, with people under pseudonyms."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from driftline.diff.attribution import CiEvent, is_machine
from driftline.diff.policy import Policy
from driftline.graph.model.observed import Clock, Event
from driftline.graph.model.values import Key, Ms
from driftline.graph.records import EventFact
from driftline.graph.resolution import Resolution
from driftline.graph.store import PersonRow


@dataclass(frozen=True, slots=True)
class Told:
    """Events of a visit, each as it was said and as it is tied to a CI (no key: to none), and who their people are."""

    all: tuple[tuple[Event, CiEvent], ...] = ()
    people: tuple[PersonRow, ...] = ()

    @property
    def about(self) -> list[CiEvent]:
        """The events about known CIs."""
        return [told for _, told in self.all if told.ci]


def tell(
    events: Iterable[Event], source: str, resolution: Resolution, policy: Policy, pseudonym: Callable[[str], str]
) -> Told:
    """Tie events to CIs. Machines keep their names; a person is known by a pseudonym from here on."""
    found: list[tuple[Event, CiEvent]] = []
    people: dict[str, str] = {}
    for said in events:
        event = replace(said, id=f"{source}/{said.id}")
        told = _ci_event(event, resolution.refs.get(event.item) or Key(""))
        if not is_machine(told, policy):
            told = replace(told, actor=pseudonym(event.actor))
            people[told.actor] = event.actor
        if told.human:
            people[pseudonym(told.human)] = told.human
            told = replace(told, human=pseudonym(told.human))
        found.append((event, told))
    return Told(tuple(found), tuple(PersonRow(p, "login", people[p]) for p in sorted(people)))


def kept(told: Told, source: str, resolution: Resolution, clock: Clock | None, policy: Policy) -> list[EventFact]:
    """Events as they are kept, at our time. One that no known CI is behind keeps the key that it names."""
    unknown = resolution.unknown
    offset, error = (clock.offset_ms, clock.error_ms) if clock else (0, policy.unmeasured_error_ms)
    return [
        EventFact(
            id=event.id,
            source=source,
            ci=of.ci or None,
            item=None if of.ci else unknown.get(event.item),
            at_ms=Ms(event.at_ms - offset),
            error_ms=error,
            type=event.type,
            act=event.act,
            actor=of.actor or None,
            automatic=of.automatic,
            human=of.human or None,
            names=of.names,
            typed=of.typed,
            complete=of.complete,
            can_change=of.can_change,
            tag=event.tag,
            raw=event.raw,
            session_ms=event.session_ms,
        )
        for event, of in told.all
    ]


def remembered(fact: EventFact, ci: Key, policy: Policy) -> CiEvent:
    """An event that an earlier visit heard of, for a change that only this one sees."""
    error = policy.unmeasured_error_ms if fact.error_ms is None else fact.error_ms
    return CiEvent(
        id=fact.id,
        at_ms=fact.at_ms,
        ci=ci,
        type=fact.type,
        act=fact.act,
        actor=fact.actor or "",
        automatic=fact.automatic,
        names=fact.names,
        typed=fact.typed,
        complete=fact.complete,
        can_change=fact.can_change,
        human=fact.human or "",
        clock=Clock(0, error),
        session_ms=fact.session_ms,
    )


def _ci_event(event: Event, ci: Key) -> CiEvent:
    return CiEvent(
        id=event.id,
        at_ms=event.at_ms,
        ci=ci,
        type=event.type,
        act=event.act,
        actor="" if event.automatic else event.actor,
        automatic=event.automatic,
        names=event.names,
        typed=event.typed,
        complete=event.complete,
        can_change=event.can_change,
        human=event.actor if event.automatic else "",
        session_ms=event.session_ms,
    )
