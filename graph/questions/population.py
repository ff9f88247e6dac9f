"""Which CIs there are and ever were, and where they stand, in round trips that do not grow with their number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from driftline.graph.lookup import PIECE, pieces
from driftline.graph.model.values import Key, Micros
from driftline.graph.questions.viewer import Viewer
from driftline.graph.store import Compare, Cond, Cursor, Direction, Link, Row, State, Store

STANDS_BY = ("LOCATED_AT", "PART_OF", "RUNS_ON", "MANAGED_BY")
"""Links that lead to a site, the nearest first: a machine stands where its host stands, not where its vCenter is."""

FARTHEST = 6


def all_of(_viewer: Viewer, store: Store, kind: str, *, at: Micros | None = None) -> dict[Key, State]:
    """Every CI of a kind: ended ones included, or (``at``) those that existed at an instant.

    Every CI has an alias for the key it was born with, so aliases list what ``find`` no longer does.
    """
    keys = sorted(set(_born(store, kind)))
    return {
        key: state for piece in pieces(keys) for key, state in store.read(piece, at=at).items() if state.kind == kind
    }


def sites(_viewer: Viewer, store: Store, keys: Sequence[Key], *, at: Micros | None = None) -> dict[Key, str]:
    """The name of the site where each CI stands; CIs without one are left out."""
    place = {key: key for key in keys}
    found: dict[Key, Key] = {}
    for _ in range(FARTHEST):
        ends = {(link.src, link.type): link.dst for link in _links(store, sorted(set(place.values())), at)}
        nearer = {key: _nearest(where, ends) for key, where in place.items()}
        found |= {key: dst for key, (type_, dst) in nearer.items() if type_ == STANDS_BY[0]}
        place = {key: dst for key, (type_, dst) in nearer.items() if type_ and type_ != STANDS_BY[0]}
    named = store.read(sorted(set(found.values())), at=at)
    return {key: str(named[site].attrs.get("name", "")) for key, site in found.items() if site in named}


def _links(store: Store, keys: Sequence[Key], at: Micros | None) -> Iterator[Link]:
    for piece in pieces(keys):
        yield from store.links(piece, Direction.OUT, STANDS_BY, at=at)


def _nearest(where: Key, ends: dict[tuple[Key, str], Key]) -> tuple[str, Key]:
    return next(((type_, ends[where, type_]) for type_ in STANDS_BY if (where, type_) in ends), ("", where))


def _born(store: Store, kind: str) -> Iterator[Key]:
    # the texts of a kind's keys begin with its name and a point; "/" is the character after the point
    prefix = [Cond("id", Compare.GE, f"{kind}."), Cond("id", Compare.LT, f"{kind}/")]
    return (Key(row.body["ci"]) for row in everything_found(store, "Alias", prefix, "id"))


def everything_found(store: Store, kind: str, where: Sequence[Cond], order: str) -> Iterator[Row]:
    """All rows of a find, page by page. ``order`` is a field that every row has."""
    after: Cursor | None = None
    while True:
        rows = store.find(kind, where, order=order, after=after, limit=PIECE)
        yield from rows
        if len(rows) < PIECE:
            return
        after = Cursor(rows[-1].id if order in {"id", "key"} else rows[-1].body[order], rows[-1].id)
