"""The server is killed in the middle of batches, as by a power failure of its process."""

from __future__ import annotations

import random
import sys
import threading
import time

import pytest
from typing_extensions import override

from driftline.graph.neo4j import Neo4jStore
from driftline.graph.store import Batch, ItemChange, PastValue
from tests.graph.contract.estate import Hand, box, new, sighting
from tests.graph.neo4j.conftest import Ask, Opener
from tests.lab.fixtures import Neo4jServer

pytestmark = [pytest.mark.neo4j, pytest.mark.slow]

ROUNDS, ITEMS = 5, 500


class Writer(threading.Thread):
    """Writes batches one after the other until it is told to stop. Each counts itself in the history of one box."""

    def __init__(self, store: Neo4jStore) -> None:
        super().__init__()
        self.store = store
        self.acknowledged: list[int] = []
        self.stop = threading.Event()

    @override
    def run(self) -> None:
        """Write."""
        with self.store.lease("writer") as lease:
            hand = Hand(self.store, lease)
            since = hand.write(create=(new("counter", size_bytes=0),))
            while not self.stop.is_set():
                batch = counted(hand, len(self.acknowledged), since)
                assert self.store.apply(batch)
                self.acknowledged.append(len(self.acknowledged))
                since = batch.at


def counted(hand: Hand, number: int, since: int) -> Batch:
    """The batch of a number: so many new boxes, and one step of the counter."""
    step = ItemChange(
        box("counter"),
        {"size_bytes": number + 1},
        {"size_bytes": (hand.lease.now(), "a")},
        (PastValue("size_bytes", number, "a", since),),  # type: ignore[arg-type]  # an instant
    )
    names = [f"b{number}-{one}" for one in range(ITEMS)]
    boxes = tuple(new(name, size_bytes=number) for name in names)
    return hand.batch(create=boxes, sighted=tuple(sighting(name) for name in names), change=(step,))


def test_no_acknowledged_batch_is_lost_and_none_is_partial(
    opener: Opener, neo4j_server: Neo4jServer, ask: Ask, capsys: pytest.CaptureFixture[str]
) -> None:
    """Five kills at random instants: the writer waits, sends its batch again, and every batch is in once."""
    seed = random.SystemRandom().randrange(10_000)
    draw = random.Random(seed)  # noqa: S311 -- when to kill
    writer = Writer(opener(patience_seconds=120))
    writer.start()
    kills = []
    for _ in range(ROUNDS):
        before = len(writer.acknowledged)
        time.sleep(draw.uniform(0.5, 2.0))
        neo4j_server.kill()
        kills.append(len(writer.acknowledged) - before)
        neo4j_server.up()
        while len(writer.acknowledged) == before + kills[-1] and writer.is_alive():
            time.sleep(0.1)
    writer.stop.set()
    writer.join(120)
    with capsys.disabled():
        sys.stdout.write(
            f"\nserver killed {ROUNDS} times, seed {seed}: {len(writer.acknowledged)} batches, {kills} between kills\n"
        )

    batches = len(writer.acknowledged)
    sizes = ask("MATCH (n:Box)-[:SEEN_IN]->() RETURN n.size_bytes AS number, count(*) AS boxes ORDER BY number")
    assert sizes == [{"number": number, "boxes": ITEMS} for number in range(batches)]
    assert [row.value for row in writer.store.revisions([box("counter")])] == list(range(batches))
    assert ask("MATCH (b:Batch) RETURN count(b) AS n") == [{"n": batches + 1}]
