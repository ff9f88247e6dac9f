"""A writer to Neo4j killed at any step loses nothing that it heard, writes nothing twice, leaves nothing half done.

The step is found on the wire: a proxy reads the messages of the writer, and kills it at one of them.
"""

from __future__ import annotations

import os
import signal
import sys
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import neo4j
import pytest

from driftline.graph.dump import dump
from driftline.graph.neo4j import Neo4jStore
from driftline.graph.sqlite import SqliteStore
from driftline.graph.store import Batch
from tests.faults.writer import live
from tests.graph.contract.estate import MODEL, Clock
from tests.graph.contract.history import BEGIN, batches, seeded
from tests.graph.neo4j.proxy import Proxy, Then
from tests.lab.fixtures import Neo4jServer

pytestmark = [
    pytest.mark.neo4j,
    pytest.mark.slow,
    # From 3.12 on Python warns of a fork beside threads; the child uses nothing that the proxy's threads could hold.
    pytest.mark.filterwarnings("ignore:This process.*is multi-threaded:DeprecationWarning"),
]

PER_STEP = 5
STEPS: dict[str, tuple[str, bytes]] = {
    "before the transaction": ("BEGIN", b""),
    "inside: book": ("RUN", b"CREATE (:Batch"),
    "inside: items": ("RUN", b"CREATE (n:CI:"),
    "inside: sightings": ("RUN", b"MERGE (s:SeenSource"),
    "inside: links": ("RUN", b"CREATE (a)-[:"),
    "inside: records": ("RUN", b"CREATE (o:"),
    "inside: before the commit": ("COMMIT", b""),
    "after: answer not heard": ("COMMITTED", b""),
}
"""Name of a step, and the message of the writer at which it is."""


@dataclass
class Killer:
    """Kills the writer at the n-th message of a step."""

    met: Counter[str] = field(default_factory=Counter)
    step: str = ""
    number: int = 0
    pid: int = 0

    def __call__(self, name: str, body: bytes) -> Then:
        """Look at a message."""
        for step, (wanted, text) in STEPS.items():
            if name == wanted and text in body:
                self.met[step] += 1
                if step == self.step and self.met[step] == self.number:
                    os.kill(self.pid, signal.SIGKILL)
                    return Then.CUT
        return Then.GO_ON


@dataclass
class Arena:
    """A server, the proxy in front of it, and the file in which a writer notes what it heard."""

    server: Neo4jServer
    proxy: Proxy
    killer: Killer
    heard: Path

    def open(self, url: str) -> Neo4jStore:
        """Open the store."""
        login = (self.server.user, self.server.password)
        return Neo4jStore.open(url, *login, MODEL, clock=Clock(), patience_seconds=5)

    def live(self, history: Sequence[Batch], step: str = "", number: int = 0) -> int:
        """Live the history in a process of its own and return its exit status (-9: killed)."""
        ready, go = os.pipe()
        pid = os.fork()
        if not pid:
            self._child(history, ready)
        self.killer.met.clear()
        self.killer.step, self.killer.number, self.killer.pid = step, number, pid
        os.write(go, b"!")
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os.close(go)
        os.close(ready)
        return status

    def _child(self, history: Sequence[Batch], ready: int) -> None:
        try:
            os.read(ready, 1)
            number = os.open(self.heard, os.O_WRONLY | os.O_CREAT, 0o600)
            live(self.open(self.proxy.uri), history, lambda batch: note(number, batch))
            os._exit(0)
        except BaseException:  # noqa: BLE001 -- a child must not return into the test run
            self.heard.with_suffix(".error").write_text(traceback.format_exc())
            os._exit(1)

    def last_heard(self) -> int:
        """Number of the last batch whose writer heard that it is in; -1 for none."""
        return int(self.heard.read_text() or -1) if self.heard.exists() else -1


def note(file: int, batch: int) -> None:
    """Write down which batch was acknowledged."""
    os.pwrite(file, f"{batch:6}".encode(), 0)


@pytest.fixture
def arena(neo4j_server: Neo4jServer, tmp_path: Path) -> Iterator[Arena]:
    """An empty store behind a proxy."""
    neo4j_server.empty()
    killer = Killer()
    proxy = Proxy(neo4j_server.server.port, killer)
    place = Arena(neo4j_server, proxy, killer, tmp_path / "heard")
    place.open(neo4j_server.uri).close()
    yield place
    proxy.close()


def test_a_history_with_40_kills_ends_as_one_without(
    arena: Arena, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Same batches, same facts, byte for byte, as a SQLite store whose writer nobody killed."""
    history = [batch for batch, _ in batches(11, 200, [f"n{number}" for number in range(600)])]
    random = seeded(21)
    steps = [step for step in STEPS for _ in range(PER_STEP)]
    random.shuffle(steps)
    kills: Counter[str] = Counter()
    watcher = arena.open(arena.server.uri)
    for step in steps:
        kills[step] += arena.live(history, step, random.randrange(4, 7)) == -signal.SIGKILL
        kept = max(watcher.health().at - BEGIN, -1)
        assert arena.last_heard() <= kept <= arena.last_heard() + 1
    with capsys.disabled():
        sys.stdout.write(
            "\n".join(["", "kills per step:", *(f"  {n:3} {step}" for step, n in sorted(kills.items())), ""])
        )

    assert kills == dict.fromkeys(STEPS, PER_STEP)
    assert arena.live(history) == 0
    assert list(dump(watcher, facts=True)) == unkilled(tmp_path / "unkilled.db", history)
    watcher.close()


def test_without_the_batches_kept_the_history_goes_wrong(arena: Arena) -> None:
    """The control: a database that forgets which batches are in cannot tell a batch sent again from a wrong one."""
    history = [batch for batch, _ in batches(11, 40, [f"n{number}" for number in range(600)])]
    login = (arena.server.user, arena.server.password)

    assert arena.live(history, "after: answer not heard", 9) == -signal.SIGKILL
    with neo4j.GraphDatabase.driver(arena.server.uri, auth=login) as driver:
        driver.execute_query("MATCH (b:Batch) DELETE b", database_="neo4j")
    assert arena.live(history) == 1
    assert "Conflict" in arena.heard.with_suffix(".error").read_text()


def unkilled(path: Path, history: Sequence[Batch]) -> list[str]:
    """Facts of the same history without a kill."""
    store = SqliteStore.open(path, MODEL, clock=Clock())
    live(store, history, lambda _: None)
    lines = list(dump(store, facts=True))
    store.close()
    return lines
