"""One agent, by whatever speaks to it: the version of the protocol, or the engine, is behind ``Session``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from driftline.collectors.errors import Garbled, Refused, Unreachable
from driftline.collectors.network.snmp import ber, pdu
from driftline.collectors.network.snmp.denied import refuse_names, refuse_subtree
from driftline.collectors.network.snmp.pdu import Status
from driftline.collectors.network.snmp.peer import Address, Limit, PeerFacts, TableRead, TableSpec, Version, Walk
from driftline.collectors.network.snmp.sizes import LARGEST, Sizes
from driftline.collectors.network.snmp.table import read_table
from driftline.collectors.network.snmp.values import END_OF_MIB_VIEW, NO_SUCH_INSTANCE, VarBind
from driftline.collectors.network.snmp.walk import Sink, Span, read_span
from driftline.collectors.network.snmp.wire import Patience, Silence

PATIENCE = Patience(seconds=2, retries=2)


@dataclass(frozen=True, slots=True)
class Treatment:
    """How a device is treated. ``per_second`` limits requests to old processors; 0 does not."""

    patience: Patience = PATIENCE
    in_flight: int = 4
    device_seconds: float = 900
    exhausted: int = 3
    """Requests in a row without an answer after which nothing more is asked."""
    per_second: float = 0


class Session(Protocol):
    """A version of the protocol, spoken to one agent with one credential."""

    version: Version

    def ask(
        self, tag: int, oids: Sequence[bytes], repetitions: int, patience: Patience
    ) -> Awaitable[tuple[pdu.Reply, int]]:
        """Send one request; gives the reply and its octets."""
        ...


class SessionPeer:
    """See ``peer.SnmpPeer``. It lives for one visit: its time runs from its making."""

    def __init__(self, address: Address, session: Session, facts: PeerFacts, treatment: Treatment) -> None:
        self.address, self.facts, self.treatment = address, facts, treatment
        facts.version = session.version
        self.sizes = Sizes(facts)
        self._session = session
        self._slots = asyncio.Semaphore(treatment.in_flight)
        self._exhausted = 0
        self._loop = asyncio.get_running_loop()
        self._ends = self._loop.time() + treatment.device_seconds
        self._next = 0.0

    @property
    def gone(self) -> bool:
        """Whether so many requests in a row had no answer that nothing more is asked."""
        return self._exhausted >= self.treatment.exhausted

    async def get(self, oids: Sequence[bytes]) -> list[VarBind]:
        """See ``peer.SnmpPeer``."""
        refuse_names(self.address, oids)
        return await self._ask_each(pdu.GET, oids)

    async def next(self, oids: Sequence[bytes]) -> list[VarBind]:
        """See ``peer.SnmpPeer``."""
        refuse_names(self.address, oids)
        found = await self._ask_each(pdu.GETNEXT, oids)
        refuse_names(self.address, [one.oid for one in found])
        return found

    async def walk(self, root: bytes, limit: Limit) -> Walk:
        """See ``peer.SnmpPeer``."""
        refuse_subtree(self.address, root)
        return await self.read(Span(root), limit, LARGEST)

    async def table(self, spec: TableSpec, columns: Sequence[int], limit: Limit) -> TableRead:
        """See ``peer.SnmpPeer``."""
        for column in columns:
            refuse_subtree(self.address, spec.entry + ber.part(column))
        return await read_table(self, spec, columns, limit)

    async def read(self, span: Span, limit: Limit, largest: int, sink: Sink | None = None) -> Walk:
        """Walk a span when one of the device's slots is free."""
        async with self._slots:
            left = self._ends - self._loop.time()
            return await read_span(self, span, replace(limit, seconds=min(limit.seconds, left)), largest, sink)

    async def request(self, tag: int, oids: Sequence[bytes], repetitions: int = 0) -> tuple[pdu.Reply, int]:
        """Send one request; gives the reply, whatever its status, and its octets.

        Raises:
            Unreachable: no answer, to this or to several before.
            Refused: the credential is not accepted.
            Garbled: an answer that makes no sense.
        """
        if self.gone:
            raise self._unreachable(f"{self._exhausted} requests in a row had no answer")
        if self.treatment.per_second:
            await self._pace()
        try:
            answer = await self._session.ask(tag, oids, repetitions, self.treatment.patience)
        except Silence as silence:
            self._exhausted += 1
            if silence.undecodable:
                raise self._garbled(f"{silence.undecodable} datagrams that are no SNMP message") from None
            raise self._unreachable("no answer") from None
        except ber.Malformed as error:
            self._exhausted = 0
            raise self._garbled(str(error)) from error
        self._exhausted = 0
        self.facts.reply_bytes = max(self.facts.reply_bytes, answer[1])
        return answer

    async def _pace(self) -> None:
        now = self._loop.time()
        self._next = max(self._next, now) + 1 / self.treatment.per_second
        await asyncio.sleep(self._next - now - 1 / self.treatment.per_second)

    async def _ask_each(self, tag: int, oids: Sequence[bytes]) -> list[VarBind]:
        """One request for all; in halves where the reply is too big, without a name where version 1 knows none."""
        if not oids:
            return []
        reply, _ = await self.request(tag, oids)
        if reply.status == Status.OK:
            return self._checked(tag, oids, reply)
        at = reply.index - 1
        if reply.status == Status.NO_SUCH_NAME and 0 <= at < len(oids):
            nothing = VarBind(oids[at], NO_SUCH_INSTANCE if tag == pdu.GET else END_OF_MIB_VIEW, b"")
            left = await self._ask_each(tag, [*oids[:at], *oids[at + 1 :]])
            return [*left[:at], nothing, *left[at:]]
        if reply.status == Status.TOO_BIG and len(oids) > 1:
            middle = len(oids) // 2
            return [*await self._ask_each(tag, oids[:middle]), *await self._ask_each(tag, oids[middle:])]
        raise self._status(reply.status, oids)

    def _checked(self, tag: int, oids: Sequence[bytes], reply: pdu.Reply) -> list[VarBind]:
        try:
            found = reply.varbinds
        except ber.Malformed as error:
            raise self._garbled(str(error)) from error
        names = [one[0] for one in found]
        if len(names) != len(oids) or (tag == pdu.GET and names != list(oids)):
            raise self._garbled("values to other names than were asked for")
        return [VarBind(*one) for one in found]

    def _status(self, status: int, oids: Sequence[bytes]) -> Exception:
        names = ", ".join(map(ber.dotted, oids))
        if status in {Status.NO_ACCESS, Status.AUTHORIZATION}:
            return Refused(str(self.address), names, f"error-status {status}", "give the credential a view of it")
        return self._garbled(f"error-status {status} to {names}")

    def _unreachable(self, why: str) -> Unreachable:
        hint = "" if self._session.version is Version.V3 else " (to a wrong community an agent is silent, too)"
        return Unreachable(str(self.address), f"SNMP {self._session.version}", why + hint)

    def _garbled(self, why: str) -> Garbled:
        return Garbled(str(self.address), f"SNMP {self._session.version}", why)
