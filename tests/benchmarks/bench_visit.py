"""A whole visit of a large vCenter into both stores, an unchanged one, and how cost grows with the estate.

The peer is a simulator, not a vCenter: server-side time and object sizes of a real one are not measured here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from driftline.api.pipeline import Report, take_in
from driftline.api.visit.order import Order
from driftline.collectors.capture import Capture
from driftline.collectors.target import Target
from driftline.collectors.vsphere import REMOVAL_EVENTS
from driftline.collectors.vsphere.asks import Asked
from driftline.collectors.vsphere.decode import page, wanted_device
from driftline.collectors.vsphere.observe import observe
from driftline.diff.policy import Policy
from driftline.graph.model.observed import Part
from driftline.graph.model.values import Ms
from driftline.graph.store import Batch, Store
from tests.benchmarks.figures import Cost, Figure, measured, peak_mb
from tests.benchmarks.peers import captured, neo4j, sqlite, vcenter

PAGES = (Asked.STRUCTURE, Asked.HOSTS, Asked.MACHINES)
GROWTH_BAR = 1.1
UNCHANGED_BAR = 1.0


@dataclass(slots=True)
class Writing:
    """A store that knows how long its writes take."""

    store: Store
    cost: Cost = field(default_factory=Cost)

    def apply(self, batch: Batch) -> bool:
        """Write, measured."""
        with measured(self.cost):
            return self.store.apply(batch)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 -- whatever the store has
        return getattr(self.store, name)


@dataclass(slots=True)
class Reading:
    """One capture and what it took to ask, decode and understand it."""

    capture: Capture
    ask: Cost = field(default_factory=Cost)
    decode: Cost = field(default_factory=Cost)
    observe: Cost = field(default_factory=Cost)
    parts: list[Part] = field(default_factory=list)

    @classmethod
    def of(cls, target: Target) -> Reading:
        """Visit the target."""
        with measured(Cost()) as ask:
            capture = captured(target)
        reading = cls(capture, ask)
        with measured(reading.decode):
            for entry in capture.named(*PAGES):
                page(capture.body(entry), wanted_device)
        with measured(reading.observe):
            reading.parts = list(observe(capture))
        return reading

    @property
    def understand(self) -> float:
        """CPU of turning decoded answers into parts."""
        return max(self.observe.cpu - self.decode.cpu, 0.0)


def figures() -> Iterator[Figure]:
    """All figures of the whole visit."""
    with vcenter(1_000, 5_000) as target:
        reading = Reading.of(target)
    yield from _whole(reading, "SQLite", sqlite())
    yield from _whole(reading, "Neo4j", neo4j())
    yield from _growth()


def _whole(reading: Reading, name: str, opened: AbstractContextManager[Store]) -> Iterator[Figure]:
    with opened as store:
        writing, first = Writing(store), Cost()
        with measured(first):
            report = _take(reading, writing, "first")
        wall = reading.ask.wall + reading.observe.wall + first.wall
        yield Figure(f"visit 1,000 hosts 5,000 VMs into {name}", report.compared / wall, "items/s", "vcsim")
        shares = {
            "read": reading.ask.wall,
            "observe": reading.observe.wall,
            "compare": first.wall - writing.cost.wall,
            "write": writing.cost.wall,
        }
        for step, seconds in shares.items():
            yield Figure(f"  share of {step} into {name}", 100 * seconds / wall, "%")
        yield Figure(f"  peak memory into {name}", peak_mb(), "MiB")
        with measured(Cost()) as again:
            unchanged = _take(reading, store, "again")
        if unchanged.changes:
            raise AssertionError(f"{len(unchanged.changes)} changes in an unchanged visit")
        ours, theirs = reading.understand + again.cpu, reading.ask.cpu + reading.decode.cpu
        peer = "CPU of reading and decoding"
        title = f"unchanged visit into {name}: observe + digest + compare"
        yield Figure(title, ours, "CPU s", peer, ours / theirs, UNCHANGED_BAR)


def _growth() -> Iterator[Figure]:
    cost = {}
    for vms in (500, 5_000):
        with vcenter(vms // 10, vms) as target, sqlite() as store, measured(Cost()) as whole:
            _take(Reading.of(target), store, "first")
        cost[vms] = whole.cpu
    ratio = cost[5_000] / cost[500] / 10
    yield Figure("growth of a visit from 500 to 5,000 VMs", cost[5_000], "CPU s", "10 x 500 VMs", ratio, GROWTH_BAR)


def _take(reading: Reading, store: Any, run: str) -> Report:  # noqa: ANN401 -- a store, or one that measures
    capture = reading.capture
    order = Order(
        run=run,
        target="bench",
        collector="vsphere",
        capture=f"{run:>16}{capture.id}",
        started_ms=capture.start_ms,
        ended_ms=Ms(capture.end_ms),
        policy=Policy(),
        pseudonym=lambda login: login,
        removal_logged=frozenset(REMOVAL_EVENTS),
    )
    with store.lease("bench") as lease:
        return take_in(order, reading.parts, store, lease)
