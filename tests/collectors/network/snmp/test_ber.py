"""The codec: exact on what is right, and nothing but ``Malformed`` on what is not."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftline.collectors.network.snmp import Nothing, VarBind, ber, pdu, read_value, usm_frame, values
from driftline.collectors.network.snmp.community import head
from driftline.collectors.network.snmp.peer import Version
from driftline.collectors.network.snmp.wire import envelope
from tests.collectors.network.snmp.speaking import interfaces

LONGEST_SECONDS = 0.05
SUB_IDS = st.integers(0, 2**32 - 1)
OIDS = st.tuples(st.integers(0, 2), st.integers(0, 39), st.lists(SUB_IDS, max_size=126)).map(
    lambda drawn: (drawn[0], drawn[1], *drawn[2])
)
KINDS = [values.INTEGER, values.OCTETS, values.COUNTER32, values.OPAQUE]
ROWS = st.builds(
    lambda name, kind, value: VarBind(ber.oid(name), kind, value), OIDS, st.sampled_from(KINDS), st.binary()
)

COMMUNITY = head(Version.V2C, b"public")


def message(rows: list[VarBind]) -> bytes:
    """A reply of version 2c with these rows."""
    unit = pdu.response(pdu.RESPONSE, 77, 0, 0, pdu.bindings(rows))
    return ber.tlv(ber.SEQUENCE, COMMUNITY + unit)


def message_3(rows: list[VarBind]) -> bytes:
    """The same in version 3, in the open."""
    engine = b"\x80\x00\x1f\x88\x04agent"
    unit = pdu.response(pdu.RESPONSE, 77, 0, 0, pdu.bindings(rows))
    data = usm_frame.scoped(engine, b"vlan-10", unit)
    return usm_frame.build(usm_frame.Frame(77, 0, engine, 3, 4_711, b"reader", 0, 0, b"", data), None)


def read_all(data: bytes) -> list[VarBind]:
    """Everything that reads what came from outside, in the order in which a reply is taken apart."""
    _, at = envelope(data)
    if data.startswith(COMMUNITY, at - 3):
        unit = pdu.read(data, at - 3 + len(COMMUNITY), len(data))
    else:
        scoped = usm_frame.read_scoped(usm_frame.read(data).data, padded=False)
        unit = pdu.read(scoped.text, scoped.at, scoped.stop)
    found = [VarBind(*one) for one in unit.varbinds]
    for one in found:
        ber.parts(one.oid)
        read_value(one.tag, one.value)
    return found


@settings(deadline=None)  # the machine may be busy
@given(OIDS)
def test_an_object_identifier_survives_its_encoding(name: tuple[int, ...]) -> None:
    """OIDs travel as raw BER content; tuples and text are made only at the edge."""
    assert ber.parts(ber.oid(name)) == name
    assert ber.from_dotted(ber.dotted(ber.oid(name))) == ber.oid(name)


@settings(deadline=None)  # the machine may be busy
@given(st.integers(-(2**63), 2**64 - 1))
def test_a_number_survives_its_encoding(value: int) -> None:
    """INTEGER gives a signed number."""
    encoded = ber.number(value)

    assert ber.read_number(encoded, 0, len(encoded)) == (value, len(encoded))


@settings(deadline=None)  # the machine may be busy
@given(st.lists(ROWS.filter(lambda row: len(row.value) <= values.LONGEST[row.tag]), max_size=30))
def test_bindings_survive_their_encoding(rows: list[VarBind]) -> None:
    """VarBind(oid, tag, value) holds raw BER contents, of short and of long forms."""
    unit = pdu.response(pdu.RESPONSE, 5, 0, 0, pdu.bindings(rows))

    assert pdu.read(unit, 0, len(unit)).varbinds == rows


@pytest.mark.parametrize(
    ("tag", "content", "value"),
    [
        (values.INTEGER, b"\xff", -1),
        (values.COUNTER32, b"\xff\xff\xff\xff", 2**32 - 1),
        (values.GAUGE32, b"\x80", 128),
        (values.TIMETICKS, b"\x00\xff", 255),
        (values.COUNTER64, b"\xff" * 8, 2**64 - 1),
        (values.OCTETS, b"\xff\xfe", b"\xff\xfe"),
        (values.OPAQUE, b"\x9f\x78\x04\x00\x00\x00\x00", b"\x9f\x78\x04\x00\x00\x00\x00"),
        (values.IP_ADDRESS, b"\x0a\x00\x00\x01", b"\x0a\x00\x00\x01"),
        (values.OID, b"\x2b\x06\x01", (1, 3, 6, 1)),
        (values.NULL, b"", Nothing.NULL),
        (values.NO_SUCH_OBJECT, b"", Nothing.NO_SUCH_OBJECT),
        (values.NO_SUCH_INSTANCE, b"", Nothing.NO_SUCH_INSTANCE),
        (values.END_OF_MIB_VIEW, b"", Nothing.END_OF_MIB_VIEW),
    ],
)
def test_each_type_becomes_its_value(tag: int, content: bytes, value: object) -> None:
    """Counters are unsigned whatever the leading bit; NULL and the exceptions are distinct sentinels."""
    assert read_value(tag, content) == value


@pytest.mark.parametrize(
    ("broken", "what"),
    [
        ("30 07 06 03 2b 06 01 05 01", "a value that passes its binding"),
        ("30 80 06 01 2b 05 00 00 00", "the indefinite form"),
        ("30 85 00 00 00 00 05 06 01 2b 05 00", "five octets of length"),
        ("30 07 06 03 2b 06 81 05 00", "a name cut within a number"),
        ("30 08 06 04 2b 80 06 01 05 00", "a padded number in a name"),
        ("30 0a 06 06 2b 90 80 80 80 00 05 00", "a number over 32 bits in a name"),
        ("30 04 06 00 05 00", "no name"),
        ("30 0e 06 01 2b 02 09 01 01 01 01 01 01 01 01 01 00 00", "octets behind the value"),
        ("30 0f 06 01 2b 02 0a 01 01 01 01 01 01 01 01 01 01", "an integer of ten octets"),
        ("30 05 06 01 2b 99 00", "a type that there is not"),
        ("30 06 06 01 2b 05 01 00", "a NULL with a content"),
        ("30 82 06 81 06 02 2b 06 04 00", "a long form that looks like a short one"),
        ("31 05 06 01 2b 05 00", "a binding that is no sequence"),
        ("30 05 04 01 2b 05 00", "a name that is none"),
        ("30 05 06 01 2b 05 00 30", "a binding cut after its tag"),
        (f"30 81 8a 06 81 85 2b {'01 ' * 132} 05 00", "a name of 134 numbers"),
    ],
)
def test_what_is_not_exact_is_refused(broken: str, what: str) -> None:
    """Every length within its enclosing TLV, length-of-length <= 4, no indefinite form, no trailing bytes."""
    data = pdu.response(pdu.RESPONSE, 5, 0, 0, bytes.fromhex(broken))

    with pytest.raises(ber.Malformed):
        pytest.fail(f"{what} was read as {pdu.read(data, 0, len(data)).varbinds}")


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_any_octets_are_read_or_refused(data: bytes) -> None:
    """Fuzz: only own exceptions."""
    for read in (read_all, lambda octets: pdu.read_bindings(octets, 0, len(octets)), ber.parts):
        try:
            read(data)
        except ber.Malformed:
            continue


def test_a_hundred_thousand_broken_replies_are_refused_quickly() -> None:
    """Fuzz by byte mutation of real replies, >= 100,000 inputs: only own exceptions, no call over 50 ms."""
    draw = random.Random(3414)  # noqa: S311 -- mutations, not secrets
    rows = interfaces(6).rows
    pieces = [rows[at : at + 4] for at in range(0, len(rows), 4)]
    good = [make(piece) for piece in pieces for make in (message, message_3)]
    assert [read_all(one) for one in good] == [piece for piece in pieces for _ in range(2)]
    refused = 0

    for _ in range(100_000):
        data = broken(draw, draw.choice(good))
        spent, is_reply = reading(data)
        refused += not is_reply
        assert spent < LONGEST_SECONDS or min(reading(data)[0] for _ in range(5)) < LONGEST_SECONDS, data.hex()

    assert 30_000 < refused < 100_000, "many are refused, and some are still replies"


def broken(draw: random.Random, reply: bytes) -> bytes:
    """A reply with some octets changed, and of some the end cut off."""
    data = bytearray(reply)
    for _ in range(draw.randint(1, 3)):
        data[draw.randrange(len(data))] = draw.randrange(256)
    return bytes(data[: draw.randint(1, len(data))] if draw.random() < 0.2 else data)


def reading(data: bytes) -> tuple[float, bool]:
    """CPU seconds of one reading, more where the machine was interrupted; and whether it is a reply."""
    began = time.thread_time()
    try:
        read_all(data)
    except ber.Malformed:
        return time.thread_time() - began, False
    return time.thread_time() - began, True
