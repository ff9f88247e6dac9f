"""The peers of the benchmarks: simulators of several sizes, and a Neo4j of its own."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Protocol

from driftline.api.model import MODEL
from driftline.collectors.capture import Capture
from driftline.collectors.egress import Egress
from driftline.collectors.line import HttpLine
from driftline.collectors.target import Login, Password, Target
from driftline.collectors.visit import visit
from driftline.collectors.vsphere import collector
from driftline.graph.model.values import Micros
from driftline.graph.neo4j import Neo4jStore
from driftline.graph.sqlite import SqliteStore
from driftline.graph.store import Store
from tests.lab.fixtures import Neo4jServer
from tests.lab.neo4j import Server, server
from tests.lab.process import locked
from tests.lab.vcsim import simulator

LOOPBACK = Egress((ip_network("127.0.0.0/8"),))


@contextmanager
def vcenter(hosts: int, vms: int) -> Iterator[Target]:
    """A simulated vCenter of 10 hosts a cluster."""
    lab = simulator(f"bench-{hosts}-{vms}")
    lab.down()
    answer = lab.up([f"-clusters={max(hosts // 10, 1)}", f"-hosts={min(hosts, 10)}", f"-vms={vms}", "-seed=7"])
    try:
        yield Target("bench", answer["url"], Login("bench", Password("bench")))
    finally:
        lab.down()


def captured(target: Target) -> Capture:
    """One visit's answers."""

    def line(place: Target) -> HttpLine:
        return HttpLine(place, LOOPBACK)

    visited = asyncio.run(visit(collector, target, line))
    if visited.error:
        raise visited.error
    return visited.capture


def now() -> Micros:
    """The wall clock."""
    return Micros(time.time_ns() // 1_000)


class Place(Protocol):
    """Where a store lives; another process opens it too, so it can be pickled."""

    def open(self) -> Store:
        """Open the store."""

    def empty(self) -> None:
        """Forget everything."""


@dataclass(frozen=True, slots=True)
class SqlitePlace:
    """A folder for one file."""

    folder: Path

    def open(self) -> Store:
        """Open the store."""
        return SqliteStore.open(self.folder / "bench.db", MODEL, clock=now)

    def empty(self) -> None:
        """Remove the file and its logs."""
        for file in self.folder.iterdir():
            file.unlink()


@dataclass(frozen=True, slots=True)
class Neo4jPlace:
    """A server of the benchmark's own."""

    server: Server

    def open(self) -> Store:
        """Open the store."""
        lab = self.server
        return Neo4jStore.open(lab.uri, lab.user, lab.password, MODEL, clock=now)

    def empty(self) -> None:
        """Delete all nodes and relationships."""
        Neo4jServer(self.server).empty()


@contextmanager
def sqlite_place() -> Iterator[SqlitePlace]:
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        yield SqlitePlace(Path(folder))


@contextmanager
def neo4j_place() -> Iterator[Neo4jPlace]:
    """A running server without data, gone afterwards. Another benchmark that has it is waited for."""
    lab = server("bench", heap="2g", pagecache="512m")
    with locked(lab.folder.with_name("bench-lock")):
        lab.down()
        shutil.rmtree(lab.folder, ignore_errors=True)  # a run that was cut leaves its data
        lab.up()
        try:
            yield Neo4jPlace(lab)
        finally:
            lab.down()
            shutil.rmtree(lab.folder, ignore_errors=True)


@contextmanager
def sqlite() -> Iterator[Store]:
    """An empty SQLite store."""
    with sqlite_place() as place, closing(place.open()) as store:
        yield store


@contextmanager
def neo4j() -> Iterator[Store]:
    """An empty Neo4j store on a server of its own."""
    with neo4j_place() as place, closing(place.open()) as store:
        yield store
