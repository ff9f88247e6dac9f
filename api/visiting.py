"""Reading a target: from its name to a capture on disk that says by itself which visit it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from driftline.api.judging import records
from driftline.api.lines import Lines
from driftline.api.site import Site, collector
from driftline.api.visit.order import Order
from driftline.api.visit.source import last_source
from driftline.collectors.capture import Capture
from driftline.collectors.visit import Outcome as Asked
from driftline.collectors.visit import Visited, visit
from driftline.config import Target
from driftline.diff.attribution import UNHEARD
from driftline.graph.model.values import Ms
from driftline.graph.records import Feed, Outcome
from driftline.graph.store import Compare, Cond, Store

OUTCOMES: Mapping[Asked, Outcome] = {
    Asked.COMPLETE: Outcome.COMPLETE,
    Asked.PARTIAL: Outcome.PARTIAL,
    Asked.UNREACHABLE: Outcome.UNREACHABLE,
    Asked.REFUSED: Outcome.REFUSED,
    Asked.UNSUPPORTED: Outcome.FAILED,
    Asked.FAILED: Outcome.FAILED,
}


async def read(site: Site, target: Target, lines: Lines, cursor: str = "") -> Visited:
    """Ask a target everything; what goes wrong on the way is in the result.

    Raises:
        SecretError: the password cannot be opened.
    """
    return await visit(collector(target.collector), site.place(target), lines.to(target), cursor)


def noted(visited: Visited, run: str, begun_ms: Ms) -> Capture:
    """The capture with what the visit came to among its notes, so that taking it in again years later is the same."""
    said = {"run": run, "outcome": OUTCOMES[visited.outcome].value, "begun_ms": str(begun_ms)}
    error = {"error": str(visited.error)} if visited.error else {}
    return replace(visited.capture, notes={**visited.capture.notes, **said, **error})


def run_of(capture: Capture) -> str:
    """The visit that a capture is."""
    return capture.notes.get("run") or f"{capture.notes['target']}@{capture.start_ms}"


def order_of(site: Site, capture: Capture, run: str = "") -> Order:
    """What the pipeline is told about a capture; ``run``: the visit that it counts as, if not its own."""
    notes = capture.notes
    begun = Ms(int(notes.get("begun_ms", "0")))  # the only instant of a visit whose first ask had no reply
    reader = collector(notes["collector"])
    return Order(
        run=run or run_of(capture),
        target=notes["target"],
        collector=notes["collector"],
        capture=capture.id,
        started_ms=capture.start_ms or begun,
        ended_ms=capture.end_ms or begun,
        policy=site.policy,
        pseudonym=site.pseudonym,
        outcome=Outcome(notes.get("outcome", Outcome.COMPLETE.value)),
        error=notes.get("error", ""),
        refined=site.refined,
        removal_logged=frozenset(getattr(reader, "removal_events", ())),
        unheard=getattr(reader, "unheard", UNHEARD),
    )


def cursor_of(store: Store, target: str) -> str:
    """Where the event feed of a target's source was left."""
    source = last_source(store, target)
    feeds = records(store, Feed, [Cond("id", Compare.EQ, source)]) if source else []
    return feeds[0].cursor if feeds else ""
