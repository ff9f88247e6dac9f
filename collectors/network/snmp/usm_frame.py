"""The frame of version 3 messages (RFC 3412 section 6, RFC 3414 section 2.4): building it, and taking it apart."""

from __future__ import annotations

from typing import NamedTuple

from driftline.collectors.network.snmp import ber
from driftline.collectors.network.snmp.usm_keys import Locked

AUTHENTIC, PRIVATE, REPORTABLE = 1, 3, 4
USM = 3
MAX_SIZE = 65_507
V3 = b"\x02\x01\x03"


class Frame(NamedTuple):
    """A message of version 3 as it came; ``data`` is plain, or encrypted where ``flags`` say so."""

    ident: int
    flags: int
    engine_id: bytes
    boots: int
    time: int
    user: bytes
    tag_at: int
    tag_size: int
    salt: bytes
    data: bytes


class Scoped(NamedTuple):
    """A unit and whom it is for."""

    engine_id: bytes
    context: bytes
    text: bytes
    at: int
    stop: int


def build(frame: Frame, keys: Locked | None) -> bytes:
    """A whole message around the plain ``data``, encrypted and signed as ``flags`` say with ``keys``."""
    data, salt, level = frame.data, b"", frame.flags & PRIVATE
    if keys is not None and level == PRIVATE:
        data, salt = keys.encrypt(frame.boots, frame.time, data)
        data = ber.tlv(ber.OCTETS, data)
    zeros = bytes(keys.tag_octets) if keys is not None and level else b""
    time = ber.tlv(ber.OCTETS, frame.engine_id) + ber.number(frame.boots) + ber.number(frame.time)
    salted = ber.tlv(ber.OCTETS, salt)
    security = time + ber.tlv(ber.OCTETS, frame.user) + ber.tlv(ber.OCTETS, zeros) + salted
    top = ber.number(frame.ident) + ber.number(MAX_SIZE) + bytes((ber.OCTETS, 1, frame.flags)) + ber.number(USM)
    whole = V3 + ber.tlv(ber.SEQUENCE, top) + ber.tlv(ber.OCTETS, ber.tlv(ber.SEQUENCE, security)) + data
    message = ber.tlv(ber.SEQUENCE, whole)
    if keys is None or not level:
        return message
    return keys.signed(message, len(message) - len(data) - len(salted) - len(zeros))


def scoped(engine_id: bytes, context: bytes, unit: bytes) -> bytes:
    """A unit with whom it is for, as it stands in a message that is not private."""
    return ber.tlv(ber.SEQUENCE, ber.tlv(ber.OCTETS, engine_id) + ber.tlv(ber.OCTETS, context) + unit)


def read(message: bytes) -> Frame:
    """Take a message apart, without a look into its data.

    Raises:
        Malformed: it is not one.
    """
    start, end = ber.read_as(ber.SEQUENCE, message, 0, len(message))
    _, at = ber.read_number(message, start, end)
    at, top_end = ber.read_as(ber.SEQUENCE, message, at, end)
    ident, at = ber.read_number(message, at, top_end)
    _, at = ber.read_number(message, at, top_end)
    flags_at, at = ber.read_as(ber.OCTETS, message, at, top_end)
    model, at = ber.read_number(message, at, top_end)
    if at != top_end or model != USM or end != len(message):
        raise ber.Malformed("not of the user-based security model")
    at, security_end = ber.read_as(ber.OCTETS, message, top_end, end)
    at, stop = ber.read_as(ber.SEQUENCE, message, at, security_end)
    engine_id, at = _octets(message, at, stop)
    boots, at = ber.read_number(message, at, stop)
    time, at = ber.read_number(message, at, stop)
    user, at = _octets(message, at, stop)
    tag_at, tag_end = ber.read_as(ber.OCTETS, message, at, stop)
    salt, at = _octets(message, tag_end, stop)
    if at != stop or stop != security_end:
        raise ber.Malformed("octets behind the security parameters")
    flags = message[flags_at]
    data = message[security_end:end]
    if flags & PRIVATE == PRIVATE:
        data, _ = _octets(data, 0, len(data))
    return Frame(ident, flags, engine_id, boots, time, user, tag_at, tag_end - tag_at, salt, data)


def read_scoped(text: bytes, *, padded: bool) -> Scoped:
    """Find the unit in a plain text; ``padded`` allows octets behind it, as a block cipher leaves them.

    Raises:
        Malformed: none there.
    """
    at, stop = ber.read_as(ber.SEQUENCE, text, 0, len(text))
    if stop != len(text) and not padded:
        raise ber.Malformed("octets behind the unit")
    engine_id, at = _octets(text, at, stop)
    context, at = _octets(text, at, stop)
    return Scoped(engine_id, context, text, at, stop)


def _octets(data: bytes, at: int, end: int) -> tuple[bytes, int]:
    start, stop = ber.read_as(ber.OCTETS, data, at, end)
    return data[start:stop], stop
