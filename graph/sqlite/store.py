"""The store of one file: which connection answers what."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from driftline.graph.errors import FenceLost, StoreLocked, Undeclared
from driftline.graph.model.facts import Past, Sighting
from driftline.graph.model.schema import Model
from driftline.graph.model.values import Key, Micros, Value
from driftline.graph.sqlite import exporting, finding, keeping, loading, reading, writing
from driftline.graph.sqlite.connection import Connection, Readers, in_our_words, transaction, writer
from driftline.graph.sqlite.lease import SqliteLease, lock, next_fence
from driftline.graph.sqlite.statements import Place
from driftline.graph.store import (
    Batch,
    Closure,
    Cond,
    Cursor,
    Direction,
    Family,
    Health,
    Limits,
    Link,
    Row,
    State,
    StoreRow,
)

CHECKPOINT_EVERY = 20


class SqliteStore:
    """A memory in a file. Any number of threads may read through one store; one writes, under the lease."""

    def __init__(self, path: Path, model: Model, *, clock: Callable[[], Micros], read_only: bool) -> None:
        self.path, self.model, self.clock, self.read_only = path, model, clock, read_only
        self.limits = Limits(batch_items=5_000, batch_links=15_000)
        self._readers = Readers(path)
        self._lease: SqliteLease | None = None
        self._batches = 0
        self._writing = Lock()

    @classmethod
    def open(cls, path: Path, model: Model, *, clock: Callable[[], Micros], read_only: bool = False) -> SqliteStore:
        """Open the file; unless ``read_only``, make it and the tables that the model wants.

        Raises:
            StoreDamaged: a broken file, or the half of a copy.
            StoreNewer, StoreForeign, StoreFull, StoreAway: as they say.
        """
        with in_our_words(path):
            if read_only:
                keeping.check(path)
            else:
                keeping.prepare(path, model)
        return cls(path, model, clock=clock, read_only=read_only)

    def digests(self, source: str, keys: Sequence[Key]) -> dict[Key, Sighting]:
        """Sightings of live items by one source, without ``said``."""
        with self._readers.one() as connection:
            return reading.digests(connection, source, keys)

    def members(self, source: str, kind: str) -> Iterator[Sighting]:
        """Every live item of a kind that the source ever sighted, ordered by key, without ``said``; streamed."""
        with self._readers.one() as connection:
            yield from reading.members(connection, source, kind)

    def sightings(self, keys: Sequence[Key]) -> dict[Key, tuple[Sighting, ...]]:
        """All sources' sightings of items."""
        with self._readers.one() as connection:
            return reading.sightings(connection, keys)

    def read(self, keys: Sequence[Key], *, at: Micros | None = None) -> dict[Key, State]:
        """Items now, or as they were at an instant."""
        with self._readers.one() as connection:
            return reading.read(connection, keys, at)

    def links(
        self,
        keys: Sequence[Key],
        direction: Direction,
        types: Sequence[str] = (),
        *,
        source: str | None = None,
        at: Micros | None = None,
    ) -> list[Link]:
        """Links of items, collapsed over sources."""
        self._declared(types)
        with self._readers.one() as connection:
            return reading.collapsed(reading.link_rows(connection, keys, direction, types, source=source, at=at))

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
        """Everything reached."""
        self._declared(types)
        with self._readers.one() as connection:
            return reading.closure(connection, start, direction, types, depth=depth, at=at, limit=limit)

    def revisions(
        self,
        keys: Sequence[Key],
        *,
        attr: str | None = None,
        since: Micros | None = None,
        until: Micros | None = None,
    ) -> list[Past]:
        """Past values."""
        with self._readers.one() as connection:
            return reading.revisions(connection, keys, attr, since, until)

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
        """Records or live items."""
        with self._readers.one() as connection:
            place = Place(order, after, descending=descending)
            return finding.find(connection, self.model, kind, where, place, limit=limit, known_at=known_at)

    def count(
        self, kind: str, by: str | None = None, where: Sequence[Cond] = (), *, known_at: Micros | None = None
    ) -> dict[Value, int]:
        """How many records or live items."""
        with self._readers.one() as connection:
            return finding.count(connection, self.model, kind, by, where, known_at=known_at)

    def persons(self, pseudonyms: Sequence[str]) -> dict[str, dict[str, str]]:
        """Personal fields by pseudonym."""
        with self._readers.one() as connection:
            return reading.persons(connection, pseudonyms)

    def export(self, families: Sequence[Family] = tuple(Family), *, at: Micros | None = None) -> Iterator[StoreRow]:
        """Everything, on a connection of its own."""
        with self._readers.own() as connection:
            yield from exporting.export(connection, self.model, families, at)

    @contextmanager
    def lease(self, owner: str) -> Iterator[SqliteLease]:
        """Become the one writer."""
        with self._writer(owner) as connection:
            with in_our_words(self.path):
                self._lease = SqliteLease(connection, self.clock, next_fence(connection))
            try:
                yield self._lease
            finally:
                self._lease = None

    def apply(self, batch: Batch) -> bool:
        """Write the batch whole or not at all."""
        if self._lease is None:
            raise FenceLost(f"batch {batch.id}: no lease is held on {self.path}; take one before writing")
        connection = self._lease.connection
        with self._writing, in_our_words(self.path):
            with transaction(connection):
                written = writing.write(connection, self.model, batch)
            self._batches += 1
            if self._batches % CHECKPOINT_EVERY == 0:
                connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
            return written

    def load(self, rows: Iterable[StoreRow]) -> None:
        """Fill an empty store."""
        with self._writer("load") as connection, in_our_words(self.path):
            loading.load(connection, self.model, rows, self.path)

    def backup(self, to: Path) -> None:
        """Write a consistent, checked copy to a new file."""
        with self._readers.own() as connection, in_our_words(to):
            keeping.backup(connection, to)

    def migrate(self) -> int:
        """Bring the tables to ``SCHEMA``; returns the version it had."""
        with self._writer("migrate") as connection, in_our_words(self.path):
            return keeping.migrate(connection, self.path)

    def health(self) -> Health:
        """Check and describe the store."""
        with self._readers.own() as connection:
            return keeping.health(connection, self.model, self.path)

    def close(self) -> None:
        """Close the connections."""
        self._readers.close()

    @contextmanager
    def _writer(self, owner: str) -> Iterator[Connection]:
        if self.read_only:
            raise StoreLocked(f"{self.path}: is open for reading only; open it for writing")
        with lock(self.path, owner), writer(self.path) as connection:
            yield connection

    def _declared(self, types: Sequence[str]) -> None:
        if unknown := set(types) - self.model.links.keys():
            raise Undeclared(f"no such type of link: {', '.join(sorted(unknown))}; types are declared in the model")
