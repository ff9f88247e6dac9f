"""How many repetitions one GETBULK asks for: learned per device, halved where it hurts."""

from __future__ import annotations

import time

from driftline.collectors.network.snmp.peer import PeerFacts, Version

FIRST, USUAL, LARGEST = 25, 50, 100
RETRY_MS = 7 * 24 * 3_600_000


class Sizes:
    """The size for one device. It lives in its facts, so that the next visit knows it."""

    def __init__(self, facts: PeerFacts) -> None:
        self.facts = facts

    @property
    def now(self) -> int:
        """Repetitions of the next request; 0 is GETNEXT."""
        if self.facts.version is Version.V1 or not self.facts.bulk_ok:
            return 0
        return min(self.facts.max_repetitions or FIRST, LARGEST)

    def shrink(self, used: int) -> bool:
        """A request of that size failed: 50, 25, 12, 6, 3, 1, GETNEXT. Returns False if there is nothing smaller."""
        if used and self.now >= used:
            self.settle(used // 2)
        return bool(used)

    def settle(self, size: int) -> None:
        """Ask for so many from now on; 0 is GETNEXT."""
        self.facts.max_repetitions, self.facts.bulk_ok, self.facts.learned_ms = size, size > 0, now_ms()

    def clean(self) -> None:
        """A table ended as it should: the first one of a device earns it the usual size."""
        if not self.facts.max_repetitions and self.now:
            self.facts.max_repetitions = USUAL

    def state(self) -> tuple[int, bool, int]:
        """What ``restore`` takes."""
        return self.facts.max_repetitions, self.facts.bulk_ok, self.facts.learned_ms

    def restore(self, state: tuple[int, bool, int]) -> None:
        """Forget what was learned since: the device went silent, which says nothing about sizes."""
        self.facts.max_repetitions, self.facts.bulk_ok, self.facts.learned_ms = state


def forget_old(facts: PeerFacts, now_ms: int, *, new_firmware: bool) -> None:
    """Try a device anew that once needed small requests: after a week, or with other software."""
    if facts.learned_ms and (new_firmware or now_ms - facts.learned_ms >= RETRY_MS):
        facts.bulk_ok, facts.max_repetitions, facts.learned_ms = True, 0, 0
        facts.quirks.clear()


def now_ms() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000
