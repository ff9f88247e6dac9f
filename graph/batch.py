"""From what differs to the rows to write, history included, so that every store writes the same.

Pure: reads nothing, writes nothing. A CI's values are its sources' words merged, where they differ those of the source
whose identity comes first, whoever was read first; each source is only ever compared with its own last words, which are
kept apart once a second source speaks (``Sighting.said``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from driftline.graph.model.facts import Ends, Facet, Sighting
from driftline.graph.model.values import Key, Micros, Ms, Value, same
from driftline.graph.store import ItemChange, Link, LinkId, NewItem, PastValue, State


@dataclass(slots=True)
class Rows:
    """Rows of one batch, gathered CI by CI."""

    create: list[NewItem] = field(default_factory=list)
    change: list[ItemChange] = field(default_factory=list)
    revive: list[Key] = field(default_factory=list)
    tombstone: list[Key] = field(default_factory=list)
    sighted: list[Sighting] = field(default_factory=list)
    unsighted: list[tuple[str, Key]] = field(default_factory=list)
    close: list[LinkId] = field(default_factory=list)
    open: list[LinkId] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(len(getattr(self, name)) for name in self.__slots__)


@dataclass(frozen=True, slots=True)
class Known:
    """What the store holds of one CI: its state, all sightings of it, and its links as each source says them."""

    state: State | None
    sightings: tuple[Sighting, ...]
    links: tuple[Link, ...] = ()

    def own(self, source: str) -> Sighting | None:
        """The source's sighting of the CI."""
        return next((s for s in self.sightings if s.source == source), None)

    def words(self, sighting: Sighting) -> Mapping[str, Value]:
        """What a source said last: spelled out, or the item's own values while it is the only one that speaks."""
        if sighting.said is not None:
            return sighting.said
        return self.state.attrs if self.state else {}

    def of(self, source: str) -> tuple[Link, ...]:
        """The links that a source says."""
        return tuple(link for link in self.links if source in link.sources)

    def facet(self, source: str) -> Facet | None:
        """What one source said last about the CI, links included; ``None`` if it never spoke of it."""
        own = self.own(source)
        if own is None or self.state is None:
            return None
        ends: dict[str, list[Key]] = {}
        for link in self.of(source):
            ends.setdefault(link.type, []).append(link.dst)
        links: dict[str, Ends] = {type_: tuple(sorted(keys)) for type_, keys in ends.items()}
        gone = self.state.deleted is not None
        return Facet(own.ci, own.kind, self.words(own), links, own.missed, own.missed_since_ms, gone)


def say(
    rows: Rows,
    known: Known,
    sighting: Sighting,
    attrs: Mapping[str, Value],
    at: Micros,
) -> None:
    """Write what a source now says of a CI.

    Args:
        rows: gathers the rows.
        known: what the store holds of the CI.
        sighting: the source's new sighting (fingerprints, nothing missed).
        attrs: the source's words.
        at: instant of the batch.
    """
    if known.state is None:
        rows.create.append(NewItem(sighting.ci, sighting.kind, attrs, sighting.source))
        rows.sighted.append(sighting)
        return
    others = [s for s in known.sightings if s.source != sighting.source]
    if known.state.deleted is not None:
        rows.revive.append(sighting.ci)
        rows.unsighted.extend((s.source, s.ci) for s in others)  # their words ended with it
        others = []
    spoken = {s.source: known.words(s) for s in others}
    rows.sighted.extend(replace(s, said=known.words(s)) for s in others if s.said is None)
    rows.sighted.append(replace(sighting, said=attrs if others else None))
    merge(rows, known.state, {**spoken, sighting.source: attrs}, at)


def stub(rows: Rows, ci: Key, kind: str, attrs: Mapping[str, Value], source: str) -> None:
    """Write a CI that is only named so far; no source sights it yet."""
    rows.create.append(NewItem(ci, kind, attrs, source))


def miss(rows: Rows, own: Sighting, since_ms: Ms) -> None:
    """Count a complete visit that lacked the CI."""
    since = own.missed_since_ms if own.missed else since_ms
    rows.sighted.append(replace(own, missed=own.missed + 1, missed_since_ms=since))


def end(rows: Rows, known: Known, source: str, at: Micros) -> bool:
    """End what a source said of a CI; returns whether the CI itself ends, which it does with its last source."""
    if known.state is None:
        return False
    rows.close.extend(LinkId(link.src, link.type, link.dst, source) for link in known.of(source))
    rest = [s for s in known.sightings if s.source != source]
    if all(s.said == {} for s in rest):  # who only speaks of links, keeps nothing alive
        rows.tombstone.append(known.state.key)
        return True
    rows.unsighted.append((source, known.state.key))
    spoken = {s.source: known.words(s) for s in rest}
    if len(rest) == 1:
        rows.sighted.append(replace(rest[0], said=None))
    merge(rows, known.state, spoken, at)
    return False


def relink(rows: Rows, ci: Key, source: str, old: Mapping[str, Ends], new: Mapping[str, Ends]) -> None:
    """Close and open the links of a CI as one source says them."""
    for type_ in sorted({*old, *new}):
        before, after = set(old.get(type_, ())), set(new.get(type_, ()))
        rows.close.extend(LinkId(ci, type_, dst, source) for dst in sorted(before - after))
        rows.open.extend(LinkId(ci, type_, dst, source) for dst in sorted(after - before))


def merge(rows: Rows, state: State, spoken: Mapping[str, Mapping[str, Value]], at: Micros) -> None:
    """Merge the words of all sources and write what differs from the item's present values."""
    merged, winner = _merged(spoken)
    changed = sorted(n for n in {*merged, *state.attrs} if not same(merged.get(n), state.attrs.get(n)))
    if not changed:
        return
    meta = {name: since for name, since in state.meta.items() if name not in changed}
    meta |= {name: (at, winner[name]) for name in changed if name in merged}
    past = tuple(_past(state, name) for name in changed if name in state.attrs)
    rows.change.append(ItemChange(state.key, {name: merged.get(name) for name in changed}, meta, past))


def _merged(
    spoken: Mapping[str, Mapping[str, Value]],
) -> tuple[dict[str, Value], dict[str, str]]:
    values: dict[str, Value] = {}
    winner: dict[str, str] = {}
    for source in sorted(spoken, reverse=True):
        values |= spoken[source]
        winner |= dict.fromkeys(spoken[source], source)
    return values, winner


def _past(state: State, name: str) -> PastValue:
    since, source = state.meta.get(name, (state.created, state.source))
    return PastValue(name, state.attrs[name], source, since)
