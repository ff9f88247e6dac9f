"""What a visit yields: parts in a stream, items of a source first, coverage last.

"Said nothing" and "not read" are different things. A field that is ``None`` inside a complete group was removed;
a field named by ``Withheld`` was not shown, keeps its last value and makes no change (decision D1).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from driftline.graph.model.declare import Item, Ref
from driftline.graph.model.values import Ms

ALL: Final = "*"
"""Stands for every field of an item."""

MEMBERSHIP: Final = "membership"
"""The coverage group that says which items exist, apart from what they say about themselves."""

MAX_EXCEPTIONS: Final = 1_000


class Status(StrEnum):
    """How far a scope was read."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Withheld:
    """Fields of one item that the source did not show, and why (``NoPermission``, ``stopped``, ``not asked``)."""

    item: Ref
    fields: tuple[str, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Link:
    """A link between items that other sources describe, for example who owns a machine. It belongs to this source.

    An item that this source itself describes names its links in its own fields.
    """

    src: Ref
    type: str
    dst: Ref


@dataclass(frozen=True, slots=True)
class Unread:
    """Something seen and not understood: which ask, which place in its reply, why. Nothing is lost in silence."""

    ask: str
    place: str
    why: str


@dataclass(frozen=True, slots=True)
class Coverage:
    """How completely one kind's group of fields was read in this visit. ``membership`` says which items exist.

    ``count`` is the number of items read; times are the collector's clock.
    """

    kind: str
    group: str
    status: Status
    count: int
    read_start_ms: Ms
    read_end_ms: Ms
    errors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of time for which an event feed is known to be incomplete: (after, until]."""

    after_ms: Ms
    until_ms: Ms
    why: str


@dataclass(frozen=True, slots=True)
class FeedCoverage:
    """For which time (after, until] the source's events were read, and where it has holes. ``None`` feed = not read."""

    after_ms: Ms
    until_ms: Ms
    gaps: tuple[Gap, ...] = ()
    cursor: str = ""


class Act(StrEnum):
    """What an event says was done to its item."""

    CHANGED = "changed"
    CREATED = "created"
    REMOVED = "removed"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Named:
    """A path that an event names, with the values it gives (``None`` = not given)."""

    path: str
    old: str | None = None
    new: str | None = None


@dataclass(frozen=True, slots=True)
class Event:
    """A line of a source's own log about one item: who did what, when (evidence grade A).

    ``names`` lists the paths it names (parsed fully); ``can_change`` the paths this type of event is able to change
    (``*`` for any); ``actor`` is the source's user name, empty for the system; ``human`` is the person behind a chain.
    ``session_ms``: it marks a session, and what was done in it was done within so long before or after.
    """

    id: str
    at_ms: Ms
    item: Ref
    type: str
    act: Act
    actor: str = ""
    automatic: bool = False
    names: tuple[Named, ...] = ()
    typed: bool = False
    complete: bool = False
    can_change: tuple[str, ...] = ()
    tag: str = ""
    raw: str = ""
    session_ms: int = 0


@dataclass(frozen=True, slots=True)
class Stamp:
    """A device's own "last changed at" of one item (evidence grade B): dates only the latest change."""

    item: Ref
    at_ms: Ms
    fields: tuple[str, ...] = (ALL,)
    resolution_ms: int = 1


@dataclass(frozen=True, slots=True)
class Clock:
    """The source's clock against ours: source = ours + offset, known to within ``error_ms``."""

    offset_ms: int
    error_ms: int


@dataclass(frozen=True, slots=True)
class SourceIs:
    """Who answered: the stable identity behind the address (a vCenter by instanceUuid). First part of every stream.

    ``keys``: all that the source itself is known by, the strongest first, where one of them may fail it. It keeps the
    name that it had before, as long as they agree. A name begins with a scheme, up to a colon.
    """

    id: str
    item: Ref | None = None
    schema: int = 1
    keys: tuple[Ref, ...] = ()


Part = Item | Link | Withheld | Unread | Event | Stamp | Clock | FeedCoverage | Coverage | SourceIs


@dataclass(slots=True)
class Observation:
    """All parts of one visit, gathered by kind."""

    source: SourceIs | None = None
    items: list[Item] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    withheld: list[Withheld] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    stamps: list[Stamp] = field(default_factory=list)
    clock: Clock | None = None
    feed: FeedCoverage | None = None
    coverage: list[Coverage] = field(default_factory=list)

    @classmethod
    def gather(cls, parts: Iterable[Part]) -> Observation:
        """Sort a stream of parts into one observation."""
        seen = cls()
        shelves = {
            Link: seen.links,
            Withheld: seen.withheld,
            Unread: seen.unread,
            Event: seen.events,
            Stamp: seen.stamps,
            Coverage: seen.coverage,
        }
        for part in parts:
            if isinstance(part, Item):
                seen.items.append(part)
            elif isinstance(part, SourceIs):
                seen.source = part
            elif isinstance(part, Clock):
                seen.clock = part
            elif isinstance(part, FeedCoverage):
                seen.feed = part
            else:
                shelves[type(part)].append(part)  # type: ignore[attr-defined]  # each shelf holds its own type
        return seen
