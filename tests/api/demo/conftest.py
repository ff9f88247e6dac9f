"""One demonstration for all tests of a session: a real process in an empty folder."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from driftline.api.demo.folder import site_in
from driftline.graph.store import Store
from tests.api.program import Program, Said


@dataclass(frozen=True)
class Demo:
    """What ``driftline demo --exit`` said, how long it took, and where it left its store."""

    said: Said
    seconds: float
    home: Path

    @property
    def folder(self) -> Path:
        """The folder that it made."""
        return self.home / "driftline-demo"

    @property
    def lines(self) -> list[str]:
        """What it printed."""
        return self.said.stdout.splitlines()

    @contextmanager
    def store(self) -> Iterator[Store]:
        """The store that it left, to read."""
        with site_in(self.folder).store() as store:
            yield store


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    """Run the demonstration once; tests that write take a copy of its folder."""
    home = tmp_path_factory.mktemp("demo")
    begun = time.monotonic()
    said = Program(home)("demo", "--exit")
    assert said.returncode == 0, said.stderr
    return Demo(said, time.monotonic() - begun, home)
