"""Protocol data units: requests are built, replies are read into variable bindings without decoding what is in them.

The loop over the variable bindings is the one place where the engine spends its time; everything it leaves out is
checked for the whole unit afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum

from driftline.collectors.network.snmp import ber
from driftline.collectors.network.snmp.values import LONGEST, Raw

GET, GETNEXT, RESPONSE, GETBULK, REPORT = 0xA0, 0xA1, 0xA2, 0xA5, 0xA8
NO_VALUE = b"\x05\x00"

SHAPES = {
    bytes((ber.SEQUENCE, size, ber.OID, name)): (4 + name, size - name - 4, 2 + size)
    for size in range(ber.SHORT)
    for name in range(1, size - 3)
}
"""Bindings by their first four octets, where no length needs more than one: where the tag is, how many octets the value
has, and where it stops, all counted from the first octet."""
NO_SHAPE = (0, 256, 0)
"""No octet is the same as this number of octets."""


class Status(IntEnum):
    """Error statuses that mean something to a reader (RFC 3416 section 3)."""

    OK = 0
    TOO_BIG = 1
    NO_SUCH_NAME = 2
    GENERAL = 5
    NO_ACCESS = 6
    AUTHORIZATION = 16


@dataclass(slots=True)
class Reply:
    """A unit that came back. ``index`` counts from 1 and names the binding that ``status`` is about.

    The bindings stay as they came, in ``data`` from ``at`` to ``end``, until somebody asks for them.
    """

    tag: int
    ident: int
    status: int
    index: int
    data: bytes
    at: int
    end: int

    @property
    def varbinds(self) -> list[Raw]:
        """The bindings, read at each use.

        Raises:
            Malformed: an octet of them is not as it should be.
        """
        return read_bindings(self.data, self.at, self.end)


def request(tag: int, ident: int, oids: Sequence[bytes], repetitions: int = 0) -> bytes:
    """A request; ``repetitions`` only for GETBULK, none of whose bindings is asked for once."""
    bindings = b"".join([ber.tlv(ber.SEQUENCE, ber.tlv(ber.OID, oid) + NO_VALUE) for oid in oids])
    limits = b"\x02\x01\x00" + ber.number(repetitions)
    return ber.tlv(tag, ber.number(ident) + limits + ber.tlv(ber.SEQUENCE, bindings))


def response(tag: int, ident: int, status: int, index: int, bindings: bytes) -> bytes:
    """A reply around encoded bindings, as an agent makes it."""
    head = ber.number(ident) + ber.number(status) + ber.number(index)
    return ber.tlv(tag, head + ber.tlv(ber.SEQUENCE, bindings))


def bindings(rows: Iterable[Raw]) -> bytes:
    """Bindings as they stand in a reply."""
    return b"".join(
        [ber.tlv(ber.SEQUENCE, ber.tlv(ber.OID, name) + ber.tlv(tag, content)) for name, tag, content in rows]
    )


def read(data: bytes, at: int, end: int) -> Reply:
    """Read the head of a unit, which must fill the space up to ``end``.

    Raises:
        Malformed: any octet is not as it should be.
    """
    tag, at, stop = ber.read_head(data, at, end)
    ident, at = ber.read_number(data, at, stop)
    status, at = ber.read_number(data, at, stop)
    index, at = ber.read_number(data, at, stop)
    inside, start, last = ber.read_head(data, at, stop)
    if inside != ber.SEQUENCE or last != stop or stop != end:
        raise ber.Malformed("octets behind the end, or no list of bindings")
    return Reply(tag, ident, status, index, data, start, last)


def read_bindings(data: bytes, at: int, end: int) -> list[Raw]:
    """Read the bindings between two places of a datagram."""
    found: list[Raw] = []
    add, longest, shapes, short = found.append, LONGEST, SHAPES, ber.SHORT
    try:
        while at < end:
            to_tag, octets, to_stop = shapes.get(data[at : at + 4], NO_SHAPE)
            name, tagged, stop = at + 4, at + to_tag, at + to_stop
            if data[tagged + 1] != octets:
                name, tagged, octets, stop = _long_binding(data, at, end)  # or none at all
            tag = data[tagged]
            if octets > longest[tag] or data[tagged - 1] >= short:
                raise ber.Malformed("a name cut short, or a value that its type does not have")
            add((data[name:tagged], tag, data[stop - octets : stop]))
            at = stop
    except IndexError:
        raise ber.Malformed("cut short") from None
    if at != end:
        raise ber.Malformed("bindings that pass their end")
    ber.check_oids(b"".join([name for name, _, _ in found]))
    return found


def _long_binding(data: bytes, at: int, end: int) -> tuple[int, int, int, int]:
    """Places of name and tag, octets of the value and end of a binding whose lengths need more than one octet."""
    start, stop = ber.read_as(ber.SEQUENCE, data, at, end)
    name, tagged = ber.read_as(ber.OID, data, start, stop)
    _, value, last = ber.read_head(data, tagged, stop)
    if last != stop or name == tagged:
        raise ber.Malformed("octets behind a value, or no name")
    ber.check_oid(data[name:tagged])
    return name, tagged, stop - value, stop
