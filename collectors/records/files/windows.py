"""Windows of a file. One that cannot be meant is kept with what was written, said in a caveat, and never authorises."""

from __future__ import annotations

from driftline.collectors.records.files.rows import Cells
from driftline.collectors.records.files.times import Instant
from driftline.graph.model.change_records import Window

LONGEST_MS = 90 * 24 * 3600 * 1000
UNUSABLE = "[no window: "
"""In the text of a window that does not count, before the reason."""


def window(cells: Cells) -> Window | None:
    """The window of a row; ``None`` where neither end is said or a time is at fault."""
    zone = cells.text("zone")
    start, end = cells.time("start", zone), cells.time("end", zone)
    faulty = any(found is None and cells.text(name) for found, name in ((start, "start"), (end, "end")))
    known = start or end
    if faulty:
        return None
    if known is None:
        cells.caveat("start", "neither start nor end; counts as no window until both are given")
        return None
    reason = _reason(start, end)
    text = f"{start.text if start else '?'} - {end.text if end else '?'}"
    if reason:
        cells.caveat("end", f"{text} {reason}; counts as no window until it is corrected")
        text = f"{text} {UNUSABLE}{reason}]"
    first, last = start or known, end or known
    # A window that has one end only is an empty one; of the others the ends stay as written, and judging refuses them.
    return Window(first.at_ms, last.at_ms, text)


def _reason(start: Instant | None, end: Instant | None) -> str:
    if start is None or end is None:
        return "has no end" if end is None else "has no start"
    if end.at_ms <= start.at_ms:
        return "does not end after it starts"
    return "is longer than 90 days" if end.at_ms - start.at_ms > LONGEST_MS else ""
