"""Why a change has its verdict: rule, candidates with their predicates, facts cited, evidence, earlier verdicts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from driftline.api.judging import records_in
from driftline.api.questions.changes import ChangeRow, rows_of, verdicts_of
from driftline.diff.explain import WORDS
from driftline.diff.words import Change, Outcome, Verdict, Weighed
from driftline.graph.model.bodies import record_of
from driftline.graph.model.change_records import Approval, Freeze, Revocation, Rfc, RfcVersion, Window
from driftline.graph.model.values import Micros, Ms, as_datetime
from driftline.graph.questions.collection import Visited, run
from driftline.graph.questions.people import Who, named_in, people, unmask
from driftline.graph.questions.scan import scan
from driftline.graph.questions.times import when, when_ms
from driftline.graph.questions.viewer import Viewer
from driftline.graph.records import EventFact
from driftline.graph.store import Compare, Cond, Store

GRADES = {
    "A": "an event of the source dates it",
    "B": "the device's own stamp dates it",
    "C": "two readings date it",
    "D": "only a partial reading shows it",
}
"""What dates a change, in words."""


@dataclass(frozen=True, slots=True)
class Span:
    """Approved time (after_at, until_at]."""

    after_at: datetime
    until_at: datetime


@dataclass(frozen=True, slots=True)
class Candidate:
    """A version of a request that was weighed. Predicates: T yes, F no, U unknown, or the word of their case."""

    rfc: str
    version: str
    number: str
    title: str
    windows: tuple[Span, ...]
    verdict: Outcome | None
    words: str
    rule: str
    reason: str
    scope: str
    detail: str
    approval: str
    window: str
    who: str
    near: str


@dataclass(frozen=True, slots=True)
class Cited:
    """A fact that the verdict rests on, in one line."""

    kind: str
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Happening:
    """An event of the source that the change cites."""

    id: str
    at: datetime
    type: str
    actor: str | None
    tag: str
    raw: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """A verdict that the change had before, in force from ``from_at`` until ``until_at``."""

    verdict: Outcome
    words: str
    rule: str
    sentence: str
    from_at: datetime
    until_at: datetime


@dataclass(frozen=True, slots=True)
class Explanation:
    """All there is to say of one change. Judging again on the cited facts alone gives the same verdict."""

    change: ChangeRow
    would_change: str
    policy_version: str | None
    as_known_at: datetime | None
    due_at: datetime | None
    scope: str
    strength: str
    dated_by: str
    actor_why: str
    marks: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    cites: tuple[Cited, ...]
    events: tuple[Happening, ...]
    visit: Visited | None
    capture: str
    root: ChangeRow | None
    derived: tuple[ChangeRow, ...]
    rests_on: tuple[ChangeRow, ...]
    earlier: tuple[Earlier, ...]


def explain(viewer: Viewer, store: Store, change_id: str, *, known_at: Micros | None = None) -> Explanation | None:
    """The explanation of a change as known at an instant; ``None``: there is no such change."""
    found = store.find("Change", [Cond("id", Compare.EQ, change_id)], known_at=known_at)
    if not found:
        return None
    change = record_of(Change, found[0].body)
    verdict = verdicts_of(store, [change_id], known_at).get(change_id)
    others = _others(viewer, store, change, verdict, known_at)
    return Explanation(
        change=others[change.id],
        would_change=verdict.would_change if verdict else "",
        policy_version=verdict.policy_version if verdict else None,
        as_known_at=as_datetime(verdict.as_known_ms) if verdict else None,
        due_at=when_ms(verdict.due_ms) if verdict else None,
        scope=verdict.scope if verdict else "",
        strength=verdict.strength if verdict else "",
        dated_by=GRADES[change.grade.value],
        actor_why=change.actor_why,
        marks=tuple(mark.value for mark in change.marks),
        candidates=_candidates(store, verdict.weighed if verdict else ()),
        cites=_cites(viewer, store, verdict.cites if verdict else ()),
        events=_events(viewer, store, change.events),
        visit=run(viewer, store, change.run),
        capture=change.capture,
        root=others.get(change.derived_from or ""),
        derived=tuple(row for row in others.values() if row.derived_from == change_id),
        rests_on=tuple(others[one] for one in (verdict.cites_changes if verdict else ()) if one in others),
        earlier=_earlier(viewer, store, change_id, known_at),
    )


def _others(
    viewer: Viewer, store: Store, change: Change, verdict: Verdict | None, known_at: Micros | None
) -> dict[str, ChangeRow]:
    """The change and those around it: its root, what it rests on, and what follows from it."""
    ids = {change.derived_from, *(verdict.cites_changes if verdict else ())} - {None, change.id}
    near = records_in(store, Change, "id", {one for one in ids if one})
    near += records_in(store, Change, "derived_from", [change.id])
    all_ = [change, *sorted(near, key=lambda c: (c.upper_ms, c.id))]
    verdicts = verdicts_of(store, [c.id for c in all_], known_at)
    return {row.id: row for row in rows_of(viewer, store, [(c, verdicts.get(c.id)) for c in all_])}


def _candidates(store: Store, weighed: Sequence[Weighed]) -> tuple[Candidate, ...]:
    versions = {v.id: v for v in records_in(store, RfcVersion, "id", [one.version for one in weighed])}
    return tuple(_candidate(one, versions[one.version]) for one in weighed if one.version in versions)


def _candidate(one: Weighed, version: RfcVersion) -> Candidate:
    outcome = Outcome(one.outcome) if one.outcome else None
    return Candidate(
        rfc=one.rfc,
        version=one.version,
        number=one.number,
        title=version.title,
        windows=spans(version.windows),
        verdict=outcome,
        words=WORDS[outcome] if outcome else "",
        rule=one.rule,
        reason=one.reason,
        scope=one.scope,
        detail=one.attribute,
        approval=one.approval,
        window=one.window,
        who=one.who,
        near=one.near,
    )


def spans(windows: Sequence[Window]) -> tuple[Span, ...]:
    """Windows as datetimes."""
    return tuple(Span(as_datetime(w.after_ms), as_datetime(w.until_ms)) for w in windows)


def _cites(viewer: Viewer, store: Store, ids: Sequence[str]) -> tuple[Cited, ...]:
    who = _approvers(viewer, store, ids)
    lines: dict[str, Cited] = {}
    for rfc in records_in(store, Rfc, "id", ids):
        lines[rfc.id] = Cited("Rfc", rfc.id, f"request {rfc.number} of {rfc.source}")
    for version in records_in(store, RfcVersion, "id", ids):
        text = f"content from {_at(version.valid_from_ms)}, state {version.state.value}"
        lines[version.id] = Cited("RfcVersion", version.id, text)
    for one in records_in(store, Approval, "id", ids):
        text = f"{one.decision.value} by {unmask(one.approver, who)} at {_at(one.decided_ms)}"
        lines[one.id] = Cited("Approval", one.id, text)
    for end in records_in(store, Revocation, "id", ids):
        lines[end.id] = Cited("Revocation", end.id, f"ended at {_at(end.at_ms)}: {end.reason}")
    for freeze in records_in(store, Freeze, "id", ids):
        lines[freeze.id] = Cited("Freeze", freeze.id, f"{freeze.name}, declared {_at(freeze.declared_ms)}")
    return tuple(lines.get(one, Cited("", one, "no longer kept")) for one in ids)


def _approvers(viewer: Viewer, store: Store, ids: Sequence[str]) -> Mapping[str, Who]:
    return people(viewer, store, (one.approver for one in records_in(store, Approval, "id", ids)))


def _events(viewer: Viewer, store: Store, ids: Sequence[str]) -> tuple[Happening, ...]:
    facts = sorted(records_in(store, EventFact, "id", ids), key=lambda fact: (fact.at_ms, fact.id))
    who = people(viewer, store, named_in(fact.actor for fact in facts if fact.actor))
    return tuple(
        Happening(f.id, as_datetime(f.at_ms), f.type, unmask(f.actor, who) if f.actor else None, f.tag, f.raw)
        for f in facts
    )


def _earlier(viewer: Viewer, store: Store, change_id: str, known_at: Micros | None) -> tuple[Earlier, ...]:
    """Walk back from revision to revision, newest first."""
    where = [Cond("id", Compare.EQ, change_id)]
    rows = list(scan(store, "Verdict", where, known_at=known_at))
    revisions = []
    while rows:
        until = rows[0].recorded
        rows = list(scan(store, "Verdict", where, known_at=Micros(until - 1)))
        revisions += [(record_of(Verdict, row.body), row.recorded, until) for row in rows]
    who = people(viewer, store, named_in(verdict.sentence for verdict, _, _ in revisions))
    return tuple(
        Earlier(v.verdict, WORDS[v.verdict], v.rule, unmask(v.sentence, who), when(since), when(until))
        for v, since, until in revisions
    )


def _at(at: Ms) -> str:
    return f"{as_datetime(at):%Y-%m-%d %H:%M:%S}Z"
