"""Change requests for people: what was asked, what was seen of it, what is missing, and what went beyond it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from difflib import get_close_matches
from itertools import islice

from driftline.api.judging import records, records_in
from driftline.api.questions.changes import ChangeRow, Wanted, changes, rows_of, verdicts_of
from driftline.api.questions.explanation import Span, spans
from driftline.api.questions.fulfilment import fulfilments, request_of
from driftline.diff.authority import Authority
from driftline.diff.policy import Policy
from driftline.diff.words import Change, Fulfilled, Fulfilment, ItemFulfilment, ItemState
from driftline.graph.model.change_records import Rfc, RfcState, RfcType, RfcVersion, ScopeBy
from driftline.graph.model.values import Key, Micros, Ms, as_datetime
from driftline.graph.questions.names import CiName, call, names
from driftline.graph.questions.page import Page
from driftline.graph.questions.people import named_in, people, unmask
from driftline.graph.questions.scan import cursor, scan
from driftline.graph.questions.times import when_ms
from driftline.graph.questions.viewer import Viewer
from driftline.graph.store import Compare, Cond, Cursor, Row, Store

FULFILLED = {
    Fulfilled.NOT_DUE: "not due yet",
    Fulfilled.UNVERIFIABLE: "cannot be verified",
    Fulfilled.BACKED_OUT: "backed out",
    Fulfilled.REVERTED: "done, then put back without approval",
    Fulfilled.NOT_IMPLEMENTED: "not done",
    Fulfilled.PARTIALLY_IMPLEMENTED: "partly done",
    Fulfilled.WITH_EXTRAS: "done, and more than was approved",
    Fulfilled.IMPLEMENTED: "done",
}
PARTS = {
    ItemState.MET: "seen",
    ItemState.ALREADY_TRUE: "already true",
    ItemState.MISSING: "missing",
    ItemState.UNOBSERVABLE: "not observable",
}
"""What people read instead of the names of states."""


@dataclass(frozen=True, slots=True)
class RequestRow:
    """A request as it reads now."""

    id: str
    number: str
    source: str
    title: str
    type: RfcType
    state: RfcState
    source_state: str
    requester: str | None
    owner: str | None
    opened_at: datetime | None
    windows: tuple[Span, ...]
    versions: int


@dataclass(frozen=True, slots=True)
class Asked:
    """An expected change (``value`` ``None``: any) and what became of it; ``change`` shows it, with values and time."""

    ci: Key
    name: str
    path: str
    value: str | None
    state: ItemState
    words: str
    change: ChangeRow | None


@dataclass(frozen=True, slots=True)
class ScopeLine:
    """A line of the scope as it was written, and the CIs it stands for."""

    by: ScopeBy
    text: str
    cis: tuple[CiName, ...]
    unresolved: str


@dataclass(frozen=True, slots=True)
class Done:
    """How far one approved version was carried out."""

    version: str
    approved_at: datetime | None
    revoked_at: datetime | None
    why_revoked: str
    approvers: tuple[str, ...]
    windows: tuple[Span, ...]
    scope: tuple[ScopeLine, ...]
    implementers: tuple[str, ...]
    state: Fulfilled
    words: str
    sentence: str
    asked: tuple[Asked, ...]
    extras: tuple[ChangeRow, ...]


@dataclass(frozen=True, slots=True)
class RequestFacts:
    """A request, its approved versions with what became of them, and every change linked to it, oldest first."""

    request: RequestRow
    approved: tuple[Done, ...]
    changes: tuple[ChangeRow, ...]


class NoSuchRequest(LookupError):
    """No request has this number or id. ``known``: numbers there are."""

    def __init__(self, text: str, known: tuple[str, ...]) -> None:
        near = get_close_matches(text, known, n=1)
        super().__init__(f'no change request "{text}"{f"; did you mean {near[0]}?" if near else ""}')
        self.text, self.known = text, known


class SeveralRequests(LookupError):
    """Requests of several sources have this number."""

    def __init__(self, text: str, ids: tuple[str, ...]) -> None:
        super().__init__(f'"{text}" is the number of {len(ids)} requests; ask by id: {", ".join(ids)}')
        self.text, self.ids = text, ids


def request_named(_viewer: Viewer, store: Store, text: str) -> Rfc:
    """The request with this id or number.

    Raises:
        NoSuchRequest: there is none.
        SeveralRequests: two sources use the number.
    """
    found = records(store, Rfc, [Cond("id", Compare.EQ, text)]) or records(
        store, Rfc, [Cond("number", Compare.EQ, text)]
    )
    if not found:
        known = tuple(sorted(rfc.number for rfc in records(store, Rfc)))
        raise NoSuchRequest(text, known)
    if len(found) > 1:
        raise SeveralRequests(text, tuple(sorted(rfc.id for rfc in found)))
    return found[0]


def window_of(store: Store, number: str) -> tuple[Ms, Ms] | None:
    """Begin of the first and end of the last window of the request with this number, as it reads now."""
    found = records(store, Rfc, [Cond("number", Compare.EQ, number)])
    versions = records_in(store, RfcVersion, "rfc", [rfc.id for rfc in found])
    newest = max(versions, key=lambda v: v.valid_from_ms, default=None)
    if newest is None or not newest.windows:
        return None
    return min(w.after_ms for w in newest.windows), max(w.until_ms for w in newest.windows)


def requests(
    viewer: Viewer,
    store: Store,
    *,
    source: str | None = None,
    state: RfcState | None = None,
    after: Cursor | None = None,
    limit: int = 50,
    known_at: Micros | None = None,
) -> Page[RequestRow]:
    """Requests by number, the highest first."""
    where = [Cond("source", Compare.EQ, source)] if source else []
    rows = scan(store, "Rfc", where, order="number", descending=True, after=after, known_at=known_at, page=limit + 1)
    found: list[tuple[Row, RequestRow]] = []
    while len(found) <= limit and (piece := list(islice(rows, limit + 1))):
        told = _rows(viewer, store, [Rfc(**row.body) for row in piece])
        found += [pair for pair in zip(piece, told, strict=True) if state in {None, pair[1].state}]
    more = cursor(found[limit - 1][0], "number") if len(found) > limit else None
    return Page(tuple(row for _, row in found[:limit]), more)


def request(viewer: Viewer, store: Store, rfc: Rfc, policy: Policy, as_known_ms: Ms) -> RequestFacts:
    """One request with what became of it, as known at an instant."""
    whole = request_of(store, rfc)
    done = fulfilments(viewer, store, whole, policy, as_known_ms)
    linked = changes(viewer, store, Wanted(rfc=rfc.id), limit=10_000)
    rows = _rows(viewer, store, [rfc])
    return RequestFacts(rows[0], tuple(_done(viewer, store, a, f) for a, f in done), linked.rows[::-1])


def _rows(viewer: Viewer, store: Store, found: Sequence[Rfc]) -> tuple[RequestRow, ...]:
    versions: dict[str, list[RfcVersion]] = {}
    for version in records_in(store, RfcVersion, "rfc", [rfc.id for rfc in found]):
        versions.setdefault(version.rfc, []).append(version)
    newest = {rfc: max(mine, key=lambda v: v.valid_from_ms) for rfc, mine in versions.items()}
    who = people(viewer, store, {one for v in newest.values() for one in (v.requester, v.owner) if one})
    return tuple(
        RequestRow(
            id=rfc.id,
            number=rfc.number,
            source=rfc.source,
            title=now.title,
            type=now.type,
            state=now.state,
            source_state=now.source_state,
            requester=unmask(now.requester, who) if now.requester else None,
            owner=unmask(now.owner, who) if now.owner else None,
            opened_at=when_ms(now.opened_ms),
            windows=spans(now.windows),
            versions=len(versions[rfc.id]),
        )
        for rfc in found
        for now in [newest[rfc.id]]
    )


def _done(viewer: Viewer, store: Store, authority: Authority, done: Fulfilment) -> Done:
    version = authority.version
    told = _told(viewer, store, {*done.extras, *(cite for part in done.parts for cite in part.cites)})
    cis = {*(part.ci for part in done.parts), *(ci for item in version.scope for ci in item.cis)}
    known = names(viewer, store, cis)
    who = people(viewer, store, named_in([*authority.approvers, *version.implementers]))
    return Done(
        version=version.id,
        approved_at=None if authority.approved_ms is None else as_datetime(Ms(authority.approved_ms)),
        revoked_at=as_datetime(Ms(authority.revoked_ms)) if authority.why_revoked else None,
        why_revoked=authority.why_revoked,
        approvers=tuple(unmask(one, who) for one in authority.approvers),
        windows=spans(version.windows),
        scope=tuple(
            ScopeLine(i.by, i.text, tuple(known[ci] for ci in i.cis if ci in known), i.unresolved)
            for i in version.scope
        ),
        implementers=tuple(unmask(one, who) for one in version.implementers),
        state=done.state,
        words=FULFILLED[done.state],
        sentence=done.sentence,
        asked=tuple(_asked(part, version, known, told) for part in done.parts),
        extras=tuple(told[one] for one in done.extras if one in told),
    )


def _asked(
    part: ItemFulfilment, version: RfcVersion, known: Mapping[Key, CiName], told: Mapping[str, ChangeRow]
) -> Asked:
    lines = (line for line in version.expected if line.path == part.path and line.ci in {None, part.ci})
    return Asked(
        ci=part.ci,
        name=call(known, part.ci),
        path=part.path,
        value=next((line.value for line in lines), None),
        state=part.state,
        words=PARTS[part.state],
        change=next((told[cite] for cite in part.cites if cite in told), None),
    )


def _told(viewer: Viewer, store: Store, ids: Iterable[str]) -> dict[str, ChangeRow]:
    found = records_in(store, Change, "id", ids)
    verdicts = verdicts_of(store, [change.id for change in found])
    return {row.id: row for row in rows_of(viewer, store, [(c, verdicts.get(c.id)) for c in found])}
