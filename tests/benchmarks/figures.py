"""A measured figure with its peer and its bar, printed as a table and kept as one JSON line each.

A bar is never a number of seconds: machines differ. It is a ratio against a named peer measured in the same run.
"""

from __future__ import annotations

import json
import platform
import resource
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure. ``ratio`` is value against the peer's; ``bar`` the largest ratio that holds (none: for reading)."""

    name: str
    value: float
    unit: str
    peer: str = ""
    ratio: float | None = None
    bar: float | None = None

    @property
    def holds(self) -> bool | None:
        """Whether the bar holds; ``None``: there is none."""
        return None if self.bar is None or self.ratio is None else self.ratio <= self.bar


@dataclass(slots=True)
class Cost:
    """What a step took: CPU and wall seconds of this process."""

    cpu: float = 0.0
    wall: float = 0.0


@contextmanager
def measured(into: Cost) -> Iterator[Cost]:
    """Add what the block takes."""
    cpu, wall = time.process_time(), time.perf_counter()
    try:
        yield into
    finally:
        into.cpu += time.process_time() - cpu
        into.wall += time.perf_counter() - wall


@dataclass(slots=True)
class Timed:
    """Repeats of one thing; the median counts."""

    costs: list[Cost] = field(default_factory=list)

    def once(self, do: Callable[[], object]) -> None:
        """Do it and keep what it took."""
        with measured(Cost()) as cost:
            do()
        self.costs.append(cost)

    @property
    def cpu(self) -> float:
        """Median CPU seconds."""
        return sorted(cost.cpu for cost in self.costs)[len(self.costs) // 2]

    @property
    def wall(self) -> float:
        """Median wall seconds."""
        return sorted(cost.wall for cost in self.costs)[len(self.costs) // 2]


def peak_mb() -> float:
    """Largest resident size of this process so far, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def write(figures: Iterable[Figure], to: Path) -> bool:
    """Print figures as they come and keep them; returns whether every bar holds."""
    good = True
    to.parent.mkdir(exist_ok=True)
    print(f"{platform.machine()} Python {platform.python_version()} {platform.system()} {platform.release()}")
    print(f"{'figure':58} {'value':>12} {'unit':10} {'ratio':>7} {'bar':>6}  holds  peer")
    with to.open("a", encoding="utf-8") as lines:
        for figure in figures:
            good = good and figure.holds is not False
            print(_line(figure), flush=True)
            lines.write(json.dumps(asdict(figure) | {"holds": figure.holds}) + "\n")
    return good


def _line(figure: Figure) -> str:
    ratio = "" if figure.ratio is None else f"{figure.ratio:.3f}"
    bar = "" if figure.bar is None else f"{figure.bar:.2f}"
    holds = {True: "yes", False: "NO", None: ""}[figure.holds]
    return f"{figure.name:58} {figure.value:12.3f} {figure.unit:10} {ratio:>7} {bar:>6}  {holds:5}  {figure.peer}"
