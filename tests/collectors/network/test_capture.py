"""A device is asked everything in order; what fails costs itself, and no secret leaves the line."""

from __future__ import annotations

import asyncio
import json

import pytest

from driftline.collectors.ask import Ask, Reply
from driftline.collectors.contract import Line
from driftline.collectors.egress import Egress
from driftline.collectors.errors import Garbled, Refused, Unreachable
from driftline.collectors.network import asks
from driftline.collectors.network.accounts import Accounts, Learned
from driftline.collectors.network.capture import capture
from driftline.collectors.network.line import NetworkLine, address_of
from driftline.collectors.network.platforms import Platform, identify
from driftline.collectors.network.snmp import Address, Community, FastEngine, User, Version, values
from driftline.collectors.network.snmp.fault_agent import Fault, FaultAgent
from driftline.collectors.network.snmp.recorded import Recording
from driftline.collectors.network.snmp.replay_agent import ReplayAgent
from driftline.collectors.recording import RecordingLine, ReplayingLine
from driftline.collectors.target import Password, Target
from driftline.graph.model.values import Ms
from tests.collectors.network import visiting
from tests.collectors.network.snmp.speaking import V3
from tests.collectors.network.visiting import CATALYST, QUICK, Typed, Visit, agent, login, ports, row, system
from tests.lab import process

COUNTS = ("1.3.6.1.2.1.4.24.6.0", "1.3.6.1.2.1.4.24.3.0")


def visit_to(*rows: list[values.VarBind], **said: object) -> Visit:
    """One visit to a device of these rows."""

    async def run() -> Visit:
        async with agent(*rows) as device:
            return await visiting.visit(device, **said)  # type: ignore[arg-type]  # passed on

    return asyncio.run(run())


def test_asks_come_in_the_order_of_a_visit() -> None:
    """System, interfaces before addresses, inventory, neighbours, layer 2, ARP, routes; stamps after all; last how."""
    found = visit_to(system(), ports(3))
    assert found.error is None
    places = [
        found.asked.index(name)
        for name in (
            *("access", "system", "ifTable", "ipAddressTable", "entPhysicalTable", "lldpRemTable"),
            *("dot1dBasePortTable", "ipNetToPhysicalTable", "route counts", "inetCidrRouteTable", "bgpPeerTable"),
            "stamps",
            "how it was read",
        )
    ]
    assert places == sorted(places)
    assert found.objects("system")[asks.oid("sysName")] == b"sw1"
    assert found.table("ifTable").rows[3,][2] == b"port3"


def test_a_fallback_is_asked_only_where_there_is_nothing_before_it() -> None:
    """IpAddrTable after an empty ipAddressTable; no ipNetToMediaTable where the newer table has rows."""
    rows = [row("1.3.6.1.2.1.4.35.1.4.1.1.4.10.0.0.1", b"\0\1\2\3\4\5"), row("1.3.6.1.2.1.4.20.1.2.10.0.0.2", 1)]
    found = visit_to(system(), rows)
    assert "ipAddrTable" in found.asked
    assert "ipNetToMediaTable" not in found.asked
    assert "ipRouteTable" in found.asked


@pytest.mark.parametrize(("count", "asked"), [(9_999, True), (10_001, False)])
def test_a_routing_table_is_counted_before_it_is_read(count: int, asked: bool) -> None:  # noqa: FBT001 -- a case
    """Above 10,000 routes the table is not read at all."""
    found = visit_to(system(), [row(COUNTS[0], count, values.GAUGE32)])
    assert ("inetCidrRouteTable" in found.asked) is asked
    assert "bgpPeerTable" in found.asked


def test_a_replayed_capture_asks_the_same_again() -> None:
    """A capture holds everything that the collector needs to be run over it."""
    found = visit_to(system(), ports(3))
    again = RecordingLine(ReplayingLine(found.capture))
    asyncio.run(capture(Target("sw1", "x"), again))
    assert sorted(again.capture({}).manifest) == sorted(RecordingLine.capture(again, {}).manifest)
    assert {entry.ask for entry in again.capture({}).entries} == set(found.asked)


def test_the_forwarding_table_is_read_in_the_context_of_each_vlan_in_use() -> None:
    """Community@VLAN for VLANs that are operational and not reserved; the secret stays out of the capture."""
    vlans = [row(f"1.3.6.1.4.1.9.9.46.1.3.1.1.2.1.{number}", state) for number, state in ((1, 1), (20, 2), (1002, 1))]
    inside = [row("1.3.6.1.2.1.17.4.3.1.2.0.1.2.3.4.5", 7), row("1.3.6.1.2.1.17.4.3.1.3.0.1.2.3.4.5", 3)]

    async def run() -> Visit:
        communities = {b"hush-hush": "", b"hush-hush@1": "vlan-1"}
        recordings = {"": Recording.of([*system(CATALYST), *vlans]), "vlan-1": Recording.of(inside)}
        device = ReplayAgent(recordings, communities=communities)
        await device.start()
        try:
            return await visiting.visit(device, {"c": Community(Password("hush-hush"))})
        finally:
            device.close()

    found = asyncio.run(run())
    assert [name for name in found.asked if name.startswith("dot1dTpFdbTable")] == [
        "dot1dTpFdbTable",
        "dot1dTpFdbTablevlan-1",
    ]
    entry = next(one for one in found.capture.entries if one.path.endswith("?context=vlan-1"))
    assert json.loads(found.capture.body(entry))["rows"] == {"0.1.2.3.4.5": {"2": 7, "3": 3}}
    assert "hush" not in found.capture.manifest
    assert "hush" not in found.learned.dump()


def test_a_vlan_that_answers_nothing_ends_neither_the_visit_nor_the_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Devices without community@VLAN are silent to it: after three VLANs the rest is left, the visit goes on."""
    monkeypatch.setattr("driftline.collectors.network.talk_snmp.ASIDE", QUICK.patience)
    vlans = [row(f"1.3.6.1.4.1.9.9.46.1.3.1.1.2.1.{number}", 1) for number in range(1, 9)]
    found = visit_to(system(CATALYST), vlans)
    assert found.error is None
    failed = [one for one in found.capture.entries if one.status == 504]
    assert {one.path.partition("?")[2] for one in failed} == {"context=vlan-1", "context=vlan-2", "context=vlan-3"}
    assert "how it was read" in found.asked


@pytest.mark.parametrize("fault", [Fault.GENERAL_ERROR, Fault.NO_ACCESS, Fault.LOOP, Fault.NULLS, Fault.EMPTY])
def test_a_device_that_goes_wrong_ends_with_an_honest_capture(fault: Fault) -> None:
    """From the third request on everything is wrong: no table after it is complete with rows, the visit ends."""

    async def run() -> Visit:
        device = FaultAgent(Recording.of([*system(), *ports(60)]))
        device.fault, device.from_request = fault, 3
        await device.start()
        try:
            return await visiting.visit(device)
        finally:
            device.close()

    found = asyncio.run(run())
    assert found.error is None
    assert not found.table("ifXTable").complete or found.table("ifXTable").rows == {}
    assert "how it was read" in found.asked


def test_a_device_that_falls_silent_ends_the_visit() -> None:
    """Three requests in a row without an answer: unreachable, and what was read before is kept."""

    async def run() -> Visit:
        device = FaultAgent(Recording.of([*system(), *ports(60)]))
        device.fault, device.from_request = Fault.SILENT, 5
        await device.start()
        try:
            return await visiting.visit(device)
        finally:
            device.close()

    found = asyncio.run(run())
    assert isinstance(found.error, Unreachable)
    assert found.error.target == "sw1"
    assert "system" in found.asked
    assert "how it was read" not in found.asked
    assert found.learned.breaker.failures == 0


def test_a_dead_host_costs_its_probe_and_opens_the_breaker_in_the_end() -> None:
    """Nobody there: Unreachable for each visit; after three the fourth sends nothing, unless a person insists."""
    learned = Learned()
    where = f"127.0.0.1:{process.free_port()}"
    for _ in range(3):
        found = asyncio.run(visiting.visit(where, learned=learned))
        assert isinstance(found.error, Unreachable)
    rested = asyncio.run(visiting.visit(where, learned=learned))
    assert "rests after 3 failed visits" in str(rested.error)
    insisted = asyncio.run(visiting.visit(where, learned=learned, insistent=True))
    assert "nobody listens" in str(insisted.error)


def test_credentials_are_tried_in_order_and_the_one_that_worked_is_first_next_time() -> None:
    """The wrong community is silent; the next works and is remembered by its name."""
    wrong, right = Community(Password("wrong")), Community(Password("public"), Version.V1)

    async def run() -> tuple[Visit, list[Version]]:
        async with agent(system(), ports(2)) as device:
            first = await visiting.visit(device, {"wrong": wrong, "right": right})
            device.asked.clear()
            again = await visiting.visit(device, {"wrong": wrong, "right": right}, first.learned)
            return again, [one.version for one in device.asked]

    found, versions = asyncio.run(run())
    assert found.learned.credential == "right"
    assert set(versions) == {Version.V1}
    assert json.loads(found.body("how it was read"))["credential"] == "right"


def test_a_user_of_version_3_reads_the_same() -> None:
    """authPriv, and the engine id is remembered for the next visit."""

    async def run() -> Visit:
        async with agent(system(), ports(2), users=[V3], engine_id=b"\x80\0\x1f\x88\4twin") as device:
            return await visiting.visit(device, {"v3": V3}, twins=lambda one: ["sw2"] if one.endswith(b"twin") else [])

    found = asyncio.run(run())
    assert found.error is None
    assert found.table("ifTable").complete
    how = json.loads(found.body("how it was read"))
    assert bytes.fromhex(how["engine_id"]).endswith(b"twin")
    assert how["twins"] == ["sw2"]
    assert how["version"] == "3"


def test_a_user_that_is_not_known_is_refused() -> None:
    """Nobody but the operator can help: Refused, after one try."""

    async def run() -> Visit:
        async with agent(system(), users=[V3]) as device:
            return await visiting.visit(device, {"v3": User("nobody")})

    assert isinstance(asyncio.run(run()).error, Refused)


def test_nothing_is_sent_where_the_site_forbids_it() -> None:
    """An address outside the listed networks is refused before the first packet."""

    async def run() -> tuple[Visit, int]:
        async with agent(system()) as device:
            found = await visiting.visit(device, egress=Egress())
            return found, len(device.asked)

    found, asked = asyncio.run(run())
    assert isinstance(found.error, Refused)
    assert asked == 0


def test_a_denied_name_is_refused_on_the_spot_and_costs_itself() -> None:
    """A platform file that asks for communities: 403 for that ask, no packet, no value."""

    async def run() -> tuple[Reply, int]:
        async with agent(system()) as device, FastEngine() as engine:
            accounts = Accounts(snmp={"public": visiting.PUBLIC})
            target = Target("sw1", str(device.address))
            async with NetworkLine(target, accounts, engine, visiting.LOOPBACK, treatment=QUICK) as line:
                await line.ask(asks.SYSTEM.ask())
                before = len(device.asked)
                denied = Ask("communities", "/get", "1.3.6.1.6.3.18.1.1.1.2.1", asks.METHOD)
                return await line.ask(denied), len(device.asked) - before

    reply, packets = asyncio.run(run())
    assert (reply.status, packets) == (403, 0)


def test_three_tables_that_make_no_sense_change_the_engine_once() -> None:
    """The rest is asked by pysnmp; it is said at the end, remembered, and the next visit begins with it."""

    async def run() -> tuple[Visit, Visit]:
        device = FaultAgent(Recording.of([*system(), *ports(2)]))
        device.fault, device.from_request = Fault.EMPTY, 3
        await device.start()
        try:
            first = await visiting.visit(device)
            device.from_request = 10**9
            return first, await visiting.visit(device, learned=first.learned)
        finally:
            device.close()

    first, second = asyncio.run(run())
    assert json.loads(first.body("how it was read"))["engine"] == "pysnmp"
    assert json.loads(first.body("how it was read"))["garbled"] >= 3
    assert second.table("ifTable").rows[2,][2] == b"port2"
    assert json.loads(second.body("how it was read"))["engine"] == "pysnmp"
    assert second.learned.pysnmp


def test_what_was_learned_is_kept_as_text_and_forgotten_with_new_software() -> None:
    """Small replies are remembered; a device with another description is tried anew."""

    async def run() -> tuple[Learned, Learned]:
        async with agent(system(descr="1.0"), ports(2)) as device:
            found = await visiting.visit(device)
            found.learned.snmp.max_repetitions, found.learned.snmp.learned_ms = 6, 1 << 50
            found.learned.snmp.quirks = {"odd"}
        again = Learned.load(found.learned.dump())
        assert again == found.learned
        async with agent(system(descr="2.0"), ports(2)) as device:
            return again, (await visiting.visit(device, learned=Learned.load(again.dump()))).learned

    before, after = asyncio.run(run())
    assert (before.snmp.max_repetitions, before.snmp.quirks) == (6, {"odd"})
    assert after.snmp.max_repetitions > 6
    assert after.snmp.quirks == set()


@pytest.mark.parametrize("text", ["", "{}", "[]", "null", '{"snmp": {"version": "9"}}'])
def test_memory_that_makes_no_sense_is_no_memory(text: str) -> None:
    """A device of which nothing is known, not an error."""
    assert Learned.load(text) == Learned()


def test_a_longer_prefix_wins_and_the_agent_alone_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """1.3.6.1.4.1.9.12 before 1.3.6.1.4.1.9, by whole numbers; names of net-snmp leave it to the description."""
    made = (Platform("any", ("1.3.6.1.4.1.9",)), Platform("nexus", ("1.3.6.1.4.1.9.12",), ("^Linux",)))
    monkeypatch.setattr("driftline.collectors.network.platforms.platforms", lambda: made)

    def by(name: str, descr: bytes = b"") -> str | None:
        parts = tuple(map(int, name.split(".")))
        found = identify({asks.oid("sysObjectID"): parts, asks.oid("sysDescr"): descr})
        return found.name if found else None

    assert by("1.3.6.1.4.1.9.12.3.1") == "nexus"
    assert by("1.3.6.1.4.1.9.1.12") == "any"
    assert by("1.3.6.1.4.1.91.1") is None
    assert by("1.3.6.1.4.1.8072.3.2.10", b"Linux box") == "nexus"
    assert by("1.3.6.1.4.1.8072.3.2.10", b"BSD") is None


def test_a_login_that_was_refused_is_not_tried_again_until_it_changes() -> None:
    """Each login once a visit; a refused one rests, others are tried, SNMP is not touched by it."""

    def logged_in(learned: Learned, *users: str) -> list[str]:
        device = Typed({"show version": "IOS"})

        async def run() -> int:
            accounts = Accounts(ssh={user: login(user) for user in users})
            async with FastEngine() as engine:
                target = Target("sw1", "127.0.0.1")
                options = {"learned": learned, "shells": device.open}
                async with NetworkLine(target, accounts, engine, visiting.LOOPBACK, **options) as line:  # type: ignore[arg-type]  # passed on
                    await line.ask(asks.ACCESS)
                    return (await line.ask(Ask("show version", "/cisco_ios", "show version", "CLI"))).status

        assert asyncio.run(run()) == 200
        return device.logins

    learned = Learned()
    assert logged_in(learned, "old", "admin") == ["old", "admin"]
    assert logged_in(learned, "old", "admin") == ["admin"]
    learned.login = ""
    assert logged_in(learned, "old", "admin") == ["admin"]
    assert learned.refused == {"terms of old"}


def test_a_refused_command_line_costs_itself_and_not_the_tables() -> None:
    """SNMP answered: the commands fail with 403 each, the visit goes on."""

    async def run() -> tuple[int, int, Learned]:
        device = Typed({}, accepts=())
        learned = Learned()
        async with agent(system()) as one, FastEngine() as engine:
            accounts = Accounts(snmp={"public": visiting.PUBLIC}, ssh={"admin": login("admin")})
            target = Target("sw1", str(one.address))
            options = {"learned": learned, "shells": device.open, "treatment": QUICK}
            async with NetworkLine(target, accounts, engine, visiting.LOOPBACK, **options) as line:  # type: ignore[arg-type]  # passed on
                await line.ask(asks.SYSTEM.ask())
                command = Ask("show version", "/cisco_ios", "show version", "CLI")
                return (await line.ask(command)).status, (await line.ask(command)).status, learned

    first, second, learned = asyncio.run(run())
    assert (first, second) == (403, 403)
    assert learned.refused == {"terms of admin"}


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("sw1", "sw1", 161), ("10.0.0.1:1161", "10.0.0.1", 1161), ("[::1]:99", "::1", 99), ("[::1]", "::1", 161)],
)
def test_an_address_names_a_host_and_perhaps_a_port(text: str, host: str, port: int) -> None:
    """The port of SNMP where none is given."""
    assert address_of(text) == (host, port)


def test_a_first_answer_that_is_an_error_ends_the_visit_as_what_it_is() -> None:
    """The scalars of the system are needed; an agent that fails on them is not understood."""

    class Broken:
        async def ask(self, ask: Ask) -> Reply:
            body = b'{"address":"x","methods":["SNMP"],"platform":""}' if ask == asks.ACCESS else b"no"
            return Reply(200 if ask == asks.ACCESS else 502, body, Ms(1), Ms(2))

    line: Line = Broken()
    with pytest.raises(Garbled, match="sw1: system: no"):
        asyncio.run(capture(Target("sw1", "x"), line))


def test_an_address_is_told_to_the_engine_as_the_site_resolved_it() -> None:
    """The name is resolved once, by the rule that allows it."""

    async def run() -> Visit:
        async with agent(system()) as device:
            return await visiting.visit(f"localhost:{device.address.port}")

    found = asyncio.run(run())
    assert found.error is None
    assert Address("127.0.0.1").port == 161
