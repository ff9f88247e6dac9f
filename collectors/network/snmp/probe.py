"""The first question to an address: whether anybody speaks SNMP there, and to this credential.

It has a connected socket of its own, which hears at once that a port is closed, and takes no slot of a device: dead
addresses do not hold up the living.
"""

from __future__ import annotations

from driftline.collectors.errors import Garbled, Unreachable
from driftline.collectors.network.snmp import ber, pdu
from driftline.collectors.network.snmp.community import CommunitySession
from driftline.collectors.network.snmp.credential import Community, Credential
from driftline.collectors.network.snmp.peer import Address
from driftline.collectors.network.snmp.usm_keys import Keys
from driftline.collectors.network.snmp.usm_session import Clock, UsmSession
from driftline.collectors.network.snmp.wire import Closed, Patience, Silence, Wire

SYS_UP_TIME, SYS_OBJECT_ID = ber.from_dotted("1.3.6.1.2.1.1.3.0"), ber.from_dotted("1.3.6.1.2.1.1.2.0")
PATIENCE = Patience(seconds=1, retries=1, growth=1)


async def probe(address: Address, credential: Credential, clock: Clock, patience: Patience = PATIENCE) -> None:
    """Return if an agent answers: to a community the two objects that tell what it is, to a user who it is (``clock``).

    Raises:
        Unreachable: nobody answers, or nobody who accepts this community; or the port is closed.
        Refused: there is an agent, and it does not want this user.
        Garbled: something answers that is no agent.
    """
    try:
        wire = Wire(to=address)
    except OSError as error:
        raise Unreachable(str(address), "probe", error.strerror or str(error)) from error
    try:
        if isinstance(credential, Community):
            session = CommunitySession(wire, address, credential)
            await session.ask(pdu.GET, [SYS_UP_TIME, SYS_OBJECT_ID], 0, patience)
        else:
            await UsmSession(wire, address, credential, Keys(), clock).discover(patience)
    except Closed:
        raise Unreachable(str(address), "probe", "nobody listens on this port") from None
    except Silence as silence:
        raise _silent(address, credential, silence) from None
    except ber.Malformed as error:
        raise Garbled(str(address), "probe", str(error)) from error
    finally:
        wire.close()


def _silent(address: Address, credential: Credential, silence: Silence) -> Exception:
    if silence.undecodable:
        return Garbled(str(address), "probe", "it answers with something that is no SNMP message")
    hint = "no answer: not there, or it refuses this community" if isinstance(credential, Community) else "no answer"
    return Unreachable(str(address), "probe", hint)
