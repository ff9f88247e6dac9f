"""What somebody has to look at: findings, and those of one piece of work as one group, what is due first in front."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from itertools import islice

from driftline.api.judging import records_in
from driftline.api.questions.changes import ChangeRow, rows_of, verdicts_of
from driftline.diff.findings import VIOLATIONS
from driftline.diff.words import Change, Finding, Outcome, State
from driftline.graph.model.bodies import record_of
from driftline.graph.model.change_records import Op, Rfc
from driftline.graph.model.values import Key, Micros, as_datetime
from driftline.graph.questions.names import call, names
from driftline.graph.questions.page import Page
from driftline.graph.questions.people import named_in, people, unmask
from driftline.graph.questions.scan import cursor, scan
from driftline.graph.questions.times import when_ms
from driftline.graph.questions.viewer import Viewer
from driftline.graph.store import Compare, Cond, Cursor, Row, Store


class About(StrEnum):
    """What a finding is about."""

    DRIFT = "drift"
    WINDOW = "window"
    EXCEPTION = "exception"
    EVIDENCE = "evidence"
    REVIEW = "review"
    COVERAGE = "coverage"
    FULFILMENT = "fulfilment"
    FLAPPING = "flapping"
    NOTABLE = "notable"


NEVER = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding with the change that it is about, if it is about one."""

    id: str
    about: str
    state: State
    text: str
    ci: Key | None
    name: str | None
    opened_at: datetime
    due_at: datetime | None
    closed_at: datetime | None
    owner: str | None
    disposition: str
    disposed_by: str | None
    reason: str
    rfc: str | None
    rfc_number: str | None
    change: ChangeRow | None


@dataclass(frozen=True, slots=True)
class Group:
    """Findings of one kind of change by one person in one visit: they are decided together."""

    about: str
    words: str | None
    kind: str | None
    path: str | None
    op: Op | None
    new: str | None
    actor: str | None
    count: int
    due_at: datetime | None
    owner: str | None
    first: str
    rows: tuple[FindingRow, ...]


@dataclass(frozen=True, slots=True)
class Sought:
    """Which findings. ``state`` ``None``: open and closed ones."""

    state: State | None = State.OPEN
    about: About | None = None
    owner: str | None = None
    ci: Key | None = None


def findings(
    viewer: Viewer,
    store: Store,
    sought: Sought,
    *,
    after: Cursor | None = None,
    limit: int = 50,
    known_at: Micros | None = None,
) -> Page[FindingRow]:
    """Findings, those that opened last in front."""
    rows = scan(
        store, "Finding", _path(sought), order="opened_ms", descending=True, after=after, known_at=known_at, page=500
    )
    found = list(islice((row for row in rows if _fits(row, sought)), limit + 1))
    shown = found[:limit]
    more = cursor(shown[-1], "opened_ms") if len(found) > limit else None
    return Page(_rows(viewer, store, [record_of(Finding, row.body) for row in shown], known_at), more)


def groups(viewer: Viewer, store: Store, sought: Sought, *, known_at: Micros | None = None) -> tuple[Group, ...]:
    """Findings by what was changed, by whom and in which visit: due first, then the worst, then the most."""
    rows = (row for row in scan(store, "Finding", _path(sought), known_at=known_at) if _fits(row, sought))
    told = _rows(viewer, store, [record_of(Finding, row.body) for row in rows], known_at)
    shelves: dict[tuple[object, ...], list[FindingRow]] = {}
    for row in told:
        shelves.setdefault(_signature(row), []).append(row)
    return tuple(sorted((_group(found) for found in shelves.values()), key=_urgency))


def page_of(found: Sequence[Group], *, after: Cursor | None = None, limit: int = 50) -> Page[Group]:
    """Some of the groups: those behind the one that begins with the finding of a cursor."""
    begin = next((place for place, group in enumerate(found, 1) if after and group.rows[0].id == after.id), 0)
    shown = tuple(found[begin : begin + limit])
    return Page(shown, Cursor(None, shown[-1].rows[0].id) if len(found) > begin + limit else None)


def finding(viewer: Viewer, store: Store, finding_id: str, *, known_at: Micros | None = None) -> FindingRow | None:
    """One finding."""
    rows = store.find("Finding", [Cond("id", Compare.EQ, finding_id)], known_at=known_at)
    return _rows(viewer, store, [record_of(Finding, row.body) for row in rows], known_at)[0] if rows else None


def _path(sought: Sought) -> list[Cond]:
    """What an index narrows by. Most findings are closed: those come as fast in the order in which they opened."""
    state = sought.state if sought.state is State.OPEN else None
    asked = (("ci", sought.ci), ("owner", sought.owner), ("state", state))
    return [Cond(name, Compare.EQ, str(value)) for name, value in asked if value is not None]


def _fits(row: Row, sought: Sought) -> bool:
    asked = (("state", sought.state), ("about", sought.about))
    return all(value is None or row.body[name] == value for name, value in asked)


def _rows(viewer: Viewer, store: Store, found: Sequence[Finding], known_at: Micros | None) -> tuple[FindingRow, ...]:
    changes = _changes(viewer, store, {f.verdict for f in found if f.verdict}, known_at)
    known = names(viewer, store, {end for f in found for end in (f.ci, f.owner) if end})
    who = people(viewer, store, named_in(f.text for f in found))
    numbers = {rfc.id: rfc.number for rfc in records_in(store, Rfc, "id", {f.rfc for f in found if f.rfc})}
    return tuple(
        FindingRow(
            id=f.id,
            about=f.about,
            state=f.state,
            text=unmask(f.text, who),
            ci=f.ci,
            name=call(known, f.ci) if f.ci else None,
            opened_at=as_datetime(f.opened_ms),
            due_at=when_ms(f.due_ms),
            closed_at=when_ms(f.closed_ms),
            owner=call(known, f.owner) if f.owner else None,
            disposition=f.disposition,
            disposed_by=f.disposed_by,
            reason=f.reason,
            rfc=f.rfc,
            rfc_number=numbers.get(f.rfc or ""),
            change=changes.get(f.verdict or ""),
        )
        for f in found
    )


def _changes(viewer: Viewer, store: Store, ids: Iterable[str], known_at: Micros | None) -> dict[str, ChangeRow]:
    told = records_in(store, Change, "id", ids)
    verdicts = verdicts_of(store, [change.id for change in told], known_at)
    return {row.id: row for row in rows_of(viewer, store, [(c, verdicts.get(c.id)) for c in told])}


def _signature(row: FindingRow) -> tuple[object, ...]:
    change = row.change
    if change is None:
        return (row.about, row.id)
    return row.about, change.actor, change.run, change.kind, change.path, change.op, change.new, change.verdict


def _group(rows: Sequence[FindingRow]) -> Group:
    ordered = tuple(sorted(rows, key=lambda row: (row.due_at or NEVER, row.opened_at, row.name or "", row.id)))
    first, change = ordered[0], ordered[0].change
    owners = {row.owner for row in ordered}
    return Group(
        about=first.about,
        words=change.words if change else None,
        kind=change.kind if change else None,
        path=change.path if change else None,
        op=change.op if change else None,
        new=change.new if change else None,
        actor=change.actor if change else None,
        count=len(ordered),
        due_at=first.due_at,
        owner=owners.pop() if len(owners) == 1 else None,
        first=first.text,
        rows=ordered,
    )


ORDER = (Outcome.UNAPPROVED, Outcome.OUT_OF_SCOPE, Outcome.OUT_OF_WINDOW, Outcome.RETRO)
"""Verdicts whose findings come before others, the worst first."""


def _urgency(group: Group) -> tuple[object, ...]:
    change = group.rows[0].change
    verdict = change.verdict if change else None
    rank = ORDER.index(verdict) if verdict in ORDER else len(ORDER)
    return group.due_at or NEVER, verdict not in VIOLATIONS, rank, -group.count, group.first
