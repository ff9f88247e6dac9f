"""Looks for agents at addresses that somebody named: what answers, by which credential, and what it calls itself.

Asks three objects of each address and nothing else. It never goes where the rules of the site do not let it, and never
faster than it is told.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from driftline.collectors.egress import Address as IpAddress
from driftline.collectors.egress import Egress
from driftline.collectors.errors import CollectorError
from driftline.collectors.network.snmp import Address, Community, FastEngine, PeerFacts, User, ber
from driftline.collectors.network.snmp.engine import Crowd
from driftline.collectors.network.snmp.values import OCTETS, VarBind

SYS_DESCR, SYS_NAME = ber.from_dotted("1.3.6.1.2.1.1.1.0"), ber.from_dotted("1.3.6.1.2.1.1.5.0")
ENGINE_ID = ber.from_dotted("1.3.6.1.6.3.10.2.1.1.0")


@dataclass(frozen=True, slots=True)
class Found:
    """An agent that answered. Texts are its own, and empty where it has none."""

    address: str
    credential: str
    name: str
    description: str
    engine_id: str


async def search(
    addresses: Iterable[IpAddress],
    credentials: Mapping[str, Community | User],
    egress: Egress,
    *,
    port: int,
    per_second: float,
    done: Callable[[], None] = lambda: None,
) -> list[Found]:
    """Ask every address that may be reached, by each credential in turn until it answers to one."""
    allowed = [address for address in addresses if egress.allows(address)]
    async with FastEngine(Crowd(probes_per_second=per_second)) as engine:

        async def one(address: IpAddress) -> Found | None:
            try:
                return await _asked(engine, Address(str(address), port), credentials)
            except CollectorError:
                return None
            finally:
                done()

        found = await asyncio.gather(*map(one, allowed))
    return [each for each in found if each]


async def _asked(engine: FastEngine, address: Address, credentials: Mapping[str, Community | User]) -> Found:
    chosen = await engine.choose(address, list(credentials.values()))
    name = next(name for name, credential in credentials.items() if credential is chosen)
    async with engine.peer(address, chosen, PeerFacts()) as peer:
        said = {row.oid: row for row in await peer.get([SYS_DESCR, SYS_NAME, ENGINE_ID])}
    engine_id = said.get(ENGINE_ID)
    hexed = engine_id.value.hex() if engine_id and engine_id.tag == OCTETS else ""
    return Found(address.host, name, _text(said.get(SYS_NAME)), _text(said.get(SYS_DESCR)), hexed)


def _text(row: VarBind | None) -> str:
    if row is None or row.tag != OCTETS:
        return ""
    return " ".join(row.value.decode(errors="replace").split())
