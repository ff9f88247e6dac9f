"""An installation with the morning of ``tests.graph.questions.story`` in its store, asked over HTTP and by commands."""

from __future__ import annotations

import asyncio
import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from driftline.api.cli import run
from driftline.api.rest.app import create_app
from driftline.api.site import ReplayClock, Site
from driftline.config import Settings
from driftline.graph.questions.find_ci import the_one
from tests.graph.contract.conftest import SqlitePlace
from tests.graph.questions.story import ALL, SITE_KEY, at, told

CONFIGURATION = """
version: 1
site: {name: Berlin, time_zone: Europe/Berlin}
store: {path: store.db}
captures: captures
credentials: {vc-ro: {user: reader, password: "env:VC"}}
targets:
  - {name: vc-1, collector: vsphere, address: vc.example.com, credential: vc-ro}
"""


@dataclass
class Installed:
    """A folder with configuration, key and store."""

    folder: Path

    @classmethod
    def make(cls, folder: Path) -> Installed:
        """Let the morning happen in a new folder."""
        place = SqlitePlace(folder)
        told(place).store.close()
        (folder / "driftline.yaml").write_text(CONFIGURATION)
        (folder / "site.key").write_bytes(SITE_KEY)
        return cls(folder)

    @property
    def site(self) -> Site:
        """The installation; its clock stands half an hour after the last visit."""
        clock = ReplayClock()
        clock.at_ms = at(12, 30)
        return Site(Settings.load(self.folder / "driftline.yaml", {}), {}, clock=clock)

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Ask over HTTP."""
        return self.ask(path, headers=headers)

    def ask(self, path: str, *, method: str = "GET", headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Ask over HTTP by any method."""
        site = self.site

        async def asked() -> httpx.Response:
            app = create_app(site)
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                answer = await client.request(method, path, headers=headers)
            app.state.desk.close()
            return answer

        return asyncio.run(asked())

    def json(self, path: str) -> Any:  # noqa: ANN401 -- any document
        """A body over HTTP."""
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def run(self, line: str) -> int:
        """Run a command line without the program's name; returns its exit code."""
        return run(["--config", str(self.folder / "driftline.yaml"), *shlex.split(line)])

    def said(self, capsys: pytest.CaptureFixture[str], line: str) -> str:
        """What a command that succeeds prints."""
        code = self.run(line)
        printed = capsys.readouterr()
        assert code == 0, printed.err
        return printed.out

    def body(self, capsys: pytest.CaptureFixture[str], line: str) -> Any:  # noqa: ANN401 -- any document
        """The JSON that a command prints."""
        return json.loads(self.said(capsys, f"{line} -o json"))

    def key(self, name: str) -> str:
        """Key of a CI."""
        with self.site.store() as store:
            return the_one(ALL, store, name)
