"""SNMP notifications: traps of version 1, traps and informs of version 2c, by the engine's own codec.

Version 3 is not read: that needs the keys of every sender before anything is known of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from driftline.collectors.network.snmp import ber, pdu
from driftline.collectors.network.triggers.notice import Notice

V1, V2C, V3 = 0, 1, 3
TRAP_V1, INFORM, TRAP = 0xA4, 0xA6, 0xA7
IP_ADDRESS, TIME_TICKS = 0x40, 0x43
ENTERPRISE_SPECIFIC = 6
STANDARD = "1.3.6.1.6.3.1.1.5"
TRAP_OID = ber.from_dotted("1.3.6.1.6.3.1.1.4.1.0")
KNOWN: Mapping[bytes, Notice] = MappingProxyType(
    {
        ber.from_dotted(oid): notice
        for oid, notice in {
            f"{STANDARD}.1": Notice("coldStart"),
            f"{STANDARD}.3": Notice("linkDown"),
            f"{STANDARD}.4": Notice("linkUp"),
            "1.3.6.1.2.1.47.2.0.1": Notice("entConfigChange"),
            "1.0.8802.1.1.2.0.0.1": Notice("lldpRemTablesChange"),
            "1.3.6.1.4.1.9.9.43.2.0.1": Notice("ciscoConfigManEvent"),
            "1.3.6.1.4.1.2636.4.5.0.1": Notice("jnxCmCfgChange"),
        }.items()
    }
)
"""Notifications after which a device is read. None of them names a user that could be believed."""


class NotSupported(Exception):
    """A notification of version 3."""


@dataclass(frozen=True, slots=True)
class Trap:
    """A notification. ``notice`` is ``None`` for one that nobody here waits for; ``answer`` is what an inform wants."""

    notice: Notice | None
    answer: bytes | None = None


def read_trap(datagram: bytes) -> Trap:
    """What a datagram notifies of.

    Raises:
        NotSupported: it is one of version 3.
        Malformed: it is no notification.
    """
    start, stop = ber.read_as(ber.SEQUENCE, datagram, 0, len(datagram))
    if stop != len(datagram):
        raise ber.Malformed("octets behind the end")
    version, at = ber.read_number(datagram, start, stop)
    if version == V3:
        raise NotSupported
    community, behind = ber.read_as(ber.OCTETS, datagram, at, stop)
    tag = datagram[behind] if behind < stop else None
    if version == V1 and tag == TRAP_V1:
        return Trap(KNOWN.get(_named_v1(datagram, behind, stop)))
    if version == V2C and tag in {TRAP, INFORM}:
        unit = pdu.read(datagram, behind, stop)
        notice = KNOWN.get(_named(unit))
        return Trap(notice, _answer(unit, datagram[community:behind]) if tag == INFORM else None)
    raise ber.Malformed("no notification")


def _named(unit: pdu.Reply) -> bytes:
    """The name of a notification stands in its second binding (RFC 3416 4.2.6)."""
    bindings = unit.varbinds
    if len(bindings) < 2 or bindings[1][0] != TRAP_OID or bindings[1][1] != ber.OID:  # noqa: PLR2004 -- time and name
        raise ber.Malformed("a notification without a name")
    return bindings[1][2]


def _named_v1(data: bytes, at: int, end: int) -> bytes:
    """The name that version 2 would give it (RFC 3584 3.1)."""
    at, stop = ber.read_as(TRAP_V1, data, at, end)
    enterprise, at = ber.read_as(ber.OID, data, at, stop)
    name = data[enterprise:at]
    ber.check_oid(name)
    _, at = ber.read_as(IP_ADDRESS, data, at, stop)
    generic, at = ber.read_number(data, at, stop)
    specific, at = ber.read_number(data, at, stop)
    _, at = ber.read_as(TIME_TICKS, data, at, stop)
    bindings, last = ber.read_as(ber.SEQUENCE, data, at, stop)
    if last != stop or stop != end or not 0 <= generic <= ENTERPRISE_SPECIFIC or not 0 <= specific < ber.PART_LIMIT:
        raise ber.Malformed("no trap of version 1")
    pdu.read_bindings(data, bindings, last)
    if generic < ENTERPRISE_SPECIFIC:
        return ber.from_dotted(f"{STANDARD}.{generic + 1}")
    return name + ber.part(0) + ber.part(specific)


def _answer(unit: pdu.Reply, community: bytes) -> bytes:
    """The same bindings as a response, so that the sender stops sending."""
    response = pdu.response(pdu.RESPONSE, unit.ident, 0, 0, unit.data[unit.at : unit.end])
    return ber.tlv(ber.SEQUENCE, ber.number(V2C) + ber.tlv(ber.OCTETS, community) + response)
