"""How SQLite grows: 1 million items of 30 attributes and 5 million links. Only when asked; no bar, no promise."""

from __future__ import annotations

from collections.abc import Iterator

from tests.benchmarks.figures import Figure, peak_mb
from tests.benchmarks.peers import sqlite_place
from tests.benchmarks.store_estate import Estate
from tests.benchmarks.store_steps import Steps

ITEMS, LINKS_EACH = 1_000_000, 5


def figures() -> Iterator[Figure]:
    """Load, unchanged pass, 1 % pass, closure, size."""
    estate = Estate(ITEMS, LINKS_EACH)
    with sqlite_place() as place:
        store = place.open()
        with store.lease("bench") as lease:
            steps = Steps(store, lease)
            items, links = steps.visit(estate)
            yield Figure("first load of 1 M items, SQLite", items, "s")
            yield Figure("first load of 5 M links, SQLite", links, "s")
            yield Figure("pass over 1 M items, nothing changed, SQLite", sum(steps.visit(estate)), "s")
            changed = sum(steps.visit(estate, later=True))
            yield Figure("pass over 1 M items, 1 % of items and links changed, SQLite", changed, "s")
            yield Figure("closure of depth 6 in 5 M links, p95, SQLite", 1_000 * steps.closure(estate, None), "ms")
        yield Figure("size of the file, SQLite", (store.health().bytes or 0) / 2**20, "MiB")
        yield Figure("peak memory of the process", peak_mb(), "MiB")
        store.close()
