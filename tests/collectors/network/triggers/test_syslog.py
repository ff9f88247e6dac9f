"""Syslog messages of devices: who configured, from where; and nothing else is kept."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftline.collectors.network.triggers import Notice, NotSyslog, read_syslog

CISCO, NEXUS, JUNOS, ARUBA = "CONFIG_I", "VSHD_SYSLOG_CONFIG_I", "UI_COMMIT", "running-config-change"


@pytest.mark.parametrize(
    ("message", "type_", "user", "origin"),
    [
        (
            "<189>45: sw1: *Mar  1 00:10:20.123: %SYS-5-CONFIG_I: Configured from console by alice on vty0 (10.0.0.5)",
            CISCO, "alice", "10.0.0.5",
        ),
        ("<189>66: %SYS-5-CONFIG_I: Configured from console by console", CISCO, "", ""),
        ("<189>66: %SYS-5-CONFIG_I: Configured from console by vty0 (10.0.0.5)", CISCO, "", "10.0.0.5"),
        (
            "<189>Nov 24 21:00:01 leaf1 ConfigAgent: %SYS-5-CONFIG_I: Configured from console by admin on vty5 (::1)",
            CISCO, "admin", "::1",
        ),
        ("<189>1: RP/0/RSP0/CPU0: config[65]: %MGBL-SYS-5-CONFIG_I : Configured from console by bob", CISCO, "bob", ""),
        (
            "<189>: 2024 May 2 10:00:00: %VSHD-5-VSHD_SYSLOG_CONFIG_I: Configured from vty by carol on 10.0.0.5@pts/0",
            NEXUS, "carol", "",
        ),
        (
            "<188>Nov 24 21:00:01 mx1 mgd[4890]: UI_COMMIT: User 'alice' requested 'commit' operation (comment: none)",
            JUNOS, "alice", "",
        ),
        (
            '<188>1 2026-11-24T21:00:01.1Z mx1 mgd 4890 UI_COMMIT [junos@2636.1.1.1.2.29 username="dave" comment=""]',
            JUNOS, "dave", "",
        ),
        (
            "<14>10.0.0.9 mgr: Running-config changed. Config-Method=CLI, User-Name=eve, Remote-IP-Address=10.0.0.7",
            ARUBA, "eve", "10.0.0.7",
        ),
    ],
)  # fmt: skip
def test_messages_of_makers(message: str, type_: str, user: str, origin: str) -> None:
    """Who is named where somebody logged in; a line or a protocol is nobody."""
    assert read_syslog(message.encode()) == Notice(type_, configured=True, user=user, origin=origin)


@pytest.mark.parametrize(
    "message",
    [
        b"<189>45: %LINK-3-UPDOWN: Interface GigabitEthernet0/1, changed state to down",
        b"<190>1: %PARSER-5-CFGLOG_LOGGEDCMD: User:alice  logged command:username bob password hush",
        b"<13>1 2026-11-24T21:00:01Z host app - - - hello",
    ],
)
def test_other_messages_tell_nothing(message: bytes) -> None:
    """They may hold passwords: nothing of them is kept."""
    assert read_syslog(message) is None


@pytest.mark.parametrize("message", [b"", b"hello", b"<>x", b"<192>x", b"<0189>x", b"<1" * 9, b"<189>" + b"x" * 9_000])
def test_what_is_no_message_is_refused(message: bytes) -> None:
    """A priority up to 191 stands first; nothing is longer than 8 KiB."""
    with pytest.raises(NotSyslog):
        read_syslog(message)


@settings(max_examples=2_000, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"<189>%SYS-5-CONFIG_I: Configured from ", b"<188>UI_COMMIT: "]))
def test_any_datagram_is_a_notice_or_nothing_or_refused(junk: bytes, head: bytes) -> None:
    """Fuzz: only our own exception."""
    try:
        found = read_syslog(head + junk)
    except NotSyslog:
        return
    assert found is None or found.configured
