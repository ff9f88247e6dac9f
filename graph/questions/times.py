"""Instants of the store as people and programs read them. Answers speak in aware UTC datetimes, never in numbers."""

from __future__ import annotations

from datetime import datetime

from driftline.graph.model.values import Micros, Ms, as_datetime


def when(at: Micros) -> datetime:
    """An instant of the store's own time line, to the millisecond: asking for it again finds the same state."""
    return as_datetime(Ms(at // 1000))


def when_ms(at: Ms | None) -> datetime | None:
    """An instant that may not have been said."""
    return None if at is None else as_datetime(at)
