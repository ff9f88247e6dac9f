"""What the tests of the network line share: devices made of rows, and one visit to one of them over a real line."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ipaddress import ip_network

from driftline.collectors.capture import Capture
from driftline.collectors.contract import Line
from driftline.collectors.egress import Egress
from driftline.collectors.errors import CollectorError
from driftline.collectors.network.accounts import Accounts, Learned, Login
from driftline.collectors.network.asks import oid
from driftline.collectors.network.capture import capture
from driftline.collectors.network.cli.shell import CliAccount, CliFacts, CliPeer
from driftline.collectors.network.line import NetworkLine
from driftline.collectors.network.replies import TableReply, decode_objects
from driftline.collectors.network.snmp import Community, FastEngine, Patience, Treatment, User, VarBind, ber, values
from driftline.collectors.network.snmp.recorded import Recording
from driftline.collectors.network.snmp.replay_agent import ReplayAgent
from driftline.collectors.recording import RecordingLine
from driftline.collectors.target import Password, Target

LOOPBACK = Egress((ip_network("127.0.0.0/8"),))
PUBLIC = Community(Password("public"))
QUICK = Treatment(patience=Patience(seconds=1, retries=0))
CATALYST = "1.3.6.1.4.1.9.1.2494"


def row(name: str, value: bytes | int | str, tag: int = 0) -> VarBind:
    """A binding: octets, a number, or a dotted name where the tag says so."""
    if isinstance(value, int):
        return VarBind(ber.from_dotted(name), tag or values.INTEGER, ber.number(value)[2:])
    if tag == values.OID and isinstance(value, str):
        return VarBind(ber.from_dotted(name), tag, ber.from_dotted(value))
    return VarBind(ber.from_dotted(name), values.OCTETS, value.encode() if isinstance(value, str) else value)


def system(object_id: str = "1.3.6.1.4.1.99999", descr: str = "a box", engine_id: bytes = b"") -> list[VarBind]:
    """The scalars of a device."""
    named = [row(oid("snmpEngineID"), engine_id)] if engine_id else []
    return [
        row(oid("sysDescr"), descr),
        row(oid("sysObjectID"), object_id, values.OID),
        row(oid("sysUpTime"), 4711, values.TIMETICKS),
        row(oid("sysName"), "sw1"),
        *named,
    ]


def ports(count: int) -> list[VarBind]:
    """So many interfaces."""
    return [
        cell
        for index in range(1, count + 1)
        for cell in (
            *(row(f"1.3.6.1.2.1.2.2.1.{column}.{index}", column) for column in (3, 4, 5, 7, 8)),
            row(f"1.3.6.1.2.1.2.2.1.2.{index}", f"port{index}"),
            row(f"1.3.6.1.2.1.31.1.1.1.1.{index}", f"p{index}"),
        )
    ]


@asynccontextmanager
async def agent(*rows: Iterable[VarBind], **said: object) -> AsyncIterator[ReplayAgent]:
    """A device that answers these rows on loopback."""
    found = ReplayAgent(Recording.of([one for part in rows for one in part]), **said)  # type: ignore[arg-type]  # passed on
    await found.start()
    try:
        yield found
    finally:
        found.close()


@dataclass(slots=True)
class Visit:
    """What came of a visit."""

    capture: Capture
    learned: Learned
    error: CollectorError | None = None

    @property
    def asked(self) -> list[str]:
        """Names of the asks that had a reply, with the context."""
        return [entry.ask + entry.path.partition("?context=")[2] for entry in self.capture.entries]

    def body(self, ask: str) -> bytes:
        """The body of the reply to the first ask of that name."""
        return self.capture.body(next(self.capture.named(ask)))

    def table(self, ask: str) -> TableReply:
        """A table that was read."""
        return TableReply.decode(self.body(ask))

    def objects(self, ask: str) -> Mapping[str, object]:
        """Single objects that were read."""
        return decode_objects(self.body(ask))


async def visit(
    where: ReplayAgent | str,
    credentials: Mapping[str, Community | User] | None = None,
    learned: Learned | None = None,
    *,
    line: Callable[[Line], Line] = lambda line: line,
    **said: object,
) -> Visit:
    """One visit over a real line; ``line`` may put something between it and the recorder."""
    address = where if isinstance(where, str) else str(where.address)
    known = learned or Learned()
    accounts = said.pop("accounts", None) or Accounts(snmp=credentials or {"public": PUBLIC})
    target = Target("sw1", address)
    error: CollectorError | None = None
    recording: RecordingLine | None = None
    options = {"egress": LOOPBACK, "treatment": QUICK, **said}
    async with FastEngine(probing=Patience(seconds=1, retries=0)) as engine:
        try:
            async with NetworkLine(target, accounts, engine, learned=known, **options) as opened:  # type: ignore[arg-type]  # passed on
                recording = RecordingLine(line(opened))
                await capture(target, recording)
        except CollectorError as said_no:
            error = said_no
    kept = recording.capture({"collector": "network", "target": "sw1"}) if recording else Capture((), {}, {})
    return Visit(kept, known, error)


@dataclass(slots=True)
class Typed:
    """A command line that answers from a dictionary, and refuses logins it does not know."""

    answers: Mapping[str, str]
    accepts: Sequence[str] = ("admin",)
    logins: list[str] = field(default_factory=list)

    def open(self, peer: CliPeer, account: CliAccount, facts: CliFacts) -> _Shell:
        """A session, not yet logged in."""
        del facts
        return _Shell(self, peer, account)


@dataclass(slots=True)
class _Shell:
    device: Typed
    peer: CliPeer
    account: CliAccount
    closed: bool = False

    async def run(self, command: str) -> str:
        from driftline.collectors.errors import Garbled, Refused  # noqa: PLC0415 -- raised here alone

        if self.account.user not in self.device.logins:
            self.device.logins.append(self.account.user)
        if self.account.user not in self.device.accepts:
            raise Refused(self.peer.name, "login", "the device refused the account")
        await asyncio.sleep(0)
        if command not in self.device.answers:
            raise Garbled(self.peer.name, command, "no such command")
        return self.device.answers[command]

    async def close(self) -> None:
        self.closed = True


def login(user: str, terms: str = "") -> Login:
    """An account of a command line."""
    return Login(CliAccount(user, Password("x")), terms=terms or f"terms of {user}")
