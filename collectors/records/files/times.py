"""Instants as people write them, with the zone they belong to. Nothing is guessed: no zone, no time.

A local time that does not exist (clocks went forward) moves forward by the gap; of a time that happens twice the first
is taken. Both are said in a caveat.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from driftline.collectors.records.files.faults import Unusable
from driftline.graph.model.values import Ms, ms

DATE_ONLY = 10
"""Length of ``2026-03-29`` and more than that of ``20260329``: a date without a time of day."""

EARLIEST, LATEST = 1980, 2200


@dataclass(frozen=True, slots=True)
class Instant:
    """A point in time, the words that name it (zone included), and what a person should know about it."""

    at_ms: Ms
    text: str
    caveat: str = ""


@lru_cache(maxsize=256)
def zone_named(name: str) -> ZoneInfo:
    """The zone of an IANA name such as ``Europe/Berlin``.

    Raises:
        Unusable: there is none of this name.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Unusable(f'no time zone "{name}"; write an IANA name such as Europe/Berlin') from None


def instant(text: str, zone: str) -> Instant:
    """Read an ISO 8601 time: with its own offset, or else as local time of the zone.

    Raises:
        Unusable: not a time, no time of day, or neither an offset nor a zone.
    """
    try:
        when = datetime.fromisoformat(text)
    except ValueError:
        raise Unusable(f'"{text[:40]}" is not a time; write 2026-03-29T22:00 or 2026-03-29T22:00+02:00') from None
    if len(text) <= DATE_ONLY:
        raise Unusable(f'"{text}" has no time of day; write {text}T00:00 if you mean midnight')
    if not EARLIEST <= when.year < LATEST:
        raise Unusable(f'"{text}" is not between the years {EARLIEST} and {LATEST}; correct it')
    if when.tzinfo is not None:
        return Instant(ms(when), text)
    if not zone:
        raise Unusable(f'"{text}" has no zone; write an offset such as +02:00, or set the zone of these files')
    return _local(when, zone_named(zone), f"{text} {zone}")


def _local(when: datetime, zone: ZoneInfo, text: str) -> Instant:
    first = when.replace(tzinfo=zone, fold=0)
    moved = first.astimezone(UTC).astimezone(zone)
    if moved.replace(tzinfo=None) != when:
        caveat = f"does not exist in {zone.key}, where clocks went forward; taken as {moved.isoformat()}"
    elif first.utcoffset() != when.replace(tzinfo=zone, fold=1).utcoffset():
        caveat = f"happens twice in {zone.key}, where clocks went back; taken as the first, {moved.isoformat()}"
    else:
        caveat = ""
    return Instant(ms(moved), text, caveat)
