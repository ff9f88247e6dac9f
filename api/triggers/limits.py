"""How much of what comes in is looked at, and how often a device is read because of it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Bucket:
    """Lets ``per_second`` through on average, and ``burst`` at once."""

    per_second: float
    burst: float
    _left: float = field(init=False)
    _at: float = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._left = self.burst

    def takes(self, now: float) -> bool:
        """Whether one more may pass at this second of a clock that only goes forward."""
        self._left = min(self.burst, self._left + (now - self._at) * self.per_second)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
