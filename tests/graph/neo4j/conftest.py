"""Neo4j alone: what the contract cannot say of both stores."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import neo4j
import pytest

from driftline.graph.neo4j import Neo4jStore
from tests.graph.contract.estate import MODEL, Clock, Hand
from tests.lab.fixtures import Neo4jServer

Opener = Callable[..., Neo4jStore]
Ask = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def opener(neo4j_server: Neo4jServer) -> Iterator[Opener]:
    """Open the empty database as often as a test likes; keywords replace those of ``Neo4jStore.open``."""
    neo4j_server.empty()
    opened: list[Neo4jStore] = []

    def one(**options: Any) -> Neo4jStore:  # noqa: ANN401 -- options of open
        login = {"url": neo4j_server.uri, "user": neo4j_server.user, "password": neo4j_server.password}
        opened.append(Neo4jStore.open(**{**login, "model": MODEL, "clock": Clock(), **options}))
        return opened[-1]

    yield one
    for store in opened:
        store.close()


@pytest.fixture
def store(opener: Opener) -> Neo4jStore:
    """An empty store of the small model."""
    return opener()


@pytest.fixture
def hand(store: Neo4jStore) -> Iterator[Hand]:
    """Its writer."""
    with store.lease("the test") as lease:
        yield Hand(store, lease)


@pytest.fixture
def driver(neo4j_server: Neo4jServer) -> Iterator[neo4j.Driver]:
    """The database as anybody may see it."""
    login = (neo4j_server.user, neo4j_server.password)
    with neo4j.GraphDatabase.driver(neo4j_server.uri, auth=login, notifications_min_severity="OFF") as one:
        yield one


@pytest.fixture
def ask(driver: neo4j.Driver) -> Ask:
    """Run a statement and return its rows."""

    def rows(text: str, **parameters: object) -> list[dict[str, Any]]:
        return [row.data() for row in driver.execute_query(text, parameters, database_="neo4j").records]

    return rows
