"""Whole visits to switches of about 5,000 values: how many an hour one core reads, and what dead addresses cost.

The switches are replayed by a process of its own, in a network namespace, so that only our side is measured. Dead
addresses lie behind an interface that takes every packet and says nothing: no ICMP, as behind a firewall.
"""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from ipaddress import ip_network

from typing_extensions import override

from driftline.collectors.capture import Capture
from driftline.collectors.egress import Egress
from driftline.collectors.errors import Unreachable
from driftline.collectors.network import asks
from driftline.collectors.network.accounts import Accounts, Learned
from driftline.collectors.network.capture import capture
from driftline.collectors.network.line import NetworkLine
from driftline.collectors.network.replies import TableReply
from driftline.collectors.network.snmp import Community, FastEngine, VarBind, ber, values
from driftline.collectors.network.snmp.mib import Kind
from driftline.collectors.network.snmp.recorded import Recording
from driftline.collectors.network.snmp.replay_agent import Asked, ReplayAgent
from driftline.collectors.recording import RecordingLine
from driftline.collectors.target import Password, Target
from tests.benchmarks.figures import Cost, Figure, measured
from tests.lab import process

SPACE = "driftline-switches"
SWITCHES, LIVE, DEAD = 40, 1_000, 1_000
FIRST_PORT = 20_000
DEAD_NETWORK = "10.66.0.1/16"
ROWS = {"ifTable": 210, "ifXTable": 210, "dot1qTpFdbTable": 600, "entPhysicalTable": 60, "ipNetToPhysicalTable": 100}
ACCOUNTS = Accounts(snmp={"public": Community(Password("public"))})
EVERYWHERE = Egress((ip_network("0.0.0.0/0"),))
MADE = {
    Kind.INT: (values.INTEGER, b"\x07"),
    Kind.ENUM: (values.INTEGER, b"\x01"),
    Kind.MAC: (values.OCTETS, b"\0\1\2\3\4\5"),
}
TEXT = (values.OCTETS, b"GigabitEthernet1/0/24")


def switch() -> Recording:
    """A switch of about 5,000 values that are asked for."""
    tables = [one for one in asks.EVERYWHERE if isinstance(one, asks.Table) and one.name in ROWS]
    rows = [
        VarBind(
            table.meaning.entry + ber.part(column) + ber.part(at), *MADE.get(table.meaning.columns[column].kind, TEXT)
        )
        for table in tables
        for column in table.columns
        for at in range(1, ROWS[table.name] + 1)
    ]
    scalars = {"sysDescr": TEXT, "sysObjectID": (values.OID, ber.from_dotted("1.3.6.1.4.1.99999"))}
    rows += [VarBind(ber.from_dotted(asks.oid(name)), *value) for name, value in scalars.items()]
    return Recording.of([*rows, VarBind(ber.from_dotted(asks.oid("sysUpTime")), values.TIMETICKS, b"\x01")])


def figures() -> Iterator[Figure]:
    """Devices an hour by both engines, and the cost of the dead."""
    with namespace(), agents(LIVE) as addresses:
        inside = [
            "ip",
            "netns",
            "exec",
            SPACE,
            sys.executable,
            "-m",
            "tests.benchmarks.switches",
            "measure",
            *addresses,
        ]
        printed = subprocess.run(inside, capture_output=True, text=True, check=True).stdout  # noqa: S603 -- our own words
    fast, other, count, alone, among = map(float, printed.split())
    name = f"Switches of {count:,.0f} values, whole visits"
    yield Figure(f"{name}: an hour on one core", 3_600 / fast, "devices")
    yield Figure(f"{name}: the same by pysnmp", 3_600 / other, "devices")
    yield Figure("Whole visits, 10 million values", fast / count * 1e7, "CPU s", "60 s", fast / count * 1e7 / 60, 1.0)
    yield Figure(f"{name}: CPU of one", fast * 1_000, "ms", "pysnmp", fast / other, 1.0)
    yield Figure(
        f"{LIVE} switches among {DEAD} dead addresses: wall", among, "s", "without the dead", among / alone, 1.3
    )


@contextmanager
def namespace() -> Iterator[None]:
    """A namespace with a loopback, and a network in which nobody answers."""
    process.run(["ip", "netns", "add", SPACE])
    inside = ["ip", "-n", SPACE]
    try:
        process.run([*inside, "link", "set", "lo", "up"])
        process.run([*inside, "link", "add", "hole", "type", "veth", "peer", "name", "bottom"])
        process.run([*inside, "address", "add", DEAD_NETWORK, "dev", "hole"])
        for link in ("hole", "bottom"):
            process.run([*inside, "link", "set", link, "arp", "off", "up"])
        yield
    finally:
        process.run(["ip", "netns", "delete", SPACE])


@contextmanager
def agents(count: int) -> Iterator[Sequence[str]]:
    """So many switches in the namespace; gives their first and last port."""
    words = ["ip", "netns", "exec", SPACE, sys.executable, "-m", "tests.benchmarks.switches", "serve", str(count)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as served:  # noqa: S603 -- our own words
        assert served.stdout is not None
        try:
            yield served.stdout.readline().split()
        finally:
            served.terminate()


async def serve(count: int) -> None:
    """Answer until terminated."""
    one = ReplayAgent(switch())
    for port in range(FIRST_PORT, FIRST_PORT + count):
        agent = ReplayAgent(Recording())
        agent.shelves = one.shelves  # one copy of the rows for all
        agent.asked = _Forgetful()
        await agent.start(port=port)
    print(FIRST_PORT, FIRST_PORT + count - 1, flush=True)
    await asyncio.Event().wait()


class _Forgetful(list[Asked]):
    """Remembers nothing of what was asked."""

    @override
    def append(self, _one: Asked) -> None:
        """Throw it away."""


async def measure(first: int, last: int) -> None:
    """Print CPU seconds of a visit by either engine, values of a switch, and wall seconds without and with the dead."""
    ports = range(first, last + 1)
    live = [f"127.0.0.1:{port}" for port in ports]
    dead = [f"10.66.{number // 250}.{number % 250 + 2}" for number in range(DEAD)]
    with measured(Cost()) as fast:
        said = await visits(live[:SWITCHES])
    with measured(Cost()) as other:
        await visits(live[: SWITCHES // 8], pysnmp=True)
    mixed = [*live, *dead]
    random.Random(7).shuffle(mixed)  # noqa: S311 -- an order, not a secret
    with measured(Cost()) as alone:
        await visits(live)
    with measured(Cost()) as among:
        await visits(mixed)
    print(fast.cpu / SWITCHES, other.cpu / (SWITCHES // 8), cells(said[0]), alone.wall, among.wall)


async def visits(addresses: Sequence[str], *, pysnmp: bool = False) -> list[Capture | None]:
    """Visit all at once; gives what each said, None of the dead. A live one that fails is an error."""
    async with FastEngine() as engine:
        return await asyncio.gather(*(_visit(engine, one, pysnmp=pysnmp) for one in addresses))


async def _visit(engine: FastEngine, address: str, *, pysnmp: bool) -> Capture | None:
    target = Target(address, address)
    recording: RecordingLine | None = None
    try:
        async with NetworkLine(target, ACCOUNTS, engine, EVERYWHERE, Learned(pysnmp=pysnmp)) as line:
            recording = RecordingLine(line)
            await capture(target, recording)
    except Unreachable:
        if address.startswith("10."):
            return None
        raise
    return recording.capture({})


def cells(said: Capture | None) -> int:
    """How many values a visit read."""
    if said is None:
        return 0
    tables = [one for one in said.entries if one.path.startswith(asks.TABLE)]
    return sum(len(row) for one in tables for row in TableReply.decode(said.body(one)).rows.values())


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        asyncio.run(serve(int(sys.argv[2])))
    else:
        asyncio.run(measure(int(sys.argv[2]), int(sys.argv[3])))
