"""The fast engine against pysnmp: what both read of one agent is the same, in every version."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from driftline.collectors.network.snmp import (
    Address,
    End,
    FastEngine,
    Limit,
    PeerFacts,
    SessionPeer,
    Treatment,
    VarBind,
    ber,
    read_value,
    values,
)
from driftline.collectors.network.snmp.credential import Credential
from driftline.collectors.network.snmp.fault_agent import Fault
from driftline.collectors.network.snmp.pysnmp_session import pysnmp_peer
from driftline.collectors.network.snmp.recorded import Recording, read_lines, recorded_text
from driftline.collectors.network.snmp.replay_agent import ReplayAgent
from tests.collectors.network.snmp.speaking import PATIENT, QUICK, V3, VERSIONS, faulty

ELSEWHERE = "1.3.6.1.4.1.99999."
ROOT = ber.from_dotted(ELSEWHERE.strip("."))
PORTS = ber.from_dotted("1.3.6.1.2.1.2")
NOTHING_USABLE = {End.GARBLED, End.UNREACHABLE}
"""Octets that make no sense: one engine says so where the other drops them, and so hears nothing."""
OF_A_TABLE, OF_A_SHAPE = 6, 1
LONGEST_NAME = 120

Read = tuple[End, list[VarBind]]
Opens = Callable[..., AbstractAsyncContextManager[SessionPeer]]


def thinned(path: Path) -> Recording:
    """A recording in small: the first rows of every module, and of every shape of a value; below a root of its own.

    Sorts of values and lengths decide how a value is read; the rest of a recording is more of the same.
    """
    met: Counter[tuple[str, ...]] = Counter()
    kept: list[str] = []
    for line in recorded_text(path).split("\n"):
        name, _, said = line.partition("|")
        kind, _, value = said.partition("|")
        about = (("module", *name.split(".")[:9]), ("shape", kind, str(len(value)), str(name.count("."))))
        if any(met[one] < (OF_A_TABLE if one[0] == "module" else OF_A_SHAPE) for one in about):
            met.update(about)
            if name.count(".") < LONGEST_NAME:
                kept.append(ELSEWHERE + line)
    return read_lines("\n".join(kept))


def both(make: Callable[[], ReplayAgent], credential: Credential, root: bytes, treatment: Treatment) -> list[Read]:
    """What our engine and then pysnmp read below a root, each of an agent of its own, and how it ends."""

    async def scene(engine: Opens) -> Read:
        agent = make()
        address = await agent.start()
        try:
            async with engine(address, credential, PeerFacts(), treatment) as peer:
                walk = await peer.walk(root, Limit())
        finally:
            agent.close()
        return walk.end, walk.varbinds

    return [asyncio.run(scene(engine)) for engine in (fast_peer, pysnmp_peer)]


def said(read: Read) -> list[tuple[bytes, int, object]]:
    """Names, types and values; pyasn1 writes some negative numbers with an octet too many."""
    return [(one.oid, one.tag, read_value(one.tag, one.value)) for one in read[1]]


@asynccontextmanager
async def fast_peer(
    address: Address, credential: Credential, facts: PeerFacts, treatment: Treatment | None = None
) -> AsyncIterator[SessionPeer]:
    """One visit by an engine of its own."""
    async with FastEngine() as engine, engine.peer(address, credential, facts, treatment) as peer:
        yield peer


@pytest.mark.slow
@pytest.mark.parametrize("version", VERSIONS)
def test_both_engines_read_the_same_of_every_recording(version: str, recordings: Path) -> None:
    """Acceptance row 3: own against pysnmp over all recordings, v1, v2c, v3: 0 differences in OIDs, types, values."""
    paths, rows = sorted(recordings.rglob("*.snmprec*")), 0
    for path in paths:
        recording = thinned(path)
        ours, theirs = both(partial(ReplayAgent, recording, users=[V3]), VERSIONS[version], ROOT, PATIENT)
        kept = [one for one in recording.rows if version != "v1" or one.tag != values.COUNTER64]
        assert ours == (End.END_OF_VIEW, kept), path.name
        assert (theirs[0], said(theirs)) == (ours[0], said(ours)), path.name
        rows += len(kept)

    assert len(paths) == 23
    assert rows > 10_000


def odd() -> Iterator[tuple[int, bytes]]:
    """Values that devices were seen to send, and the edges of every type."""
    for tag in (values.COUNTER32, values.GAUGE32, values.TIMETICKS):
        yield from ((tag, bytes.fromhex(said)) for said in ("00", "7f", "0080", "00ffffffff"))
    yield from ((values.COUNTER64, bytes.fromhex(said)) for said in ("00", "7fffffffffffffff", "00ffffffffffffffff"))
    yield from ((values.INTEGER, bytes.fromhex(said)) for said in ("00", "ff", "80", "0080", "7fffffff", "80000000"))
    yield from ((values.OCTETS, said) for said in (b"", b"\x00", b"\xff" * 127, b"x" * 128, b"y" * 300, "ü".encode()))
    yield from ((values.OID, ber.from_dotted(name)) for name in ("0.0", "1.3", "2.100.3", "1.3.4294967295"))
    yield from ((values.IP_ADDRESS, said) for said in (bytes(4), b"\xff" * 4))
    yield from ((values.OPAQUE, said) for said in (b"", bytes.fromhex("9f780441200000")))


UNPADDED = [(values.COUNTER32, b"\xff\xff\xff\xff"), (values.GAUGE32, b"\x80"), (values.COUNTER64, b"\xff" * 8)]
"""Of agents that leave out the leading zero: pysnmp takes them for negative and refuses them."""


@pytest.mark.parametrize("version", VERSIONS)
def test_both_engines_read_the_same_of_odd_values(version: str) -> None:
    """The edges of every type, names of all lengths: the same types and values."""
    tails = ("1", "127", "128.0", "4294967295.1", ".".join(["1"] * 100))
    rows = [
        VarBind(ber.from_dotted(f"{ELSEWHERE}{at}.{tails[at % len(tails)]}"), tag, content)
        for at, (tag, content) in enumerate(odd(), 1)
    ]
    ours, theirs = both(partial(ReplayAgent, Recording.of(rows), users=[V3]), VERSIONS[version], ROOT, PATIENT)

    assert (ours[0], said(ours)) == (theirs[0], said(theirs))
    assert len(ours[1]) == len([one for one in rows if version != "v1" or one.tag != values.COUNTER64])


@pytest.mark.parametrize("version", ["v2c", "v3"])
def test_numbers_without_their_leading_zero_are_read_by_the_fast_engine_alone(version: str) -> None:
    """Counters are unsigned whatever the leading bit: where the oracle gives up nothing is lost."""
    rows = [VarBind(ber.from_dotted(f"{ELSEWHERE}{at}"), *one) for at, one in enumerate(UNPADDED, 1)]
    ours, _ = both(partial(ReplayAgent, Recording.of(rows), users=[V3]), VERSIONS[version], ROOT, QUICK)

    assert [read_value(one.tag, one.value) for one in ours[1]] == [2**32 - 1, 128, 2**64 - 1]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("fault", list(Fault))
def test_both_engines_tell_the_same_end_of_a_fault(fault: Fault, version: str) -> None:
    """Quirk models: the fallback behind the same interface ends as the fast engine does, with the same rows."""
    (our_end, ours), (their_end, theirs) = both(partial(faulty, fault, from_request=1), VERSIONS[version], PORTS, QUICK)

    assert ours == theirs
    assert our_end is their_end or {our_end, their_end} == NOTHING_USABLE
