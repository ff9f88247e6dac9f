"""Basic encoding rules as SNMP uses them (X.690, RFC 3417 section 8), strict on what is read.

Object identifiers travel as the bytes of their encoding: a walk asks for the bytes it was answered with, a subtree is a
prefix of bytes (sub-identifiers delimit themselves), and numbers appear only where somebody looks at them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

INTEGER, OCTETS, NULL, OID, SEQUENCE = 0x02, 0x04, 0x05, 0x06, 0x30

SHORT = 0x80
"""Lengths and sub-identifiers below this take one octet."""
LENGTH_OCTETS = 4
NUMBER_OCTETS = 9
"""A Counter64 with its leading zero."""
PARTS = 128
PART_LIMIT = 1 << 32
FIRST, SECOND = 40, 80

_WRONG_PART = re.compile(rb"(?:\A|[\x00-\x7f])(?:\x80|[\x90-\xff][\x80-\xff]{3}|[\x80-\xff]{5})")
_SHAPE = bytes([0] * 0x80 + [1] + [2] * 0x7F)
_MORE = bytes([0] * 0x80 + [1] * 0x80)


class Malformed(Exception):
    """Bytes that are not what they claim to be."""


def length(size: int) -> bytes:
    """The length octets of a content of that size."""
    if size < SHORT:
        return bytes((size,))
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((SHORT | len(octets),)) + octets


def tlv(tag: int, content: bytes) -> bytes:
    """Tag, length and content."""
    if (size := len(content)) < SHORT:
        return bytes((tag, size)) + content
    return bytes((tag,)) + length(size) + content


def number(value: int, tag: int = INTEGER) -> bytes:
    """An integer in the fewest octets, tag and length included."""
    octets = value.bit_length() // 8 + 1 if value >= 0 else (value + 1).bit_length() // 8 + 1
    return bytes((tag, octets)) + value.to_bytes(octets, "big", signed=True)


def read_head(data: bytes, at: int, end: int) -> tuple[int, int, int]:
    """Tag, start and stop of the content that begins at ``at`` and must not pass ``end``.

    Raises:
        Malformed: cut short, too long, or of the indefinite form.
    """
    if at + 2 > end:
        raise Malformed("cut short")
    tag, size, start = data[at], data[at + 1], at + 2
    if size >= SHORT:
        octets = size & 0x7F
        if not 0 < octets <= LENGTH_OCTETS or start + octets > end:
            raise Malformed("a length that SNMP does not use")
        start += octets
        size = int.from_bytes(data[start - octets : start], "big")
    if start + size > end:
        raise Malformed("longer than what holds it")
    return tag, start, start + size


def read_as(tag: int, data: bytes, at: int, end: int) -> tuple[int, int]:
    """Start and stop of a content of that tag."""
    found, start, stop = read_head(data, at, end)
    if found != tag:
        raise Malformed(f"tag {found:#04x} where {tag:#04x} belongs")
    return start, stop


def read_number(data: bytes, at: int, end: int) -> tuple[int, int]:
    """An INTEGER and where it stops."""
    if at + 2 >= end or data[at] != INTEGER:
        raise Malformed("no integer where one belongs")
    stop = at + 2 + data[at + 1]
    if data[at + 1] > NUMBER_OCTETS or not at + 2 < stop <= end:
        raise Malformed(f"an integer of {data[at + 1]} octets")
    return int.from_bytes(data[at + 2 : stop], "big", signed=True), stop


def oid(parts: Iterable[int]) -> bytes:
    """The content of an object identifier; at least two numbers."""
    first, second, *rest = parts
    return b"".join(map(part, (first * FIRST + second, *rest)))


def part(value: int) -> bytes:
    """One number of an object identifier."""
    if not 0 <= value < PART_LIMIT:
        raise ValueError(f"{value} is no number of an object identifier")
    shifts = range((max(value.bit_length(), 1) - 1) // 7 * 7, 0, -7)
    return bytes([SHORT | value >> shift & 0x7F for shift in shifts] + [value & 0x7F])


def parts(content: bytes) -> tuple[int, ...]:
    """The numbers of an object identifier; none of an empty one, which agents send for "no pointer".

    Raises:
        Malformed: it ends within a number, or has too many or too large ones.
    """
    check_oid(content)
    return trusted_parts(content)


def trusted_parts(content: bytes) -> tuple[int, ...]:
    """The numbers of an object identifier that was checked before."""
    if not content:
        return ()
    first, *rest = _numbers(content)
    if first < SECOND:
        return (*divmod(first, FIRST), *rest)
    return (2, first - SECOND, *rest)


def index(content: bytes) -> tuple[int, ...]:
    """The numbers of the rest of an object identifier, behind a prefix that was cut off.

    Raises:
        Malformed: as of ``parts``.
    """
    check_oid(content)
    return tuple(_numbers(content))


def check_oid(content: bytes) -> None:
    """Refuse what is no object identifier, nor the rest of one."""
    if content and content[-1] >= SHORT:
        raise Malformed("an object identifier that is cut within a number")
    check_oids(content)
    if len(content) >= PARTS and len(content.translate(None, bytes(range(SHORT, 256)))) >= PARTS:
        raise Malformed("an object identifier of more than 128 numbers")


def _numbers(content: bytes) -> Iterable[int]:
    if content.isascii():
        return content
    found, value = [], 0
    for octet in content:
        value = value << 7 | octet & 0x7F
        if octet < SHORT:
            found.append(value)
            value = 0
    return found


def check_oids(joined: bytes) -> None:
    """Refuse padded numbers and numbers over 32 bits, in any object identifiers written one after another.

    Each must end with a whole number, which the caller sees to.
    """
    if joined.isascii():
        return
    shape = joined.translate(_SHAPE)
    four = b"\1\1\1\1" in joined.translate(_MORE)
    padded = b"\0\1" in shape or shape[0] == 1
    if padded or (four and _WRONG_PART.search(joined)):
        raise Malformed("an object identifier with a number that is padded or over 32 bits")


def dotted(content: bytes) -> str:
    """An object identifier as people write it, for messages."""
    try:
        return ".".join(map(str, parts(content)))
    except Malformed:
        return f"?{content.hex()}"


def from_dotted(text: str) -> bytes:
    """The content of an object identifier written with dots."""
    return oid(int(part) for part in text.strip(".").split("."))
