"""The store's own row: schema, time line, and who may write. One writer at a time, by lease and fence.

A lease ends with its holder, by its time (120 s after the last batch, by the server's clock), or because the holder is
known to be dead. The fence makes the rest safe: it is read under the write lock of the transaction that writes, so a
writer that slept through its lease cannot write.
"""

from __future__ import annotations

import json
import os
import secrets
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from neo4j import Transaction

from driftline.graph.errors import StoreDamaged, StoreLocked
from driftline.graph.model.values import Micros
from driftline.graph.neo4j import statements
from driftline.graph.neo4j.server import Asks, one, run
from driftline.graph.store import Fence

LEASE_MS: Final = 120_000


@dataclass(frozen=True, slots=True)
class Book:
    """The row as it was read. ``until_ms`` and ``now_ms`` are the server's clock.

    ``fields`` lists, per kind of record, the fields of its body that are properties too.
    """

    schema: int
    at: Micros
    fence: Fence
    holder: str | None
    held_by: str | None
    until_ms: int
    now_ms: int
    loading: bool
    fields: Mapping[str, Sequence[str]]

    @property
    def seconds_left(self) -> int:
        """How long the lease lasts if its holder does nothing more."""
        return max(0, (self.until_ms - self.now_ms + 999) // 1000)


def read(tx: Asks) -> Book:
    """The book as it is."""
    return _book(run(tx, statements.BOOK))


def lock(tx: Transaction) -> Book:
    """The book as it stays until the transaction ends: waits for the writer that has it now."""
    return _book(run(tx, statements.LOCK))


def note(tx: Transaction, **values: Any) -> None:  # noqa: ANN401 -- properties of a row
    """Write properties of the book; None removes one."""
    one(tx, statements.NOTE, values=values)


def take(tx: Transaction, holder: str, identity: str, place: str) -> Fence:
    """Take the lease with the next fence.

    Raises:
        StoreLocked: a living writer holds it.
    """
    book = lock(tx)
    if book.holder is not None and book.seconds_left and book.held_by != identity and not _dead(book.held_by):
        raise StoreLocked(
            f"{place} is being written by {book.holder} ({book.held_by}); wait for it or end it; "
            f"if it is dead, the store is free in {book.seconds_left} s"
        )
    fence = Fence(book.fence.epoch, book.fence.number + 1)
    note(tx, number=fence.number, holder=holder, held_by=identity, until=book.now_ms + LEASE_MS)
    return fence


def release(tx: Transaction, fence: Fence) -> None:
    """Give the lease back, unless somebody else has it by now."""
    if lock(tx).fence == fence:
        note(tx, holder=None, held_by=None, until=None)


def own_identity() -> str:
    """Name of this opened store, unlike any other: host, process, and a number drawn now."""
    return f"{socket.gethostname()}/{os.getpid()}/{secrets.token_hex(4)}"


def _dead(identity: str | None) -> bool:
    """Whether the holder was a process of this host that runs no more."""
    host, _, rest = (identity or "").partition("/")
    pid = rest.partition("/")[0]
    if host != socket.gethostname() or not pid.isdigit():
        return False
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _book(row: Sequence[Any]) -> Book:
    if not row:
        raise StoreDamaged("Neo4j: the store's own row is gone; somebody emptied the database, restore a backup")
    said, now_ms = row
    return Book(
        schema=said["schema"],
        at=Micros(said["at"]),
        fence=Fence(said["epoch"], said["number"]),
        holder=said.get("holder"),
        held_by=said.get("held_by"),
        until_ms=said.get("until", 0),
        now_ms=now_ms,
        loading=said.get("loading", False),
        fields=json.loads(said.get("fields", "{}")),
    )
