"""Was what was approved also done? Gathers what the answer needs from the memory; the answer itself is in ``diff``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from driftline.api.judging import records, records_in
from driftline.diff.authority import Authority, Request, authorities
from driftline.diff.fulfilment import Judged, Sight, fulfil
from driftline.diff.policy import Policy
from driftline.diff.words import Change, Fulfilment, Verdict
from driftline.graph.model.bodies import record_of
from driftline.graph.model.change_records import Approval, Revocation, Rfc, RfcVersion
from driftline.graph.model.facts import Sighting
from driftline.graph.model.observed import ALL, MEMBERSHIP
from driftline.graph.model.values import Key, Micros, Ms, Value, canonical_json, known_at
from driftline.graph.questions.names import read_all
from driftline.graph.questions.scan import scan
from driftline.graph.questions.viewer import Viewer
from driftline.graph.records import ReadCoverage, Run
from driftline.graph.store import Compare, Cond, Direction, State, Store

GROUPS = (MEMBERSHIP, "config")
"""What must have been read to say that something is missing."""


def request_of(store: Store, rfc: Rfc) -> Request:
    """Everything known of one request."""
    mine = [Cond("rfc", Compare.EQ, rfc.id)]
    return Request(
        rfc,
        tuple(records(store, RfcVersion, mine)),
        tuple(records(store, Approval, mine)),
        tuple(records(store, Revocation, mine)),
    )


def fulfilments(
    _viewer: Viewer, store: Store, request: Request, policy: Policy, as_known_ms: Ms
) -> list[tuple[Authority, Fulfilment]]:
    """How far each approved version of a request was carried out, as known at an instant."""
    found = []
    for authority in authorities(request, policy):
        done = fulfil(authority, judged(store, authority), sight(store, authority), as_known_ms)
        if done is not None:
            found.append((authority, done))
    return found


def judged(store: Store, authority: Authority) -> list[Judged]:
    """Judged changes of the CIs in scope and of their parts, oldest first; and those linked to the request."""
    cis = sorted(authority.scope.cis)
    parts = store.closure(cis, Direction.IN, ["PART_OF"]).depth if cis else {}
    linked = records_in(store, Verdict, "rfc", [authority.rfc.id])
    found = {c.id: c for c in records_in(store, Change, "ci", {*cis, *parts})}
    found |= {c.id: c for c in records_in(store, Change, "id", {v.change for v in linked})}
    verdicts = {v.id: v for v in records_in(store, Verdict, "id", found)}
    ordered = sorted(found.values(), key=lambda c: (c.upper_ms, c.lower_ms, c.id))
    return [(c, verdicts[c.id]) for c in ordered if c.id in verdicts]


def sight(store: Store, authority: Authority) -> Sight:
    """What can be said of the CIs in scope apart from changes: who shows them, read when, and what they were before."""
    cis = sorted(authority.scope.cis)
    if not cis or not authority.usable:
        return Sight()
    begin, end = authority.usable[0][0], authority.usable[-1][1]
    states, sightings = read_all(store, cis), store.sightings(cis)
    sources = {s.source for said in sightings.values() for s in said}
    reads = records_in(store, ReadCoverage, "source", sources)
    after = {ci for ci, said in sightings.items() if any(_read_since(s, reads, end) for s in said)}
    gone = {ci for ci, state in states.items() if state.deleted is not None}
    return Sight(
        shown=frozenset({ci for ci, said in sightings.items() if said} | gone),
        read_after=frozenset(after | gone),
        before=_before(store, cis, begin, sources),
    )


def _read_since(sighting: Sighting, reads: Sequence[ReadCoverage], end_ms: int) -> bool:
    """Whether the source read the CI and its values completely after an instant, and did show it."""
    mine = [r for r in reads if (r.source, r.item_kind) == (sighting.source, sighting.kind) and r.group in GROUPS]
    whole = [r for r in mine if r.complete_start_ms is not None and r.complete_start_ms >= end_ms]
    hidden = any(one.ci == sighting.ci and one.field == ALL for r in mine for one in r.exempt)
    return len({r.group for r in whole}) == len(GROUPS) and not hidden


def _before(
    store: Store, cis: Sequence[Key], begin_ms: int, sources: set[str]
) -> Mapping[tuple[Key, str], tuple[str | None, str]]:
    """Values known from before the first window, with the capture that showed them last."""
    at = Micros(known_at(Ms(begin_ms)))
    shown = {source: _capture_before(store, source, begin_ms) for source in sources}
    found: dict[tuple[Key, str], tuple[str | None, str]] = {}
    for ci, state in read_all(store, cis, at=at).items():
        for name, value in state.attrs.items():
            capture = shown.get(_source(state, name), "")
            if capture:
                found[ci, name] = (_text(value), capture)
    return found


def _source(state: State, name: str) -> str:
    return state.meta.get(name, (state.created, state.source))[1]


def _capture_before(store: Store, source: str, begin_ms: int) -> str:
    where = [Cond("source", Compare.EQ, source), Cond("started_ms", Compare.LE, begin_ms)]
    newest = (
        record_of(Run, row.body) for row in scan(store, "Run", where, order="started_ms", descending=True, page=50)
    )
    before = next((run for run in newest if run.ended_ms and run.ended_ms <= begin_ms), None)
    return (before.capture or "") if before else ""


def _text(value: Value) -> str:
    return canonical_json(list(value) if isinstance(value, tuple) else value)
