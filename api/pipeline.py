"""One visit through the whole picture: what a source said becomes facts, changes and verdicts in the store.

    capture -> observe -> resolve -> write items -> write links -> find absences -> judge -> close

Every write is an atomic batch whose id names the visit and the capture, so a crash between any two is taken up by
sending the same capture again, and nothing is written twice. Nothing here reads equipment, and nothing here decides.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from driftline.api.judging import Judged, judge_changes, records
from driftline.api.linking import Linked
from driftline.api.visit.absences import Absences, find_absences
from driftline.api.visit.closing import Ended, close
from driftline.api.visit.context import Context, Pen, begin
from driftline.api.visit.disputes import cleared_up, disputes, open_disputes
from driftline.api.visit.events import tell
from driftline.api.visit.items import write_items
from driftline.api.visit.links import write_links
from driftline.api.visit.order import Order
from driftline.api.visit.spoken import write_spoken
from driftline.api.visit.suspicion import cleared, settled, suspected
from driftline.diff.words import Change, Verdict
from driftline.graph.lookup import StoreLookup
from driftline.graph.model.garbage import uncollected
from driftline.graph.model.observed import MEMBERSHIP, Observation, Part, Status
from driftline.graph.records import Outcome, Run
from driftline.graph.resolution import Resolution
from driftline.graph.resolve import Doubt, resolve
from driftline.graph.store import Compare, Cond, Lease, Store


@dataclass(frozen=True, slots=True)
class Report:
    """What a visit came to."""

    run: Run
    compared: int
    changes: tuple[Change, ...]
    verdicts: tuple[Verdict, ...]
    missing: int
    suspect: tuple[str, ...]
    disputes: int
    written: int
    unread: tuple[str, ...]

    def joined(self, linked: Linked) -> Report:
        """The report with what became of the links after the visit."""
        return replace(
            self,
            changes=(*self.changes, *linked.changes),
            verdicts=(*self.verdicts, *linked.verdicts),
            written=self.written + linked.written,
        )


def take_in(order: Order, parts: Iterable[Part], store: Store, lease: Lease) -> Report:
    """Take one visit into the store; the caller holds the lease.

    Raises:
        StoreError: nothing of the step under way was written; sending the same capture again goes on from there.
    """
    with uncollected():
        return _take_in(order, parts, store, lease)


def _take_in(order: Order, parts: Iterable[Part], store: Store, lease: Lease) -> Report:
    seen = Observation.gather(parts)
    if seen.source is None:
        raise ValueError(f"{order.target}: the capture does not say who answered")
    source = seen.source.id
    also = [*(event.item for event in seen.events), *(stamp.item for stamp in seen.stamps)]
    disputed = frozenset(ci for dispute in open_disputes(store, source) for ci in dispute.cis)
    loose = {c.kind for c in seen.coverage if c.group == MEMBERSHIP and c.status is not Status.COMPLETE}
    lookup, doubt = StoreLookup(store), Doubt(disputed, loose)
    resolution = resolve(seen.items, seen.withheld, source, lookup, store.model, also, seen.links, doubt)
    told = tell(seen.events, source, resolution, order.policy, order.pseudonym)
    pen = Pen(store, lease, order.run, source, order.capture)
    context = begin(pen, order, seen, resolution, told, disputed)

    items = write_items(context, resolution)
    write_links(context, items.relink)
    write_spoken(context, resolution.spoken)
    absences = find_absences(context, resolution.hidden, order.removal_logged)
    written = records(store, Change, [Cond("run", Compare.EQ, order.run)])
    changes = [*written, *absences.changes]
    changes = suspected(changes) if absences.suspect else changes
    doubts = disputes(context, resolution, absences, order.ended_ms or order.started_ms)
    lifted = {c.id: c for c in cleared(store, source, order.run)} if _trusted(context, absences) else {}
    for change in (*cleared_up(context, doubts, changes), *absences.rehomed):
        lifted[change.id] = replace(change, marks=settled(lifted.get(change.id, change)).marks)
    changes = [lifted.pop(change.id, change) for change in changes]
    merged = absences.moving
    judged = judge_changes(
        store, [*changes, *lifted.values()], order.policy, order.known_ms or order.ended_ms, merged=merged
    )
    stored = {change.id: change for change in written}
    news = [change for change in (*changes, *lifted.values()) if stored.get(change.id) != change]
    run = _run(order, source, seen, changes, absences, resolution)
    close(context, Ended(resolution, absences, told, doubts, run, news), judged)
    return _report(run, seen, changes, judged, absences, resolution, items.compared, pen)


def _trusted(context: Context, absences: Absences) -> bool:
    """Whether this visit can speak for one before it that lost too much: it read all memberships, and lost little."""
    complete = all(context.complete(kind, group) for kind, group in context.coverage if group == MEMBERSHIP)
    return complete and not absences.suspect


def _run(
    order: Order, source: str, seen: Observation, changes: list[Change], absences: Absences, resolution: Resolution
) -> Run:
    return Run(
        id=order.run,
        target=order.target,
        collector=order.collector,
        source=source,
        started_ms=order.started_ms,
        ended_ms=order.ended_ms,
        outcome=_outcome(order, seen, absences),
        capture=order.capture,
        items=len(seen.items),
        changes=len(changes),
        judged=True,
        unread=len(seen.unread) + len(resolution.nameless),
        dangling=len(resolution.dangling),
        error=order.error or "; ".join(absences.suspect),
    )


def _outcome(order: Order, seen: Observation, absences: Absences) -> Outcome:
    if absences.suspect:
        return Outcome.QUARANTINED
    complete = all(row.status is Status.COMPLETE for row in seen.coverage) or not order.judged
    return Outcome.PARTIAL if order.outcome is Outcome.COMPLETE and not complete else order.outcome


def _report(
    run: Run,
    seen: Observation,
    changes: list[Change],
    judged: Judged,
    absences: Absences,
    resolution: Resolution,
    compared: int,
    pen: Pen,
) -> Report:
    own = {change.id for change in changes}
    return Report(
        run=run,
        compared=compared,
        changes=tuple(changes),
        verdicts=tuple(v for v in judged.verdicts if v.id in own),
        missing=len(absences.missing),
        suspect=tuple(absences.suspect),
        disputes=len(resolution.disputes),
        written=pen.written,
        unread=tuple(f"{u.ask} {u.place}: {u.why}" for u in seen.unread),
    )
