"""The one writer of a process: takes captures into the store under the lease, and first what a crash left behind.

A visit that was cut is taken up again from its capture, which was on disk before the first write. Only where the
capture is gone is the visit given up: its changes are judged, its run is closed as failed (decision D10).
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import chain
from threading import Event

from driftline.api.fulfilling import fulfil_due
from driftline.api.judging import records
from driftline.api.linking import Linking
from driftline.api.pipeline import Report, take_in
from driftline.api.records import Records
from driftline.api.rejudging import give_up, judge_due
from driftline.api.room import require
from driftline.api.site import Site, collector
from driftline.api.visit.context import Pen, row_of
from driftline.api.visit.order import Order
from driftline.api.visit.source import lasting
from driftline.api.visiting import order_of, run_of
from driftline.collectors.capture import Capture, Damaged
from driftline.collectors.errors import CollectorError
from driftline.collectors.visit import observed
from driftline.diff.words import Finding, State
from driftline.graph.batch import Rows
from driftline.graph.model.observed import SourceIs
from driftline.graph.model.values import Micros, Ms, as_datetime, digest
from driftline.graph.records import Outcome, Run
from driftline.graph.store import Compare, Cond, Fence, Lease, Store

log = logging.getLogger(__name__)


class Halted(Exception):
    """The program is to end; what was written stays, the rest is taken up again at the next start."""


@dataclass(slots=True)
class Halting:
    """A lease that gives no further instant once the program is to end: no batch begins after that."""

    lease: Lease
    halt: Event = field(default_factory=Event)

    @property
    def fence(self) -> Fence:
        """Number of the lease."""
        return self.lease.fence

    def now(self) -> Micros:
        """Next instant of the store's time line."""
        if self.halt.is_set():
            raise Halted("stopped between two writes; the next start takes the visit up again")
        return self.lease.now()


@dataclass(slots=True)
class Writer:
    """Writes for one process, one thing at a time."""

    site: Site
    store: Store
    lease: Halting
    records: Records = field(init=False)
    links: Linking = field(init=False)

    def __post_init__(self) -> None:
        self.records = Records(self.site, self.store, self.lease)
        self.links = Linking(self.store, self.lease)

    @classmethod
    @contextmanager
    def open(cls, site: Site, *, replaying: Collection[str] = (), patience_seconds: float = 10) -> Iterator[Writer]:
        """Take the lease for the block, and take up what a crash left.

        ``replaying``: runs whose captures are about to be taken in anyway.

        Raises:
            StoreLocked: another process writes.
            StoreFull: too little room is left on a disk.
        """
        require(site)
        with (
            site.store(writing=True, patience_seconds=patience_seconds) as store,
            store.lease(site.actor) as lease,
        ):
            writer = cls(site, store, Halting(lease))
            writer.recover(replaying)
            yield writer

    def take(self, capture: Capture, run: str = "", *, claim: Callable[[str], str] | None = None) -> Report:
        """Take one capture in. One that is in already writes nothing.

        ``run``: another name than the capture's own, to take it as a new visit. ``claim`` is asked with the source and
        returns the target that has it; another one than this visit's is a conflict, and nothing is written.

        Raises:
            SameSource: another target reads this source.
            TooOld: a later visit of its source is in.
            Damaged: the capture on disk is not what was written.
            StoreFull: too little room is left on a disk.
        """
        require(self.site)
        order = order_of(self.site, capture, run)
        if done := self._closed(order.run):
            if self._newest(order):
                self.links.after(order, capture)  # the program may have ended just before it
                self.keep_up(order)
            return _nothing(done)
        try:
            report = self._take(order, capture, claim)
            report = report.joined(self.links.after(order, capture))
        except CollectorError as error:
            self._keep(capture)
            return self._note(order, str(error))
        self.keep_up(order)
        return report

    def keep_up(self, order: Order) -> None:
        """Bind what requests could not name before, and judge what only time has changed."""
        self.records.bind_late(order.run, order.ended_ms)
        judge_due(self.store, self.lease, self.site.policy, order.run, order.ended_ms)
        fulfil_due(self.store, self.lease, self.site.policy, order.run, order.ended_ms)

    def recover(self, replaying: Collection[str] = ()) -> None:
        """Finish every visit that was cut, oldest first, or give it up.

        What began before a visit that is in would be history after the fact: it is given up, replayed or not.
        """
        cut = records(self.store, Run, [Cond("outcome", Compare.EQ, Outcome.RUNNING.value)])
        for run in sorted(cut, key=lambda run: (run.started_ms, run.id)):
            if self.records.is_configured(run):
                continue
            if run.source and (later := self._later(run.source, run.started_ms)):
                log.warning("visit %s was cut, and visit %s of its source came later", run.id, later.id)
                self._give_up(run, f"the program ended in the middle of it, and visit {later.id} came later")
            elif run.id not in replaying:
                self._finish(run)

    def _finish(self, run: Run) -> None:
        try:
            self._take_up(run)
        except Damaged as error:
            log.warning("visit %s was cut, and its capture cannot be read: %s", run.id, error)
            self._give_up(run, "the program ended in the middle of it")

    def _give_up(self, run: Run, why: str) -> None:
        give_up(self.store, self.lease, self.site.policy, run, why)

    def _take_up(self, run: Run) -> None:
        self.take(Capture.read(self.site.captures / f"{run.capture}.json"), run.id)
        log.warning("visit %s was cut, and was taken in from its capture", run.id)

    def _take(self, order: Order, capture: Capture, claim: Callable[[str], str] | None) -> Report:
        found = collector(order.collector)
        parts = observed(found, capture)
        first = next(parts, None)
        if isinstance(first, SourceIs):
            first = lasting(self.store, order.target, first)
        if isinstance(first, SourceIs) and (later := self._later(first.id, order.started_ms)):
            raise TooOld(capture.id, order, first.id, later)
        self._keep(capture)
        if not isinstance(first, SourceIs):
            return self._note(order, order.error or "the source did not say who it is")
        if claim and (other := claim(first.id)) != order.target:
            raise self._same_source(order, other, first.id)
        for name, text in getattr(found, "remarks", _no_remarks)(capture):
            self._find(order, first.id, name, f"{order.target}: {text}")
        return take_in(order, chain([first], parts), self.store, self.lease)

    def _same_source(self, order: Order, other: str, source: str) -> SameSource:
        """Open a finding, once, and return the error."""
        error = SameSource(order.target, other, source)
        self._find(order, source, "same source", str(error))
        return error

    def _find(self, order: Order, source: str, name: str, text: str) -> None:
        """Open a finding, once."""
        id_ = digest("finding", name, order.target, source)
        if not records(self.store, Finding, [Cond("id", Compare.EQ, id_)]):
            about = Finding(id=id_, about="coverage", state=State.OPEN, opened_ms=order.ended_ms, text=text)
            Pen(self.store, self.lease, order.run, source, order.capture).write(name, Rows(), [row_of(about)])

    def has(self, run: str) -> bool:
        """Whether a visit is in."""
        return self._closed(run) is not None

    def _keep(self, capture: Capture) -> None:
        """Put a capture on disk, before the first write of its visit: a crash can be taken up then."""
        if not (self.site.captures / f"{capture.id}.json").exists():
            capture.write(self.site.captures)

    def _later(self, source: str, started_ms: Ms) -> Run | None:
        """The newest visit of a source that is in, if it began later."""
        where = [Cond("source", Compare.EQ, source), Cond("started_ms", Compare.GT, started_ms)]
        closed = [run for run in records(self.store, Run, where) if run.outcome is not Outcome.RUNNING]
        return max(closed, key=lambda run: run.started_ms, default=None)

    def _newest(self, order: Order) -> bool:
        """Whether nothing was read after this visit."""
        return not self.store.find(Run.kind, [Cond("started_ms", Compare.GT, order.started_ms)], limit=1)

    def _closed(self, run: str) -> Run | None:
        found = records(self.store, Run, [Cond("id", Compare.EQ, run)])
        return found[0] if found and found[0].outcome is not Outcome.RUNNING else None

    def _note(self, order: Order, why: str) -> Report:
        """Note a visit that read nothing. It says nothing about the estate."""
        outcome = Outcome.FAILED if order.outcome in {Outcome.COMPLETE, Outcome.PARTIAL} else order.outcome
        run = Run(
            id=order.run,
            target=order.target,
            collector=order.collector,
            started_ms=order.started_ms,
            ended_ms=order.ended_ms,
            outcome=outcome,
            capture=order.capture,
            judged=True,
            error=why,
        )
        Pen(self.store, self.lease, order.run, order.target, order.capture).write("close", Rows(), [row_of(run)])
        return _nothing(run)


class SameSource(Exception):
    """Two targets lead to one source; the second one is not taken in, or every absence would count twice."""

    def __init__(self, target: str, other: str, source: str) -> None:
        self.target, self.other, self.source = target, other, source
        super().__init__(f"{target}: same source as target {other} ({source}); remove one of the two targets")


class TooOld(Exception):
    """A capture that began before a visit of its source that is in: history is only ever written forward."""

    def __init__(self, capture: str, order: Order, source: str, later: Run) -> None:
        self.capture, self.source, self.later = capture, source, later
        super().__init__(
            f"capture {capture} of {order.target}: began {_at(order.started_ms)}, but visit {later.id} of the same "
            f"source ({source}) began {_at(later.started_ms)}, and history is written forward only; to have both, "
            "replay all captures, oldest first, into an empty store"
        )


def _at(instant: Ms) -> str:
    return as_datetime(instant).isoformat(timespec="seconds")


def runs_of(captures: Collection[Capture]) -> frozenset[str]:
    """The runs that these captures are."""
    return frozenset(run_of(capture) for capture in captures)


def _nothing(run: Run) -> Report:
    return Report(run=run, compared=0, changes=(), verdicts=(), missing=0, suspect=(), disputes=0, written=0, unread=())


def _no_remarks(_capture: Capture) -> tuple[tuple[str, str], ...]:
    return ()
