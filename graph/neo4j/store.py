"""A store in a Neo4j database. Import this module only to open one: it loads the driver."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from neo4j import Transaction

from driftline.graph.dump import dump
from driftline.graph.errors import FenceLost, StoreError, StoreLocked
from driftline.graph.model.facts import Past, Sighting
from driftline.graph.model.schema import Model
from driftline.graph.model.values import Key, Micros, Value
from driftline.graph.neo4j import book, exporting, finding, health, loading, preparing, reading, writing
from driftline.graph.neo4j.finding import Question
from driftline.graph.neo4j.server import Server
from driftline.graph.store import (
    Batch,
    Closure,
    Cond,
    Cursor,
    Direction,
    Family,
    Fence,
    Health,
    Limits,
    Link,
    Row,
    State,
    StoreRow,
)

Clock = Callable[[], Micros]


@dataclass(frozen=True, slots=True)
class Neo4jLease:
    """The right to write."""

    fence: Fence
    server: Server
    clock: Clock

    def now(self) -> Micros:
        """The clock, or one past the store's last instant."""
        return Micros(max(self.clock(), self.server.read(book.read).at + 1))


class Neo4jStore:
    """A memory on a server that others may query. See ``graph.store.Store`` for what each method answers.

    Neo4j has no snapshots: a question that runs while a batch is being committed may see a part of it. ``export`` does
    not, and a question at an instant that has passed sees the same whenever it is asked.
    """

    limits = Limits(batch_items=5_000, batch_links=15_000)

    def __init__(self, server: Server, model: Model, clock: Clock, identity: str) -> None:
        self.model = model
        self._server = server
        self._clock = clock
        self._identity = identity
        self._held: tuple[str, Fence] | None = None

    @classmethod
    def open(
        cls,
        url: str,
        user: str,
        password: str,
        model: Model,
        *,
        clock: Clock,
        owner: str | None = None,
        shared: bool = False,
        patience_seconds: float = 60.0,
    ) -> Self:
        """Connect, and declare whatever constraints and indexes the database lacks.

        A writer that was killed holds its lease for two minutes. ``owner`` names the only writer of an installation:
        what it held before, it takes again at once. Without it that is so for a dead process of the same host.
        ``shared`` allows a database with other people's data. ``patience_seconds``: how long to wait for a server that
        does not answer before ``StoreAway``.
        """
        server = Server(url, user, password, patience_seconds=patience_seconds)
        try:
            preparing.prepare(server, model, shared=shared)
        except BaseException:
            server.close()
            raise
        return cls(server, model, clock, owner or book.own_identity())

    def digests(self, source: str, keys: Sequence[Key]) -> dict[Key, Sighting]:
        """Sightings of live items by one source."""
        return self._server.read(lambda tx: reading.digests(tx, source, keys))

    def members(self, source: str, kind: str) -> Iterator[Sighting]:
        """Every live item of a kind that the source ever sighted; a page at a time."""
        after = ""
        while True:
            page, after = self._page(source, kind, after)
            yield from page
            if not after:
                return

    def sightings(self, keys: Sequence[Key]) -> dict[Key, tuple[Sighting, ...]]:
        """All sources' sightings of items."""
        return self._server.read(lambda tx: reading.sightings(tx, keys))

    def read(self, keys: Sequence[Key], *, at: Micros | None = None) -> dict[Key, State]:
        """Items."""
        return self._server.read(lambda tx: reading.read(tx, keys, at))

    def links(
        self,
        keys: Sequence[Key],
        direction: Direction,
        types: Sequence[str] = (),
        *,
        source: str | None = None,
        at: Micros | None = None,
    ) -> list[Link]:
        """Links of items."""
        return self._server.read(lambda tx: reading.links(tx, self.model, keys, direction, types, source, at))

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
        return self._server.read(lambda tx: reading.closure(tx, self.model, start, direction, types, depth, at, limit))

    def revisions(
        self,
        keys: Sequence[Key],
        *,
        attr: str | None = None,
        since: Micros | None = None,
        until: Micros | None = None,
    ) -> list[Past]:
        """Past values."""
        return self._server.read(lambda tx: reading.revisions(tx, keys, attr, since, until))

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
        """Records, or live items of a kind."""
        question = Question(kind, where, known_at, order, after, descending=descending)
        return self._server.read(lambda tx: finding.find(tx, self.model, question, limit))

    def count(
        self, kind: str, by: str | None = None, where: Sequence[Cond] = (), *, known_at: Micros | None = None
    ) -> dict[Value, int]:
        """How many."""
        return self._server.read(lambda tx: finding.count(tx, self.model, Question(kind, where, known_at), by))

    def persons(self, pseudonyms: Sequence[str]) -> dict[str, dict[str, str]]:
        """Personal fields."""
        return self._server.read(lambda tx: reading.persons(tx, pseudonyms))

    def export(self, families: Sequence[Family] = tuple(Family), *, at: Micros | None = None) -> Iterator[StoreRow]:
        """Everything; writers wait while it is read into a temporary file."""
        return exporting.export(self._server, self.model, families, at)

    @contextmanager
    def lease(self, owner: str) -> Iterator[Neo4jLease]:
        """Become the one writer; every batch makes the lease last two minutes more."""
        if self._held:
            raise StoreLocked(f"{self._server.place} is being written by {self._held[0]} in this process; wait for it")
        fence = self._server.write(lambda tx: book.take(tx, owner, self._identity, self._server.place))
        self._held = (owner, fence)
        try:
            yield Neo4jLease(fence, self._server, self._clock)
        finally:
            self._held = None
            with suppress(StoreError):  # a lease that cannot be given back ends by itself
                self._server.write(lambda tx: book.release(tx, fence), patient=False)

    def apply(self, batch: Batch) -> bool:
        """Write the batch; done again under its id if the answer is lost, for as long as patience lasts."""
        if self._held is None or self._held[1] != batch.fence:
            raise FenceLost(f"batch {batch.id}: this process has no lease with its fence; stop writing")
        sent = False

        def work(tx: Transaction) -> bool:
            nonlocal sent
            written = writing.apply(tx, self.model, batch) or sent
            sent = True
            return written

        return self._server.write(work)

    def load(self, rows: Iterable[StoreRow]) -> None:
        """Fill an empty store."""
        loading.load(self._server, self.model, rows)

    def backup(self, to: Path) -> None:
        """Write a dump; ``load`` takes it into an empty store of either kind. An existing file is not touched."""
        part = to.with_name(f"{to.name}.part")
        with part.open("x", encoding="utf-8", newline="\n") as file:
            part.chmod(0o600)
            file.writelines(dump(self))
            file.flush()
            os.fsync(file.fileno())
        part.rename(to)

    def migrate(self) -> int:
        """Declare what is missing; there is one version of the schema so far."""
        version = self._server.read(book.read).schema
        preparing.define(self._server, self.model)
        return version

    def health(self) -> Health:
        """Check and describe the store."""
        return health.health(self._server, self.model)

    def close(self) -> None:
        """Close all connections."""
        self._server.close()

    def _page(self, source: str, kind: str, after: str) -> tuple[list[Sighting], str]:
        return self._server.read(lambda tx: reading.members(tx, source, kind, after))
