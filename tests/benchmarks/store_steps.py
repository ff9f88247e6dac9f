"""The steps that are measured on one store, written as a visit writes: compare digests, read and write what differs.

Only the store's and the comparison's time counts; making the estate does not.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from driftline.diff.differ import fingerprint, links_fingerprint
from driftline.graph.batch import Known, Rows, relink, say
from driftline.graph.lookup import PIECE
from driftline.graph.model.facts import Ends, Sighting
from driftline.graph.model.values import Key, Micros
from driftline.graph.store import Batch, Compare, Cond, Direction, Lease, RecordRow, Store
from tests.benchmarks.figures import Cost, measured
from tests.benchmarks.store_estate import KIND, LINK, SOURCE, Estate, Machine

QUESTIONS = 100
"""Questions of each kind, of which the 95th slowest of a hundred counts."""


@dataclass(slots=True)
class Steps:
    """One store while it is written. Every step returns wall seconds."""

    store: Store
    lease: Lease
    batches: int = 0
    at: Micros | None = None
    """Instant of the last batch."""
    loaded: Micros | None = None
    """Instant of the last batch of the first load."""

    def visit(self, estate: Estate, *, later: bool = False) -> tuple[float, float]:
        """Seconds of the phase of items and of the phase of links."""
        items, links = Cost(), Cost()
        dirty = self._phase_of_items(estate, self.store.limits.batch_items, items, later=later)
        for chunk in filter(None, dirty):
            with measured(links):
                self._links(chunk)
        return items.wall, links.wall

    def load(self, estate: Estate, batch_items: int = 0) -> float:
        """Seconds of the phase of items alone, with batches of that many."""
        items = Cost()
        self._phase_of_items(estate, batch_items or self.store.limits.batch_items, items)
        return items.wall

    def records(self, estate: Estate) -> float:
        """A change record of every machine, written as fresh records are."""
        cost = Cost()
        for start in range(0, estate.size, PIECE):
            rows = estate.changes(start, PIECE)
            with measured(cost):
                self._apply(self.lease.now(), records=rows)
        return cost.wall

    def closure(self, estate: Estate, at: Micros | None) -> float:
        """The 95th percentile of everything reached in six steps."""

        def ask(key: Key) -> None:
            self.store.closure([key], Direction.OUT, [LINK], depth=6, at=at)

        return p95([taken(partial(ask, key)) for key in estate.sample(QUESTIONS)])

    def window(self, estate: Estate) -> float:
        """The 95th percentile of a page of 1,000 changes after an instant of the first half of their time."""

        def ask(after_ms: int) -> None:
            found = self.store.find("Change", [Cond("upper_ms", Compare.GT, after_ms)], order="upper_ms", limit=1_000)
            assert len(found) == 1_000

        return p95([taken(partial(ask, n * estate.size * 5 // QUESTIONS)) for n in range(QUESTIONS)])

    def _phase_of_items(self, estate: Estate, size: int, cost: Cost, *, later: bool = False) -> list[list[Machine]]:
        unlinked = []
        for start in range(0, estate.size, size):
            chunk = estate.chunk(start, size, later=later)
            with measured(cost):
                unlinked.append(self._items(chunk))
        return unlinked

    def _items(self, chunk: Sequence[Machine]) -> list[Machine]:
        """Write the items that differ; returns those whose links do, without their attributes."""
        own = self.store.digests(SOURCE, [machine.key for machine in chunk])
        dirty, unlinked = list[tuple[Machine, str]](), list[Machine]()
        for machine in chunk:
            sighting, print_ = own.get(machine.key), fingerprint(machine.attrs, 1)
            if sighting is None or sighting.digest != print_:
                dirty.append((machine, print_))
            if sighting is None or sighting.links != links_fingerprint(machine.links):
                unlinked.append(replace(machine, attrs={}))
        if dirty:
            self._write_items(dirty, own)
        return unlinked

    def _write_items(self, dirty: Sequence[tuple[Machine, str]], own: dict[Key, Sighting]) -> None:
        keys = [machine.key for machine, _ in dirty]
        states, sightings = self.store.read(keys), self.store.sightings(keys)
        rows, at = Rows(), self.lease.now()
        for machine, print_ in dirty:
            links = own[machine.key].links if machine.key in own else ""
            known = Known(states.get(machine.key), sightings.get(machine.key, ()))
            say(rows, known, Sighting(SOURCE, machine.key, KIND, print_, links), machine.attrs, at)
        self._write(rows, at)

    def _links(self, chunk: Sequence[Machine]) -> None:
        keys = [machine.key for machine in chunk]
        own, old = self.store.digests(SOURCE, keys), dict[Key, list[Key]]()
        for link in self.store.links(keys, Direction.OUT, source=SOURCE):
            old.setdefault(link.src, []).append(link.dst)
        rows = Rows()
        for machine in chunk:
            before: dict[str, Ends] = {LINK: tuple(old.get(machine.key, ()))}
            relink(rows, machine.key, SOURCE, before, machine.links)
            rows.sighted.append(replace(own[machine.key], links=links_fingerprint(machine.links)))
        self._write(rows, self.lease.now())

    def _write(self, rows: Rows, at: Micros) -> None:
        self._apply(at, **{name: tuple(getattr(rows, name)) for name in rows.__slots__})

    def _apply(self, at: Micros, *, records: tuple[RecordRow, ...] = (), **rows: tuple[object, ...]) -> None:
        self.batches += 1
        fence = self.lease.fence
        given = {**rows, "records": records}
        assert self.store.apply(Batch(f"{fence.number}/{self.batches}", at, "bench", SOURCE, fence, **given))  # type: ignore[arg-type]  # fields of a batch
        self.at = at


def taken(do: Callable[[], object]) -> float:
    """Wall seconds."""
    begun = time.perf_counter()
    do()
    return time.perf_counter() - begun


def p95(seconds: Sequence[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(seconds, n=20)[-1]
