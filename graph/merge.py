"""Two CIs found to be one, and one found to be two: facts move to another CI and nothing is said to have changed.

Pure; the rows go into one batch. Keys of the absorbed CI lead to the kept one, and back again when it is undone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from driftline.graph.batch import Known, Rows, merge
from driftline.graph.model.facts import Sighting
from driftline.graph.model.values import Key, Micros
from driftline.graph.store import LinkId

STALE = "stale"
"""Fingerprint of links that have to be said again, because an end of one is gone."""


def rehome(rows: Rows, giver: Known, taker: Known, moving: Mapping[Key, Key], at: Micros) -> None:
    """Move everything that all sources say of one CI to another.

    Args:
        rows: gathers the rows.
        giver: the CI that ends, links of all sources included.
        taker: the CI that takes over; a source that spoke of it before and does not speak of the giver keeps its words.
        moving: all CIs that move in this batch, old to new: ends of links move with them.
        at: instant of the batch.
    """
    if giver.state is None or taker.state is None:
        raise ValueError("both CIs must exist")
    old, new = giver.state.key, taker.state.key
    if taker.state.deleted is not None:
        rows.revive.append(new)
    stay = [s for s in taker.sightings if giver.own(s.source) is None]
    spoken = {s.source: taker.words(s) for s in stay} | {s.source: giver.words(s) for s in giver.sightings}
    several = len(spoken) > 1
    for sighting in (*stay, *giver.sightings):
        said = spoken[sighting.source] if several else None
        rows.sighted.append(replace(sighting, ci=new, said=said, links=_links_of(sighting, stay)))
    rows.unsighted.extend((s.source, old) for s in giver.sightings)
    _move_links(rows, giver, taker, moving)
    merge(rows, taker.state, spoken, at)
    rows.tombstone.append(old)


def leave(rows: Rows, known: Known, source: str) -> Known:
    """Take back what one source says of a CI that goes on under another source; returns what is left."""
    if known.state is None or known.own(source) is None:
        return known
    rows.close.extend(LinkId(link.src, link.type, link.dst, source) for link in known.of(source))
    rows.unsighted.append((source, known.state.key))
    rest = tuple(s for s in known.sightings if s.source != source)
    links = tuple(link for link in known.links if link.sources != (source,))
    return replace(known, sightings=rest, links=links)


def split(rows: Rows, kept: Known, absorbed: Known, sources: Iterable[str], at: Micros) -> None:
    """Give back to an absorbed CI what these sources say of it; their next visit says its links again."""
    if kept.state is None or absorbed.state is None:
        raise ValueError("both CIs must exist")
    back = [s for s in kept.sightings if s.source in set(sources)]
    spoken = {s.source: kept.words(s) for s in back}
    rows.revive.append(absorbed.state.key)
    for sighting in back:
        said = spoken[sighting.source] if len(back) > 1 else None
        rows.sighted.append(replace(sighting, ci=absorbed.state.key, said=said, links=""))
        rows.unsighted.append((sighting.source, kept.state.key))
        rows.close.extend(LinkId(link.src, link.type, link.dst, sighting.source) for link in kept.of(sighting.source))
    merge(rows, absorbed.state, spoken, at)
    rest = [s for s in kept.sightings if s not in back]
    if not rest:
        rows.tombstone.append(kept.state.key)
        return
    rows.sighted.extend(replace(s, said=None) for s in rest if len(rest) == 1)
    merge(rows, kept.state, {s.source: kept.words(s) for s in rest}, at)


def _links_of(sighting: Sighting, stay: Iterable[Sighting]) -> str:
    return sighting.links if sighting in stay else STALE


def _move_links(rows: Rows, giver: Known, taker: Known, moving: Mapping[Key, Key]) -> None:
    held = {LinkId(link.src, link.type, link.dst, s) for link in taker.links for s in link.sources} - set(rows.close)
    for link in giver.links:
        src, dst = moving.get(link.src, link.src), moving.get(link.dst, link.dst)
        for source in link.sources:
            was, now = LinkId(link.src, link.type, link.dst, source), LinkId(src, link.type, dst, source)
            if was not in rows.close:
                rows.close.append(was)
            if now not in held and now not in rows.open:
                rows.open.append(now)
