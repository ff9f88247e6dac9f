"""Whether requests were carried out, written down while it is fresh: from a window's end until it is near no more."""

from __future__ import annotations

from collections.abc import Iterator

from driftline.api.judging import records, records_in
from driftline.api.questions.fulfilment import fulfilments, request_of
from driftline.api.visit.context import Pen, rows_of
from driftline.diff.authority import usable_windows
from driftline.diff.findings import Disposition, dispose
from driftline.diff.fulfilment import contradiction
from driftline.diff.policy import Policy
from driftline.diff.words import Finding, Fulfilled, Fulfilment, State
from driftline.graph.batch import Rows
from driftline.graph.model.bodies import body
from driftline.graph.model.change_records import Rfc, RfcVersion
from driftline.graph.model.declare import Record
from driftline.graph.model.values import Ms
from driftline.graph.questions.viewer import Viewer
from driftline.graph.store import Lease, Store


def fulfil_due(store: Store, lease: Lease, policy: Policy, name: str, now_ms: Ms) -> None:
    """Write the fulfilment of every request whose last window ended lately, and what contradicts its closing."""
    facts = [fact for rfc in _due(store, policy, now_ms) for fact in _facts(store, rfc, policy, now_ms)]
    Pen(store, lease, f"{name}/fulfilment", "judge", "").write("facts", Rows(), rows_of(facts))


def _due(store: Store, policy: Policy, now_ms: Ms) -> list[Rfc]:
    due = {
        version.rfc
        for version in records(store, RfcVersion)
        if (spans := usable_windows(version.windows, policy)) and 0 <= now_ms - spans[-1][1] <= policy.linger_ms
    }
    return records_in(store, Rfc, "id", due)


def _facts(store: Store, rfc: Rfc, policy: Policy, now_ms: Ms) -> Iterator[Record]:
    """What is not known yet. The instant alone is no news; a finding that a person closed stays closed."""
    known = {f.rfc: f for f in records_in(store, Finding, "rfc", [rfc.id]) if f.about == "fulfilment"}.get(rfc.id)
    for authority, done in fulfilments(Viewer.everything(), store, request_of(store, rfc), policy, now_ms):
        if _said(done) != _said(next(iter(records_in(store, Fulfilment, "id", [done.id])), None)):
            yield done
        finding = contradiction(authority, done)
        if finding and known is None:
            yield finding
        elif known and not finding and known.state is State.OPEN and done.state is not Fulfilled.NOT_DUE:
            yield dispose(known, Disposition.SUPERSEDED, None, now_ms)


def _said(done: Fulfilment | None) -> dict[str, object]:
    return {name: value for name, value in body(done).items() if name != "as_known_ms"} if done else {}
