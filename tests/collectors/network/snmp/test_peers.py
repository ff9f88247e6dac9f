"""Against others: net-snmp's daemon, pysnmp as oracle, and recorded production devices."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from driftline.collectors.errors import Refused
from driftline.collectors.network.snmp import (
    Address,
    Auth,
    Community,
    FastEngine,
    Limit,
    PeerFacts,
    Privacy,
    User,
    VarBind,
    Version,
    ber,
)
from driftline.collectors.network.snmp.credential import Credential
from driftline.collectors.network.snmp.pysnmp_session import pysnmp_peer
from driftline.collectors.network.snmp.recorded import read_lines, read_recording, recorded_text
from driftline.collectors.network.snmp.replay_agent import ReplayAgent
from driftline.collectors.network.snmp.values import END_OF_MIB_VIEW, read_value
from driftline.collectors.target import Password
from tests.collectors.network.snmp import daemon
from tests.collectors.network.snmp.speaking import PATIENT, V1, V2C, visit
from tests.lab.fixtures import cannot_start
from tests.lab.process import LabError

SYSTEM, IP = ber.from_dotted("1.3.6.1.2.1.1"), ber.from_dotted("1.3.6.1.2.1.4.20")
AUTH = {"": None, "MD5": Auth.MD5, "SHA": Auth.SHA1} | {name: Auth(name) for name in Auth if "-" in name}
PRIVACY = {
    "": None,
    "DES": Privacy.DES,
    "AES": Privacy.AES128,
    "AES-192": Privacy.AES192_BLUMENTHAL,
    "AES-256": Privacy.AES256_BLUMENTHAL,
}

WANTED = ("1.3.6.1.2.1.1.", "1.3.6.1.2.1.2.", "1.3.6.1.2.1.4.", "1.3.6.1.2.1.17.", "1.3.6.1.2.1.31.", "1.0.8802.")
PAGES = [ber.from_dotted(name) for name in WANTED]


def account(name: str) -> User:
    """A user of the daemon."""
    auth, privacy = (AUTH[daemon.ACCOUNTS[name][0]], PRIVACY[daemon.ACCOUNTS[name][1]])
    return User(
        name,
        auth,
        Password(daemon.AUTH_SECRET) if auth else None,
        privacy,
        Password(daemon.PRIVACY_SECRET) if privacy else None,
    )


@pytest.mark.parametrize("name", daemon.ACCOUNTS)
def test_a_real_daemon_is_read_by_every_pair_of_protocols_it_offers(name: str, daemon_port: int) -> None:
    """Every auth x privacy pair that snmpd offers, against snmpd."""

    async def scene() -> bool:
        address = Address("127.0.0.1", daemon_port)
        async with FastEngine() as engine:
            await engine.probe(address, account(name))
            async with engine.peer(address, account(name), PeerFacts()) as peer:
                walk = await peer.walk(SYSTEM, Limit())
        return walk.complete and len(walk.varbinds) > 7

    assert asyncio.run(scene())


def test_a_walk_is_what_snmpbulkwalk_prints(daemon_port: int) -> None:
    """The same names as net-snmp's own tool, in versions 1, 2c and 3."""
    printed = daemon.tool(["snmpbulkwalk", "-v2c", "-cpublic", "-Oqn", f"127.0.0.1:{daemon_port}", "1.3.6.1.2.1.4.20"])
    names = [line.split()[0].strip(".") for line in (printed or "").splitlines()]

    async def scene(credential: Credential) -> list[str]:
        address = Address("127.0.0.1", daemon_port)
        async with FastEngine() as engine, engine.peer(address, credential, PeerFacts()) as peer:
            return [ber.dotted(one.oid) for one in (await peer.walk(IP, Limit())).varbinds]

    assert names
    for credential in (V1, V2C, account("shaaes")):
        assert asyncio.run(scene(credential)) == names


def test_a_daemon_that_restarted_is_read_on(tmp_path: Path) -> None:
    """15: boots and time of a restarted agent are taken over once, and the visit goes on."""
    if why := daemon.missing():
        cannot_start(LabError(why))

    async def scene() -> int:
        async with FastEngine() as engine:
            with daemon.snmpd(tmp_path) as port:
                address = Address("127.0.0.1", port)
                async with engine.peer(address, account("shaaes"), PeerFacts()) as peer:
                    await peer.walk(SYSTEM, Limit())
            with daemon.snmpd(tmp_path, port=port):
                async with engine.peer(address, account("shaaes"), PeerFacts()) as peer:
                    return len((await peer.walk(SYSTEM, Limit())).varbinds)

    assert asyncio.run(scene()) > 7


def test_the_fallback_says_when_a_user_is_refused(daemon_port: int) -> None:
    """Errors of pysnmp become the four of ours."""
    nobody = User("nobody", Auth.SHA1, Password("authpass1"))

    async def scene() -> None:
        async with pysnmp_peer(Address("127.0.0.1", daemon_port), nobody, PeerFacts(), PATIENT) as peer:
            with pytest.raises(Refused):
                await peer.get([SYSTEM + b"\x03\x00"])

    asyncio.run(scene())


@pytest.mark.slow
def test_every_recorded_device_is_read_as_it_was_recorded(recordings: Path) -> None:
    """The recorded walks of production devices through the replay agent: every varbind equals the recording."""

    async def scene(path: Path) -> int:
        lines = recorded_text(path).split("\n")
        recording = read_lines("\n".join(line for line in lines if line.startswith(WANTED)))
        async with visit(ReplayAgent(recording), V2C, treatment=PATIENT) as peer:
            for root in PAGES:
                walk = await peer.walk(root, Limit(rows=1_000_000))
                assert walk.complete, (path.name, walk.end, walk.why)
                assert walk.varbinds == [one for one in recording.rows if one.oid.startswith(root)], path.name
                assert all(read_value(one.tag, one.value) is not None for one in walk.varbinds)
        return len(recording.rows)

    sizes = [asyncio.run(scene(path)) for path in sorted(recordings.rglob("*.snmprec*"))]
    assert len(sizes) == 23
    assert sum(sizes) > 400_000


def test_an_agent_at_its_end_says_end_of_view(recordings: Path) -> None:
    """EndOfMibView is a value of its own and ends a walk."""
    agent = ReplayAgent(read_recording(recordings / "os/windows/server-2003-5-2.snmprec.bz2"))

    async def scene() -> VarBind:
        async with visit(agent, Community(Password("public"), Version.V2C)) as peer:
            return (await peer.next([ber.from_dotted("2.1")]))[0]

    assert asyncio.run(scene()).tag == END_OF_MIB_VIEW
