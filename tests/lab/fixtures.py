"""The labs as pytest fixtures; ``tests/conftest.py`` hands them to every test.

A part that cannot start skips its tests and says why; where ``CI=true`` it fails them.
"""

import fcntl
import itertools
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn, TypeAlias

import neo4j
import pytest

from tests.lab import process
from tests.lab.control import Control
from tests.lab.estate import Estate
from tests.lab.neo4j import Server, server
from tests.lab.network import Network, network
from tests.lab.process import LabError
from tests.lab.vcsim import Simulator, simulator

SCHEMA = {  # constraints first: they own indexes
    "CONSTRAINT": "SHOW CONSTRAINTS YIELD name",
    "INDEX": "SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP'",
}
numbers = itertools.count()  # of simulators started by this process


def cannot_start(error: LabError) -> NoReturn:
    """Skip the test, or fail it on a machine that has to have everything."""
    if os.environ.get("CI") == "true":  # noqa: TID251 -- no product setting
        pytest.fail(f"lab: {error}")
    pytest.skip(f"lab: {error}")


@dataclass(frozen=True, slots=True)
class Neo4jServer:
    """A running server of this test session alone."""

    server: Server

    @property
    def uri(self) -> str:
        """Where the driver connects."""
        return self.server.uri

    @property
    def user(self) -> str:
        """The name to log in with."""
        return self.server.user

    @property
    def password(self) -> str:
        """The password of that name."""
        return self.server.password

    def up(self) -> None:
        """Start it again after `kill`; it recovers what it acknowledged."""
        self.server.up()

    def kill(self) -> None:
        """End it with SIGKILL. Start it again in the same test: others share it."""
        self.server.kill()

    def empty(self) -> None:
        """Delete all nodes and relationships; constraints and indexes stay, which saves seconds a test."""
        driver = neo4j.GraphDatabase.driver(self.uri, auth=(self.user, self.password))
        with driver, driver.session() as session:
            session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS").consume()

    def wipe(self) -> None:
        """Delete all nodes, relationships, constraints and indexes."""
        self.empty()
        driver = neo4j.GraphDatabase.driver(self.uri, auth=(self.user, self.password))
        with driver, driver.session() as session:
            for kind, listed in SCHEMA.items():
                for row in session.run(listed).data():
                    session.run(f"DROP {kind} `{row['name']}`").consume()


@pytest.fixture(scope="session")
def neo4j_server() -> Iterator[Neo4jServer]:
    """Yield a Neo4j server with nothing in it; a server that ran before the session runs on."""
    with ExitStack() as stack:
        one = server(stack.enter_context(free_name()))
        before = one.pid()
        try:
            one.up()
        except LabError as error:
            cannot_start(error)
        stack.callback(one.up if before else one.kill)  # an orderly end takes 10 s, and the data are wiped
        running = Neo4jServer(one)
        running.wipe()
        yield running


class free_name:  # noqa: N801 -- a context manager, used as a function
    """The first of ``tests``, ``tests-2``, … that no other test session holds."""

    def __enter__(self) -> str:
        folder = process.home() / "neo4j"
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(1, 100):
            name = f"tests-{number}" if number > 1 else "tests"
            self.lock = (folder / f"{name}.lock").open("w")
            with suppress(BlockingIOError):
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return name
            self.lock.close()
        raise LabError("a hundred test sessions hold a Neo4j server each")

    def __exit__(self, *_: object) -> None:
        self.lock.close()


@dataclass(slots=True)
class Vcsim:
    """A running simulator. Its estate is as `flags` say until somebody changes it."""

    simulator: Simulator
    flags: Sequence[str]
    url: str = ""
    instance_uuid: str = ""
    control: Control = field(default_factory=lambda: Control(""))

    def up(self) -> None:
        """Start it, with a fresh estate, under the address it had before."""
        listen = [f"-listen={self.url.split('/')[2]}"] if self.url else []
        ready = self.simulator.up([*self.flags, f"-owner={os.getpid()}", *listen])
        self.url, self.instance_uuid, self.control = ready["url"], ready["instance_uuid"], Control(ready["control"])

    def down(self) -> None:
        """Stop it; an error when it had ended by itself, which explains the tests that failed before."""
        panic = self.simulator.panic()
        self.simulator.down()
        if panic is not None:
            raise LabError(f"vcsim ended by itself: {panic}")

    def restart(self) -> None:
        """Stop it and start it with a fresh estate."""
        self.down()
        self.up()

    def estate(self, user: str = "VSPHERE.LOCAL\\alice", password: str = "secret") -> Estate:  # noqa: S107 -- the simulator takes any
        """Log in as a user who changes things."""
        return Estate(self.control, self.url, user, password, self.certificate)

    @property
    def certificate(self) -> Path | None:
        """The certificate file named by the flag ``-tls=FILE``."""
        return next((Path(flag.partition("=")[2]) for flag in self.flags if flag.startswith("-tls=")), None)


VcsimFactory: TypeAlias = Callable[..., Vcsim]


@pytest.fixture(scope="module")
def vcsim_factory() -> Iterator[VcsimFactory]:
    """Yield a function that starts one more simulator for this test module: ``vcsim_factory("-seed=2", "-vms=8")``."""
    with ExitStack() as stack:

        def start(*flags: str) -> Vcsim:
            name = f"tests-{os.getpid()}-{next(numbers)}"
            one = Vcsim(simulator(name), flags)
            stack.callback(one.down)
            try:
                one.up()
            except LabError as error:
                cannot_start(error)
            return one

        yield start


@pytest.fixture(scope="module")
def vcsim(vcsim_factory: VcsimFactory) -> Vcsim:
    """Return the simulator of this test module, with the default estate: 2 clusters, 6 hosts, 24 VMs."""
    return vcsim_factory()


@pytest.fixture(scope="module")
def lab_network() -> Iterator[Network]:
    """Return a network of this test module, settled: 5 nodes, 6 cables, 12 directed adjacencies."""
    one = network(f"dl{os.getpid()}")
    try:
        one.up()
        one.settle()
    except LabError as error:
        one.down()
        cannot_start(error)
    yield one
    one.down()


@pytest.fixture
def honest(vcsim: Vcsim) -> Iterator[None]:
    """Take back what a test did to the behaviour of its module's simulator; values it set stay set."""
    yield
    vcsim.control.clear()
