"""Speaks to one agent by pysnmp: for single devices that the fast engine does not get along with, and as its oracle.

It costs 40 to 140 times the CPU. Import it only where it is wanted: it loads pysnmp's own MIB modules.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

from pyasn1.codec.ber import encoder
from pysnmp.hlapi.v3arch import asyncio as hlapi
from pysnmp.proto import errind

from driftline.collectors.errors import Refused
from driftline.collectors.network.snmp import ber, pdu
from driftline.collectors.network.snmp.credential import Auth, Community, Credential, Privacy, User
from driftline.collectors.network.snmp.peer import Address, PeerFacts, Version
from driftline.collectors.network.snmp.session_peer import Policy, SessionPeer
from driftline.collectors.network.snmp.wire import Patience, Silence

AUTH = {
    Auth.MD5: hlapi.usmHMACMD5AuthProtocol,
    Auth.SHA1: hlapi.usmHMACSHAAuthProtocol,
    Auth.SHA224: hlapi.usmHMAC128SHA224AuthProtocol,
    Auth.SHA256: hlapi.usmHMAC192SHA256AuthProtocol,
    Auth.SHA384: hlapi.usmHMAC256SHA384AuthProtocol,
    Auth.SHA512: hlapi.usmHMAC384SHA512AuthProtocol,
}
PRIVACY = {
    Privacy.DES: hlapi.usmDESPrivProtocol,
    Privacy.DES3: hlapi.usm3DESEDEPrivProtocol,
    Privacy.AES128: hlapi.usmAesCfb128Protocol,
    Privacy.AES192: hlapi.usmAesCfb192Protocol,
    Privacy.AES256: hlapi.usmAesCfb256Protocol,
    Privacy.AES192_BLUMENTHAL: hlapi.usmAesBlumenthalCfb192Protocol,
    Privacy.AES256_BLUMENTHAL: hlapi.usmAesBlumenthalCfb256Protocol,
}
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
    address: Address, credential: Credential, facts: PeerFacts, policy: Policy | None = None
) -> AsyncIterator[SessionPeer]:
    """One visit to an agent, as ``FastEngine.peer``."""
    engine = hlapi.SnmpEngine()
    try:
        session = await PysnmpSession.open(engine, address, credential, policy or Policy())
        yield SessionPeer(address, session, facts, policy or Policy())
    finally:
        engine.close_dispatcher()


class PysnmpSession:
    """One agent and one credential. Only values that are encoded as they should be come back byte for byte."""

    def __init__(self, engine: Any, address: Address, credential: Credential, target: Any) -> None:  # noqa: ANN401 -- pysnmp
        self.address = address
        self.version = credential.version if isinstance(credential, Community) else Version.V3
        context = hlapi.ContextData(contextName=credential.context.encode() if isinstance(credential, User) else b"")
        self._where = (engine, _account(credential), target, context)

    @classmethod
    async def open(cls, engine: Any, address: Address, credential: Credential, policy: Policy) -> PysnmpSession:  # noqa: ANN401 -- pysnmp
        """Make a session; resolves nothing, sends nothing."""
        kind = hlapi.Udp6TransportTarget if address.ipv6 else hlapi.UdpTransportTarget
        patience = policy.patience
        where = (address.host, address.port)
        target = await kind.create(where, timeout=patience.seconds, retries=patience.retries)
        return cls(engine, address, credential, target)

    async def ask(self, tag: int, oids: Sequence[bytes], repetitions: int, patience: Patience) -> tuple[pdu.Reply, int]:
        """Send one request; the octets of the reply are not known. ``patience`` was set when the session was made.

        Raises:
            Silence: no answer.
            Malformed: an answer that makes no sense.
            Refused: the agent does not accept the user, its level or its keys.
        """
        del patience
        names = [hlapi.ObjectType(hlapi.ObjectIdentity(ber.parts(oid))) for oid in oids]
        if tag == pdu.GETBULK:
            answer = await hlapi.bulk_cmd(*self._where, 0, repetitions, *names, lookupMib=False)
        else:
            command = hlapi.get_cmd if tag == pdu.GET else hlapi.next_cmd
            answer = await command(*self._where, *names, lookupMib=False)
        failure, status, index, found = answer
        if failure:
            raise self._failed(failure)
        raw = [(ber.oid(name), *_content(value)) for name, value in found]
        return pdu.Reply(pdu.RESPONSE, 0, int(status), int(index), raw), 0

    def _failed(self, failure: Any) -> Exception:  # noqa: ANN401 -- pysnmp
        if isinstance(failure, errind.RequestTimedOut):
            return Silence()
        if isinstance(failure, REFUSALS):
            return Refused(str(self.address), "pysnmp", str(failure), "correct the user in the configuration")
        return ber.Malformed(str(failure))


def _account(credential: Credential) -> Any:  # noqa: ANN401 -- pysnmp
    if isinstance(credential, Community):
        return hlapi.CommunityData(credential.secret.reveal(), mpModel=int(credential.version is Version.V2C))
    keys: dict[str, Any] = {}
    if credential.auth and credential.auth_secret:
        keys |= {"authProtocol": AUTH[credential.auth], "authKey": credential.auth_secret.reveal()}
    if credential.privacy and credential.privacy_secret:
        keys |= {"privProtocol": PRIVACY[credential.privacy], "privKey": credential.privacy_secret.reveal()}
    return hlapi.UsmUserData(credential.name, **keys)  # noqa: S509 -- the level is the operator's


def _content(value: Any) -> tuple[int, bytes]:  # noqa: ANN401 -- pysnmp
    encoded: bytes = encoder.encode(value)
    tag, start, stop = ber.read_head(encoded, 0, len(encoded))
    return tag, encoded[start:stop]
