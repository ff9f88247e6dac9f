"""What a variable binding holds: types, the values they become, and the three ways to say that there is none."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from functools import partial
from typing import NamedTuple

from driftline.collectors.network.snmp import ber

INTEGER, OCTETS, NULL, OID = ber.INTEGER, ber.OCTETS, ber.NULL, ber.OID
IP_ADDRESS, COUNTER32, GAUGE32, TIMETICKS, OPAQUE, COUNTER64, UNSIGNED32 = 0x40, 0x41, 0x42, 0x43, 0x44, 0x46, 0x47
NSAP_ADDRESS = 0x45
"""Of RFC 1442; old agents still answer it."""
NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW = 0x80, 0x81, 0x82

NOT_A_TYPE = -1
LONGEST = [NOT_A_TYPE] * 256
"""Largest content per tag, in octets."""
for _tag in (INTEGER, COUNTER32, GAUGE32, TIMETICKS, COUNTER64, UNSIGNED32):
    LONGEST[_tag] = ber.NUMBER_OCTETS
for _tag in (OCTETS, OID, OPAQUE, NSAP_ADDRESS):
    LONGEST[_tag] = 1 << 16
LONGEST[IP_ADDRESS] = 4
for _tag in (NULL, NO_SUCH_OBJECT, NO_SUCH_INSTANCE, END_OF_MIB_VIEW):
    LONGEST[_tag] = 0

Raw = tuple[bytes, int, bytes]
"""Object identifier, tag and value, each the content of its encoding."""


class VarBind(NamedTuple):
    """One answer: object identifier, tag and value, the two as the content of their encoding."""

    oid: bytes
    tag: int
    value: bytes


class Nothing(Enum):
    """The values that are none, each for its own reason; never dropped and never mixed up."""

    NULL = NULL
    NO_SUCH_OBJECT = NO_SUCH_OBJECT
    NO_SUCH_INSTANCE = NO_SUCH_INSTANCE
    END_OF_MIB_VIEW = END_OF_MIB_VIEW


Value = int | bytes | tuple[int, ...] | Nothing


def _unknown(_content: bytes) -> Value:
    raise ber.Malformed("no type has this tag")


def _none(nothing: Nothing, _content: bytes) -> Value:
    return nothing


READ: list[Callable[[bytes], Value]] = [_unknown] * 256
"""What makes a value of a content, per tag.

Counters, gauges and ticks are unsigned whatever their leading bit: agents leave out the leading zero.
"""
READ[INTEGER] = partial(int.from_bytes, signed=True)
for _tag in (COUNTER32, GAUGE32, TIMETICKS, COUNTER64, UNSIGNED32):
    READ[_tag] = int.from_bytes
for _tag in (OCTETS, IP_ADDRESS, OPAQUE, NSAP_ADDRESS):
    READ[_tag] = bytes
READ[OID] = ber.parts
for _nothing in Nothing:
    READ[_nothing.value] = partial(_none, _nothing)


def read_value(tag: int, content: bytes) -> Value:
    """The value of a content: signed and unsigned numbers, octets as they are, object identifiers as numbers.

    Raises:
        Malformed: no such type, or not of its form.
    """
    return READ[tag](content)
