"""Reading well-behaved agents: tables, spans, sizes, secrets, versions."""

from __future__ import annotations

import asyncio
import socket

import pytest

from driftline.collectors.errors import Refused
from driftline.collectors.network.snmp import (
    End,
    FastEngine,
    Limit,
    PeerFacts,
    SessionPeer,
    SnmpPeer,
    TableSpec,
    VarBind,
    ber,
    values,
)
from driftline.collectors.network.snmp.denied import DENIED
from driftline.collectors.network.snmp.recorded import Recording, read_lines
from driftline.collectors.network.snmp.replay_agent import ReplayAgent
from driftline.collectors.network.snmp.sizes import RETRY_MS, forget_old
from driftline.collectors.network.snmp.table import spans
from driftline.collectors.network.snmp.values import Nothing, read_value
from driftline.collectors.network.snmp.walk import Span
from tests.collectors.network.snmp.speaking import (
    ENTRY,
    IF_TABLE,
    QUICK,
    V1,
    V3,
    VERSIONS,
    interfaces,
    row,
    visit,
)

PORTS = ber.from_dotted("1.3.6.1.2.1.2")
UP_TIME = ber.from_dotted("1.3.6.1.2.1.1.3.0")
COUNTER = ber.from_dotted("1.3.6.1.2.1.31.1.1.1.6.1")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_table_is_what_the_agent_has(version: str) -> None:
    """Table form: {index: {column: value}}, complete."""

    async def scene() -> None:
        async with visit(ReplayAgent(interfaces(130), users=[V3]), VERSIONS[version]) as peer:
            read = await peer.table(IF_TABLE, [1, 2, 3], Limit())

        assert read.complete
        assert read.rows == {(at,): {1: at, 2: f"port{at}".encode(), 3: 3 * at} for at in range(1, 131)}

    asyncio.run(scene())


@pytest.mark.parametrize(
    ("columns", "ranges"),
    [([2, 3, 4], [(2, 4)]), ([1, 3], [(1, 1), (3, 3)]), ([1, 3, 5, 7, 8], [(1, 8)]), ([7], [(7, 7)])],
)
def test_columns_are_read_in_unbroken_ranges(columns: list[int], ranges: list[tuple[int, int]]) -> None:
    """One walk per contiguous column range; the whole entry only when more than half of its columns are wanted."""
    assert [(span.first, span.last) for span in spans(IF_TABLE, columns)] == ranges


def test_byte_order_is_not_the_order_of_names() -> None:
    """3.2.2: indexes of two and three octets mixed are increasing, and none is lost; nor are columns above 127."""
    indexes = [1, 127, 128, 200, 16_383, 16_384, 2**21, 2**28, 2**32 - 1]
    rows = [row(f"1.3.6.1.2.1.2.2.1.{column}.{at}", 2, 5) for column in (1, 130, 20_000) for at in indexes]
    agent = ReplayAgent(Recording.of([*rows, row("1.3.6.1.2.1.2.2.2.1", 2, 1)]))

    async def scene() -> dict[tuple[int, ...], dict[int, object]]:
        async with visit(agent) as peer:
            read = await peer.table(TableSpec("wide", ENTRY, [1, 130, 20_000]), [1, 130, 20_000], Limit())
        assert read.complete
        return {index: dict(cells) for index, cells in read.rows.items()}

    assert asyncio.run(scene()) == {(at,): {1: 5, 130: 5, 20_000: 5} for at in indexes}


def test_a_sparse_column_is_accepted_after_one_more_look() -> None:
    """3.2.4: the same set at half the size => the column is sparse, accept."""
    rows = [one for one in interfaces(60).rows if not one.oid.startswith(ENTRY + b"\x03") or one.oid[-1] % 7]

    async def scene() -> tuple[int, bool, int]:
        async with visit(ReplayAgent(Recording.of(rows)), facts=PeerFacts(max_repetitions=50)) as peer:
            read = await peer.table(IF_TABLE, [2, 3, 4], Limit())
            return sum(3 in cells for cells in read.rows.values()), read.complete, peer.facts.max_repetitions

    assert asyncio.run(scene()) == (52, True, 50)


def test_sizes_grow_after_a_clean_table_and_are_kept() -> None:
    """25 at first contact, 50 after a table that ended cleanly, never above 100."""
    facts, agent = PeerFacts(), ReplayAgent(interfaces(100), reply_octets=60_000)

    async def scene() -> list[int]:
        async with visit(agent, facts=facts) as peer:
            await peer.table(IF_TABLE, [1], Limit())
            await peer.table(IF_TABLE, [2], Limit())
            facts.max_repetitions = 500
            await peer.table(IF_TABLE, [3], Limit())
        return [asked.repetitions for asked in agent.asked]

    assert list(dict.fromkeys(asyncio.run(scene()))) == [25, 50, 100]
    assert facts.reply_bytes > 0


def test_what_was_learned_is_tried_again_after_a_week_or_new_firmware() -> None:
    """Learned size and "no bulk" are stored per device, tried again after a firmware change or 7 days."""
    for at, new_firmware, forgets in ((RETRY_MS, False, True), (5, True, True), (RETRY_MS - 1, False, False)):
        facts = PeerFacts(bulk_ok=False, max_repetitions=1, learned_ms=1)
        forget_old(facts, at + 1, new_firmware=new_firmware)
        assert facts.bulk_ok is forgets


def test_replies_of_sixty_kilobytes_are_read() -> None:
    """Datagrams to 65,535 bytes; 60 KB replies must work."""
    rows = [row(f"1.3.6.1.2.1.2.2.1.2.{at}", values.OCTETS, b"x" * 1_200) for at in range(1, 101)]

    async def scene() -> tuple[int, int]:
        async with visit(
            ReplayAgent(Recording.of(rows), reply_octets=60_500), facts=PeerFacts(max_repetitions=50)
        ) as peer:
            walk = await peer.walk(PORTS, Limit())
        return len(walk.varbinds), peer.facts.reply_bytes

    count, octets = asyncio.run(scene())
    assert count == 100
    assert octets > 59_000


def test_values_that_are_not_there_say_so() -> None:
    """NoSuchInstance is a value; a GET never fails for it."""

    async def scene(version: str) -> list[object]:
        agent = ReplayAgent(interfaces(1), users=[V3])
        async with visit(agent, VERSIONS[version]) as peer:
            absent = ber.from_dotted("1.3.6.1.2.1.1.99.0")
            found = await peer.get([UP_TIME, absent, ber.from_dotted("1.3.6.1.2.1.4.1.0"), absent])
        return [read_value(one.tag, one.value) for one in found]

    for version in VERSIONS:
        assert asyncio.run(scene(version)) == [4711, Nothing.NO_SUCH_INSTANCE, 1, Nothing.NO_SUCH_INSTANCE]


def test_version_1_knows_no_counter64_and_ends_by_no_such_name() -> None:
    """v1: no GETBULK, no Counter64, noSuchName on GETNEXT = end of view."""
    agent = ReplayAgent(interfaces(1))

    async def scene() -> tuple[End, list[VarBind], object]:
        async with visit(agent, V1) as peer:
            walk = await peer.walk(ber.from_dotted("1.3.6.1.2.1.31"), Limit())
            beyond = await peer.next([ber.from_dotted("1.3.6.1.2.1.4.1.0")])
        return walk.end, walk.varbinds, beyond[0].tag

    assert asyncio.run(scene()) == (End.END_OF_VIEW, [], values.END_OF_MIB_VIEW)
    assert {asked.tag for asked in agent.asked} == {0xA1}


def test_a_get_that_is_too_big_is_asked_in_halves() -> None:
    """tooBig: halve and resend."""
    rows = [row(f"1.3.6.1.2.1.1.{at}.0", values.OCTETS, bytes([at]) * 500) for at in range(1, 8)]

    async def scene() -> list[VarBind]:
        async with visit(ReplayAgent(Recording.of(rows))) as peer:
            return await peer.get([one.oid for one in rows])

    assert asyncio.run(scene()) == rows


@pytest.mark.parametrize("denied", DENIED.values())
def test_secrets_are_refused_before_anything_is_sent(denied: str) -> None:
    """5.8, 13.14: deny-list OIDs asked by a platform: request refused locally."""
    root = next(name for name, what in DENIED.items() if what == denied)
    agent = ReplayAgent(interfaces(1))
    table = TableSpec("secrets", root[:-1], [root[-1]])

    async def scene() -> None:
        async with visit(agent) as peer:
            for ask in (
                lambda: peer.get([root + b"\x00"]),
                lambda: peer.next([root]),
                lambda: peer.walk(root, Limit()),
                lambda: peer.walk(root[:4], Limit()),
                lambda: peer.walk(root + b"\x01", Limit()),
                lambda: peer.table(table, [root[-1]], Limit()),
            ):
                with pytest.raises(Refused, match="never asked"):
                    await ask()

    asyncio.run(scene())
    assert agent.asked == []


def test_a_next_that_would_meet_a_secret_keeps_it_out() -> None:
    """A GETNEXT from just before a denied subtree does not hand out what is in it."""
    secret = row("1.3.6.1.6.3.18.1.1.1.2.1", values.OCTETS, b"private")

    async def scene() -> None:
        async with visit(ReplayAgent(Recording.of([*interfaces(1).rows, secret]))) as peer:
            with pytest.raises(Refused) as caught:
                await peer.next([ber.from_dotted("1.3.6.1.6.3.17")])
        assert "private" not in str(caught.value)

    asyncio.run(scene())


def test_no_range_of_columns_runs_over_a_secret_one() -> None:
    """EqualLogic: the password is column 6 of a table of which column 2 is read."""
    table = TableSpec("acl", ber.from_dotted("1.3.6.1.4.1.12740.5.1.7.6.1"), range(1, 9))

    assert spans(table, [2, 3, 4, 5, 7, 8]) == [Span(table.entry, 2, 5), Span(table.entry, 7, 8)]


def test_recordings_of_both_forms_are_read() -> None:
    """Recordings: snmprec and snmpwalk lines, sorted, without repetition, what is no value counted."""
    snmprec = (
        "1.3.6.1.2|2|-5\n1.3.6.1.1|4x|00ff\n1.3.6.1.1|4|again\n1.3.6.1.3|64|10.0.0.1\n1.3|99|x\n1.4.5|67|4294967295\n"
    )
    walk = (
        ".1.3.6.1.1 = Hex-STRING: 00 FF\n.1.3.6.1.2 = INTEGER: up(-5)\n.1.3.6.1.3 = IpAddress: 10.0.0.1\n"
        '.1.3.6.1.4 = STRING: "two\nlines"\n.1.4.5 = Timeticks: (4294967295) 497 days\n.1.4.6 = Opaque: what\n'
    )

    one, other = read_lines(snmprec), read_lines(walk, walk=True)

    assert [(ber.dotted(row.oid), read_value(row.tag, row.value)) for row in one.rows] == [
        ("1.3.6.1.1", b"\x00\xff"),
        ("1.3.6.1.2", -5),
        ("1.3.6.1.3", b"\x0a\x00\x00\x01"),
        ("1.4.5", 2**32 - 1),
    ]
    assert one.unreadable == 1
    assert [row for row in other.rows if row in one.rows] == one.rows
    assert other.rows[3].value == b"two\nlines"
    assert other.unreadable == 1


def test_an_agent_on_ipv6_is_read() -> None:
    """3.3: one socket per family; replies are matched by address, port and scope id."""
    peers: type[SnmpPeer] = SessionPeer  # which the type checker holds to the protocol

    async def scene() -> tuple[bool, bool]:
        agent = ReplayAgent(interfaces(60), users=[V3])
        address = await agent.start("::1")
        async with FastEngine() as engine:
            await engine.probe(address, V3)
            async with engine.peer(address, V3, PeerFacts(), QUICK) as peer:
                found = (await peer.walk(PORTS, Limit())).complete, type(peer) is peers
        agent.close()
        return found

    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as here:
        try:
            here.bind(("::1", 0))
        except OSError as error:
            pytest.skip(f"no IPv6 loopback here: {error}")
    assert asyncio.run(scene()) == (True, True)
