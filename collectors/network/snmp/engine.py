"""The fast engine: what all its peers share, and how one gets at a peer.

One per process and event loop. Probes have limits of their own and no slot of a device, so a thousand dead addresses do
not stand in the way of the living.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from driftline.collectors.errors import CollectorError, Refused
from driftline.collectors.network.snmp.community import CommunitySession
from driftline.collectors.network.snmp.credential import Community, Credential, User
from driftline.collectors.network.snmp.peer import Address, PeerFacts
from driftline.collectors.network.snmp.probe import PATIENCE, SYS_OBJECT_ID, SYS_UP_TIME, probe
from driftline.collectors.network.snmp.session_peer import Session, SessionPeer, Treatment
from driftline.collectors.network.snmp.usm_keys import Keys
from driftline.collectors.network.snmp.usm_session import Clock, UsmSession
from driftline.collectors.network.snmp.wire import Patience, Wire


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many at once: devices that are read, probes, and probes that begin in a second."""

    devices: int = 200
    probes: int = 256
    probes_per_second: float = 500


class FastEngine:
    """Sockets, keys and clocks of all agents; an async context manager."""

    def __init__(self, crowd: Crowd | None = None, probing: Patience = PATIENCE) -> None:
        self.crowd, self.probing = crowd or Crowd(), probing
        self.keys = Keys()
        self._clocks: dict[Address, Clock] = {}
        self._wires: dict[bool, Wire] = {}
        self._devices = asyncio.Semaphore(self.crowd.devices)
        self._probes = asyncio.Semaphore(self.crowd.probes)
        self._next_probe = 0.0

    async def __aenter__(self) -> Self:
        """Open nothing yet: the first peer of a family opens its socket."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Close the sockets."""
        self.close()

    def close(self) -> None:
        """Close the sockets, within their event loop."""
        for wire in self._wires.values():
            wire.close()
        self._wires.clear()

    def wire(self, address: Address) -> Wire:
        """The socket for an address."""
        if (found := self._wires.get(address.ipv6)) is None:
            found = self._wires[address.ipv6] = Wire(ipv6=address.ipv6)
        return found

    def credentials_changed(self) -> None:
        """Forget every derived key."""
        self.keys.forget()

    def engine_id(self, address: Address) -> bytes:
        """What the agent there calls itself, once it was asked in version 3."""
        return self._clock(address).engine_id

    async def choose(self, address: Address, credentials: Sequence[Credential]) -> Credential:
        """The first credential to which an agent answers, in the order given.

        Raises:
            CollectorError: there is none; why the last one failed. A refused user ends the tries with that user.
        """
        last: CollectorError | None = None
        refused: set[str] = set()
        for credential in credentials:
            if isinstance(credential, User) and credential.name in refused:
                continue
            try:
                await self.probe(address, credential)
            except CollectorError as error:
                last = error
                if isinstance(error, Refused) and isinstance(credential, User):
                    refused.add(credential.name)
            else:
                return credential
        raise last or Refused(str(address), "probe", "there is no credential to try")

    async def probe(self, address: Address, credential: Credential) -> None:
        """Return if an agent answers, see ``probe.probe``. A user is also tried out, by one request.

        Raises:
            CollectorError: it does not.
        """
        async with self._probes:
            await self._pace()
            await probe(address, credential, self._clock(address), self.probing)
        if isinstance(credential, User):
            peer = SessionPeer(address, self._session(address, credential), PeerFacts(), Treatment(self.probing))
            await peer.get([SYS_UP_TIME, SYS_OBJECT_ID])

    @asynccontextmanager
    async def peer(
        self, address: Address, credential: Credential, facts: PeerFacts, treatment: Treatment | None = None
    ) -> AsyncIterator[SessionPeer]:
        """One visit to an agent; waits until fewer devices than allowed are being read."""
        async with self._devices:
            peer = SessionPeer(address, self._session(address, credential), facts, treatment or Treatment())
            yield peer
            facts.engine_id = self.engine_id(address) or facts.engine_id

    def aside(self, address: Address, credential: Credential, facts: PeerFacts, treatment: Treatment) -> SessionPeer:
        """Another context of an agent that is being read: it takes no place among the devices of its own."""
        return SessionPeer(address, self._session(address, credential), facts, treatment)

    def _session(self, address: Address, credential: Credential) -> Session:
        if isinstance(credential, Community):
            return CommunitySession(self.wire(address), address, credential)
        return UsmSession(self.wire(address), address, credential, self.keys, self._clock(address))

    def _clock(self, address: Address) -> Clock:
        return self._clocks.setdefault(address, Clock())

    async def _pace(self) -> None:
        now = asyncio.get_running_loop().time()
        start = max(self._next_probe, now)
        self._next_probe = start + 1 / self.crowd.probes_per_second
        await asyncio.sleep(start - now)
