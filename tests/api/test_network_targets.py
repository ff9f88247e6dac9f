"""A network device as a target: checked, recorded, visited, replayed, and remembered; against a real snmpd."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from driftline.api.ops import Peers
from driftline.collectors.network.accounts import Learned
from driftline.collectors.network.snmp import Auth, Privacy, Version
from driftline.config import Settings
from driftline.config.credentials import Auth as AuthName
from driftline.config.credentials import Privacy as PrivacyName
from tests.api.program import Program
from tests.collectors.network.snmp import daemon
from tests.lab import process
from tests.lab.fixtures import cannot_start
from tests.lab.process import LabError

SECRETS = {"COM": "public", "WRONG": "hush-hush", "AUTH": daemon.AUTH_SECRET, "PRIV": daemon.PRIVACY_SECRET}
CREDENTIALS: dict[str, Any] = {
    "com": {"kind": "snmp", "community": "env:COM"},
    "wrong": {"kind": "snmp", "community": "env:WRONG"},
    "v3": {
        "kind": "snmp_v3",
        "user": "shaaes",
        "auth": "SHA",
        "auth_secret": "env:AUTH",
        "privacy": "AES",
        "privacy_secret": "env:PRIV",
    },
}


@pytest.fixture(scope="module")
def agent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of a running snmpd."""
    if why := daemon.missing():
        cannot_start(LabError(why))
    with daemon.snmpd(tmp_path_factory.mktemp("snmpd")) as port:
        yield port


@pytest.fixture
def program(tmp_path: Path, agent: int) -> Program:
    """A folder whose target is that agent."""
    one = Program(tmp_path)
    configure(one, agent, ["wrong", "com"])
    return one


def configure(program: Program, port: int, credentials: list[str]) -> None:
    """One target."""
    device = {"name": "sw1", "collector": "network", "address": f"127.0.0.1:{port}", "credentials": credentials}
    program.configure([device], credentials=CREDENTIALS)


def run(program: Program, *words: str) -> Any:  # noqa: ANN401 -- any document
    """Run a command that may end partial, and read what it printed."""
    said = program(*words, "-o", "json", **SECRETS)
    assert said.returncode in {0, 3}, said.stderr
    return json.loads(said.stdout)


def test_a_device_is_checked_rung_by_rung(program: Program) -> None:
    """Name, login, read: by the second credential, as the first is not accepted."""
    rungs = {row["rung"]: row for row in run(program, "check", "sw1")}
    assert {"name", "login", "read"} <= set(rungs)
    assert rungs["login"]["state"] == "ok"


def test_a_dead_address_breaks_the_ladder_and_says_what_to_do(program: Program) -> None:
    """Nobody listens on that port."""
    configure(program, process.free_port(), ["com"])
    said = program("check", "sw1", "-o", "json", **SECRETS)
    assert said.returncode == 5
    assert "nobody listens" in said.stdout


def test_a_visit_is_taken_in_and_remembered_without_a_secret(program: Program) -> None:
    """Items in the store; the working credential by name in the book; no community in any file."""
    report = run(program, "visit", "sw1")[0]
    assert report["items"] > 0
    memory = Learned.load(Peers(program.folder / "data/ops.db").learned("sw1", address(program)))
    assert (memory.credential, memory.snmp.version) == ("com", Version.V2C)
    assert memory.snmp.engine_id
    spread = [file for file in program.folder.rglob("*") if file.is_file() and b"hush-hush" in file.read_bytes()]
    assert spread == []


def test_a_recording_replays_to_the_same_items(program: Program) -> None:
    """Record, then replay in an empty store: the device and its ports are there."""
    kept = program("record", "sw1", "--out", "kept", **SECRETS)
    assert kept.returncode in {0, 3}, kept.stderr
    said = run(program, "replay", "kept")[0]
    assert said["items"] > 0
    assert not (program.folder / "data/ops.db").exists()


def test_a_user_of_version_3_reads_too(program: Program, agent: int) -> None:
    """AuthPriv from the configuration to the device."""
    configure(program, agent, ["v3"])
    assert run(program, "visit", "sw1")[0]["items"] > 0


def test_targets_are_listed_with_their_last_visit(program: Program) -> None:
    """As any other target."""
    run(program, "visit", "sw1")
    (row,) = run(program, "targets", "list")["rows"]
    assert (row["name"], row["collector"]) == ("sw1", "network")


def test_a_passphrase_that_is_too_short_is_said_before_anything_is_sent(program: Program, agent: int) -> None:
    """Eight octets at least, without the passphrase in the message."""
    configure(program, agent, ["v3"])
    said = program("visit", "sw1", **{**SECRETS, "PRIV": "hushhus"})
    assert said.returncode == 6
    assert "env:PRIV: a passphrase of SNMP 3 has at least 8 octets" in said.stderr
    assert "hushhus" not in said.stdout + said.stderr


def test_memory_of_another_address_is_not_used(tmp_path: Path) -> None:
    """A target that moved is another device; a broken row is no memory."""
    peers = Peers(tmp_path / "ops.db")
    assert peers.learned("sw1", "10.0.0.1") == ""
    peers.keep("sw1", "10.0.0.1", b"\x80\0twin", Learned(credential="a").dump())
    peers.keep("sw2", "10.0.0.2", b"\x80\0twin", "odd")
    assert Learned.load(peers.learned("sw1", "10.0.0.1")).credential == "a"
    assert Learned.load(peers.learned("sw1", "10.0.0.9")) == Learned()
    assert Learned.load(peers.learned("sw2", "10.0.0.2")) == Learned()
    assert peers.twins(b"\x80\0twin", "10.0.0.1") == ["sw2 (10.0.0.2)"]
    assert (tmp_path / "ops.db").stat().st_mode & 0o077 == 0
    with closing(sqlite3.connect(tmp_path / "ops.db")) as connection:
        assert connection.execute("SELECT count(*) FROM peer").fetchone() == (2,)


def test_the_configuration_knows_the_protocols_that_the_engine_speaks() -> None:
    """The names in the configuration are those of the engine, all of them."""
    assert set(AuthName.__args__) == {one.value for one in Auth}  # type: ignore[attr-defined]  # of typing
    assert set(PrivacyName.__args__) == {one.value for one in Privacy}  # type: ignore[attr-defined]  # of typing
    assert Settings.model_fields


def address(program: Program) -> str:
    """The address of the configured target."""
    found: str = json.loads((program.folder / "driftline.yaml").read_text())["targets"][0]["address"]
    return found


def test_two_targets_with_one_engine_id_are_a_finding_and_no_error(program: Program, agent: int) -> None:
    """The second device that shows it says so, once; the visit goes on."""
    sw2 = {"name": "sw2", "collector": "network", "address": f"127.0.0.1:{agent}", "credential": "com"}
    program.configure([sw2], credentials=CREDENTIALS)
    Peers(program.folder / "data/ops.db").keep("sw1", "10.0.0.1", engine_of(program), Learned().dump())
    for _ in range(2):
        assert run(program, "visit", "sw2")[0]["items"] > 0
    found = [row["text"] for row in run(program, "drift", "list", "--about", "coverage")["rows"][0]["rows"]]
    assert [text for text in found if "engine id" in text] == [
        "sw2: sw1 (10.0.0.1) shows the same SNMP engine id: one device twice, or a copied configuration"
    ]


def engine_of(program: Program) -> bytes:
    """What the agent calls itself, after a visit."""
    run(program, "visit", "sw2")
    return Learned.load(Peers(program.folder / "data/ops.db").learned("sw2", address(program))).snmp.engine_id
