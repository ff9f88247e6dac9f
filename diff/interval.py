"""Half-open intervals (after, until] in integer milliseconds, and what stamps and clocks make of them.

A change is known to lie in one interval; windows, freezes and authorities are sets of intervals. The same form
everywhere makes inclusion, overlap and difference exact.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from driftline.graph.model.observed import Clock, Stamp

Span = tuple[int, int]
"""(after, until]; empty unless after < until."""

Spans = tuple[Span, ...]
"""A set of instants: spans that are sorted, not empty, and do not touch."""

FOREVER: Final = 2**62
NEVER: Final[Spans] = ()


def union(spans: Iterable[Span]) -> Spans:
    """All instants of the spans, which may come in any order, touch, overlap or be empty."""
    merged: list[Span] = []
    for after, until in sorted(spans):
        if after >= until:
            continue
        if merged and after <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(until, merged[-1][1]))
        else:
            merged.append((after, until))
    return tuple(merged)


def intersect(these: Spans, those: Spans) -> Spans:
    """The instants in both sets."""
    both = ((max(a, c), min(b, d)) for a, b in these for c, d in those)
    return tuple(span for span in both if span[0] < span[1])


def subtract(these: Spans, those: Spans) -> Spans:
    """The instants of the first set that are not in the second."""
    left = list(these)
    for after, until in those:
        cut = ((part, (a, b)) for a, b in left for part in ((a, min(b, after)), (max(a, until), b)))
        left = [part for part, _ in cut if part[0] < part[1]]
    return tuple(left)


def covers(spans: Spans, span: Span) -> bool:
    """Whether every instant of the span is in the set."""
    after, until = span
    for a, b in spans:  # noqa: SIM110 -- a loop is twice as fast as any() here, and judging does little else
        if a <= after and until <= b:
            return True
    return False


def meets(spans: Spans, span: Span) -> bool:
    """Whether any instant of the span is in the set."""
    after, until = span
    for a, b in spans:  # noqa: SIM110 -- as above
        if after < b and a < until:
            return True
    return False


def overlap(spans: Spans, span: Span) -> int:
    """How many instants of the span are in the set."""
    return sum(b - a for a, b in intersect(spans, (span,)))


def distance(span: Span, instant: int) -> int:
    """Milliseconds from an instant to the nearest instant of the span; 0 inside."""
    after, until = span
    return max(after + 1 - instant, instant - until, 0)


def stamped(at_ms: int, clock: Clock | None, *, unmeasured_ms: int, resolution_ms: int = 1) -> Span:
    """When, by our clock, something happened that its source says happened at ``at_ms`` by its own clock.

    Sources round or truncate, so the resolution widens to both sides, and so does the error of the offset.
    """
    error = clock.error_ms if clock else unmeasured_ms
    ours = at_ms - (clock.offset_ms if clock else 0)
    return (ours - resolution_ms - error, ours + resolution_ms + error)


def narrow_by_stamp(
    span: Span, stamp: Stamp, clock: Clock | None, *, unmeasured_ms: int, only_one: bool
) -> tuple[Span, bool]:
    """Narrow a polled interval by the device's own "last changed at", and say whether they contradict.

    A stamp dates the latest change only, so it lowers the upper end of every path; it lifts the lower end only where
    exactly one commit lies between the two readings. A path that changed under a stamp that did not move is a
    contradiction: the polled interval stays.
    """
    earliest, latest = stamped(stamp.at_ms, clock, unmeasured_ms=unmeasured_ms, resolution_ms=stamp.resolution_ms)
    after, until = span
    if latest <= after:
        return span, True
    narrowed = (max(after, earliest) if only_one else after, min(until, latest))
    return (narrowed, False) if narrowed[0] < narrowed[1] else (span, True)
