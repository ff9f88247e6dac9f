"""Who may write, by the server's clock, and what becomes of one who waited too long."""

from __future__ import annotations

import subprocess
import sys
import threading

import neo4j
import pytest

from driftline.graph.errors import FenceLost, StoreLocked
from driftline.graph.neo4j import Neo4jStore
from tests.graph.contract.estate import Hand, box, new
from tests.graph.neo4j.conftest import Ask, Opener
from tests.lab.fixtures import Neo4jServer
from tests.lab.process import CHECKOUT

pytestmark = pytest.mark.neo4j

DIES = """
import os, sys
from driftline.graph.neo4j import Neo4jStore
from tests.graph.contract.estate import MODEL, Clock
url, user = sys.argv[1:]
store = Neo4jStore.open(url, user, sys.stdin.read(), MODEL, clock=Clock())
store.lease("the dead").__enter__()
os._exit(0)
"""


def test_a_living_writer_is_named_and_left_alone(opener: Opener, hand: Hand) -> None:
    """With the time after which the store is free if it is dead after all."""
    with pytest.raises(StoreLocked, match=r"the test .* free in 1[12]\d s"), opener().lease("other"):
        pass
    hand.write(create=(new("x"),))


def test_a_lease_that_ran_out_is_taken_and_the_sleeper_cannot_write(opener: Opener, hand: Hand, ask: Ask) -> None:
    """The fence holds where the lease does not."""
    hand.write(create=(new("x"),))
    ask("MATCH (s:Store) SET s.until = timestamp() - 1")
    other = opener()

    with other.lease("other") as lease:
        with pytest.raises(FenceLost, match="other"):
            hand.write(create=(new("y"),))
        Hand(other, lease, number=10).write(create=(new("z"),))
    assert set(other.read([box("y"), box("z")])) == {box("z")}


def test_every_batch_makes_the_lease_last(hand: Hand, ask: Ask) -> None:
    """Two minutes by the server's clock, counted from the last batch."""
    ask("MATCH (s:Store) SET s.until = timestamp() + 1000")
    hand.write(create=(new("x"),))

    (left,) = ask("MATCH (s:Store) RETURN s.until - timestamp() AS ms")
    assert 100_000 < left["ms"] <= 120_000


def test_an_owner_takes_its_own_lease_again_at_once(opener: Opener) -> None:
    """A writer that was killed and started again on another host, under the name of its installation."""
    before, after = opener(owner="core"), opener(owner="core")

    with before.lease("first") as old, after.lease("second") as lease:
        assert lease.fence > old.fence
        with pytest.raises(FenceLost):
            Hand(before, old).write(create=(new("x"),))
        with pytest.raises(StoreLocked, match="second"), opener(owner="other").lease("third"):
            pass


def test_a_dead_process_of_this_host_holds_nothing(neo4j_server: Neo4jServer, opener: Opener) -> None:
    """Nobody waits two minutes for a writer that was killed here."""
    store = opener()
    argv = [sys.executable, "-c", DIES, neo4j_server.uri, neo4j_server.user]
    subprocess.run(argv, input=neo4j_server.password, text=True, check=True, cwd=CHECKOUT)  # noqa: S603 -- our own words

    with store.lease("the living") as lease:
        Hand(store, lease).write(create=(new("x"),))


def test_a_fence_lost_while_waiting_for_the_lock_is_seen(
    store: Neo4jStore, hand: Hand, driver: neo4j.Driver, ask: Ask
) -> None:
    """The batch waits for a transaction that takes the lease away, and then writes nothing."""
    batch = hand.batch(create=(new("x"),))
    told: list[BaseException] = []

    def write() -> None:
        try:
            store.apply(batch)
        except FenceLost as error:
            told.append(error)

    thread = threading.Thread(target=write)
    with driver.session(database="neo4j") as session, session.begin_transaction() as tx:
        tx.run("MATCH (s:Store) SET s.number = s.number + 1, s.holder = 'thief'").consume()
        thread.start()
        while not ask("SHOW TRANSACTIONS YIELD activeLockCount, status WHERE status STARTS WITH 'Blocked' RETURN 1"):
            pass
        tx.commit()
    thread.join(30)

    assert "thief" in str(told[0])
    assert store.read([box("x")]) == {}
