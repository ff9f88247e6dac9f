"""The one door to the memory: what every store can be asked, the one way to write, and what can go wrong.

Stores take no decisions. A ``Batch`` says exactly which rows to write, history included, so two stores that applied the
same batches hold the same facts. ``at`` is the store's own time line: it rises strictly with every batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from driftline.graph.model.facts import Past, Sighting
from driftline.graph.model.schema import Model
from driftline.graph.model.values import Key, Micros, Value

SCHEMA = 1
"""Version of the tables and labels; a store of a newer version is refused."""


class StoreError(Exception):
    """Something about the store; the text says what, where, and what to do.

    StoreError
    ├── Conflict       our difference was stale: read again, compare again, never send again
    ├── FenceLost      another writer took over: stop writing
    ├── StoreLocked    another writer holds the store: wait, or end it
    ├── StoreFull      no space left; nothing was written
    ├── StoreAway      no answer, outcome unknown: send the same batch again
    ├── StoreDamaged   the file or database cannot be trusted: restore a backup
    ├── StoreNewer     written by a newer driftline: upgrade
    ├── StoreForeign   holds something that is not ours
    └── Undeclared     a filter or order on a field that declares no access path
    """


class Conflict(StoreError):
    """The batch contradicts what is stored; nothing was written."""


class FenceLost(StoreError):
    """A newer lease exists; nothing was written."""


class StoreLocked(StoreError):
    """Another writer holds the lease."""


class StoreFull(StoreError):
    """No space; nothing was written."""


class StoreAway(StoreError):
    """The store did not answer; a batch under way may or may not be in."""


class StoreDamaged(StoreError):
    """The store fails its own checks."""


class StoreNewer(StoreError):
    """The store's schema is newer than this program."""


class StoreForeign(StoreError):
    """The database holds data that driftline did not write."""


class Undeclared(StoreError):
    """No declared access path serves this filter or order."""


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
    """A record to write: a new id, or a new revision of it. ``overwrite`` keeps no old revision (read times)."""

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
    ``sighted`` writes whole rows; ``tombstone`` ends items (their links must be in ``close``).
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
    """A link with the sources that say it and the instant since which one does."""

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
    """A condition on one declared field; several are joined by "and". ``id`` is always declared."""

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
    """Families of rows, in the order in which they are exported and loaded."""

    ITEM = "item"
    PAST = "past"
    SIGHTING = "sighting"
    LINK = "link"
    LINK_PAST = "link_past"
    RECORD = "record"
    RECORD_PAST = "record_past"
    PERSON = "person"
    BATCH = "batch"
    BOOK = "book"


FACTS: tuple[Family, ...] = tuple(f for f in Family if f not in {Family.BATCH, Family.BOOK})
"""The families that are facts about the estate; books and batches are about the store."""


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
    """Facts for ``driftline db info`` and ``driftline doctor``."""

    kind: str
    version: str
    place: str
    schema: int
    at: Micros
    counts: Mapping[str, int]
    bytes: int | None
    warnings: tuple[str, ...] = field(default=())


class Store(Protocol):
    """A memory. Methods are synchronous, take many keys, and cost O(1) round trips."""

    model: Model
    limits: Limits

    # reading: current unless ``at`` or ``known_at`` is given
    def digests(self, source: str, keys: Sequence[Key]) -> dict[Key, Sighting]:
        """Sightings of live items by one source, without ``said``."""

    def members(self, source: str, kind: str) -> Iterator[Sighting]:
        """Every live item of a kind that the source ever sighted, ordered by key; streamed."""

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
        """Links of items, one row per (src, type, dst), ordered; with ``source`` only what that source says."""

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
        """Everything reached by up to ``depth`` (at most 16) links; the first ``limit`` by (depth, key)."""

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
        after: Cursor | None = None,
        limit: int = 1_000,
        known_at: Micros | None = None,
    ) -> list[Row]:
        """Records, or live items of a kind, by declared fields; ordered by one field, ties by id.

        Of an item ``key`` and its title attribute are declared. A reference field is filtered by the id it names.
        """

    def count(
        self, kind: str, by: str | None = None, where: Sequence[Cond] = (), *, known_at: Micros | None = None
    ) -> dict[Value, int]:
        """How many, by the values of one declared field (or under ``None`` in all)."""

    def persons(self, pseudonyms: Sequence[str]) -> dict[str, dict[str, str]]:
        """Personal fields by pseudonym."""

    def export(self, families: Sequence[Family] = tuple(Family), *, at: Micros | None = None) -> Iterator[StoreRow]:
        """Everything, consistent and streamed, in a fixed order."""

    # writing
    def lease(self, owner: str) -> AbstractContextManager[Lease]:
        """Become the one writer. Raises StoreLocked with the holder's name."""

    def apply(self, batch: Batch) -> bool:
        """Write the batch whole or not at all; False: this id is in already."""

    # keeping
    def load(self, rows: Iterable[StoreRow]) -> None:
        """Fill an empty store from an export, keeping all times."""

    def backup(self, to: Path) -> None:
        """Write a consistent copy of the store to a new file."""

    def migrate(self) -> int:
        """Bring the tables to ``SCHEMA``; returns the version it had."""

    def health(self) -> Health:
        """Check and describe the store."""

    def close(self) -> None:
        """Release files and connections."""
