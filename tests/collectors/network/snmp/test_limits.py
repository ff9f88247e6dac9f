"""What a device may cost and be asked: caps, deadlines, many at once, rests, late and doubled replies."""

from __future__ import annotations

import asyncio
import time

from driftline.collectors.network.snmp import (
    Breaker,
    End,
    FastEngine,
    Limit,
    PeerFacts,
    Treatment,
    ber,
)
from driftline.collectors.network.snmp.fault_agent import Fault
from driftline.collectors.network.snmp.replay_agent import ReplayAgent
from driftline.collectors.network.snmp.wire import LATE
from tests.collectors.network.snmp.speaking import (
    IF_TABLE,
    QUICK,
    V2C,
    faulty,
    interfaces,
    visit,
)

PORTS = ber.from_dotted("1.3.6.1.2.1.2")
UP_TIME = ber.from_dotted("1.3.6.1.2.1.1.3.0")
COUNTER = ber.from_dotted("1.3.6.1.2.1.31.1.1.1.6.1")


def test_a_table_stops_at_its_row_cap_and_says_so() -> None:
    """Hitting a limit makes that table partial, others go on."""

    async def scene() -> tuple[int, dict[int, End], bool]:
        async with visit(ReplayAgent(interfaces(100))) as peer:
            short = await peer.table(IF_TABLE, [2], Limit(rows=20))
            whole = await peer.table(IF_TABLE, [3], Limit())
        return len(short.rows), dict(short.unreadable_columns), whole.complete

    assert asyncio.run(scene()) == (25, {2: End.ROW_CAP}, True)


def test_a_slow_table_ends_in_time_and_keeps_what_it_read() -> None:
    """Time limit per table: the columns behind the cut are unread, those before it are not."""
    agent = ReplayAgent(interfaces(40), reply_octets=300)
    agent.delay_seconds = 0.03

    async def scene() -> tuple[dict[int, End], int, float]:
        async with visit(agent, treatment=Treatment()) as peer:
            began = time.monotonic()
            read = await peer.table(IF_TABLE, range(1, 9), Limit(seconds=0.5))
        return dict(read.unreadable_columns), len(read.rows), time.monotonic() - began

    unread, count, spent = asyncio.run(scene())
    assert count == 40
    assert 1 not in unread
    assert unread[8] is End.TIME_LIMIT
    assert spent < 1


def test_the_time_of_a_device_ends_all_its_tables() -> None:
    """900 s per device."""
    agent = ReplayAgent(interfaces(40))
    agent.delay_seconds = 0.05

    async def scene() -> End:
        async with visit(agent, treatment=Treatment(device_seconds=0.2)) as peer:
            await asyncio.sleep(0.21)
            return (await peer.walk(PORTS, Limit())).end

    assert asyncio.run(scene()) is End.TIME_LIMIT


def test_four_tables_are_in_flight_and_not_five() -> None:
    """4 tables per device."""
    agent = ReplayAgent(interfaces(5))
    agent.delay_seconds = 0.1

    async def scene() -> float:
        async with visit(agent, treatment=Treatment(), facts=PeerFacts(max_repetitions=100)) as peer:
            began = time.monotonic()
            await asyncio.gather(*[peer.table(IF_TABLE, [1], Limit()) for _ in range(5)])
        return time.monotonic() - began

    assert 0.2 <= asyncio.run(scene()) < 0.35


def test_an_old_processor_is_asked_no_faster_than_it_can() -> None:
    """Optional requests/s cap per device."""

    async def scene() -> float:
        async with visit(ReplayAgent(interfaces(1)), treatment=Treatment(per_second=50)) as peer:
            began = time.monotonic()
            for _ in range(11):
                await peer.get([UP_TIME])
        return time.monotonic() - began

    assert asyncio.run(scene()) >= 0.2


def test_a_failing_device_rests_ever_longer_and_works_at_once_again() -> None:
    """3 failed visits open the breaker with back-off 5 min ... 6 h."""
    breaker, rests = Breaker(), []
    for _ in range(12):
        breaker.failed(0)
        rests.append(breaker.open_until_ms // 60_000)

    assert rests == [0, 0, 5, 10, 20, 40, 80, 160, 320, 360, 360, 360]
    assert not breaker.allows(breaker.open_until_ms - 1)
    breaker.worked()
    assert breaker.allows(0)


def test_two_hundred_agents_are_read_at_once_on_one_socket() -> None:
    """13.2: 200 replayed agents at once: 200 of 200 complete, every varbind equal to its source."""
    recording = interfaces(250)
    wanted = [one for one in recording.rows if one.oid.startswith(PORTS)]

    async def scene() -> tuple[int, float]:
        agents = [ReplayAgent(recording) for _ in range(200)]
        where = [await agent.start() for agent in agents]
        began = time.monotonic()
        async with FastEngine() as engine:

            async def one(at: int) -> bool:
                async with engine.peer(where[at], V2C, PeerFacts(), Treatment()) as peer:
                    walk = await peer.walk(PORTS, Limit())
                return walk.complete and walk.varbinds == wanted

            good = await asyncio.gather(*map(one, range(200)))
        spent = time.monotonic() - began
        for agent in agents:
            agent.close()
        return sum(good), spent

    good, spent = asyncio.run(scene())
    assert good == 200
    assert spent < 30  # agents and engine share this process; the benchmark tells them apart


def test_late_and_doubled_replies_are_counted_and_dropped() -> None:
    """3.3: late, foreign, duplicate and undecodable datagrams are counted per peer and dropped."""

    async def scene() -> int:
        agent = faulty(Fault.TWICE)
        address = await agent.start()
        async with FastEngine() as engine, engine.peer(address, V2C, PeerFacts(), QUICK) as peer:
            assert (await peer.walk(PORTS, Limit())).complete
            await peer.get([UP_TIME])
            drops = engine.wire(address).route(address).drops[LATE]
        agent.close()
        return drops

    assert asyncio.run(scene()) > 5


def test_a_resend_is_the_same_datagram_so_a_late_answer_counts() -> None:
    """A resend uses the same bytes and id, so a late answer to the first try still counts."""
    agent = ReplayAgent(interfaces(1))
    agent.delay_seconds = 0.15

    async def scene() -> int:
        async with visit(agent) as peer:
            await peer.get([UP_TIME])
        return len(agent.asked)

    assert asyncio.run(scene()) == 2
