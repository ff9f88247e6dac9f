"""The SNMP half of a line: finds the credential that works, keeps to the limits of a device, changes engines."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

from driftline.collectors.ask import Ask
from driftline.collectors.errors import CollectorError, Refused
from driftline.collectors.network import asks, replies
from driftline.collectors.network.accounts import Learned
from driftline.collectors.network.snmp import (
    Address,
    Community,
    End,
    FastEngine,
    Limit,
    Patience,
    SessionPeer,
    TableRead,
    Treatment,
    User,
    ber,
)
from driftline.collectors.network.snmp.sizes import forget_old
from driftline.collectors.network.snmp.values import OCTETS, VarBind
from driftline.collectors.target import Password
from driftline.graph.model.values import digest

GARBLED_TABLES = 3
"""After so many tables that the fast engine did not understand, the rest is asked by the other one."""
ASIDE = Patience(seconds=2, retries=0)
"""To a context that it does not have an agent is silent; the device itself is known to answer."""
VLAN = "vlan-"
ENGINE_ID, DESCR = ber.from_dotted(asks.oid("snmpEngineID")), ber.from_dotted(asks.oid("sysDescr"))


class SnmpTalk:
    """One visit to one agent. ``learned`` is changed in place."""

    def __init__(
        self,
        address: Address,
        engine: FastEngine,
        credentials: Mapping[str, Community | User],
        learned: Learned,
        treatment: Treatment | None = None,
    ) -> None:
        self.address, self.learned = address, learned
        self.garbled = 0
        self._engine, self._treatment = engine, treatment or Treatment()
        self._credentials = credentials
        self._credential: Community | User
        self._peers: dict[str, SessionPeer] = {}
        self._stack = AsyncExitStack()
        self._turn = asyncio.Lock()
        self._ends = 0.0

    async def close(self) -> None:
        """Give back what was taken of the engine."""
        await self._stack.aclose()

    async def ask(self, ask: Ask) -> bytes:
        """The body of the reply to a table or to single objects.

        Raises:
            CollectorError: no answer, or none that may be used; of a table only what says that nobody is there.
        """
        asked = asks.read_ask(ask)
        peer = await self._peer(asked.context)
        if asked.table is None:
            return self._noted(await peer.get(asked.oids))
        spec, limit = asked.table.spec, Limit(asks.LONG_SECONDS if ask.name in asks.LONG else asks.SECONDS)
        read = await peer.table(spec, asked.columns, limit)
        if _garbled(read) and await self._falls_back(peer):
            read = await (await self._peer(asked.context)).table(spec, asked.columns, limit)
        if not read.rows and peer.gone:
            await peer.get([DESCR])  # raises what there is to say
        return replies.of_table(read)

    @property
    def gone(self) -> bool:
        """Whether nobody answers any more, or nobody ever did. A context that is silent says nothing of the device."""
        return "" not in self._peers or self._peers[""].gone

    def how(self) -> dict[str, Any]:
        """How it was read, for ``asks.HOW``."""
        facts = self.learned.snmp
        facts.engine_id = self._engine.engine_id(self.address) or facts.engine_id
        return {
            "credential": self.learned.credential,
            "version": facts.version.value if facts.version else "",
            "engine": "pysnmp" if self.learned.pysnmp else "fast",
            "engine_id": facts.engine_id.hex(),
            "garbled": self.garbled,
            "quirks": sorted(facts.quirks),
        }

    async def _peer(self, context: str) -> SessionPeer:
        async with self._turn:
            if not self._peers:
                await self._open()
            if context not in self._peers:
                self._peers[context] = await self._new_peer(context)
            return self._peers[context]

    async def _open(self) -> None:
        order = sorted(self._credentials, key=lambda name: name != self.learned.credential)
        chosen = await self._engine.choose(self.address, [self._credentials[name] for name in order])
        self.learned.credential = next(name for name in order if self._credentials[name] is chosen)
        self._credential = chosen
        self._ends = time.monotonic() + self._treatment.device_seconds
        forget_old(self.learned.snmp, time.time_ns() // 1_000_000, new_firmware=False)
        self._peers[""] = await self._new_peer("")

    async def _new_peer(self, context: str) -> SessionPeer:
        credential = self._within(context)
        treatment = replace(self._treatment, patience=ASIDE, exhausted=1) if context else self._treatment
        left = replace(treatment, device_seconds=self._ends - time.monotonic())
        where = (self.address, credential, self.learned.snmp, left)
        if self.learned.pysnmp:
            # loads pysnmp's own modules, which nearly no device needs
            from driftline.collectors.network.snmp.pysnmp_session import pysnmp_peer  # noqa: PLC0415

            return await self._stack.enter_async_context(pysnmp_peer(*where))
        if context:
            return self._engine.aside(*where)
        return await self._stack.enter_async_context(self._engine.peer(*where))

    def _within(self, context: str) -> Community | User:
        """The credential for a context: a user names it, a community of Cisco ends with the number of the VLAN."""
        credential = self._credential
        if not context:
            return credential
        if isinstance(credential, User):
            return replace(credential, context=context)
        if not context.startswith(VLAN):
            why = f"a community reaches no context {context}"
            raise Refused(str(self.address), "context", why, "give the target a user of version 3")
        return replace(credential, secret=Password(f"{credential.secret.reveal()}@{context.removeprefix(VLAN)}"))

    async def _falls_back(self, used: SessionPeer) -> bool:
        """Count a table that was not understood; from the third on it is asked by the other engine, once."""
        async with self._turn:
            self.garbled += 1
            if not self.learned.pysnmp and self.garbled >= GARBLED_TABLES:
                self.learned.pysnmp = True
                self._peers = {"": await self._new_peer("")}
            return used not in self._peers.values()

    def _noted(self, found: list[VarBind]) -> bytes:
        """The body for single objects; what says who and what the device is is also remembered."""
        for one in found:
            if one.oid == ENGINE_ID and one.tag == OCTETS:
                self.learned.snmp.engine_id = one.value
            if one.oid == DESCR and one.tag == OCTETS:
                self._software(digest(one.value.hex()))
        return replies.of_objects(found)

    def _software(self, now: str) -> None:
        if self.learned.software not in {"", now}:
            forget_old(self.learned.snmp, 0, new_firmware=True)
        self.learned.software = now


def _garbled(read: TableRead) -> bool:
    return End.GARBLED in read.unreadable_columns.values()


def reraised(error: CollectorError, target: str, ask: str) -> CollectorError:
    """An error of the engine in the words of a visit: the target by its name, the address in the reason."""
    where = "" if error.target == target else f"{error.target}: "
    return type(error)(target, ask, where + error.why, error.do)
