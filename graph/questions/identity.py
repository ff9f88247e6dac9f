"""What was decided about identity: which items were found to be one, and which keys contradict each other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from driftline.graph.model.bodies import record_of
from driftline.graph.model.values import Key, Micros, as_datetime
from driftline.graph.questions.names import CiName, names
from driftline.graph.questions.page import Page
from driftline.graph.questions.scan import cursor
from driftline.graph.questions.times import when_ms
from driftline.graph.questions.viewer import Viewer
from driftline.graph.records import Dispute, IdentityDispute, Merge, Settlement
from driftline.graph.store import Compare, Cond, Cursor, Row, Store


@dataclass(frozen=True, slots=True)
class MergeRow:
    """Two items found to be one. While ``undone_at`` is not said, the keys of the absorbed one lead to the kept one."""

    id: str
    kept: CiName
    absorbed: CiName
    reason: str
    by: str
    at: datetime
    undone_at: datetime | None
    undone_by: str | None


@dataclass(frozen=True, slots=True)
class DisputeRow:
    """Items whose keys contradict each other; while it is open, changes on them cannot be judged."""

    id: str
    about: Dispute
    state: Settlement
    source: str
    keys: tuple[str, ...]
    items: tuple[CiName, ...]
    opened_at: datetime


def merges(
    viewer: Viewer, store: Store, *, after: Cursor | None = None, limit: int = 50, known_at: Micros | None = None
) -> Page[MergeRow]:
    """Merges, the newest first."""
    rows = store.find("Merge", order="at_ms", descending=True, after=after, limit=limit + 1, known_at=known_at)
    return Page(_merges(viewer, store, rows[:limit]), cursor(rows[limit - 1], "at_ms") if len(rows) > limit else None)


def merge(viewer: Viewer, store: Store, merge_id: str, *, known_at: Micros | None = None) -> MergeRow | None:
    """One merge."""
    rows = store.find("Merge", [Cond("id", Compare.EQ, merge_id)], known_at=known_at)
    return _merges(viewer, store, rows)[0] if rows else None


def disputes(
    viewer: Viewer,
    store: Store,
    *,
    state: Settlement | None = Settlement.OPEN,
    after: Cursor | None = None,
    limit: int = 50,
    known_at: Micros | None = None,
) -> Page[DisputeRow]:
    """Disputes, the newest first; ``state`` ``None``: in any state."""
    where = [Cond("state", Compare.EQ, state.value)] if state else []
    rows = store.find(
        "IdentityDispute",
        where,
        order="opened_ms",
        descending=True,
        after=after,
        limit=limit + 1,
        known_at=known_at,
    )
    more = cursor(rows[limit - 1], "opened_ms") if len(rows) > limit else None
    return Page(_disputes(viewer, store, rows[:limit]), more)


def _merges(viewer: Viewer, store: Store, rows: Sequence[Row]) -> tuple[MergeRow, ...]:
    found = [record_of(Merge, row.body) for row in rows]
    known = names(viewer, store, {ci for one in found for ci in (one.kept, one.absorbed)})
    return tuple(
        MergeRow(
            id=one.id,
            kept=_named(known, one.kept),
            absorbed=_named(known, one.absorbed),
            reason=one.reason,
            by=one.by,
            at=as_datetime(one.at_ms),
            undone_at=when_ms(one.undone_ms),
            undone_by=one.undone_by,
        )
        for one in found
    )


def _named(known: Mapping[Key, CiName], ci: Key) -> CiName:
    return known.get(ci) or CiName(ci, "", ci)


def _disputes(viewer: Viewer, store: Store, rows: Sequence[Row]) -> tuple[DisputeRow, ...]:
    found = [record_of(IdentityDispute, row.body) for row in rows]
    known = names(viewer, store, {ci for one in found for ci in one.cis})
    return tuple(
        DisputeRow(
            id=one.id,
            about=one.about,
            state=one.state,
            source=one.source,
            keys=one.keys,
            items=tuple(known[ci] for ci in one.cis if ci in known),
            opened_at=as_datetime(one.opened_ms),
        )
        for one in found
    )
