"""What the neighbour tables of a device say, one announcement at a time, with the port as each protocol names it.

Indexes are read from their end: agents leave out the TimeMark, or move it with every reply, and number the same
neighbour differently in two tables. So what joins tables is the local port, and of one sender on one port the newest
row counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from driftline.collectors.network.answers import Answers, Row
from driftline.collectors.network.asks import LLDP_REMOTE, LLDP_V2_REMOTE
from driftline.collectors.network.replies import Index
from driftline.collectors.network.shown import address, mac, number, text
from driftline.graph.model.neighbours import Neighbour, Protocol

LLDP_ADDRESSES, LLDP_V2_ADDRESSES = "lldpRemManAddrTable", "lldpV2RemManAddrTable"
CDP, EDP, FDP, MNDP = "cdpCacheTable", "extremeEdpTable", "snFdpCacheTable", "mtxrNeighborTable"
TABLES: Mapping[Protocol, tuple[str, ...]] = {
    Protocol.LLDP: (LLDP_REMOTE.name, LLDP_V2_REMOTE.name),
    Protocol.CDP: (CDP,),
    Protocol.EDP: (EDP,),
    Protocol.FDP: (FDP,),
    Protocol.MNDP: (MNDP,),
}
"""Tables by protocol; of two the first that has rows counts."""

CAPABILITIES = ("other", "repeater", "bridge", "access point", "router", "telephone", "docsis", "station")
"""LLDP: most significant bit of the first octet first."""
CDP_CAPABILITIES = {0x01: "router", 0x02: "bridge", 0x08: "switch", 0x10: "station", 0x80: "telephone"}
FAMILIES = {1: 4, 2: 16}
"""Octets of a management address by IANA address family."""


@dataclass(frozen=True, slots=True)
class Said:
    """One announcement. ``number`` is an LLDP local port number, or, with ``indexed``, an ifIndex of this visit."""

    protocol: Protocol
    number: int
    indexed: bool
    neighbour: Neighbour
    age: Index = ()


def heard(answers: Answers) -> Iterator[Said]:
    """Everything that was heard, each sender once per port."""
    for read in (_lldp, _cdp, _edp, _fdp, _mndp):
        newest: dict[tuple[int, str, str], Said] = {}
        for said in read(answers):
            sender = (said.number, said.neighbour.chassis_subtype, said.neighbour.chassis_id)
            if sender not in newest or newest[sender].age <= said.age:
                newest[sender] = said
        yield from newest.values()


@dataclass(frozen=True, slots=True)
class _Form:
    """Where a version of LLDP has its columns, and how far from the end of the index the local port stands."""

    table: str
    addresses: str
    first: int
    port: int
    indexed: bool
    capabilities: int | None


OLD = _Form(LLDP_REMOTE.name, LLDP_ADDRESSES, 4, 2, indexed=False, capabilities=12)
NEW = _Form(LLDP_V2_REMOTE.name, LLDP_V2_ADDRESSES, 5, 3, indexed=True, capabilities=None)


def _lldp(answers: Answers) -> Iterator[Said]:
    form = OLD if answers.rows(OLD.table) else NEW
    rows = answers.rows(form.table)
    addresses = _addresses(answers, form)
    lonely = _lonely(rows, form)
    for index, row in rows.items():
        chassis, port = (row.get(form.first + 1), row.get(form.first + 3))
        if len(index) < form.port or not (isinstance(chassis, bytes) and chassis):
            answers.odd(form.table, index, "no local port in the index, or no chassis id")
            continue
        local, entry = index[-form.port], index[-1]
        own = addresses.get((local, None if local in lonely else entry), ())
        neighbour = Neighbour(
            chassis_subtype=str(number(row.get(form.first)) or ""),
            chassis_id=chassis.hex(),
            port_subtype=str(number(row.get(form.first + 2)) or ""),
            port_id=port.hex() if isinstance(port, bytes) else "",
            port_descr=text(row.get(form.first + 4)) or "",
            name=text(row.get(form.first + 5)) or "",
            addresses=tuple(sorted(set(own))),
            capabilities=_capabilities(row, form),
        )
        yield Said(Protocol.LLDP, local, form.indexed, neighbour, index)


def _lonely(rows: Mapping[Index, Row], form: _Form) -> set[int]:
    """Local ports on which only one sender is heard: there an address has but one owner, however it is numbered."""
    senders: dict[int, set[object]] = {}
    for index, row in rows.items():
        if len(index) >= form.port:
            senders.setdefault(index[-form.port], set()).add(row.get(form.first + 1))
    return {port for port, chassis in senders.items() if len(chassis) == 1}


def _addresses(answers: Answers, form: _Form) -> Mapping[tuple[int, int | None], list[str]]:
    """Management addresses by local port and entry, and by local port alone."""
    found: dict[tuple[int, int | None], list[str]] = {}
    for index in answers.rows(form.addresses):
        for at in range(form.port, len(index) - 2):
            family, size = index[at], index[at + 1]
            if FAMILIES.get(family) == size == len(index) - at - 2 and max(index[at + 2 :]) < 256:  # noqa: PLR2004 -- octets
                told = str(ip_address(bytes(index[at + 2 :])))
                found.setdefault((index[at - form.port], index[at - 1]), []).append(told)
                found.setdefault((index[at - form.port], None), []).append(told)
    return found


def _capabilities(row: Row, form: _Form) -> tuple[str, ...]:
    bits = row.get(form.capabilities) if form.capabilities else None
    if not isinstance(bits, bytes) or not bits:
        return ()
    return tuple(name for bit, name in enumerate(CAPABILITIES) if bits[0] & 0x80 >> bit)


def _cdp(answers: Answers) -> Iterator[Said]:
    for index, row in answers.rows(CDP).items():
        device, port = row.get(6), row.get(7)
        if len(index) < 2 or not (isinstance(device, bytes) and device):  # noqa: PLR2004 -- ifIndex, device
            answers.odd(CDP, index, "no ifIndex in the index, or no device id")
            continue
        bits = row.get(9)
        told = int.from_bytes(bits[-4:]) if isinstance(bits, bytes) else 0
        neighbour = Neighbour(
            chassis_id=device.hex(),
            port_id=port.hex() if isinstance(port, bytes) else "",
            name=text(row.get(17)) or "",
            addresses=tuple(sorted({one for one in (address(row.get(4)), address(row.get(20))) if one})),
            capabilities=tuple(name for bit, name in CDP_CAPABILITIES.items() if told & bit),
            platform=text(row.get(8)) or "",
        )
        yield Said(Protocol.CDP, index[-2], True, neighbour, index)  # noqa: FBT003 -- an ifIndex


def _edp(answers: Answers) -> Iterator[Said]:
    """Index: ifIndex, and the neighbour's octets. Slot and port are two numbers."""
    for index, row in answers.rows(EDP).items():
        sender = row.get(2)
        if not index or not isinstance(sender, bytes):
            answers.odd(EDP, index, "no ifIndex in the index, or no neighbour id")
            continue
        octets = sender[-6:]  # two octets of kind before the MAC address
        slot, port = number(row.get(5)), number(row.get(6))
        place = f"{slot}:{port}" if slot and port else str(port or "")
        neighbour = Neighbour(chassis_id=octets.hex(), port_id=place.encode().hex(), name=text(row.get(3)) or "")
        yield Said(Protocol.EDP, index[0], True, neighbour, index)  # noqa: FBT003 -- an ifIndex


def _fdp(answers: Answers) -> Iterator[Said]:
    for index, row in answers.rows(FDP).items():
        device, port, at = row.get(3), row.get(7), address(row.get(5))
        if len(index) < 2 or not (isinstance(device, bytes) and device):  # noqa: PLR2004 -- ifIndex, device
            answers.odd(FDP, index, "no ifIndex in the index, or no device id")
            continue
        neighbour = Neighbour(
            chassis_id=device.hex(),
            port_id=port.hex() if isinstance(port, bytes) else "",
            addresses=(at,) if at else (),
            platform=text(row.get(8)) or "",
        )
        yield Said(Protocol.FDP, index[-2], True, neighbour, index)  # noqa: FBT003 -- an ifIndex


def _mndp(answers: Answers) -> Iterator[Said]:
    """The MAC address is that of the port that sent it."""
    for index, row in answers.rows(MNDP).items():
        sender, local, at = mac(row.get(3)), number(row.get(8)), address(row.get(2))
        if sender is None or local is None:
            answers.odd(MNDP, index, "no MAC address, or no interface")
            continue
        neighbour = Neighbour(
            chassis_subtype="4",
            chassis_id=sender.replace(":", ""),
            port_subtype="3",
            port_id=sender.replace(":", ""),
            name=text(row.get(6)) or "",
            addresses=(at,) if at else (),
            platform=text(row.get(5)) or "",
        )
        yield Said(Protocol.MNDP, local, True, neighbour, index)  # noqa: FBT003 -- an ifIndex
