"""Versions 1 and 2c: a message is a version, a community and a unit."""

from __future__ import annotations

from collections.abc import Sequence

from driftline.collectors.network.snmp import ber, pdu
from driftline.collectors.network.snmp.credential import Community
from driftline.collectors.network.snmp.peer import Address, Version
from driftline.collectors.network.snmp.wire import Patience, Wire

VERSIONS = {Version.V1: 0, Version.V2C: 1}


class CommunitySession:
    """Speaks to one agent with one community."""

    def __init__(self, wire: Wire, address: Address, credential: Community) -> None:
        self.wire, self.address = wire, address
        self.version = credential.version
        self._route = wire.route(address)
        self._head = head(credential.version, credential.secret.reveal().encode())

    async def ask(self, tag: int, oids: Sequence[bytes], repetitions: int, patience: Patience) -> tuple[pdu.Reply, int]:
        """Send one request and give its reply and the octets it came in.

        Raises:
            Silence: no answer.
            Malformed: an answer that makes no sense.
        """
        ident = self.wire.ident()
        message = ber.tlv(ber.SEQUENCE, self._head + pdu.request(tag, ident, oids, repetitions))
        return await self.wire.exchange(self._route, ident, message, self._accept, patience)

    def _accept(self, data: bytes, at: int) -> tuple[pdu.Reply, int] | None:
        stop = at - 3 + len(self._head)  # a version takes three octets
        if data[at - 3 : stop] != self._head or data[stop] != pdu.RESPONSE:
            return None
        return pdu.read(data, stop, len(data)), len(data)


def head(version: Version, community: bytes) -> bytes:
    """What a message begins with."""
    return ber.number(VERSIONS[version]) + ber.tlv(ber.OCTETS, community)
