"""SNMP notifications of versions 1 and 2c, by the engine's codec and by net-snmp's own sender."""

from __future__ import annotations

import shutil
import socket
import subprocess
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftline.collectors.network.snmp import ber, pdu
from driftline.collectors.network.snmp.ber import Malformed
from driftline.collectors.network.triggers import Notice, NotSupported, read_trap
from driftline.collectors.network.triggers.trap import INFORM, TRAP, TRAP_OID, TRAP_V1
from tests.lab.fixtures import cannot_start
from tests.lab.process import LabError

UP_TIME = ber.from_dotted("1.3.6.1.2.1.1.3.0")
LINK_DOWN = "1.3.6.1.6.3.1.1.5.3"


def notification(name: str, tag: int = TRAP, version: int = 1) -> bytes:
    """A trap or inform of version 2c."""
    rows = [(UP_TIME, 0x43, b"\x01"), (TRAP_OID, ber.OID, ber.from_dotted(name))]
    unit = pdu.response(tag, 77, 0, 0, pdu.bindings(rows))
    return ber.tlv(ber.SEQUENCE, ber.number(version) + ber.tlv(ber.OCTETS, b"hush") + unit)


def old(enterprise: str, generic: int, specific: int) -> bytes:
    """A trap of version 1."""
    head = ber.tlv(ber.OID, ber.from_dotted(enterprise)) + ber.tlv(0x40, b"\x0a\0\0\1")
    unit = head + ber.number(generic) + ber.number(specific) + ber.tlv(0x43, b"\x01") + ber.tlv(ber.SEQUENCE, b"")
    return ber.tlv(ber.SEQUENCE, ber.number(0) + ber.tlv(ber.OCTETS, b"hush") + ber.tlv(TRAP_V1, unit))


@pytest.mark.parametrize(
    ("name", "type_"),
    [
        ("1.3.6.1.6.3.1.1.5.1", "coldStart"),
        (LINK_DOWN, "linkDown"),
        ("1.3.6.1.6.3.1.1.5.4", "linkUp"),
        ("1.3.6.1.2.1.47.2.0.1", "entConfigChange"),
        ("1.0.8802.1.1.2.0.0.1", "lldpRemTablesChange"),
        ("1.3.6.1.4.1.9.9.43.2.0.1", "ciscoConfigManEvent"),
        ("1.3.6.1.4.1.2636.4.5.0.1", "jnxCmCfgChange"),
    ],
)
def test_notifications_after_which_a_device_is_read(name: str, type_: str) -> None:
    """Each names no user: the community is no proof of anybody."""
    trap = read_trap(notification(name))
    assert (trap.notice, trap.answer) == (Notice(type_), None)


def test_traps_of_version_1_have_the_names_of_version_2() -> None:
    """RFC 3584: generic ones are named by number, others by enterprise, zero and number."""
    assert read_trap(old("1.3.6.1.4.1.8072", 2, 0)).notice == Notice("linkDown")
    assert read_trap(old("1.3.6.1.4.1.9.9.43.2", 6, 1)).notice == Notice("ciscoConfigManEvent")
    assert read_trap(old("1.3.6.1.4.1.9.9.43.2", 6, 2)).notice is None


def test_an_inform_is_answered_with_its_own_bindings() -> None:
    """Else it is sent again and again."""
    inform = notification(LINK_DOWN, INFORM)
    answer = read_trap(inform).answer
    assert answer is not None
    assert answer == inform.replace(bytes((INFORM,)), bytes((pdu.RESPONSE,)), 1)


def test_version_3_is_not_supported_and_says_so() -> None:
    """It is counted, not guessed."""
    with pytest.raises(NotSupported):
        read_trap(ber.tlv(ber.SEQUENCE, ber.number(3) + ber.tlv(ber.SEQUENCE, b"")))


@pytest.mark.parametrize(
    "datagram",
    [
        b"",
        b"\x30\x00",
        notification(LINK_DOWN) + b"\0",
        notification(LINK_DOWN)[:-1],
        notification(LINK_DOWN, 0xA0),
        notification(LINK_DOWN, version=0),
        old("1.3.6.1.4.1.9", 7, 0),
        old("1.3.6.1.4.1.9", -1, 0),
    ],
)
def test_what_is_no_notification_is_refused(datagram: bytes) -> None:
    """Strict: nothing behind the end, nothing cut, no request."""
    with pytest.raises(Malformed):
        read_trap(datagram)


@settings(max_examples=3_000, deadline=None)
@given(st.data())
def test_any_octets_are_read_or_refused(data: Any) -> None:  # noqa: ANN401 -- of Hypothesis
    """Fuzz: true datagrams with octets changed, and anything."""
    octets = bytearray(data.draw(st.sampled_from([notification(LINK_DOWN, INFORM), old("1.3.6.1.4.1.9", 6, 1)])))
    for at in data.draw(st.lists(st.integers(0, len(octets) - 1), max_size=4)):
        octets[at] = data.draw(st.integers(0, 255))
    for datagram in (bytes(octets), data.draw(st.binary(max_size=80))):
        try:
            read_trap(datagram)
        except (Malformed, NotSupported):
            continue


@pytest.mark.lab
@pytest.mark.parametrize("version", ["1", "2c"])
def test_a_real_sender_is_understood(version: str) -> None:
    """net-snmp's own snmptrap says that a link went down."""
    sender = shutil.which("snmptrap")
    if sender is None:
        cannot_start(LabError("no snmptrap here: install the package snmp"))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind(("127.0.0.1", 0))
        door.settimeout(10)
        where = f"127.0.0.1:{door.getsockname()[1]}"
        what = ["1.3.6.1.4.1.8072", "10.0.0.1", "2", "0", "1"] if version == "1" else ["1", LINK_DOWN]
        subprocess.run(  # noqa: S603 -- our own words
            [sender, f"-v{version}", "-c", "public", where, *what], check=True, env={"MIBS": ""}, capture_output=True
        )
        assert read_trap(door.recv(2_000)).notice == Notice("linkDown")
