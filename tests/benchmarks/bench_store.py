"""The figures of a store: load, unchanged pass, small change, closure, records; Neo4j against SQLite in the same run.

100,000 items of 30 attributes and 300,000 links. Each pass makes fingerprints, asks for those in the store, reads only
what differs and writes only what changed, as a visit does.
"""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from driftline.diff.differ import fingerprint
from driftline.diff.words import Change, Grade
from driftline.graph.batch import Known, Rows, say
from driftline.graph.lookup import pieces
from driftline.graph.model.bodies import body
from driftline.graph.model.change_records import Op
from driftline.graph.model.facts import Sighting
from driftline.graph.model.values import Key, Ms, Value
from driftline.graph.store import Batch, Compare, Cond, Direction, Lease, LinkId, RecordRow, Store
from tests.benchmarks.figures import Cost, Figure, measured
from tests.benchmarks.peers import neo4j, sqlite

ITEMS, LINKS_EACH, ROUNDS = 100_000, 3, 50
SOURCE, KIND, LINK = "bench", "VirtualMachine", "STORED_ON"
BARS = {
    "first load of items": 4.0,
    "first load of links": 6.0,
    "pass, nothing changed": 2.0,
    "pass, 1 % changed": 2.0,
    "100,000 records": 8.0,
}


@dataclass(slots=True)
class Bench:
    """One store and what each step took on it, wall seconds."""

    name: str
    store: Store
    took: dict[str, float] = field(default_factory=dict)
    batches: int = 0

    def run(self, estate: Sequence[tuple[Key, dict[str, Value]]]) -> None:
        """All steps, in order."""
        with self.store.lease("bench") as lease:
            self._timed("first load of items", lambda: self._pass(lease, estate))
            self._timed("first load of links", lambda: self._links(lease, [key for key, _ in estate]))
            self._timed("pass, nothing changed", lambda: self._pass(lease, estate))
            self._timed("pass, 1 % changed", lambda: self._pass(lease, _changed(estate)))
            self._timed("100,000 records", lambda: self._records(lease, [key for key, _ in estate]))
        self.took["closure"] = self._closure([key for key, _ in estate])
        self.took["window"] = self._window()

    def _timed(self, name: str, do: object) -> None:
        with measured(Cost()) as cost:
            do()  # type: ignore[operator]  # a step without arguments
        self.took[name] = cost.wall

    def _pass(self, lease: Lease, estate: Sequence[tuple[Key, dict[str, Value]]]) -> None:
        size = self.store.limits.batch_items
        for start in range(0, len(estate), size):
            chunk = estate[start : start + size]
            own = self.store.digests(SOURCE, [key for key, _ in chunk])
            prints = {key: fingerprint(attrs, 1) for key, attrs in chunk}
            dirty = [(k, a) for k, a in chunk if k not in own or own[k].digest != prints[k]]
            if dirty:
                self._write(lease, dirty, prints)

    def _write(self, lease: Lease, dirty: Sequence[tuple[Key, dict[str, Value]]], prints: dict[Key, str]) -> None:
        keys = [key for key, _ in dirty]
        states, sightings = self.store.read(keys), self.store.sightings(keys)
        rows, at = Rows(), lease.now()
        for key, attrs in dirty:
            known = Known(states.get(key), sightings.get(key, ()))
            say(rows, known, Sighting(SOURCE, key, KIND, prints[key]), attrs, at)
        lists = {name: tuple(getattr(rows, name)) for name in rows.__slots__}
        self._apply(lease, **lists)

    def _links(self, lease: Lease, keys: Sequence[Key]) -> None:
        chance = random.Random(1)  # noqa: S311 -- the same estate every time
        links = [LinkId(k, LINK, dst, SOURCE) for k in keys for dst in _ends(chance, keys)]
        size = self.store.limits.batch_links
        for start in range(0, len(links), size):
            self._apply(lease, open=tuple(links[start : start + size]))

    def _records(self, lease: Lease, keys: Sequence[Key]) -> None:
        for piece in pieces(keys):
            self._apply(lease, records=tuple(_change(key) for key in piece))

    def _apply(self, lease: Lease, **rows: object) -> None:
        self.batches += 1
        self.store.apply(
            Batch(f"b{self.batches}", lease.now(), "bench", SOURCE, lease.fence, **rows)  # type: ignore[arg-type]
        )

    def _closure(self, keys: Sequence[Key]) -> float:
        def once(start: Key) -> float:
            begun = time.perf_counter()
            self.store.closure([start], Direction.OUT, [LINK], depth=6, limit=1_000)
            return time.perf_counter() - begun

        return _p95([once(key) for key in keys[:: len(keys) // ROUNDS]])

    def _window(self) -> float:
        def once(until: int) -> float:
            begun = time.perf_counter()
            self.store.find("Change", [Cond("upper_ms", Compare.GT, until)], order="upper_ms", limit=1_000)
            return time.perf_counter() - begun

        return _p95([once(n * 1_000) for n in range(ROUNDS)])


def figures() -> Iterator[Figure]:
    """All figures of both stores."""
    estate = [(Key(f"{KIND}.bench:{n:06}"), _attributes(n)) for n in range(ITEMS)]
    benches = []
    with ExitStack() as opened:
        for name, store in (("SQLite", sqlite()), ("Neo4j", neo4j())):
            bench = Bench(name, opened.enter_context(store))
            bench.run(estate)
            benches.append(bench)
    small, large = benches
    for name, bar in BARS.items():
        yield Figure(f"{name}, SQLite", small.took[name], "s")
        yield Figure(f"{name}, Neo4j", large.took[name], "s", "SQLite", large.took[name] / small.took[name], bar)
    for bench in benches:
        took = bench.took
        load, again = took["first load of items"], took["pass, nothing changed"]
        yield Figure(f"unchanged pass, {bench.name}", again, "s", "its first load", again / load, 0.5)
        yield Figure(
            f"closure depth 6, 1,000 items, p95, {bench.name}",
            1000 * took["closure"],
            "ms",
            "50 ms",
            took["closure"] / 0.05,
            1.0,
        )
        yield Figure(
            f"changes in a window, 1,000 rows, p95, {bench.name}",
            1000 * took["window"],
            "ms",
            "100 ms",
            took["window"] / 0.1,
            1.0,
        )


def _attributes(number: int) -> dict[str, Value]:
    names = [f"custom_{n:02}" for n in range(24)]
    said: dict[str, Value] = {name: f"value {number % 997} of {name}" for name in names}
    return dict(
        sorted(
            {
                **said,
                "cpu_count": number % 16,
                "memory_mb": 4096,
                "name": f"vm{number}",
                "template": False,
                "annotation": "a note",
                "guest_id": "x",
            }.items()
        )
    )


def _changed(estate: Sequence[tuple[Key, dict[str, Value]]]) -> list[tuple[Key, dict[str, Value]]]:
    new: dict[str, Value] = {"cpu_count": 99, "memory_mb": 99, "annotation": "another note"}
    return [
        (key, dict(sorted({**attrs, **new}.items())) if n % 100 == 0 else attrs)
        for n, (key, attrs) in enumerate(estate)
    ]


def _ends(chance: random.Random, keys: Sequence[Key]) -> set[Key]:
    return {keys[chance.randrange(len(keys))] for _ in range(LINKS_EACH)}


def _change(key: Key) -> RecordRow:
    number = int(key[-6:])
    change = Change(
        id=f"c{number:06}",
        ci=key,
        ci_kind=KIND,
        source=SOURCE,
        path="cpu_count",
        op=Op.SET,
        old="2",
        new="4",
        lower_ms=Ms(number * 10),
        upper_ms=Ms(number * 10 + 5),
        grade=Grade.POLL,
    )
    return RecordRow("Change", change.id, body(change))


def _p95(seconds: Sequence[float]) -> float:
    return statistics.quantiles(seconds, n=20)[-1]
