"""When a device that fails is left alone, and for how long."""

from __future__ import annotations

from dataclasses import dataclass

VISITS = 3
FIRST_MS, LONGEST_MS = 5 * 60_000, 6 * 3_600_000


@dataclass(slots=True)
class Breaker:
    """Failed visits in a row, and until when no other is made (milliseconds since 1970). Kept between visits."""

    failures: int = 0
    open_until_ms: int = 0

    def allows(self, now_ms: int) -> bool:
        """Whether a visit may be made."""
        return now_ms >= self.open_until_ms

    def worked(self) -> None:
        """A visit got answers."""
        self.failures = self.open_until_ms = 0

    def failed(self, now_ms: int) -> None:
        """A visit got none: from the third on the device rests, 5 minutes at first and twice as long each time."""
        self.failures += 1
        if self.failures >= VISITS:
            rest = min(FIRST_MS << min(self.failures - VISITS, 16), LONGEST_MS)
            self.open_until_ms = now_ms + rest
