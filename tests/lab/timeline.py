"""Moves a recording to another time: one monotone, piecewise linear map of instants, applied to everything it says.

A week cannot be waited for. What happened within a minute is moved to the days at which it is told to have happened:
the instants of the manifest, and every ISO instant in asks and replies. Within a visit or an action time runs as it
ran. Instants are rounded to milliseconds first, as driftline reads them, so that what was one instant in two places
stays one.

Nothing else is touched but what says on which machine the lab ran: the user agent of a person's session, and the
messages of events, which a vCenter leaves out when asked to, and the simulator does not.
"""

import gzip
import re
from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from driftline.collectors.capture import Capture, Entry, stored_entry
from driftline.graph.model.values import Ms, as_datetime, ms

INSTANT = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
TRACES = re.compile(rb"<fullFormattedMessage>[^<]*</fullFormattedMessage>|(?<=<userAgent>)pyvmomi[^<]*")
CURSOR = re.compile(r"(\d+)(:\d*)")
SHORTLY_BEFORE_MS = 3_600_000


@dataclass
class Timeline:
    """The map, from anchors given in order of time; between two of them it is linear, after the last it only shifts.

    Before the first anchor it shifts what is at most an hour older (the ask for the last ten minutes of a log). All
    older instants (when a VM was made) are facts of the estate and stay.
    """

    real: list[int] = field(default_factory=list)
    told: list[int] = field(default_factory=list)

    def anchor(self, real_ms: int, told_ms: int) -> None:
        """From here on: what happened at the one instant is told of the other."""
        if self.real and (real_ms <= self.real[-1] or told_ms <= self.told[-1]):
            raise ValueError(f"{real_ms} -> {told_ms} is not after {self.real[-1]} -> {self.told[-1]}")
        self.real.append(real_ms)
        self.told.append(told_ms)

    def when(self, real_ms: int) -> Ms:
        """The instant at which it is told."""
        return Ms(self._when(real_ms))

    def _when(self, real_ms: int) -> int:
        n = bisect_right(self.real, real_ms)
        if n == 0:
            near = self.real[0] - real_ms <= SHORTLY_BEFORE_MS
            return self.told[0] - (self.real[0] - real_ms) if near else real_ms
        shifted = self.told[n - 1] + real_ms - self.real[n - 1]
        if n == len(self.real):
            return shifted
        stretch = self.told[n] - self.told[n - 1]
        return self.told[n - 1] + (real_ms - self.real[n - 1]) * stretch // (self.real[n] - self.real[n - 1])

    def text(self, said: bytes) -> bytes:
        """A text with its instants moved; those that stay are not even written anew."""
        return INSTANT.sub(self._moved, said)

    def _moved(self, found: re.Match[bytes]) -> bytes:
        real = ms(datetime.fromisoformat(found[0].decode()))
        told = self.when(real)
        if told == real:
            return found[0]
        return as_datetime(told).isoformat(timespec="milliseconds").encode()[:-6] + b"Z"

    def capture(self, capture: Capture, run: Callable[[int], str]) -> Capture:
        """A capture with all its instants moved. ``run`` names the visit by the instant at which it began."""
        notes = dict(capture.notes)
        begun = self.when(int(notes["begun_ms"]))
        notes |= {"begun_ms": str(begun), "run": run(begun), "cursor": CURSOR.sub(self._place, notes["cursor"])}
        entries: list[Entry] = []
        blobs: dict[str, bytes] = {}
        for entry in capture.entries:
            moved, packed = self._entry(entry, capture.body(entry))
            entries.append(moved)
            blobs |= packed
        return Capture(tuple(entries), notes, blobs)

    def _place(self, found: re.Match[str]) -> str:
        return f"{self.when(int(found[1]))}{found[2]}"

    def _entry(self, entry: Entry, body: bytes) -> tuple[Entry, dict[str, bytes]]:
        said = self.text(TRACES.sub(b"", body))
        bare = replace(
            entry,
            asked=self.text(entry.asked.encode()).decode(),
            start_ms=self.when(entry.start_ms),
            end_ms=self.when(entry.end_ms),
        )
        return stored_entry(bare, said, gzip.compress(said, 9, mtime=0))
