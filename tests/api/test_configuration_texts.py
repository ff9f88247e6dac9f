"""A changed configuration is one change of one digest, and its lines are told from the evidence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from driftline.collectors.network.cli.fake_device import FakeDevice
from tests.api.program import Program
from tests.collectors.network.snmp import daemon
from tests.lab.fixtures import cannot_start
from tests.lab.process import LabError

SECRETS = {"COM": "public", "PASS": "correct"}
CREDENTIALS: dict[str, Any] = {
    "com": {"kind": "snmp", "community": "env:COM"},
    "cli": {"kind": "ssh", "user": "reader", "password": "env:PASS"},
}
BEFORE = """\
hostname sw1
interface GigabitEthernet0/1
 description old
snmp-server community planted-secret RO
end
"""
AFTER = BEFORE.replace("description old", "description new")
RUNNING, STARTUP = "show running-config", "show startup-config"


@pytest.fixture
def device() -> Iterator[FakeDevice]:
    """A switch to log in to."""
    replies = {RUNNING: BEFORE, STARTUP: BEFORE}
    with FakeDevice("cisco_ios", name="sw1", replies=replies) as one:
        yield one


@pytest.fixture
def program(tmp_path: Path, device: FakeDevice) -> Iterator[Program]:
    """A folder whose target is that switch; its agent is a real one."""
    if why := daemon.missing():
        cannot_start(LabError(why))
    one = Program(tmp_path)
    (tmp_path / "snmpd").mkdir()
    with daemon.snmpd(tmp_path / "snmpd") as port:
        accounts = {**CREDENTIALS, "cli": {**CREDENTIALS["cli"], "port": device.port}}
        target = {"name": "sw1", "collector": "network", "address": f"127.0.0.1:{port}", "credentials": ["com", "cli"]}
        one.configure([{**target, "platform": "cisco_ios"}], credentials=accounts)
        yield one


def visited(program: Program) -> None:
    """Visit the switch; some of its commands are unknown to it."""
    said = program("visit", "sw1", **SECRETS)
    assert said.returncode in {0, 3}, said.stderr


def changed(program: Program) -> list[dict[str, Any]]:
    """Changes of configurations."""
    said = program("changes", "list", "--kind", "ConfigurationText", "-o", "json", **SECRETS)
    rows: list[dict[str, Any]] = json.loads(said.stdout)["rows"]
    return rows


def test_the_lines_of_a_changed_configuration_are_told(program: Program, device: FakeDevice) -> None:
    """Each with its section, from the captures of both visits; secrets were never in them."""
    visited(program)
    device.replies = {RUNNING: AFTER, STARTUP: BEFORE}
    visited(program)
    (change,) = [row for row in changed(program) if row["path"] == "digest"]

    told = program("changes", "diff", change["id"], **SECRETS)

    assert told.returncode == 0, told.stderr
    assert [line.rstrip() for line in told.stdout.splitlines()] == [
        "  interface GigabitEthernet0/1",
        "-   description old",
        "+   description new",
    ]
    said = json.loads(program("changes", "diff", change["id"], "-o", "json", **SECRETS).stdout)
    assert [(line["mark"], line["text"]) for line in said["answer"]["lines"]] == [
        ("-", "description old"),
        ("+", "description new"),
    ]
    spread = [file for file in program.folder.rglob("*") if file.is_file() and b"planted-secret" in file.read_bytes()]
    assert spread == []


def test_a_text_that_is_no_longer_kept_is_said(program: Program, device: FakeDevice) -> None:
    """Captures may have been pruned: one line, and what was looked for."""
    visited(program)
    device.replies = {RUNNING: AFTER, STARTUP: BEFORE}
    visited(program)
    (change,) = [row for row in changed(program) if row["path"] == "digest"]
    for capture in (program.folder / "data/captures").iterdir():
        capture.unlink()

    told = program("changes", "diff", change["id"], **SECRETS)

    assert told.returncode == 2
    assert "with the text is not in" in told.stderr


def test_another_change_has_no_text(program: Program) -> None:
    """As has one that does not exist."""
    visited(program)

    assert "no change" in program("changes", "diff", "nothing", **SECRETS).stderr
