"""A writer that lives a random history into a store and is killed at a named step of it.

The step is found from outside: SQLite tells every statement before it runs it, and the product knows nothing of this.
"""

from __future__ import annotations

import os
import signal
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from driftline.graph.sqlite import SqliteStore, connection
from driftline.graph.store import Batch, Store
from tests.graph.contract.estate import MODEL, Clock
from tests.graph.contract.history import BEGIN

STEPS: dict[str, str] = {
    "before the transaction": "BEGIN IMMEDIATE",
    "inside: items": "INSERT INTO item(",
    "inside: changes": "UPDATE item SET attrs",
    "inside: past": "INSERT INTO item_past",
    "inside: sightings": "INSERT INTO sighting",
    "inside: links": "INSERT INTO link(",
    "inside: records": "INSERT INTO rec_",
    "inside: references": "SELECT r.id, e.value",
    "inside: book": "UPDATE book SET v",
    "inside: before the commit": "COMMIT",
    "after: log moved into the file": "PRAGMA wal_checkpoint",
    "after the transaction": "",
}
"""Name of a step, and how the statement begins that is about to run there."""

LAST = "after the transaction"


@dataclass
class Wire:
    """Counts the steps that are met, and kills this process when one is met for the n-th time."""

    step: str = ""
    number: int = 0
    met: Counter[str] = field(default_factory=Counter)

    def touch(self, step: str) -> None:
        """A step is met."""
        self.met[step] += 1
        if step == self.step and self.met[step] == self.number:
            os.kill(os.getpid(), signal.SIGKILL)

    def statement(self, text: str) -> None:
        """A statement is about to run."""
        for step, begins in STEPS.items():
            if begins and text.startswith(begins):
                self.touch(step)


def tell(wire: Wire) -> None:
    """Let every connection that is made from here on tell the wire its statements."""
    connect = connection.sqlite3.connect

    def told(*place: Any, **more: Any) -> Any:  # noqa: ANN401 -- as the library has it
        made = connect(*place, **more)
        made.set_trace_callback(wire.statement)
        return made

    connection.sqlite3.connect = told


def live(store: Store, history: Sequence[Batch], done: Callable[[int], None]) -> None:
    """Send the history from the last batch that is in, which is sent again: its writer may not have heard."""
    known = max(store.health().at - BEGIN, 0)
    with store.lease("a mortal writer") as lease:
        for number, batch in enumerate(history):
            if number >= known:
                store.apply(replace(batch, at=lease.now(), fence=lease.fence))
                done(number)


def killed(path: Path, history: Sequence[Batch], wire: Wire) -> int:
    """Live in a process of its own; return its exit status (-9: killed). What it heard is in ``<path>.heard``."""
    heard = path.with_name(f"{path.name}.heard")
    pid = os.fork()
    if pid:
        return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    try:
        number = os.open(heard, os.O_WRONLY | os.O_CREAT, 0o600)

        def done(batch: int) -> None:
            os.pwrite(number, f"{batch:6}".encode(), 0)
            wire.touch(LAST)

        tell(wire)
        live(SqliteStore.open(path, MODEL, clock=Clock()), history, done)
        os._exit(0)
    except BaseException:  # noqa: BLE001 -- a child must not return into the test run
        path.with_name(f"{path.name}.error").write_text(traceback.format_exc())
        os._exit(1)
