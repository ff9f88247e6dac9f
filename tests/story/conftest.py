"""One desk a test module, on each store in turn, with the product's own model; its history grows from test to test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from zlib import crc32

import pytest

from driftline.api.model import MODEL
from driftline.api.site import Site, WallClock
from driftline.config import Settings
from driftline.graph.sqlite import SqliteStore
from driftline.graph.store import Store
from tests.lab.fixtures import Vcsim
from tests.story.desk import Desk


@pytest.fixture(scope="module", params=["sqlite", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """An empty store of each kind."""
    opened = (
        SqliteStore.open(tmp_path_factory.mktemp("store") / "store.db", MODEL, clock=WallClock().micros)
        if request.param == "sqlite"
        else _neo4j(request)
    )
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def desk(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    """A desk that writes to the store."""
    site = Site(Settings(captures=tmp_path_factory.mktemp("site") / "captures"), {}, actor="local:test")
    with store.lease("the test") as lease:
        yield Desk(site, store, lease)


@pytest.fixture
def machine(vcsim: Vcsim, desk: Desk, request: pytest.FixtureRequest) -> str:
    """A machine of this test and this store alone, read after it was made."""
    name = f"vm-{crc32(request.node.name.encode()):08x}"  # the whole name of a test is too long for a machine
    with vcsim.estate("VSPHERE.LOCAL\\maker") as maker:
        maker.clone("web-0003", name)
    desk.visit(vcsim)
    return name


def _neo4j(request: pytest.FixtureRequest) -> Any:  # noqa: ANN401 -- SQLite alone must not need the driver
    from driftline.graph.neo4j import Neo4jStore  # noqa: PLC0415 -- the same

    server = request.getfixturevalue("neo4j_server")
    server.empty()
    return Neo4jStore.open(server.uri, server.user, server.password, MODEL, clock=WallClock().micros)
