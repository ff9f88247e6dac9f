"""What a collector is, for those who write one and those who run it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from driftline.collectors.ask import Ask, Reply
from driftline.collectors.capture import Capture
from driftline.collectors.target import Target
from driftline.graph.model.observed import Part


class Line(Protocol):
    """The single seam to the network: send an ask, get its reply."""

    async def ask(self, ask: Ask) -> Reply:
        """Send one ask and wait for the whole reply.

        Raises:
            CollectorError: no reply, or none that may be used.
        """
        ...


class Collector(Protocol):
    """Reads one kind of source in two halves: the first asks and keeps, the second understands."""

    name: str
    asks: tuple[str, ...]
    """Names of everything it may ever ask."""

    async def capture(self, target: Target, line: Line, cursor: str = "") -> None:
        """Ask everything over the line, which keeps the replies. ``cursor`` is where the event feed was left.

        Raises:
            CollectorError: the visit cannot go on; what was asked before is kept.
        """
        ...

    def observe(self, capture: Capture) -> Iterator[Part]:
        """Yield what the capture says: the source first, coverage last. Pure, and never raises on odd data."""
        ...
