"""A memory that takes in visits to network devices, one an hour, over the same way as the product does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from driftline.api.model import MODEL
from driftline.api.pipeline import Report, take_in
from driftline.api.visit.order import Order
from driftline.api.visit.source import lasting
from driftline.collectors.network.observe import observe
from driftline.diff.policy import Policy
from driftline.graph.model.observed import Part, SourceIs
from driftline.graph.model.values import Key, Micros, Ms
from driftline.graph.sqlite import SqliteStore
from driftline.graph.store import Store
from tests.collectors.network.walks import START, Change, Said, device, shifted

HOUR = 3_600_000
TICKS = 360_000


@dataclass
class NetworkMemory:
    """A store on SQLite whose clock moves an hour a visit."""

    store: Store
    clock: list[int] = field(default_factory=lambda: [0])
    visits: int = 0

    @classmethod
    def at(cls, folder: Path) -> NetworkMemory:
        """Open a new memory."""
        clock = [0]
        return cls(SqliteStore.open(folder / "store.db", MODEL, clock=lambda: Micros(clock[0])), clock)

    def visit(self, said: Said, target: str = "sw", *, change: Change | None = None) -> Report:
        """Take in one visit; the device has run an hour longer than at the one before.

        Raises:
            ValueError: the capture does not say who answered.
        """
        ran = {**said, "sysUpTime": said.get("sysUpTime", 8_640_000) + (self.visits + 1) * TICKS}
        capture = shifted(device(ran, target=target, change=change), (self.visits + 1) * HOUR)
        return self.take(observe(capture), target)

    def take(self, parts: Iterable[Part], target: str = "sw") -> Report:
        """Take in what any source says."""
        self.visits += 1
        begun = self.visits * HOUR
        self.clock[0] = (START + begun + 60_000) * 1000
        order = Order(
            run=f"{target}@{self.visits}",
            target=target,
            collector="network",
            capture=f"{self.visits:064x}",
            started_ms=Ms(START + begun),
            ended_ms=Ms(START + begun + 60_000),
            policy=Policy(),
            pseudonym=lambda login: f"p-{login}",
        )
        first, *rest = parts
        if isinstance(first, SourceIs):
            first = lasting(self.store, target, first)
        with self.store.lease("test") as lease:
            return take_in(order, [first, *rest], self.store, lease)

    def live(self, kind: str) -> Mapping[Key, Mapping[str, object]]:
        """Live items of a kind."""
        return {Key(row.id): dict(row.body) for row in self.store.find(kind)}
