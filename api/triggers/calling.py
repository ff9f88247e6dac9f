"""When a device is read because of its messages: once they have ceased for a moment, and not too often."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

Again = bool
"""Whether a device cannot be read now, because it is being read: what it says may have come too late for that."""


@dataclass
class Calling:
    """Waits until a device is quiet for ``debounce`` seconds, and reads it at most every ``least`` seconds.

    ``read`` starts the reading of a target by name. One that never ceases is read all the same, after ``least``.
    """

    read: Callable[[str], Again]
    debounce: float = 10
    least: float = 60
    _waiting: dict[str, asyncio.TimerHandle] = field(default_factory=dict)
    _first: dict[str, float] = field(default_factory=dict)
    _last: dict[str, float] = field(default_factory=dict)

    def __call__(self, target: str) -> None:
        """A device said something."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        first = self._first.setdefault(target, now)
        quiet = min(now + self.debounce, first + max(self.debounce, self.least))
        at = max(quiet, self._last.get(target, -self.least) + self.least)
        if (waiting := self._waiting.get(target)) is not None:
            waiting.cancel()
        self._waiting[target] = loop.call_at(at, self._read, target)

    def close(self) -> None:
        """Read nothing any more."""
        for waiting in self._waiting.values():
            waiting.cancel()
        self._waiting.clear()

    def _read(self, target: str) -> None:
        del self._waiting[target], self._first[target]
        if self.read(target):
            self(target)
        else:
            self._last[target] = asyncio.get_running_loop().time()
