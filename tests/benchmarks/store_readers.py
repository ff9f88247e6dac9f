"""Readers in processes of their own, who ask without a pause while the store is written."""

from __future__ import annotations

import multiprocessing
import statistics
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import cycle
from multiprocessing.synchronize import Barrier, Event

from driftline.graph.model.values import Key
from driftline.graph.store import Direction, Store
from tests.benchmarks.peers import Place
from tests.benchmarks.store_estate import LINK
from tests.benchmarks.store_steps import taken

READERS = 2
WARM = 50
"""Questions that a reader asks before it is measured."""


@dataclass(slots=True)
class Heard:
    """What the readers measured: seconds of each question."""

    seconds: list[float] = field(default_factory=list)

    @property
    def p99(self) -> float:
        """The 99th percentile."""
        return statistics.quantiles(self.seconds, n=100)[-1]


@contextmanager
def reading(place: Place, keys: Sequence[Key]) -> Iterator[Heard]:
    """Two readers ask while the block runs; what they heard is complete after it."""
    context = multiprocessing.get_context("spawn")
    ready, stop, answers = context.Barrier(READERS + 1), context.Event(), context.SimpleQueue()
    given = (place, list(keys), ready, stop, answers)
    readers = [context.Process(target=ask, args=given, daemon=True) for _ in range(READERS)]
    for reader in readers:
        reader.start()
    heard = Heard()
    ready.wait(timeout=60)
    try:
        yield heard
    finally:
        stop.set()
        for reader in readers:
            heard.seconds += answers.get()
            reader.join()


def ask(
    place: Place, keys: Sequence[Key], ready: Barrier, stop: Event, answers: multiprocessing.SimpleQueue[list[float]]
) -> None:
    """Ask what a console asks, in turn, and hand over how long each answer took."""
    store = place.open()
    questions = cycle(one for key in keys for one in _questions(store, key))
    for _ in range(WARM):
        next(questions)()
    ready.wait(timeout=60)
    seconds = []
    parent = multiprocessing.parent_process()
    while not stop.is_set() and parent and parent.is_alive():  # a benchmark that is ended takes its readers with it
        seconds.append(taken(next(questions)))
    answers.put(seconds)
    store.close()


def _questions(store: Store, key: Key) -> Sequence[Callable[[], object]]:
    return (
        lambda: store.read([key]),
        lambda: store.closure([key], Direction.OUT, [LINK]),
        lambda: store.find("Change", order="upper_ms", limit=100),
    )
