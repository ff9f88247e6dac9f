"""What a CI is linked to, in both directions, and who says so."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from driftline.graph.lookup import pieces
from driftline.graph.model.values import Key, Micros
from driftline.graph.questions.names import CiName, names
from driftline.graph.questions.times import when
from driftline.graph.questions.viewer import Viewer
from driftline.graph.store import Direction, Link, Store

BOTH = (Direction.OUT, Direction.IN)


@dataclass(frozen=True, slots=True)
class Tie:
    """A link of a CI. ``direction``: out leads to what it depends on, in comes from what depends on it."""

    src: Key
    type: str
    dst: Key
    direction: Direction
    other: CiName
    depth: int
    sources: tuple[str, ...]
    since_at: datetime


def neighbours(
    viewer: Viewer,
    store: Store,
    ci: Key,
    *,
    directions: Collection[Direction] = BOTH,
    types: Sequence[str] = (),
    depth: int = 1,
    at: Micros | None = None,
) -> tuple[Tie, ...]:
    """Links of a CI, and of what they reach up to ``depth`` links away; each link once, where it is nearest."""
    seen, edge = {ci}, [ci]
    found: dict[tuple[Key, str, Key], tuple[Link, Direction, int]] = {}
    for step in range(1, depth + 1):
        fresh: set[Key] = set()
        for direction in directions:
            for link in _links(store, edge, direction, types, at):
                found.setdefault((link.src, link.type, link.dst), (link, direction, step))
                fresh.add(_end(link, direction))
        edge = sorted(fresh - seen)
        seen |= fresh
    known = names(viewer, store, seen, at=at)
    ties = [_tie(link, direction, step, known) for link, direction, step in found.values()]
    return tuple(sorted(ties, key=lambda t: (t.depth, t.direction, t.type, t.other.kind, t.other.name, t.src, t.dst)))


def _tie(link: Link, direction: Direction, depth: int, known: Mapping[Key, CiName]) -> Tie:
    other = known[_end(link, direction)]
    return Tie(link.src, link.type, link.dst, direction, other, depth, link.sources, when(link.since))


def _end(link: Link, direction: Direction) -> Key:
    return link.dst if direction is Direction.OUT else link.src


def _links(
    store: Store, keys: Sequence[Key], direction: Direction, types: Sequence[str], at: Micros | None
) -> Iterable[Link]:
    for piece in pieces(keys):
        yield from store.links(piece, direction, types, at=at)
