"""A source's own events, tied to CIs, with people under pseudonyms."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from driftline.diff.attribution import CiEvent, is_machine
from driftline.diff.policy import Policy
from driftline.graph.model.observed import Clock, Event
from driftline.graph.model.values import Key
from driftline.graph.records import EventFact
from driftline.graph.resolve import Resolution
from driftline.graph.store import PersonRow


@dataclass(frozen=True, slots=True)
class Told:
    """Events of a visit: all of them, those about known CIs, and who the people in them are."""

    all: tuple[tuple[Event, Key | None], ...] = ()
    about: tuple[CiEvent, ...] = ()
    people: tuple[PersonRow, ...] = ()


def tell(
    events: Iterable[Event], source: str, resolution: Resolution, policy: Policy, pseudonym: Callable[[str], str]
) -> Told:
    """Tie events to CIs. Machines keep their names; a person is known by a pseudonym from here on."""
    found: list[tuple[Event, Key | None]] = []
    about: list[CiEvent] = []
    people: dict[str, str] = {}
    for said in events:
        event = replace(said, id=f"{source}/{said.id}")
        ci = resolution.refs.get(event.item)
        told = _ci_event(event, ci or Key(""))
        if not is_machine(told, policy):
            told = replace(told, actor=pseudonym(event.actor))
            people[told.actor] = event.actor
        if told.human:
            people[pseudonym(told.human)] = told.human
            told = replace(told, human=pseudonym(told.human))
        found.append((replace(event, actor=told.actor), ci))
        if ci:
            about.append(told)
    return Told(tuple(found), tuple(about), tuple(PersonRow(p, "login", people[p]) for p in sorted(people)))


def remembered(fact: EventFact, ci: Key, clock: Clock | None) -> CiEvent:
    """An event of an earlier visit, as far as it was kept; like the others it tells the source's time."""
    at = fact.at_ms + (clock.offset_ms if clock else 0)
    return CiEvent(fact.id, at, ci, fact.type, fact.act, actor=fact.actor or "")


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
    )
