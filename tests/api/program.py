"""The program as a person runs it: a process in a folder with a configuration."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

DRIFTLINE = Path(sys.executable).with_name("driftline")
PASSWORD = "not-in-any-output"  # noqa: S105 -- of a simulator

Said = subprocess.CompletedProcess[str]


@dataclass
class Program:
    """A folder with ``driftline.yaml`` in it. ``inside`` are words that stand before every command."""

    folder: Path
    inside: Sequence[str] = ()

    def configure(self, targets: Sequence[Mapping[str, Any]] = (), **more: Any) -> None:  # noqa: ANN401 -- settings
        """Write the configuration; JSON is YAML."""
        account = {"user": "reader", "password": "env:VC_PASSWORD"}
        given = {"networks": ["127.0.0.0/8"], "credentials": {"vc": account}, "targets": list(targets), **more}
        (self.folder / "driftline.yaml").write_text(json.dumps(given))

    def __call__(self, *words: str, **environ: str) -> Said:
        """Run one command to its end."""
        return subprocess.run(  # noqa: S603 -- our own program
            [*self.inside, DRIFTLINE, *words],
            cwd=self.folder,
            env=self.environ(**environ),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def json(self, *words: str) -> Any:  # noqa: ANN401 -- any document
        """Run a command that succeeds, and read what it printed."""
        said = self(*words, "-o", "json")
        assert said.returncode == 0, said.stderr
        return json.loads(said.stdout)

    def start(self, *words: str) -> subprocess.Popen[str]:
        """Begin a command that does not end by itself."""
        return subprocess.Popen(  # noqa: S603 -- our own program
            [
                "/usr/bin/env",
                "--default-signal=INT",
                DRIFTLINE,
                *words,
            ],  # a background shell ignores Ctrl-C
            cwd=self.folder,
            env=self.environ(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def environ(self, **more: str) -> dict[str, str]:
        """The environment: a home of its own, and the password."""
        path = os.environ["PATH"]  # noqa: TID251 -- no product setting
        return {"PATH": path, "HOME": str(self.folder), "VC_PASSWORD": PASSWORD, **more}


def target(name: str, address: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 -- settings
    """A vCenter to visit."""
    return {"name": name, "collector": "vsphere", "address": address, "credential": "vc", **more}


def one_line(said: Said) -> str:
    """The one line that a failed command printed."""
    lines = said.stderr.strip().splitlines()
    assert len(lines) == 1, said.stderr
    assert lines[0].startswith("driftline: ")
    assert "Traceback" not in said.stderr
    return lines[0].removeprefix("driftline: ")
