"""Stores in files, and a look at the statements they run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from driftline.graph.sqlite import SqliteStore, connection
from tests.graph.contract.estate import MODEL, Clock, Hand

Opener = Callable[..., SqliteStore]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the store is to be."""
    return tmp_path / "store.db"


@pytest.fixture
def opened(path: Path) -> Iterator[Opener]:
    """Opens the store, and closes it after the test."""
    stores: list[SqliteStore] = []

    def open_(where: Path = path, **more: Any) -> SqliteStore:  # noqa: ANN401 -- options of open
        stores.append(SqliteStore.open(where, MODEL, clock=Clock(), **more))
        return stores[-1]

    yield open_
    for store in stores:
        store.close()


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that is run from here on, with its values."""
    seen: list[str] = []
    connect = connection.sqlite3.connect

    def traced(*place: Any, **more: Any) -> Any:  # noqa: ANN401 -- as the library has it
        made = connect(*place, **more)
        made.set_trace_callback(seen.append)
        return made

    monkeypatch.setattr(connection.sqlite3, "connect", traced)
    return seen


def write(store: SqliteStore, **parts: Any) -> None:  # noqa: ANN401 -- fields of a batch
    """One batch under a lease of its own."""
    with store.lease("a test") as lease:
        hand = Hand(store, lease)
        hand.write(**{"id": f"batch-{lease.now()}", **parts})
