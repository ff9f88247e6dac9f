"""One fixture, two stores: whatever the contract says, both do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from driftline.graph.model.schema import Model
from driftline.graph.sqlite import SqliteStore
from driftline.graph.store import Store
from tests.graph.contract.estate import MODEL, Clock, Hand, Place


class SqlitePlace:
    """A file in a fresh folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "store.db"
        self.clock = Clock()
        self.opened: list[Store] = []

    def open(self, model: Model = MODEL) -> Store:
        """Open the file once more."""
        self.opened.append(SqliteStore.open(self.path, model, clock=self.clock))
        return self.opened[-1]


class Neo4jPlace:
    """The one server of the test run, emptied."""

    def __init__(self, server: Any) -> None:  # noqa: ANN401 -- a fixture of the lab
        self.server = server
        self.clock = Clock()
        self.opened: list[Store] = []
        server.empty()

    def open(self, model: Model = MODEL) -> Store:
        """Connect once more."""
        from driftline.graph.neo4j import Neo4jStore  # noqa: PLC0415 -- SQLite alone must not need the driver

        server = self.server
        self.opened.append(Neo4jStore.open(server.uri, server.user, server.password, model, clock=self.clock))
        return self.opened[-1]


@pytest.fixture(params=["sqlite", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Place]:
    """An empty place for a store, of each kind in turn."""
    plain = request.param == "sqlite"
    where = SqlitePlace(tmp_path) if plain else Neo4jPlace(request.getfixturevalue("neo4j_server"))
    yield where
    for store in where.opened:
        store.close()


@pytest.fixture
def store(place: Place) -> Store:
    """An empty store of the small model."""
    return place.open()


@pytest.fixture
def hand(store: Store) -> Iterator[Hand]:
    """The writer of the store."""
    with store.lease("the test") as lease:
        yield Hand(store, lease)


@pytest.fixture
def spare(tmp_path: Path) -> Iterator[Place]:
    """A second, empty SQLite store, to compare with or to copy into."""
    folder = tmp_path / "spare"
    folder.mkdir()
    where = SqlitePlace(folder)
    yield where
    for store in where.opened:
        store.close()
