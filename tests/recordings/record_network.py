"""Makes the recordings of the network collector: ``python3 -m tests.recordings.record_network``, as root.

A leaf of the lab, by SNMP 3 and SSH from its real snmpd, lldpd and sshd; and three devices that no lab has, by their
rows: a stack of two Cisco switches with a command line, a router of Juniper, and a Fibre Channel switch. All are read
over the real line. The goldens beside them are rewritten by ``pytest tests/recordings --accept`` and reviewed.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from ipaddress import ip_network
from pathlib import Path

from driftline.collectors.capture import Capture
from driftline.collectors.egress import Egress
from driftline.collectors.network.accounts import Accounts, Learned, Login
from driftline.collectors.network.capture import capture
from driftline.collectors.network.cli.fake_device import FakeDevice
from driftline.collectors.network.cli.redact import Redactor
from driftline.collectors.network.cli.session import SshShell, threads
from driftline.collectors.network.cli.shell import CliAccount, CliFacts, CliPeer, Shell
from driftline.collectors.network.line import NetworkLine
from driftline.collectors.network.snmp import Auth, Community, FastEngine, Privacy, User
from driftline.collectors.network.snmp.replay_agent import ReplayAgent
from driftline.collectors.recording import RecordingLine
from driftline.collectors.target import Password, Target
from tests.lab import network
from tests.lab.process import run
from tests.recordings.network_rows import DEVICES, served

HERE = Path(__file__).parent / "network"
SECRET, KEY = "canary-community", b"the key of a recording, not of a site"
ANYWHERE = Egress((ip_network("127.0.0.0/8"), ip_network("10.99.0.0/24")))
NEVER = (SECRET, "canary-password", "canary-enable", network.AUTH, network.PRIVACY)


def shells() -> Callable[[CliPeer, CliAccount, CliFacts], Shell]:
    """Command lines over SSH, their secrets replaced under a key that everybody may know."""
    pool, redact = threads(2), Redactor(KEY, "record")
    return lambda peer, account, facts: SshShell(peer, account, pool, redact, facts)


async def read(name: str, address: str, accounts: Accounts) -> Capture:
    """One visit."""
    target = Target(name, address)
    async with (
        FastEngine() as engine,
        NetworkLine(target, accounts, engine, ANYWHERE, Learned(), shells=shells()) as line,
    ):
        recording = RecordingLine(line)
        await capture(target, recording)
    return recording.capture({"collector": "network", "target": name, "cursor": ""})


async def leaf(address: str, key: Password) -> Capture:
    """A leaf of the lab, from within its management namespace."""
    user = User(network.USER, Auth.SHA1, Password(network.AUTH), Privacy.AES128, Password(network.PRIVACY))
    ssh = Login(CliAccount("root", key=key))
    return await read("leaf1", address, Accounts({"v3": user}, {"ssh": ssh}))


async def device(name: str) -> Capture:
    """A device by its rows; a command line if it has one."""
    said, platform, replies = DEVICES[name]
    agent = ReplayAgent(served(said), communities={SECRET.encode(): ""})
    await agent.start()
    async with AsyncExitStack() as stack:
        stack.callback(agent.close)
        ssh: Mapping[str, Login] = {}
        if platform:
            fake = stack.enter_context(FakeDevice(platform, name, replies, password="canary-password"))  # noqa: S106 -- of a fake
            ssh = {"ssh": Login(CliAccount("reader", Password("canary-password")), fake.port)}
        return await read(name, str(agent.address), Accounts({"v2c": Community(Password(SECRET))}, ssh))


def keep(name: str, made: Capture) -> None:
    """Write a recording; edits and what must never be seen are made once and then a person's."""
    folder = HERE / name
    for old in folder.glob("*.gz"):
        old.unlink()
    made.write(folder, "capture")
    lines = {"never.yaml": "".join(f"- {one}\n" for one in NEVER), "drift.yaml": "[]\n", "observation.yaml": "[]\n"}
    for file, text in lines.items():
        if not (folder / file).exists():
            (folder / file).write_text(text, "utf-8")


def main(words: list[str]) -> None:
    """Record everything, or within the lab the one leaf."""
    if words:
        address, key = words
        keep("linux_leaf", asyncio.run(leaf(address, Password(Path(key).read_text("utf-8")))))
        return
    for name in DEVICES:
        keep(name, asyncio.run(device(name)))
    lab = network.network("dlrec")
    try:
        lab.up()
        lab.settle()
        inside = [sys.executable, "-m", "tests.recordings.record_network", network.address_of("leaf1"), str(lab.key)]
        run(lab.inside(inside))
    finally:
        lab.down()


if __name__ == "__main__":
    main(sys.argv[1:])
