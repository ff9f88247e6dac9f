"""Agents that misbehave, in every version: each fault has a documented end, and others are not affected."""

from __future__ import annotations

import asyncio
import socket
import time

import pytest

from driftline.collectors.errors import Garbled, Refused, Unreachable
from driftline.collectors.network.snmp import (
    Address,
    Community,
    Crowd,
    End,
    FastEngine,
    Limit,
    PeerFacts,
    Version,
    ber,
)
from driftline.collectors.network.snmp.fault_agent import Fault, FaultAgent
from driftline.collectors.network.snmp.replay_agent import ReplayAgent
from driftline.collectors.network.snmp.table import SKIP_QUIRK
from driftline.collectors.network.snmp.values import Nothing
from driftline.collectors.network.snmp.walk import ORDER_QUIRK
from driftline.collectors.target import Password
from tests.collectors.network.snmp.speaking import IF_TABLE, QUICK, V2C, V3, VERSIONS, faulty, interfaces, visit

UP_TIME = ber.from_dotted("1.3.6.1.2.1.1.3.0")
PORTS = ber.from_dotted("1.3.6.1.2.1.2")
WHOLE = 320
"""Cells of the forty interfaces."""

RECOVERED, SILENT, LOST, LOOPS = {End.LEFT_SUBTREE}, {End.UNREACHABLE}, {End.GARBLED}, {End.LOOP}
ENDS = {
    Fault.TOO_BIG: RECOVERED,
    Fault.TOO_BIG_ECHO: RECOVERED,
    Fault.ALWAYS_TOO_BIG: LOST,
    Fault.GENERAL_ERROR: LOST,
    Fault.NO_ACCESS: {End.REFUSED},
    Fault.LOOP: LOOPS,
    Fault.STUCK: LOOPS,
    Fault.NO_BULK: RECOVERED,
    Fault.EMPTY: LOST,
    Fault.CUT: LOST | SILENT,
    Fault.GARBAGE: LOST | SILENT,
    Fault.BAD_INSIDE: LOST | SILENT,
    Fault.WRONG_ID: SILENT,
    Fault.OTHER_PORT: SILENT,
    Fault.TWICE: RECOVERED,
    Fault.OUT_OF_ORDER: RECOVERED,
    Fault.SILENT: SILENT,
}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("fault", ENDS)
def test_a_fault_has_its_end_and_others_are_not_affected(fault: Fault, version: str) -> None:
    """Fault agent, each fault x each version: documented end state, other devices unaffected."""
    credential = VERSIONS[version]

    async def scene() -> tuple[End, bool, int, bool]:
        bad, good = faulty(fault, from_request=2), ReplayAgent(interfaces(40), users=[V3])
        where = [await bad.start(), await good.start()]
        await bad.open_other_port()
        async with (
            FastEngine() as engine,
            engine.peer(where[0], credential, PeerFacts(), QUICK) as ill,
            engine.peer(where[1], credential, PeerFacts(), QUICK) as well,
        ):
            walk, other = await asyncio.gather(ill.walk(PORTS, Limit()), well.walk(PORTS, Limit()))
        bad.close()
        good.close()
        return walk.end, walk.complete, len(walk.varbinds), other.complete and len(other.varbinds) == WHOLE

    end, complete, count, unaffected = asyncio.run(scene())

    recovers = fault in {Fault.TOO_BIG, Fault.TOO_BIG_ECHO, Fault.NO_BULK}
    assert end in ({End.LEFT_SUBTREE} if recovers and version == "v1" else ENDS[fault])
    assert complete == (count == WHOLE)
    assert unaffected


@pytest.mark.parametrize("version", ["v1", "v2c"])
def test_a_reply_in_another_community_is_dropped(version: str) -> None:
    """Replies are checked for the community that was asked."""

    async def scene() -> End:
        async with visit(faulty(Fault.WRONG_COMMUNITY), VERSIONS[version]) as peer:
            return (await peer.walk(PORTS, Limit())).end

    assert asyncio.run(scene()) is End.UNREACHABLE


@pytest.mark.parametrize("version", VERSIONS)
def test_values_that_are_none_are_kept(version: str) -> None:
    """NULL values of broken agents are distinct sentinels, never dropped."""

    async def scene() -> set[object]:
        async with visit(faulty(Fault.NULLS), VERSIONS[version]) as peer:
            read = await peer.table(IF_TABLE, [2, 3], Limit())
        return {value for row in read.rows.values() for value in row.values()} if len(read.rows) == 40 else set()

    assert asyncio.run(scene()) == {Nothing.NULL}


def test_an_endless_walk_ends_as_loop_and_is_remembered() -> None:
    """14, easysnmp #205: OIDs that do not increase: one GETNEXT from the last good OID, then LOOP, quirk remembered."""
    facts, agent = PeerFacts(), faulty(Fault.LOOP, from_request=1)

    async def scene() -> tuple[End, int]:
        async with visit(agent, facts=facts) as peer:
            walk = await peer.walk(PORTS, Limit())
        return walk.end, len(walk.varbinds)

    assert asyncio.run(scene()) == (End.LOOP, 25)
    assert ORDER_QUIRK in facts.quirks
    assert len(agent.asked) <= 4


@pytest.mark.parametrize("version", ["v2c", "v3"])
def test_rows_skipped_in_large_replies_are_found_and_the_size_is_kept(version: str) -> None:
    """14, snmp_exporter #13 (Zyxel GS1920): skipped rows are seen by comparing columns, and read in smaller replies."""
    facts, agent = PeerFacts(max_repetitions=50), faulty(Fault.SKIP)

    async def scene() -> tuple[int, bool]:
        async with visit(agent, VERSIONS[version], facts=facts) as peer:
            read = await peer.table(IF_TABLE, range(1, 9), Limit())
        return sum(map(len, read.rows.values())), read.complete

    assert asyncio.run(scene()) == (WHOLE, True)
    assert facts.max_repetitions <= 12
    assert SKIP_QUIRK in facts.quirks


def test_a_device_without_getbulk_is_read_by_getnext_and_remembered() -> None:
    """14, snmp_exporter #31, snmp-info #338: no bulk at all: GETNEXT, stored per device."""
    facts = PeerFacts()

    async def scene(agent: FaultAgent) -> int:
        async with visit(agent, facts=facts, treatment=QUICK) as peer:
            return len((await peer.walk(PORTS, Limit())).varbinds)

    facts.max_repetitions = 1
    assert asyncio.run(scene(faulty(Fault.NO_BULK))) == WHOLE
    assert not facts.bulk_ok
    again = faulty(Fault.NO_BULK)
    assert asyncio.run(scene(again)) == WHOLE
    assert {asked.tag for asked in again.asked} == {0xA1}


def test_silence_teaches_nothing_about_sizes() -> None:
    """A device that dies under a walk is asked in the usual size at the next visit."""
    facts = PeerFacts(max_repetitions=50)

    async def scene() -> End:
        async with visit(faulty(Fault.SILENT, from_request=2), facts=facts) as peer:
            return (await peer.walk(PORTS, Limit())).end

    assert asyncio.run(scene()) is End.UNREACHABLE
    assert facts.max_repetitions == 50


def test_every_fault_has_its_end() -> None:
    """Row 6: no fault of the agent is left out of the tests of this file."""
    alone = {Fault.WRONG_COMMUNITY, Fault.NULLS, Fault.SKIP}
    assert set(ENDS) | alone == set(Fault)


def test_three_exhausted_requests_end_the_visit() -> None:
    """3.5: 3 exhausted requests in a row end the visit; the fourth is not sent."""
    agent = faulty(Fault.SILENT)

    async def scene() -> float:
        async with visit(agent) as peer:
            for _ in range(3):
                with pytest.raises(Unreachable, match="wrong community"):
                    await peer.get([UP_TIME])
            sent = len(agent.asked)
            began = time.monotonic()
            with pytest.raises(Unreachable, match="3 requests in a row"):
                await peer.get([UP_TIME])
            assert len(agent.asked) == sent
            return time.monotonic() - began

    assert asyncio.run(scene()) < 0.05


def test_garbage_is_garbled_and_silence_is_unreachable() -> None:
    """Errors by who must act: us, where something answers that we do not understand; nobody, where nothing does."""

    async def scene(fault: Fault) -> None:
        async with visit(faulty(fault)) as peer:
            await peer.get([UP_TIME])

    for fault, error in {
        Fault.GARBAGE: Garbled,
        Fault.CUT: Garbled,
        Fault.SILENT: Unreachable,
        Fault.NO_ACCESS: Refused,
        Fault.GENERAL_ERROR: Garbled,
    }.items():
        with pytest.raises(error):
            asyncio.run(scene(fault))


def test_a_dead_host_costs_three_seconds_at_most_per_credential() -> None:
    """18: probe first; a dead host must cost <= 3 s per credential tried."""

    async def scene() -> list[float]:
        spent = []
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
            deaf.bind(("127.0.0.1", 0))
            address = Address("127.0.0.1", deaf.getsockname()[1])
            async with FastEngine() as engine:
                for credential in (V2C, V3):
                    began = time.monotonic()
                    with pytest.raises(Unreachable):
                        await engine.probe(address, credential)
                    spent.append(time.monotonic() - began)
        return spent

    assert max(asyncio.run(scene())) < 3


def test_a_closed_port_is_known_at_once() -> None:
    """The probe has its own connected socket: refusal is known at once."""

    async def scene() -> float:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as gone:
            gone.bind(("127.0.0.1", 0))
            address = Address("127.0.0.1", gone.getsockname()[1])
        began = time.monotonic()
        async with FastEngine() as engine:
            with pytest.raises(Unreachable, match="nobody listens"):
                await engine.probe(address, V2C)
        return time.monotonic() - began

    assert asyncio.run(scene()) < 0.5


def test_dead_addresses_do_not_hold_up_the_living() -> None:
    """D43: probes do not take a device slot."""

    async def scene() -> float:
        agent = ReplayAgent(interfaces(20))
        address = await agent.start()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
            deaf.bind(("127.0.0.1", 0))
            dead = Address("127.0.0.1", deaf.getsockname()[1])
            async with FastEngine(Crowd(devices=1)) as engine:
                probes = [asyncio.create_task(engine.probe(dead, V2C)) for _ in range(100)]
                began = time.monotonic()
                await engine.probe(address, V2C)
                async with engine.peer(address, V2C, PeerFacts(), QUICK) as peer:
                    assert (await peer.walk(PORTS, Limit())).complete
                spent = time.monotonic() - began
                failed = await asyncio.gather(*probes, return_exceptions=True)
        agent.close()
        assert {type(one) for one in failed} == {Unreachable}
        return spent

    assert asyncio.run(scene()) < 1


def test_the_first_credential_that_is_answered_is_chosen() -> None:
    """Credentials are tried in the order configured; a refused user is not tried in another form."""

    async def scene() -> tuple[object, int]:
        agent = ReplayAgent(interfaces(1), users=[V3])
        address = await agent.start()
        async with FastEngine() as engine:
            wrong = Community(Password("private"), Version.V2C)
            chosen = await engine.choose(address, [wrong, V3, V2C])
            first = len(agent.asked)
        agent.close()
        return chosen, first

    assert asyncio.run(scene()) == (V3, 1)
