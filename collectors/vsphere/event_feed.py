"""Reads a vCenter's event log from where the last visit left it, and knows where it has holes.

All times here are the server's. The place in the feed is (time, key) of the newest event seen: our own login is always
among them. If that event is still there next time, nothing between was lost.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from lxml import etree

from driftline.collectors.capture import Capture
from driftline.collectors.vsphere import soap
from driftline.collectors.vsphere.asks import OVERLAP_MS, Asked
from driftline.collectors.vsphere.decode import END_OF_ENVELOPE, HEAD_BYTES, Note, V, decode_object, mend, xsi_type
from driftline.collectors.vsphere.event_types import EVENT_TYPES, SESSION_EVENTS
from driftline.collectors.vsphere.talk import Faulted, Talk, closing
from driftline.graph.model.observed import Clock, FeedCoverage, Gap
from driftline.graph.model.values import Ms, as_datetime, ms

MAX_PAGES = 1_000
_BEGINNING = (Asked.COLLECTOR, Asked.REWIND)
TYPES = (*EVENT_TYPES, *SESSION_EVENTS)


def instant(body: bytes) -> datetime | None:
    """The server's time in its answer to ``CurrentTime``."""
    try:
        found = datetime.fromisoformat(soap.returned_text(body))
    except ValueError:
        return None
    return found if found.tzinfo else None


async def capture(talk: Talk, cursor: str, now: datetime) -> None:
    """Ask for all events since the cursor, less an overlap; without a cursor, for those of the overlap."""
    place = _place(cursor)
    begin = (
        as_datetime(Ms(place[0] - OVERLAP_MS)) if place else now.astimezone(UTC) - timedelta(milliseconds=OVERLAP_MS)
    )
    try:
        collector = soap.returned_text((await talk.ask(talk.requests.event_collector(TYPES, begin))).body)
        async with closing(talk, talk.requests.drop_collector(collector)):
            await talk.ask(talk.requests.rewind(collector))
            for _ in range(MAX_PAGES):
                reply = await talk.ask(talk.requests.events(collector))
                if b"returnval" not in reply.body:
                    return
    except Faulted:
        return


@dataclass(frozen=True, slots=True)
class Feed:
    """Raw events in order of time and key, what of them was odd, and for which time they are all there."""

    events: list[dict[str, Any]]
    notes: list[Note]
    coverage: FeedCoverage | None


def read_feed(capture: Capture, clock: Clock | None) -> Feed:
    """The events of a capture; ``coverage`` is ``None`` where they are not known to be all."""
    notes: list[Note] = []
    pages = [_page(capture.body(entry), notes) for entry in capture.named(Asked.EVENTS)]
    rows = {(event["createdTime"], event["key"]): event for page in pages for event in page or () if _whole(event)}
    events = [rows[place] for place in sorted(rows)]
    start = min((entry.start_ms for entry in capture.named(Asked.EVENTS)), default=0)
    begun = {entry.ask for entry in capture.named(*_BEGINNING) if _answered(capture.body(entry))}
    if begun != set(_BEGINNING) or None in pages or pages[-1:] != [[]] or clock is None:
        return Feed(events, notes, None)
    return Feed(events, notes, _coverage(events, capture.notes.get("cursor", ""), Ms(start + clock.offset_ms)))


def _coverage(events: list[dict[str, Any]], cursor: str, until: Ms) -> FeedCoverage:
    places = [(ms(event["createdTime"]), event["key"]) for event in events]
    place = _place(cursor)
    newest = max(places, default=None)
    after = place[0] if place else Ms(until - OVERLAP_MS)
    gaps: tuple[Gap, ...] = ()
    if place and place not in places:
        first = min((at for at, _ in places if at > after), default=until)
        gaps = (Gap(after, first, "the last event seen is no longer kept"),)
    left = f"{newest[0]}:{newest[1]}" if newest else cursor or f"{after}:"
    return FeedCoverage(after, max(until, after), gaps, left)


def _place(cursor: str) -> tuple[Ms, int] | None:
    at, _, key = cursor.partition(":")
    return (Ms(int(at)), int(key) if key.isdigit() else -1) if at.isdigit() else None


def _page(body: bytes, notes: list[Note]) -> list[dict[str, Any]] | None:
    """The events of one answer; ``None`` if it is no whole answer."""
    if not _answered(body):
        return None
    for repaired in (bytes, mend):
        with suppress(etree.XMLSyntaxError):
            return list(_events(repaired(body), notes))
        notes.append(Note("characters", "not XML, replaced", lost=False))
    return None


def _events(body: bytes, notes: list[Note]) -> Iterator[dict[str, Any]]:
    for _, element in etree.iterparse(
        io.BytesIO(body), events=("end",), tag=V + "returnval", resolve_entities=False, no_network=True
    ):
        yield decode_object(element, xsi_type(element), notes)
        element.clear()


def _answered(body: bytes) -> bool:
    return soap.fault_of(body) is None and END_OF_ENVELOPE.search(body[-HEAD_BYTES:]) is not None


def _whole(event: dict[str, Any]) -> bool:
    """Whether an event can be placed and is of a type that was asked for: some servers do not filter."""
    return (
        isinstance(event.get("createdTime"), datetime) and isinstance(event.get("key"), int) and event["_type"] in TYPES
    )
