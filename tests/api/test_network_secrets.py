"""No secret gets out of the product: not to any file that it writes, and not to anything that it prints."""

from __future__ import annotations

import asyncio
import gzip
import json
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from driftline.collectors.network.cli.fake_device import FakeDevice
from driftline.collectors.network.snmp import Auth, Privacy, User
from driftline.collectors.network.snmp.fault_agent import Fault, FaultAgent
from driftline.collectors.network.snmp.recorded import Recording
from driftline.collectors.network.snmp.replay_agent import ReplayAgent
from driftline.collectors.target import Password
from tests.api.program import Program
from tests.collectors.network.cli.test_redact import FORMS
from tests.collectors.network.visiting import row
from tests.recordings.network_rows import DEVICES, served

pytestmark = pytest.mark.slow

MARK = "pl4nted"
"""In every secret there is."""
ENVIRON = {
    "COM": f"{MARK}-community",
    "WRONG": f"{MARK}-wrong-community",
    "AUTH": f"{MARK}-auth-passphrase",
    "PRIV": f"{MARK}-privacy-passphrase",
    "OTHER": f"{MARK}-other-passphrase",
    "PASS": f"{MARK}-password",
    "ENABLE": f"{MARK}-enable",
}
ACCOUNTS: dict[str, Any] = {
    "wrong": {"kind": "snmp", "community": "env:WRONG"},
    "com": {"kind": "snmp", "community": "env:COM"},
    "v3": {
        "kind": "snmp_v3", "user": "reader", "auth": "SHA", "auth_secret": "env:AUTH",
        "privacy": "AES", "privacy_secret": "env:PRIV",
    },
}  # fmt: skip
BAD_V3 = {"kind": "snmp_v3", "user": "reader", "auth": "SHA", "auth_secret": "env:OTHER"}
DENIED = (
    "1.3.6.1.6.3.18.1.1.1.2.1",
    "1.3.6.1.6.3.15.1.2.2.1.3.1",
    "1.3.6.1.6.3.16.1.2.1.3.2.1",
    "1.3.6.1.2.1.47.1.2.1.1.4.1",
    "1.3.6.1.2.1.25.4.2.1.5.1",
    "1.3.6.1.4.1.1588.2.1.1.1.4.11.1",
    "1.3.6.1.4.1.12740.5.1.7.6.1.6.1",
)
"""Objects that hold secrets, which this agent would tell to anybody who asks."""


def configuration(version: str) -> str:
    """A running configuration with every form of a secret that the platform knows, each with a secret of its own."""
    lines = [
        line.replace("§", f"{MARK}{version}x{number}q")
        for number, line in enumerate(FORMS["cisco_ios"].strip("\n").split("\n"))
    ]
    return "\n".join(["hostname sw1", "interface GigabitEthernet0/1", f" description {version}", *lines, "end", ""])


@contextmanager
def running(*agents: ReplayAgent) -> Iterator[None]:
    """Agents that answer from a thread of their own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        for agent in agents:
            asyncio.run_coroutine_threadsafe(agent.start(), loop).result(10)
        yield
    finally:
        asyncio.run_coroutine_threadsafe(close(agents), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


async def close(agents: Sequence[ReplayAgent]) -> None:
    """Close them, and let the loop see that they are."""
    for agent in agents:
        agent.close()
    await asyncio.sleep(0.1)


@dataclass
class Told:
    """Everything that the program printed, and where."""

    program: Program
    texts: dict[str, str] = field(default_factory=dict)

    def __call__(self, *words: str, ok: bool = True) -> str:
        """Run a command; one that succeeds may end partial."""
        said = self.program(*words, **ENVIRON)
        assert not ok or said.returncode in {0, 3}, said.stderr
        self.texts[f"{len(self.texts)}: {' '.join(words)}"] = said.stdout + said.stderr
        return said.stdout

    def rows(self, *words: str) -> list[Mapping[str, Any]]:
        """The rows that a command lists."""
        found: list[Mapping[str, Any]] = json.loads(self(*words, "-o", "json"))["rows"]
        return found


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """A switch full of secrets, and one that makes no sense: read, recorded, changed, and looked at from all sides."""
    said = Told(Program(tmp_path_factory.mktemp("secrets")))
    rows = [*served(DEVICES["cisco_stack"][0]).rows, *(row(name, f"{MARK}-{name}") for name in DENIED)]
    user = User("reader", Auth.SHA1, Password(ENVIRON["AUTH"]), Privacy.AES128, Password(ENVIRON["PRIV"]))
    agent = ReplayAgent(Recording.of(rows), users=[user], communities={ENVIRON["COM"].encode(): ""})
    odd = FaultAgent(Recording.of(rows), communities={ENVIRON["COM"].encode(): ""})
    odd.fault, odd.from_request = Fault.BAD_INSIDE, 3
    shell = FakeDevice("cisco_ios", name="sw1", password=ENVIRON["PASS"], enable=ENVIRON["ENABLE"])
    with running(agent, odd), shell:
        ssh = {"kind": "ssh", "user": "reader", "password": "env:PASS", "enable": "env:ENABLE", "port": shell.port}
        accounts = {**ACCOUNTS, "ssh": ssh, "bad ssh": {**ssh, "password": "env:OTHER"}, "bad v3": BAD_V3}
        devices = [
            device("sw1", agent, ["wrong", "com", "ssh"], platform="cisco_ios"),
            device("sw2", agent, ["v3"]),
            device("sw3", agent, ["bad v3"]),
            device("sw4", odd, ["com", "bad ssh"], platform="cisco_ios"),
        ]
        said.program.configure(devices, credentials=accounts)
        for version in ("old", "new"):
            shell.replies = {one: configuration(version) for one in ("show running-config", "show startup-config")}
            shell.replies |= {"show version": f"Cisco IOS, key {MARK}{version}version\nsnmp community {MARK}-v"}
            said("-vv", "visit", "sw1")
        for name in ("sw2", "sw3", "sw4"):
            said("-vv", "visit", name, ok=False)
            said("-vv", "check", name, ok=False)
        said("record", "sw1", "--out", "kept")
    look(said)
    return said


def device(name: str, agent: ReplayAgent, credentials: list[str], **more: str) -> dict[str, Any]:
    """A target."""
    return {"name": name, "collector": "network", "address": str(agent.address), "credentials": credentials, **more}


def look(said: Told) -> None:
    """Ask for all that the program can show of it."""
    (said.program.folder / "dump.jsonl").write_text(said("db", "dump"))
    for words in (("targets", "list"), ("runs", "list"), ("drift", "list"), ("config", "show"), ("doctor",)):
        said(*words, ok=False)
    for change in said.rows("changes", "list"):
        for way in ("show", "explain", "diff"):
            said("changes", way, str(change["id"]), ok=False)


def test_the_switch_was_read_by_all_its_ways(told: Told) -> None:
    """Else there would be nothing to find: tables, a configuration twice, and what changed in it."""
    changes = told.rows("changes", "list", "--kind", "ConfigurationText")
    assert {row["path"] for row in changes} >= {"digest"}
    diff = next(text for name, text in told.texts.items() if " diff " in name and "description new" in text)
    assert "description old" in diff
    assert diff.count("<secret:") > 2 * 30, "every rotated secret is a visible change"
    kept = [text for text in files(told.program.folder).values() if b"<secret:" in text]
    assert len(kept) >= 3


def test_no_secret_is_on_disk(told: Told) -> None:
    """Acceptance 4, row 14: captures, recordings, store, dump, book: nothing holds a planted secret."""
    spread = {name for name, text in files(told.program.folder).items() if MARK.encode() in text}
    assert spread == set()


def test_no_secret_is_printed(told: Told) -> None:
    """Acceptance 4, row 14: answers, logs at their most talkative, and errors."""
    assert [name for name, text in told.texts.items() if MARK in text] == []
    assert any("refused" in text.lower() for name, text in told.texts.items() if "sw3" in name)


def files(folder: Path) -> Mapping[str, bytes]:
    """Every file by its name, unpacked."""
    found = {str(file): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    return {name: gzip.decompress(text) if name.endswith(".gz") else text for name, text in found.items()}
