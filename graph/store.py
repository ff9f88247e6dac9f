"""The one door to the memory: what every store can be asked, and the one way to write. Errors: ``graph.errors``.

Stores take no decisions. A ``Batch`` says exactly which rows to write, history included, so two stores that applied the
same batches hold the same facts. ``at`` is the store's own time line: it rises strictly with every batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from driftline.graph.model.facts import Past, Sighting
from driftline.graph.model.schema import Model
from driftline.graph.model.values import Key, Micros, Value

SCHEMA = 1
"""Version of the tables and labels; a store of a newer version is refused."""


@dataclass(frozen=True, slots=True, order=True)
class Fence:
    """Number of a lease; a higher one outdates all lower ones."""

    epoch: int
    number: int


class Lease(Protocol):
    """The right to write, for as long as nobody holds a higher fence."""

    @property
    def fence(self) -> Fence:
        """Number of this lease."""

    def now(self) -> Micros:
        """Next instant of the store's time line: the clock, or one past the last ``at``."""


@dataclass(frozen=True, slots=True)
class NewItem:
    """A CI that did not exist. Its birth writes no history."""

    key: Key
    kind: str
    attrs: Mapping[str, Value]
    source: str


@dataclass(frozen=True, slots=True)
class PastValue:
    """A value that ends with this batch."""

    attr: str
    value: Value
    source: str
    since: Micros


@dataclass(frozen=True, slots=True)
class ItemChange:
    """New values of an item (``None`` removes), its whole new ``meta``, and the values that become past.

    ``meta`` gives (since, source) for attributes that differ from the item's own (created, source).
    """

    key: Key
    attrs: Mapping[str, Value]
    meta: Mapping[str, tuple[Micros, str]]
    past: tuple[PastValue, ...]


@dataclass(frozen=True, slots=True, order=True)
class LinkId:
    """One link as one source says it."""

    src: Key
    type: str
    dst: Key
    source: str


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A record to write: a new id, or a new revision of it.

    ``overwrite`` puts the body into the newest revision and keeps its ``recorded``: for read times, which are no news.
    """

    kind: str
    id: str
    body: Mapping[str, Any]
    overwrite: bool = False


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A personal field, kept apart from items, history and digests (decision D26). ``None`` erases it."""

    pseudonym: str
    field: str
    value: str | None


@dataclass(frozen=True, slots=True)
class Batch:
    """One atomic, idempotent write. Sending an id again does nothing.

    Order of effect: create, change, revive, tombstone, sighted, unsighted, close, open, records, references.
    ``sighted`` writes whole rows; ``tombstone`` ends items (their links must be in ``close``). Reviving writes the gap
    to the past: attribute ``GAP``, value True, the batch's source and run, since the end, until ``at``.

    Whatever does not fit is a ``Conflict`` of the whole batch: ``at`` not after the last one; an item created twice; an
    unknown item changed, revived, ended or sighted (also under another kind), a living one revived, an ended one ended;
    a sighting removed or a link closed that is not there; a link opened twice, or with an end that does not live; an
    ended item that keeps a link; a record twice; a reference to nothing (ended items may be referred to).
    """

    id: str
    at: Micros
    run: str
    source: str
    fence: Fence
    create: tuple[NewItem, ...] = ()
    change: tuple[ItemChange, ...] = ()
    revive: tuple[Key, ...] = ()
    tombstone: tuple[Key, ...] = ()
    sighted: tuple[Sighting, ...] = ()
    unsighted: tuple[tuple[str, Key], ...] = ()
    close: tuple[LinkId, ...] = ()
    open: tuple[LinkId, ...] = ()
    records: tuple[RecordRow, ...] = ()
    persons: tuple[PersonRow, ...] = ()


GAP = "_deleted"
"""Attribute under which the past keeps the time in which an item did not exist."""


class Direction(StrEnum):
    """Along a link (to the supplier) or against it (to the dependents)."""

    OUT = "out"
    IN = "in"


@dataclass(frozen=True, slots=True)
class State:
    """An item now or at an instant: values merged over its sources."""

    key: Key
    kind: str
    attrs: Mapping[str, Value]
    meta: Mapping[str, tuple[Micros, str]]
    source: str
    created: Micros
    deleted: Micros | None


@dataclass(frozen=True, slots=True)
class Link:
    """A link with the sources that say it, sorted, and the earliest ``since`` among their rows."""

    src: Key
    type: str
    dst: Key
    sources: tuple[str, ...]
    since: Micros


@dataclass(frozen=True, slots=True)
class Closure:
    """Everything reached, with its least distance from a start; ``truncated`` if the limit cut it."""

    depth: Mapping[Key, int]
    truncated: bool


class Compare(StrEnum):
    """Comparison of a declared field with a value."""

    EQ = "="
    NE = "!="
    LT = "<"
    LE = "<="
    GT = ">"
    GE = ">="
    IN = "in"


@dataclass(frozen=True, slots=True)
class Cond:
    """A condition on one declared field; several are joined by "and". ``id`` is always declared.

    A record that does not say the field meets no condition on it. A reference to many is met (``=``, ``in``) by any one
    of its ids. The value has the declared type of the field; for ``in`` it is a sequence of such.
    """

    field: str
    op: Compare
    value: Any


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the page before ended: the order field's value and the id."""

    value: Any
    id: str


@dataclass(frozen=True, slots=True)
class Row:
    """A record or item found: id (a CI's key), body (an item's values), the instant it was recorded."""

    kind: str
    id: str
    body: Mapping[str, Any]
    recorded: Micros
    superseded: Micros | None = None


class Family(StrEnum):
    """Families of rows, in the order in which they are exported and loaded.

    Rows hold JSON values under these names and come sorted by those before the bar, texts by code point.
    """

    ITEM = "item"  # key | kind, attrs, meta ({attr: [since, source]}), source, created, deleted
    PAST = "past"  # ci, attr, since | until, value, source, run
    SIGHTING = "sighting"  # source, ci | kind, digest, links, missed, missed_since_ms, said
    LINK = "link"  # src, type, dst, source | since
    LINK_PAST = "link_past"  # src, type, dst, source, since | until
    RECORD = "record"  # kind, id | body, recorded
    RECORD_PAST = "record_past"  # kind, id, recorded | body, superseded
    PERSON = "person"  # pseudonym, field | value
    BATCH = "batch"  # id | at, run
    BOOK = "book"  # one row: schema, at, epoch, number (of the last fence)


FACTS: tuple[Family, ...] = tuple(f for f in Family if f not in {Family.BATCH, Family.BOOK})
"""The families that are facts about the estate; books and batches are about the store."""

ESTATE: tuple[Family, ...] = (Family.ITEM, Family.LINK, Family.RECORD)
"""The families that can be exported as they were at an instant."""


@dataclass(frozen=True, slots=True)
class StoreRow:
    """One exported row. Rows of a family come in a fixed order, so equal stores give equal exports."""

    family: Family
    row: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the store wants of its callers."""

    batch_items: int
    batch_links: int


@dataclass(frozen=True, slots=True)
class Health:
    """Facts for ``driftline db info`` and ``driftline doctor``. ``counts`` has every family and record kind."""

    kind: str
    version: str
    place: str
    schema: int
    at: Micros
    counts: Mapping[str, int]
    bytes: int | None
    warnings: tuple[str, ...] = ()


class Store(Protocol):
    """A memory. Methods are synchronous, take many keys, and cost O(1) round trips."""

    model: Model
    limits: Limits

    # reading: current unless ``at`` or ``known_at`` is given
    def digests(self, source: str, keys: Sequence[Key]) -> dict[Key, Sighting]:
        """Sightings of live items by one source, without ``said``."""

    def members(self, source: str, kind: str) -> Iterator[Sighting]:
        """Every live item of a kind that the source ever sighted, ordered by key, without ``said``; streamed."""

    def sightings(self, keys: Sequence[Key]) -> dict[Key, tuple[Sighting, ...]]:
        """All sources' sightings of items (ended ones too), ``said`` included, ordered by source."""

    def read(self, keys: Sequence[Key], *, at: Micros | None = None) -> dict[Key, State]:
        """Items, ended ones included when ``at`` is None; at an instant only those that existed then."""

    def links(
        self,
        keys: Sequence[Key],
        direction: Direction,
        types: Sequence[str] = (),
        *,
        source: str | None = None,
        at: Micros | None = None,
    ) -> list[Link]:
        """Links of items, one row per (src, type, dst), ordered; with ``source`` only what that source says.

        Types are declared link types, else ``Undeclared``; none means all. The same holds for ``closure``.
        """

    def closure(
        self,
        start: Sequence[Key],
        direction: Direction,
        types: Sequence[str] = (),
        *,
        depth: int = 6,
        at: Micros | None = None,
        limit: int = 10_000,
    ) -> Closure:
        """Everything reached by up to ``depth`` (at most 16) links; the first ``limit`` by (depth, key).

        Starts are at depth 0; those that do not live at that instant are left out.
        """

    def revisions(
        self,
        keys: Sequence[Key],
        *,
        attr: str | None = None,
        since: Micros | None = None,
        until: Micros | None = None,
    ) -> list[Past]:
        """Past values that were true at some instant of [since, until), ordered by (ci, attr, since)."""

    def find(
        self,
        kind: str,
        where: Sequence[Cond] = (),
        *,
        order: str | None = None,
        descending: bool = False,
        after: Cursor | None = None,
        limit: int = 1_000,
        known_at: Micros | None = None,
    ) -> list[Row]:
        """Records, or live items of a kind, by declared fields; ordered by one field (none: id), ties by id.

        Records that do not say the field come first; ``descending`` is the same backwards. Of an item ``key`` and its
        title attribute are declared, and ``known_at`` is refused. A reference field is filtered by the id it names.
        What ``graph.access`` does not find served by a declared path is ``Undeclared``.
        """

    def count(
        self, kind: str, by: str | None = None, where: Sequence[Cond] = (), *, known_at: Micros | None = None
    ) -> dict[Value, int]:
        """How many, by the values of one declared field (or under ``None`` in all; 0 is not listed by value)."""

    def persons(self, pseudonyms: Sequence[str]) -> dict[str, dict[str, str]]:
        """Personal fields by pseudonym."""

    def export(self, families: Sequence[Family] = tuple(Family), *, at: Micros | None = None) -> Iterator[StoreRow]:
        """Everything, consistent and streamed, in a fixed order.

        ``at`` gives the ``ESTATE`` families as they were then (records as known then) and leaves out the others.
        """

    # writing
    def lease(self, owner: str) -> AbstractContextManager[Lease]:
        """Become the one writer, with the next fence. Raises StoreLocked with the holder's name."""

    def apply(self, batch: Batch) -> bool:
        """Write the batch whole or not at all; False: this id is in already.

        Looks first at the fence (``FenceLost``: not the newest, or no lease is held here), then at the id.
        """

    # keeping
    def load(self, rows: Iterable[StoreRow]) -> None:
        """Fill an empty store from an export, keeping all times; a store that holds anything is a ``Conflict``.

        The book's row comes last and completes it, if need be in a second call. Until then ``open`` refuses the store
        as ``StoreDamaged``.
        """

    def backup(self, to: Path) -> None:
        """Write a consistent copy of the store to a new file."""

    def migrate(self) -> int:
        """Bring the tables to ``SCHEMA``; returns the version it had."""

    def health(self) -> Health:
        """Check and describe the store."""

    def close(self) -> None:
        """Release files and connections."""
