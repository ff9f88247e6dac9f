"""What earlier visits heard of CIs: an event may have come with a visit that read too little to see what it did."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace

from driftline.api.judging import records
from driftline.api.visit.context import PART_OF, Context, by_ci
from driftline.api.visit.events import remembered
from driftline.diff.changes import Visit
from driftline.graph.lookup import pieces
from driftline.graph.model.facts import Read
from driftline.graph.model.values import Key, Ms
from driftline.graph.records import EventFact
from driftline.graph.store import Compare, Cond


def recalled(context: Context, kinds: Collection[str], cis: Iterable[Key]) -> Visit:
    """The visit, with every event heard before that may explain a change of these CIs of these kinds.

    An event before the last complete reading explains nothing any more, so no more than that is looked at.
    """
    visit = replace(context.visit, feed=context.heard)
    if not context.before:
        return visit
    reads = [read for (kind, _), read in context.before.items() if kind in kinds]
    wanted = {*cis, *_owners(context, cis)}
    texts = {text: ci for ci in wanted for text in context.texts.get(ci, ())}
    since = min((read.first_ms if read.start_ms is None else read.start_ms for read in reads), default=Ms(0))
    doubtful = {ci for read in reads for ci in read.exceptions} & wanted
    facts = {
        **{fact.id: (fact, fact.ci) for fact in _heard(context, "ci", doubtful, _first(reads))},
        **{fact.id: (fact, fact.ci) for fact in _heard(context, "ci", wanted - doubtful, since)},
        **{fact.id: (fact, texts[fact.item or ""]) for fact in _heard(context, "item", texts, _first(reads))},
    }
    now = {event.id for events in visit.events.values() for event in events}
    old = (remembered(fact, ci, visit.policy) for id_, (fact, ci) in sorted(facts.items()) if ci and id_ not in now)
    events = {ci: [*visit.events.get(ci, ()), *told] for ci, told in by_ci(old).items()}
    return replace(visit, events={**visit.events, **events})


def _owners(context: Context, cis: Iterable[Key]) -> Iterator[Key]:
    for ci in cis:
        seen = context.seen.get(ci)
        while seen is not None and (ends := seen.links.get(PART_OF)):
            yield ends[0]
            seen = context.seen.get(ends[0]) if ends[0] != seen.ci else None


def _first(reads: Iterable[Read]) -> Ms:
    return min((read.first_ms for read in reads), default=Ms(0))


def _heard(context: Context, field: str, values: Iterable[str], since: Ms) -> Iterator[EventFact]:
    later = Cond("at_ms", Compare.GT, since - context.visit.policy.unmeasured_error_ms)
    for piece in pieces(sorted(values)):
        yield from records(context.store, EventFact, [Cond(field, Compare.IN, list(piece)), later])
