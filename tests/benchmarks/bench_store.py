"""The figures of a store: load, unchanged pass, small change, closure, records, readers; Neo4j against SQLite.

100,000 items of 30 attributes, 300,000 links, 100,000 change records. Both stores take every step in turn, three rounds
long; medians count. Each pass makes fingerprints, asks for those in the store, reads only what differs and writes only
what changed, as a visit does. Every round begins with empty stores. Half a round before the first is not counted: the
server's compiler is at work until then. Seconds depend on the machine and on what else it does; ratios are promised.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from tests.benchmarks.figures import Figure
from tests.benchmarks.peers import Place, neo4j_place, sqlite_place
from tests.benchmarks.store_estate import Estate
from tests.benchmarks.store_readers import reading
from tests.benchmarks.store_steps import Steps

ITEMS, ROUNDS = 100_000, 3
WARM_ITEMS = 50_000
WRITER_ITEMS = 20_000
BATCH_SIZES = (1_000, 2_000, 5_000, 10_000)

BARS = {
    "first load of items": 4.0,
    "first load of links": 6.0,
    "pass, nothing changed": 2.0,
    "pass, 1 % of items and links changed": 2.0,
    "100,000 change records": 8.0,
}
"""Largest ratio of Neo4j to SQLite, wall seconds."""

LIMITS_MS = {
    "closure of depth 6, now, p95": 50.0,
    "closure of depth 6, as of before, p95": 50.0,
    "changes in a window, 1,000 rows, p95": 100.0,
    "question of 2 readers beside a writer, p99": 50.0,
}
"""Longest time of an answer, of each store."""

ALONE, BESIDE = "items written by a writer alone", "items written beside 2 readers"

Taken = dict[str, float]
"""Wall seconds by step, or items a second of a writer."""


@dataclass(slots=True)
class Bench:
    """One store over all rounds."""

    name: str
    place: Place
    rounds: list[Taken] = field(default_factory=list)

    def median(self, step: str) -> float:
        """The middle one of the rounds."""
        return statistics.median(taken[step] for taken in self.rounds)


def figures() -> Iterator[Figure]:
    """All figures of both stores."""
    with ExitStack() as opened:
        benches = [
            Bench("SQLite", opened.enter_context(sqlite_place())),
            Bench("Neo4j", opened.enter_context(neo4j_place())),
        ]
        _round(benches, Estate(WARM_ITEMS))
        for bench in benches:
            bench.rounds.clear()
        for number in range(ROUNDS):
            _round(benches if number % 2 == 0 else benches[::-1], Estate(ITEMS))
        yield from _ratios(*benches)
        for bench in benches:
            yield from _limits(bench)
        yield from _sizes(benches[-1].place)


def _round(benches: Sequence[Bench], estate: Estate) -> None:
    """Every step on every store, one after the other, so that what else the machine does meets both."""
    with ExitStack() as opened:
        running = [(bench, _steps(bench.place, opened)) for bench in benches]
        for bench in benches:
            bench.rounds.append({})
        for step in (_load, _unchanged, _changed, _ask, _write_beside):
            for bench, steps in running:
                taken = step(steps, estate, bench.place)
                bench.rounds[-1].update(taken)
                _tell(f"{bench.name} {estate.size:,}: {', '.join(f'{n} {v:.3f}' for n, v in taken.items())}")


def _tell(progress: str) -> None:
    """The figures of one round, for whoever waits and for whoever doubts the median."""
    print(progress, file=sys.stderr, flush=True)


def _steps(place: Place, opened: ExitStack) -> Steps:
    place.empty()
    store = place.open()
    opened.callback(store.close)
    return Steps(store, opened.enter_context(store.lease("bench")))


def _load(steps: Steps, estate: Estate, _: Place) -> Taken:
    items, links = steps.visit(estate)
    steps.loaded = steps.at
    return {"first load of items": items, "first load of links": links, "first load": items + links}


def _unchanged(steps: Steps, estate: Estate, _: Place) -> Taken:
    batches = steps.batches
    seconds = sum(steps.visit(estate))
    assert steps.batches == batches, "an unchanged pass wrote"
    return {"pass, nothing changed": seconds}


def _changed(steps: Steps, estate: Estate, _: Place) -> Taken:
    return {"pass, 1 % of items and links changed": sum(steps.visit(estate, later=True))}


def _ask(steps: Steps, estate: Estate, _: Place) -> Taken:
    return {
        "100,000 change records": steps.records(estate),
        "closure of depth 6, now, p95": steps.closure(estate, None),
        "closure of depth 6, as of before, p95": steps.closure(estate, steps.loaded),
        "changes in a window, 1,000 rows, p95": steps.window(estate),
    }


def _write_beside(steps: Steps, estate: Estate, place: Place) -> Taken:
    alone = WRITER_ITEMS / steps.load(Estate(WRITER_ITEMS, name="alone"))
    with reading(place, estate.sample(100)) as heard:
        beside = WRITER_ITEMS / steps.load(Estate(WRITER_ITEMS, name="beside"))
    return {ALONE: alone, BESIDE: beside, "question of 2 readers beside a writer, p99": heard.p99}


def _ratios(small: Bench, large: Bench) -> Iterator[Figure]:
    for name, bar in BARS.items():
        ours, theirs = large.median(name), small.median(name)
        yield Figure(f"{name}, SQLite", theirs, "s")
        yield Figure(f"{name}, Neo4j", ours, "s", "SQLite", ours / theirs, bar)
    for name in (ALONE, BESIDE):
        yield Figure(f"{name}, SQLite", small.median(name), "items/s")
        yield Figure(f"{name}, Neo4j", large.median(name), "items/s", "SQLite", large.median(name) / small.median(name))


def _limits(bench: Bench) -> Iterator[Figure]:
    load, again = bench.median("first load"), bench.median("pass, nothing changed")
    yield Figure(f"pass, nothing changed, {bench.name}", again, "s", "its first load", again / load, 0.5)
    for name, limit in LIMITS_MS.items():
        ms = 1_000 * bench.median(name)
        yield Figure(f"{name}, {bench.name}", ms, "ms", f"{limit:.0f} ms", ms / limit, 1.0)


def _sizes(place: Place) -> Iterator[Figure]:
    """How the size of a batch tells on the server."""
    with ExitStack() as opened:
        steps = _steps(place, opened)
        for size in BATCH_SIZES:
            seconds = steps.load(Estate(WRITER_ITEMS, name=f"by{size}"), size)
            yield Figure(f"items in batches of {size:,}, Neo4j", WRITER_ITEMS / seconds, "items/s")
