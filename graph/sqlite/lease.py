"""The right to write: a lock on ``<file>.writer`` that the kernel takes back when the process dies, and a fence."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from driftline.graph.errors import StoreLocked
from driftline.graph.model.values import Micros
from driftline.graph.sqlite.connection import Connection, transaction
from driftline.graph.sqlite.writing import book
from driftline.graph.store import Fence


@dataclass(frozen=True, slots=True)
class SqliteLease:
    """The lease of one writing connection."""

    connection: Connection
    clock: Callable[[], Micros]
    fence: Fence

    def now(self) -> Micros:
        """The clock, or one past the last ``at``."""
        return Micros(max(self.clock(), book(self.connection)["at"] + 1))


def next_fence(connection: Connection) -> Fence:
    """Outdate all leases before."""
    with transaction(connection):
        connection.execute("UPDATE book SET v = v + 1 WHERE k = 'number'")
        kept = book(connection)
    return Fence(kept["epoch"], kept["number"])


@contextmanager
def lock(path: Path, owner: str) -> Iterator[None]:
    """Hold the file against other writers on this machine.

    Raises:
        StoreLocked: somebody holds it; the text names them.
    """
    number = os.open(_lock_file(path), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StoreLocked(f"{path}: {holder(path)} is writing to it; wait until it ends") from None
        os.ftruncate(number, 0)
        os.pwrite(number, f"{owner} (process {os.getpid()})".encode(), 0)
        yield
    finally:
        os.close(number)


def holder(path: Path) -> str:
    """Who holds the lock, or held it last."""
    try:
        return _lock_file(path).read_text() or "another program"
    except OSError:
        return "another program"


def _lock_file(path: Path) -> Path:
    return path.with_name(f"{path.name}.writer")
