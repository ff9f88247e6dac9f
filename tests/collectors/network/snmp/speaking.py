"""What the tests of the SNMP engine share: recordings made by hand, credentials, and one visit to an agent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from driftline.collectors.network.snmp import (
    Auth,
    Community,
    FastEngine,
    Patience,
    PeerFacts,
    Privacy,
    SessionPeer,
    TableSpec,
    Treatment,
    User,
    VarBind,
    Version,
    ber,
    values,
)
from driftline.collectors.network.snmp.credential import Credential
from driftline.collectors.network.snmp.fault_agent import Fault, FaultAgent
from driftline.collectors.network.snmp.recorded import Recording
from driftline.collectors.network.snmp.replay_agent import ReplayAgent
from driftline.collectors.target import Password

QUICK = Treatment(patience=Patience(seconds=0.1, retries=1))
PATIENT = Treatment()

V1 = Community(Password("public"), Version.V1)
V2C = Community(Password("public"))
V3 = User("reader", Auth.SHA1, Password("authpass1"), Privacy.AES128, Password("privpass1"))
VERSIONS: dict[str, Credential] = {"v1": V1, "v2c": V2C, "v3": V3}

ENTRY = ber.from_dotted("1.3.6.1.2.1.2.2.1")
IF_TABLE = TableSpec("ifTable", ENTRY, range(1, 9))


def row(name: str, tag: int, value: bytes | int) -> VarBind:
    """A binding made by hand."""
    return VarBind(ber.from_dotted(name), tag, ber.number(value)[2:] if isinstance(value, int) else value)


def interfaces(count: int) -> Recording:
    """An agent with so many interfaces of eight columns, something before them and something behind."""
    cells = [
        row(f"1.3.6.1.2.1.2.2.1.{column}.{index}", values.OCTETS if column == 2 else values.INTEGER, value)
        for column in range(1, 9)
        for index in range(1, count + 1)
        for value in [f"port{index}".encode() if column == 2 else index * column]
    ]
    around = [
        row("1.3.6.1.2.1.1.2.0", values.OID, ber.from_dotted("1.3.6.1.4.1.99999")),
        row("1.3.6.1.2.1.1.3.0", values.TIMETICKS, 4711),
        row("1.3.6.1.2.1.4.1.0", values.INTEGER, 1),
        row("1.3.6.1.2.1.31.1.1.1.6.1", values.COUNTER64, 1 << 63),
    ]
    return Recording.of([*around, *cells])


@asynccontextmanager
async def visit(
    agent: ReplayAgent, credential: Credential = V2C, facts: PeerFacts | None = None, treatment: Treatment = QUICK
) -> AsyncIterator[SessionPeer]:
    """Start an agent, visit it with an engine of its own, end both."""
    address = await agent.start()
    try:
        async with FastEngine() as engine, engine.peer(address, credential, facts or PeerFacts(), treatment) as peer:
            yield peer
    finally:
        agent.close()


def faulty(fault: Fault, count: int = 40, from_request: int = 0) -> FaultAgent:
    """An agent with interfaces and a fault."""
    agent = FaultAgent(interfaces(count), users=[V3])
    agent.fault, agent.from_request = fault, from_request
    return agent
