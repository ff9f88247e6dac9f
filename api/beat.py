"""When a target is due: a fixed period with a fixed offset, so that restarts change nothing and targets spread out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256

from driftline.graph.model.values import Ms


@dataclass(frozen=True, slots=True)
class Beat:
    """The instants offset + n * period, in milliseconds since 1970. Zones and their nights do not matter."""

    offset_ms: int
    period_ms: int

    @classmethod
    def of(cls, name: str, every: timedelta) -> Beat:
        """The beat of a target: its offset is the digest of its name, mapped to the period."""
        period = int(every.total_seconds() * 1_000)
        number = int.from_bytes(sha256(name.encode()).digest()[:8])
        return cls(number * period >> 64, period)

    def last(self, now_ms: int) -> Ms:
        """The newest instant that is not after now."""
        return Ms(now_ms - (now_ms - self.offset_ms) % self.period_ms)

    def between(self, after_ms: int, before_ms: int) -> tuple[Ms, Ms, int] | None:
        """The first and last instant inside (after, before), and how many there are; ``None``: there is none."""
        first = self.last(after_ms) + self.period_ms
        last = self.last(before_ms - 1)
        return (Ms(first), last, (last - first) // self.period_ms + 1) if first <= last else None
