"""The connection breaks in the middle of a batch, and the batch is in once."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from driftline.graph.errors import StoreAway
from driftline.graph.neo4j import Neo4jStore
from driftline.graph.store import ItemChange, PastValue
from tests.graph.contract.estate import Hand, box, new
from tests.graph.neo4j.conftest import Ask, Opener
from tests.graph.neo4j.proxy import Proxy, Then
from tests.lab.fixtures import Neo4jServer

pytestmark = pytest.mark.neo4j


class Once:
    """Cuts the connection at the first message of a name after it is armed."""

    def __init__(self) -> None:
        self.name = ""
        self.cuts = 0

    def __call__(self, name: str, _: bytes) -> Then:
        """Decide."""
        if name != self.name:
            return Then.GO_ON
        self.name, self.cuts = "", self.cuts + 1
        return Then.CUT


@pytest.fixture
def once() -> Once:
    """The one cut of a test."""
    return Once()


@pytest.fixture
def through(neo4j_server: Neo4jServer, opener: Opener, once: Once) -> Iterator[Callable[[float], Neo4jStore]]:
    """Open the store through a proxy, with so many seconds of patience."""
    proxy = Proxy(neo4j_server.server.port, once)
    yield lambda patience: opener(url=proxy.uri, patience_seconds=patience)
    proxy.close()


CUTS = pytest.mark.parametrize("cut", ["BEGIN", "RUN", "COMMIT", "COMMITTED"])


@CUTS
def test_a_batch_is_sent_again_and_written_once(
    through: Callable[[float], Neo4jStore], once: Once, ask: Ask, cut: str
) -> None:
    """Whatever was lost, also the answer of the commit: the caller sees one write."""
    store = through(10)
    with store.lease("test") as lease:
        hand = Hand(store, lease)
        born = hand.write(create=(new("x", size_bytes=1),))
        past = (PastValue("size_bytes", 1, "a", born),)
        batch = hand.batch(create=(new("y"),), change=(ItemChange(box("x"), {"size_bytes": 2}, {}, past),))
        once.name = cut
        assert store.apply(batch) is True

    assert once.cuts == 1
    assert [row.value for row in store.revisions([box("x")])] == [1]
    assert ask("MATCH (b:Batch) RETURN count(b) AS n, count(DISTINCT b.id) AS ids") == [{"n": 2, "ids": 2}]


@CUTS
def test_without_patience_the_outcome_is_unknown_and_the_same_batch_settles_it(
    through: Callable[[float], Neo4jStore], once: Once, cut: str
) -> None:
    """``StoreAway``: send it again. It is in already only if the answer of the commit was what was lost."""
    store = through(0)
    with store.lease("test") as lease:
        hand = Hand(store, lease)
        batch = hand.batch(create=(new("y"),))
        once.name = cut
        with pytest.raises(StoreAway) as told:
            store.apply(batch)

        assert store.apply(batch) is (cut != "COMMITTED")
        assert set(store.read([box("y")])) == {box("y")}
    assert "\n" not in str(told.value)


def test_a_question_is_asked_again(through: Callable[[float], Neo4jStore], once: Once) -> None:
    """A reader does not notice. It begins no transaction: its statement is all it sends."""
    store = through(10)
    once.name = "RUN"

    assert store.find("Box") == []
    assert once.cuts == 1


def test_a_lease_whose_answer_is_lost_is_taken_once_more(through: Callable[[float], Neo4jStore], once: Once) -> None:
    """It is ours already."""
    store = through(10)
    once.name = "COMMITTED"
    with store.lease("test") as lease:
        Hand(store, lease).write(create=(new("x"),))
    assert once.cuts == 1
