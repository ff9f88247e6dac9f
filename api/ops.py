"""The book of the schedule, ``ops.db``: every due time of every target stands in exactly one row (decision D31).

A file beside the store, because it must be there before the store and says nothing about the estate. One process
writes; it holds the lock of the schedule.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from driftline.api.beat import Beat
from driftline.graph.errors import StoreDamaged, StoreFull, StoreLocked
from driftline.graph.model.values import Ms

TABLES = """
CREATE TABLE IF NOT EXISTS slot (
    target TEXT NOT NULL, first_ms INTEGER NOT NULL, last_ms INTEGER NOT NULL, count INTEGER NOT NULL,
    state TEXT NOT NULL, reason TEXT NOT NULL DEFAULT '', run TEXT, began_ms INTEGER, ended_ms INTEGER,
    PRIMARY KEY (target, first_ms)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS owner (source TEXT PRIMARY KEY, target TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refusal (target TEXT PRIMARY KEY, terms TEXT NOT NULL, at_ms INTEGER NOT NULL) WITHOUT ROWID;
"""
PEERS = """
CREATE TABLE IF NOT EXISTS peer (
    target TEXT PRIMARY KEY, address TEXT NOT NULL, engine_id TEXT NOT NULL, learned TEXT NOT NULL
) WITHOUT ROWID
"""
PATIENCE_SECONDS = 10
OPEN = "('queued', 'running')"


class State(StrEnum):
    """What became of a due time."""

    QUEUED = "queued"
    RUNNING = "running"
    COMPLETE = "complete"
    PARTIAL = "partial"
    FAILED = "failed"
    REFUSED = "refused"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"
    MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Slot:
    """One due time, or several in a row that were missed together."""

    target: str
    first_ms: Ms
    last_ms: Ms
    count: int
    state: State
    reason: str = ""
    run: str | None = None
    began_ms: Ms | None = None
    ended_ms: Ms | None = None


class Ops:
    """The book, open."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    @classmethod
    @contextmanager
    def open(cls, path: Path) -> Iterator[Ops]:
        """Open the book and hold the lock of the schedule for the block.

        Raises:
            StoreLocked: another process runs the schedule.
            StoreDamaged: the file is not a book.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        with _lock(path), closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as connection:
            with _in_our_words(path):
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                connection.executescript(TABLES)
            yield cls(connection)

    def due(self, target: str, beat: Beat, now_ms: Ms, *, refused: str = "") -> Slot | None:
        """Take the due time that has come, if it was not taken before; what was missed before it is noted.

        ``refused``: why the target is not to be asked; its due time is noted as that.
        """
        with self._transaction():
            due = beat.last(now_ms)
            last = self._last(target)
            if last is not None and last >= due:
                return None
            if last is not None:
                self._miss(target, beat, last, due)
            running = self._open(target)
            if running is not None:
                self._insert(Slot(target, due, due, 1, State.SKIPPED, f"still running since {running}"))
                return None
            state = State.REFUSED if refused else State.QUEUED
            slot = Slot(target, due, due, 1, state, refused, f"{target}@{due}")
            self._insert(slot)
            return None if refused else slot

    def out_of_turn(self, target: str, now_ms: Ms) -> Slot | None:
        """Take a visit out of turn; ``None``: the target is being visited, or was taken at this very instant."""
        with self._transaction():
            last = self._last(target)
            if self._open(target) is not None or (last is not None and last >= now_ms):
                return None
            slot = Slot(target, now_ms, now_ms, 1, State.QUEUED, "asked for by a message", f"{target}@{now_ms}")
            self._insert(slot)
            return slot

    def begin(self, slot: Slot, now_ms: Ms) -> None:
        """The visit of a due time begins."""
        self._connection.execute(
            "UPDATE slot SET state = 'running', began_ms = ? WHERE target = ? AND first_ms = ?",
            (now_ms, slot.target, slot.first_ms),
        )

    def end(self, slot: Slot, state: State, reason: str, now_ms: Ms, run: str | None = None) -> None:
        """The visit of a due time is over."""
        self._connection.execute(
            "UPDATE slot SET state = ?, reason = ?, ended_ms = ?, run = coalesce(?, run)"
            " WHERE target = ? AND first_ms = ?",
            (state.value, reason, now_ms, run, slot.target, slot.first_ms),
        )

    def cut(self, now_ms: Ms) -> int:
        """Close what a former process left open; returns how many."""
        done = self._connection.execute(
            f"UPDATE slot SET state = 'cancelled', reason = 'the program ended', ended_ms = ? WHERE state IN {OPEN}",  # noqa: S608 -- a constant
            (now_ms,),
        )
        return done.rowcount

    def slots(self, target: str = "", limit: int = 50) -> list[Slot]:
        """The newest rows, of one target or of all, the newest first."""
        rows = self._connection.execute(
            "SELECT target, first_ms, last_ms, count, state, reason, run, began_ms, ended_ms FROM slot"
            " WHERE ? IN ('', target) ORDER BY last_ms DESC, target LIMIT ?",
            (target, limit),
        )
        return [_slot(row) for row in rows]

    def claim(self, target: str, source: str, targets: Sequence[str]) -> str:
        """The target that a source belongs to: the first that reached it, as long as it is configured."""
        with self._transaction():
            found = self._connection.execute("SELECT target FROM owner WHERE source = ?", (source,)).fetchone()
            if found and found[0] in targets:
                return str(found[0])
            self._connection.execute("INSERT OR REPLACE INTO owner VALUES (?, ?)", (source, target))
            return target

    def refuse(self, target: str, terms: str, now_ms: Ms) -> None:
        """A source refused these terms: they are not tried again."""
        self._connection.execute("INSERT OR REPLACE INTO refusal VALUES (?, ?, ?)", (target, terms, now_ms))

    def refused(self, target: str, terms: str) -> Ms | None:
        """When a source refused these very terms; ``None``: it did not."""
        row = self._connection.execute(
            "SELECT at_ms FROM refusal WHERE target = ? AND terms = ?", (target, terms)
        ).fetchone()
        return Ms(row[0]) if row else None

    def _last(self, target: str) -> int | None:
        (last,) = self._connection.execute("SELECT max(last_ms) FROM slot WHERE target = ?", (target,)).fetchone()
        return None if last is None else int(last)

    def _open(self, target: str) -> int | None:
        row = self._connection.execute(
            f"SELECT first_ms FROM slot WHERE target = ? AND state IN {OPEN}",  # noqa: S608 -- a constant
            (target,),
        ).fetchone()
        return None if row is None else int(row[0])

    def _miss(self, target: str, beat: Beat, last: int, due: int) -> None:
        if gap := beat.between(last, due):
            first, end, count = gap
            self._insert(Slot(target, first, end, count, State.MISSED, "the program did not run"))

    def _insert(self, slot: Slot) -> None:
        self._connection.execute(
            "INSERT INTO slot (target, first_ms, last_ms, count, state, reason, run) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (slot.target, slot.first_ms, slot.last_ms, slot.count, slot.state.value, slot.reason, slot.run),
        )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._connection.execute("COMMIT")
        except BaseException:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            raise


@dataclass(frozen=True, slots=True)
class Peers:
    """What was learned about devices: reply sizes, pinned host keys, who rests and until when; no secret.

    In the same file, without the lock: a visit by hand learns too, and the last one that met a device is right.
    """

    path: Path

    def learned(self, target: str, address: str) -> str:
        """What is known of the device of a target, as it was kept; empty if the target has another address now."""
        row = self._rows("SELECT address, learned FROM peer WHERE target = ?", target)
        return str(row[0][1]) if row and row[0][0] == address else ""

    def keep(self, target: str, address: str, engine_id: bytes, learned: str) -> None:
        """Remember."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600))
        with _in_our_words(self.path), closing(self._open()) as connection, connection:
            row = (target, address, engine_id.hex(), learned)
            connection.execute("INSERT OR REPLACE INTO peer VALUES (?, ?, ?, ?)", row)

    def twins(self, engine_id: bytes, address: str) -> list[str]:
        """Targets at other addresses that showed the same engine id, as ``name (address)``."""
        asked = "SELECT target, address FROM peer WHERE engine_id = ? AND address <> ? ORDER BY target"
        return [f"{target} ({where})" for target, where in self._rows(asked, engine_id.hex(), address)]

    def _rows(self, asked: str, *given: str) -> list[tuple[Any, ...]]:
        if not self.path.exists():
            return []
        with _in_our_words(self.path), closing(self._open()) as connection:
            return connection.execute(asked, given).fetchall()

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path, timeout=PATIENCE_SECONDS)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(PEERS)
        return connection


def _slot(row: Sequence[Any]) -> Slot:
    target, first, last, count, state, *rest = row
    return Slot(target, first, last, count, State(state), *rest)


@contextmanager
def _lock(path: Path) -> Iterator[None]:
    number = os.open(path.with_name(f"{path.name}.scheduler"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreLocked(f"{path}: another driftline serve runs on this folder; end it first") from None
        yield
    finally:
        os.close(number)


@contextmanager
def _in_our_words(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreFull(f"{path}: {error}; make room or repair the rights of its folder") from error
    except sqlite3.DatabaseError as error:
        raise StoreDamaged(f"{path}: is not a book of the schedule; move it away, a new one is made") from error
