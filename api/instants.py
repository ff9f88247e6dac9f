"""How people write an instant: ``2026-03-02T10:00``, ``2026-03-02``, ``2h`` ago, ``yesterday``, ``CHG-1.start``."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from driftline.graph.model.values import Ms, as_datetime, ms

AGO = re.compile(r"(\d+)\s*(s|m|min|h|d|w)")
UNITS = {"s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}
DAYS = {"today": 0, "yesterday": 1}
OF_REQUEST = re.compile(r"(.+)\.(start|end)")

Windows = Callable[[str], tuple[Ms, Ms] | None]
"""First start and last end of the windows of a request by number; ``None``: there is no such request."""


class BadInstant(ValueError):
    """A text that names no instant; the message says how to write one."""


def instant(text: str, now: Ms, zone: str, windows: Windows = lambda _: None) -> Ms:
    """The instant that a text means; without a zone of its own in ``zone``.

    Raises:
        BadInstant: it means none.
    """
    word = text.strip()
    if match := AGO.fullmatch(word):
        return Ms(now - int(match[1]) * UNITS[match[2]] * 1_000)
    if word == "now":
        return now
    if word in DAYS:
        return _midnight(now, zone, DAYS[word])
    if (match := OF_REQUEST.fullmatch(word)) and (span := windows(match[1])) is not None:
        return span[0] if match[2] == "start" else span[1]
    try:
        said = datetime.fromisoformat(word)
    except ValueError:
        raise BadInstant(f'"{text}" is no time; write 2026-03-02T10:00, 2h, yesterday, or CHG-1.start') from None
    return ms(said if said.tzinfo else said.replace(tzinfo=ZoneInfo(zone)))


def _midnight(now: Ms, zone: str, days: int) -> Ms:
    today = as_datetime(now).astimezone(ZoneInfo(zone)).date()
    day = today - timedelta(days=days)
    return ms(datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)))
