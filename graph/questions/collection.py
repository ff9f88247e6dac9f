"""What was read when and how completely: visits, coverage, and what we cannot see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from driftline.graph.model.bodies import record_of
from driftline.graph.model.observed import Status
from driftline.graph.model.values import Micros, Ms, ms
from driftline.graph.questions.names import call, names
from driftline.graph.questions.page import Page
from driftline.graph.questions.scan import cursor, scan
from driftline.graph.questions.times import when_ms
from driftline.graph.questions.viewer import Viewer
from driftline.graph.records import Feed, Outcome, ReadCoverage, Run
from driftline.graph.store import Compare, Cond, Cursor, Store


@dataclass(frozen=True, slots=True)
class Visited:
    """A visit: when, how it ended, what it read."""

    id: str
    target: str
    collector: str
    source: str | None
    started_at: datetime | None
    ended_at: datetime | None
    outcome: Outcome
    items: int
    changes: int
    unread: int
    dangling: int
    capture: str | None
    error: str


@dataclass(frozen=True, slots=True)
class LastVisits:
    """The newest visit of a target, whatever came of it, and the newest complete one."""

    last: Visited | None
    complete: Visited | None


@dataclass(frozen=True, slots=True)
class Scope:
    """How completely one source's kind and group were read. ``hidden``: CIs with fields that were not shown."""

    source: str
    kind: str
    group: str
    status: Status
    count: int
    hidden: int
    read_at: datetime | None
    complete_at: datetime | None
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VisitFacts(Visited):
    """A visit and what is still known of how completely it read: what a later visit read again is told of that one."""

    coverage: tuple[Scope, ...]


@dataclass(frozen=True, slots=True)
class Blind:
    """Something that we cannot see, and since when. ``what``: not read, hidden, or event gap."""

    what: str
    source: str
    about: str
    since_at: datetime | None
    why: str


def runs(
    _viewer: Viewer,
    store: Store,
    *,
    target: str | None = None,
    source: str | None = None,
    after: Cursor | None = None,
    limit: int = 50,
    known_at: Micros | None = None,
) -> Page[Visited]:
    """Visits, newest first."""
    where = [Cond(f, Compare.EQ, v) for f, v in (("target", target), ("source", source)) if v is not None]
    rows = store.find(
        "Run", where, order="started_ms", descending=True, after=after, limit=limit + 1, known_at=known_at
    )
    shown = rows[:limit]
    more = cursor(shown[-1], "started_ms") if len(rows) > limit else None
    return Page(tuple(_visited(record_of(Run, row.body)) for row in shown), more)


def run(_viewer: Viewer, store: Store, run_id: str, *, known_at: Micros | None = None) -> Visited | None:
    """One visit."""
    rows = store.find("Run", [Cond("id", Compare.EQ, run_id)], known_at=known_at)
    return _visited(record_of(Run, rows[0].body)) if rows else None


def visit(viewer: Viewer, store: Store, run_id: str, *, known_at: Micros | None = None) -> VisitFacts | None:
    """One visit with its coverage."""
    visited = run(viewer, store, run_id, known_at=known_at)
    if visited is None:
        return None
    said = {field.name: getattr(visited, field.name) for field in fields(visited)}
    return VisitFacts(**said, coverage=_read_by(store, visited, known_at))


def last_visits(_viewer: Viewer, store: Store, target: str, *, known_at: Micros | None = None) -> LastVisits:
    """How a target was visited last."""
    to = Cond("target", Compare.EQ, target)
    complete = Cond("outcome", Compare.EQ, Outcome.COMPLETE.value)
    return LastVisits(_newest(store, [to], known_at), _newest(store, [to, complete], known_at))


def coverage(
    _viewer: Viewer, store: Store, *, source: str | None = None, known_at: Micros | None = None
) -> tuple[Scope, ...]:
    """How completely everything was read last."""
    return tuple(map(_scope, _coverage(store, source, known_at)))


def gaps(viewer: Viewer, store: Store, *, known_at: Micros | None = None) -> tuple[Blind, ...]:
    """What we cannot see: scopes that were not read completely, CIs that were not shown, holes in event logs."""
    scopes = coverage(viewer, store, known_at=known_at)
    unread = [
        Blind("not read", s.source, f"{s.kind} {s.group}", s.complete_at, "; ".join(s.errors) or s.status.value)
        for s in scopes
        if s.status is not Status.COMPLETE
    ]
    return (*unread, *_hidden(viewer, store, known_at), *_feed_gaps(store, known_at))


def _read_by(store: Store, visited: Visited, known_at: Micros | None) -> tuple[Scope, ...]:
    """What of the last reading of a source is this visit's."""
    if visited.source is None or visited.started_at is None or visited.ended_at is None:
        return ()
    first, last = ms(visited.started_at), ms(visited.ended_at)
    rows = _coverage(store, visited.source, known_at)
    rows = [row for row in rows if first <= row.read_start_ms and row.read_end_ms <= last]
    return tuple(map(_scope, rows))


def _newest(store: Store, where: Sequence[Cond], known_at: Micros | None) -> Visited | None:
    rows = store.find("Run", where, order="started_ms", descending=True, limit=1, known_at=known_at)
    return _visited(record_of(Run, rows[0].body)) if rows else None


def _coverage(store: Store, source: str | None, known_at: Micros | None = None) -> list[ReadCoverage]:
    where = [Cond("source", Compare.EQ, source)] if source else []
    rows = (record_of(ReadCoverage, row.body) for row in scan(store, "ReadCoverage", where, known_at=known_at))
    return sorted(rows, key=lambda row: (row.source, row.item_kind, row.group))


def _hidden(viewer: Viewer, store: Store, known_at: Micros | None) -> list[Blind]:
    rows = [
        row for row in _coverage(store, None, known_at) if row.status is Status.COMPLETE
    ]  # what was not read at all is said as such
    known = names(viewer, store, {one.ci for row in rows for one in row.exempt})
    return [
        Blind("hidden", row.source, f"{row.item_kind} {call(known, one.ci)}", when_ms(one.before_ms), one.field)
        for row in rows
        for one in row.exempt
    ]


def _feed_gaps(store: Store, known_at: Micros | None) -> list[Blind]:
    feeds = (record_of(Feed, row.body) for row in scan(store, "Feed", known_at=known_at))
    return [
        Blind("event gap", feed.source, "events", when_ms(Ms(gap.after_ms)), gap.why)
        for feed in feeds
        for gap in feed.gaps
    ]


def _visited(run_: Run) -> Visited:
    return Visited(
        id=run_.id,
        target=run_.target,
        collector=run_.collector,
        source=run_.source,
        started_at=when_ms(run_.started_ms),
        ended_at=when_ms(run_.ended_ms),
        outcome=run_.outcome,
        items=run_.items,
        changes=run_.changes,
        unread=run_.unread,
        dangling=run_.dangling,
        capture=run_.capture,
        error=run_.error,
    )


def _scope(row: ReadCoverage) -> Scope:
    hidden = len({one.ci for one in row.exempt})
    times = when_ms(row.read_end_ms), when_ms(row.complete_end_ms)
    return Scope(row.source, row.item_kind, row.group, row.status, row.count, hidden, *times, row.errors)
