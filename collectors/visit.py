"""One visit: the only place that times, catches and classifies what a collector does."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from enum import StrEnum

from driftline.collectors.capture import Capture, Damaged
from driftline.collectors.contract import Collector, Line
from driftline.collectors.errors import CollectorError, Garbled, Refused, Unreachable, Unsupported
from driftline.collectors.recording import RecordingLine
from driftline.collectors.target import Target
from driftline.graph.model.observed import Coverage, Part, Status

log = logging.getLogger(__name__)


class Outcome(StrEnum):
    """How a visit went. ``complete`` is said only when all of its coverage is."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    UNSUPPORTED = "unsupported"
    FAILED = "failed"

    @property
    def worth_a_retry(self) -> bool:
        """Whether asking again may help without anybody changing anything (a refused login locks accounts)."""
        return self in {Outcome.PARTIAL, Outcome.UNREACHABLE, Outcome.FAILED}


_OUTCOMES = {
    Unreachable: Outcome.UNREACHABLE,
    Refused: Outcome.REFUSED,
    Unsupported: Outcome.UNSUPPORTED,
    Garbled: Outcome.FAILED,
}


@dataclass(frozen=True, slots=True)
class Visited:
    """What came of asking. There is a capture even after an error: what was read before it is partial, not lost."""

    target: str
    outcome: Outcome
    capture: Capture
    seconds: float
    error: CollectorError | None = None

    def after(self, coverage: list[Coverage]) -> Outcome:
        """The outcome once the capture was observed."""
        if self.outcome is Outcome.COMPLETE and any(row.status is not Status.COMPLETE for row in coverage):
            return Outcome.PARTIAL
        return self.outcome


OpenLine = Callable[[Target], AbstractAsyncContextManager[Line]]


async def visit(collector: Collector, target: Target, line: OpenLine, cursor: str = "") -> Visited:
    """Ask a target everything; never raises but for cancellation. ``cursor`` is ``FeedCoverage.cursor`` of last time.

    ``line`` opens the line to the target, as ``HttpLine`` does.
    """
    start = time.monotonic()
    recording: RecordingLine | None = None
    error: CollectorError | None = None
    try:
        async with line(target) as opened:
            recording = RecordingLine(opened)
            await collector.capture(target, recording, cursor)
    except CollectorError as said:
        error = said
    except Exception as bug:  # one collector's bug must not stop the others
        log.exception("collector %s, target %s", collector.name, target.name)
        error = Garbled(target.name, "capture", f"{type(bug).__name__} in collector {collector.name}")
    notes = {"collector": collector.name, "target": target.name, "cursor": cursor}
    capture = recording.capture(notes) if recording else Capture((), notes, {})
    outcome = _OUTCOMES[type(error)] if error else Outcome.COMPLETE
    return Visited(target.name, outcome, capture, time.monotonic() - start, error)


def observed(collector: Collector, capture: Capture) -> Iterator[Part]:
    """The parts of a capture.

    Raises:
        Garbled: the collector has a bug; the capture is kept and tells.
        Damaged: the capture on disk is not what was written.
    """
    try:
        yield from collector.observe(capture)
    except Damaged:
        raise
    except Exception as bug:
        log.exception("collector %s, capture %s", collector.name, capture.id)
        target = capture.notes.get("target", "")
        raise Garbled(target, "observe", f"{type(bug).__name__} in collector {collector.name}") from bug
