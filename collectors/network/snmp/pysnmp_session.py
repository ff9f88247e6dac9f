"""Speaks to one agent by pysnmp: for single devices that the fast engine does not get along with, and as its oracle.

It costs 40 to 140 times the CPU. Import it only where it is wanted: it loads pysnmp's own MIB modules.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from pyasn1.codec.ber import encoder
from pysnmp.carrier.asyncio.dgram import udp, udp6
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413 import cmdgen
from pysnmp.proto import errind
from pysnmp.proto.rfc1902 import Null, ObjectName

from driftline.collectors.errors import Refused
from driftline.collectors.network.snmp import ber, pdu
from driftline.collectors.network.snmp.credential import Community, Credential, User
from driftline.collectors.network.snmp.peer import Address, PeerFacts, Version
from driftline.collectors.network.snmp.session_peer import SessionPeer, Treatment
from driftline.collectors.network.snmp.usm_keys import AUTH_IDS, PRIVACY
from driftline.collectors.network.snmp.wire import Patience, Silence

HUNDREDTHS = 100
LEVELS = {0: "noAuthNoPriv", 1: "authNoPriv", 3: "authPriv"}
TARGET, SETTINGS = "target", "settings"
REFUSALS = (
    errind.UnknownUserName,
    errind.UnsupportedSecurityLevel,
    errind.WrongDigest,
    errind.AuthenticationFailure,
    errind.AuthenticationError,
    errind.DecryptionError,
)


@asynccontextmanager
async def pysnmp_peer(
    address: Address, credential: Credential, facts: PeerFacts, treatment: Treatment | None = None
) -> AsyncIterator[SessionPeer]:
    """One visit to an agent, as ``FastEngine.peer``."""
    treated = treatment or Treatment()
    session = PysnmpSession(address, credential, treated.patience)
    try:
        yield SessionPeer(address, session, facts, treated)
    finally:
        session.close()


class PysnmpSession:
    """One agent and one credential. Only values that are encoded as they should be come back byte for byte."""

    def __init__(self, address: Address, credential: Credential, patience: Patience) -> None:
        self.address = address
        self.version = credential.version if isinstance(credential, Community) else Version.V3
        self._context = credential.context.encode() if isinstance(credential, User) else b""
        self._engine: Any = SnmpEngine()
        _set_account(self._engine, credential)
        carrier, domain = (
            (udp6.Udp6AsyncioTransport, udp6.DOMAIN_NAME)
            if address.ipv6
            else (
                udp.UdpAsyncioTransport,
                udp.DOMAIN_NAME,
            )
        )
        config.add_transport(self._engine, domain, carrier().open_client_mode())
        where = (address.host, address.port)
        hundredths = int(patience.seconds * HUNDREDTHS)
        config.add_target_address(self._engine, TARGET, domain, where, SETTINGS, hundredths, patience.retries)

    def close(self) -> None:
        """Close its socket."""
        self._engine.close_dispatcher()

    async def ask(self, tag: int, oids: Sequence[bytes], repetitions: int, patience: Patience) -> tuple[pdu.Reply, int]:
        """Send one request; the octets of the reply are not known. ``patience`` was set when the session was made.

        Raises:
            Silence: no answer.
            Malformed: an answer that makes no sense.
            Refused: the agent does not accept the user, its level or its keys.
        """
        del patience
        names = [(ObjectName(ber.parts(oid)), Null("")) for oid in oids]
        waiting: asyncio.Future[tuple[Any, ...]] = asyncio.get_running_loop().create_future()
        where = (self._engine, TARGET, None, self._context)
        if tag == pdu.GETBULK:
            cmdgen.BulkCommandGenerator().send_varbinds(*where, 0, repetitions, names, _answered, waiting)
        else:
            kind = cmdgen.GetCommandGenerator if tag == pdu.GET else cmdgen.NextCommandGenerator
            kind().send_varbinds(*where, names, _answered, waiting)
        failure, status, index, found = await waiting
        if failure:
            raise self._failed(failure)
        bindings = b"".join(_binding(name, value) for name, value in found)
        return pdu.Reply(pdu.RESPONSE, 0, int(status), int(index), bindings, 0, len(bindings)), 0

    def _failed(self, failure: Any) -> Exception:  # noqa: ANN401 -- of pysnmp
        if isinstance(failure, errind.RequestTimedOut):
            return Silence()
        if isinstance(failure, REFUSALS):
            return Refused(str(self.address), "pysnmp", str(failure), "correct the user in the configuration")
        return ber.Malformed(str(failure))


def _answered(*said: Any) -> None:  # noqa: ANN401 -- of pysnmp: engine, handle, failure, status, index, bindings, ours
    *_, failure, status, index, found, waiting = said
    if not waiting.done():
        waiting.set_result((failure, status, index, found))


def _set_account(engine: Any, credential: Credential) -> None:  # noqa: ANN401 -- of pysnmp
    if isinstance(credential, Community):
        model = int(credential.version is Version.V2C)
        config.add_v1_system(engine, "community", credential.secret.reveal())
        config.add_target_parameters(engine, SETTINGS, "community", LEVELS[0], model)
        return
    keys: dict[str, Any] = {}
    if credential.auth and credential.auth_secret:
        keys |= {"authProtocol": AUTH_IDS[credential.auth], "authKey": credential.auth_secret.reveal()}
    if credential.privacy and credential.privacy_secret:
        secret = credential.privacy_secret.reveal()
        keys |= {"privProtocol": PRIVACY[credential.privacy].SERVICE_ID, "privKey": secret}
    config.add_v3_user(engine, credential.name, **keys)
    config.add_target_parameters(engine, SETTINGS, credential.name, LEVELS[credential.level])


def _binding(name: Any, value: Any) -> bytes:  # noqa: ANN401 -- of pysnmp
    encoded: bytes = encoder.encode(value)
    return ber.tlv(ber.SEQUENCE, ber.tlv(ber.OID, ber.oid(name)) + encoded)
