"""``make bench``: every figure in one run on one machine; ``make bench PART=visit`` for one part.

``PART=store_million`` (growth of SQLite, some minutes) runs only when asked.

A table on the terminal, one JSON line per figure in ``build/bench.jsonl``, exit code 1 if a bar does not hold.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

from tests.benchmarks.figures import Figure, write

PARTS = ("decode", "judge", "visit", "store", "snmp", "links")
"""Modules ``bench_<part>``, each with ``figures()``."""
ONLY_ASKED = ("store_million",)
"""The same, run only by name: this one takes some minutes and gigabytes of disk."""
RESULTS = Path("build/bench.jsonl")


def main(asked: list[str]) -> int:
    """Run the parts asked for, or all."""
    if unknown := sorted(set(asked) - {*PARTS, *ONLY_ASKED}):
        print(f"bench: no part {', '.join(unknown)}; there are {', '.join((*PARTS, *ONLY_ASKED))}", file=sys.stderr)
        return 2
    RESULTS.unlink(missing_ok=True)
    wanted = [part for part in (*PARTS, *ONLY_ASKED) if part in asked or (not asked and part in PARTS)]
    good = [write(_figures(part)(), RESULTS) for part in wanted]
    return 0 if all(good) else 1


def _figures(part: str) -> Callable[[], Iterator[Figure]]:
    figures: Callable[[], Iterator[Figure]] = import_module(f"tests.benchmarks.bench_{part}").figures
    return figures


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
