"""Connections to the file, set up alike, and SQLite's errors in our words.

SQLite 3.7.0 to 3.51.2 can lose a commit when one connection resets the WAL while another begins a checkpoint. No
connection checkpoints by itself here, and only the holder of the lease does so at all: the race cannot happen.
"""

from __future__ import annotations

import errno
from collections import deque
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from driftline.graph.errors import Conflict, StoreAway, StoreDamaged, StoreError, StoreFull, StoreLocked

try:  # the wheel brings a newer SQLite than most systems have
    import pysqlite3 as sqlite3
except ImportError:
    import sqlite3

__all__ = [
    "Connection",
    "Readers",
    "connect",
    "in_our_words",
    "sqlite3",
    "transaction",
    "version",
    "writer",
]

Connection = Any
"""A connection of either library; ``pysqlite3`` ships no types."""

OLDEST = (3, 38, 0)
"""The first with ``->>`` and ``RETURNING``."""

SAFE = (3, 51, 3)
"""The first without the lost commit; older ones are fine under our lease, not with foreign programs on the file."""

PATIENCE_SECONDS = 30
"""How long a foreign program may hold the file before we give up."""

PRAGMAS = (
    "PRAGMA synchronous = FULL",
    "PRAGMA wal_autocheckpoint = 0",
    "PRAGMA foreign_keys = ON",
    "PRAGMA mmap_size = 1073741824",
    "PRAGMA cache_size = -65536",
)

SAYS: tuple[tuple[str, type[StoreError], str], ...] = (
    ("disk is full", StoreFull, "no space left, nothing was written; make room and go on"),
    ("readonly database", StoreFull, "cannot be written; check the rights of the file and its folder"),
    ("is locked", StoreLocked, "another program holds it; end that program"),
    ("not a database", StoreDamaged, "is not a store; restore a backup"),
    ("malformed", StoreDamaged, "is damaged; restore a backup"),
    ("disk I/O error", StoreDamaged, "the disk fails; check the disk, then restore a backup"),
    ("unable to open", StoreAway, "cannot be opened; check the path and its rights"),
    ("no such", StoreError, "was made for an older model; open it once for writing"),
)


def version() -> tuple[int, ...]:
    """Version of the SQLite in use."""
    return tuple(int(part) for part in sqlite3.sqlite_version.split("."))


def connect(path: Path, *, read_only: bool) -> Connection:
    """Open the file; a writing connection brings it into WAL mode."""
    if version() < OLDEST:
        raise StoreError(
            f"{path}: SQLite {sqlite3.sqlite_version} is too old; install pysqlite3-binary, or 3.38 or newer"
        )
    mode = "ro" if read_only else "rw"
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=PATIENCE_SECONDS,
    )
    for pragma in PRAGMAS if read_only else ("PRAGMA journal_mode = WAL", *PRAGMAS):
        connection.execute(pragma)
    return connection


@contextmanager
def in_our_words(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ours: one line with what, where, and what to do."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise Conflict(f"{path}: {error}; read again and compare again") from error
    except sqlite3.Error as error:
        text = str(error)
        kind, advice = next(((kind, says) for part, kind, says in SAYS if part in text), (StoreError, text))
        raise kind(f"{path}: {advice}") from error
    except OSError as error:
        full = error.errno == errno.ENOSPC
        kind, advice = SAYS[0][1:] if full else (StoreAway, f"{error.strerror}; check the path and its rights")
        raise kind(f"{path}: {advice}") from error


@contextmanager
def transaction(connection: Connection) -> Iterator[Connection]:
    """Write all of the block or nothing."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has undone it already
            connection.execute("ROLLBACK")
        raise


@contextmanager
def writer(path: Path) -> Iterator[Connection]:
    """A connection for writing. At its end the log is emptied, unless somebody still reads in it."""
    with in_our_words(path):
        connection = connect(path, read_only=False)
    try:
        yield connection
    finally:
        with suppress(sqlite3.Error):  # nothing is lost: what is in the log is in the store
            connection.execute("PRAGMA busy_timeout = 0")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.close()


class Readers:
    """Connections for reading, one per question under way, kept open for the next."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._idle: deque[Connection] = deque()

    @contextmanager
    def one(self) -> Iterator[Connection]:
        """A connection that sees the store as it is at the first read, to the end of the block."""
        with in_our_words(self.path):
            try:
                connection = self._idle.pop()
            except IndexError:
                connection = connect(self.path, read_only=True)
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.rollback()
                self._idle.append(connection)

    @contextmanager
    def own(self) -> Iterator[Connection]:
        """The same on a connection of its own, for long reads."""
        with in_our_words(self.path), closing(connect(self.path, read_only=True)) as connection:
            connection.execute("BEGIN")
            yield connection

    def close(self) -> None:
        """Close what is idle."""
        while self._idle:
            self._idle.pop().close()
