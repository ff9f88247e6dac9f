"""Syslog messages by RFC 3164 and RFC 5424, as far as devices keep to them, and those that tell of configuring.

Known are ``SYS-5-CONFIG_I`` (IOS, EOS; IOS XR with another facility in front), ``VSHD_SYSLOG_CONFIG_I`` (NX-OS),
``UI_COMMIT`` (Junos, plain and structured) and ``running-config-change`` (ArubaOS-S, by its manual). Devices put almost
anything between priority and text, so these are found wherever they stand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from driftline.collectors.network.triggers.notice import Notice

LONGEST = 8_192
HIGHEST_PRIORITY = 191
NOBODY = re.compile(r"console|snmp|unknown|none|-|(?:vty|con|aux|tty|line)\d*", re.IGNORECASE)
"""What stands in the place of a user where nobody logged in: a line, a protocol."""
_PRIORITY = re.compile(rb"<(0|[1-9][0-9]{0,2})>")
_NAME = r"[^\s'\"(),;]{1,128}"
_CISCO = re.compile(
    rf"%(?:[A-Z0-9_]{{1,32}}-){{0,3}}5-(?P<type>CONFIG_I|VSHD_SYSLOG_CONFIG_I) ?: Configured from {_NAME}"
    rf" by (?P<user>{_NAME})(?: on [^\s(]{{1,64}})?(?: \((?P<origin>{_NAME})\))?"
)
_JUNOS = re.compile(
    rf"\b(?P<type>UI_COMMIT)(?:: User '(?P<user>{_NAME})' requested|"
    rf" \[junos@[^\]]{{0,128}}? username=\"(?P<structured>{_NAME})\")"
)
_ARUBA = re.compile(r"running[- ]config(?:uration)?[- ]chang", re.IGNORECASE)
_FIELD = re.compile(rf"\b(?P<key>User-Name|Remote-IP(?:-Address)?)\s?[:=]\s?(?P<value>{_NAME})", re.IGNORECASE)


class NotSyslog(ValueError):
    """The datagram is no syslog message; the text says why and quotes nothing."""


def read_syslog(datagram: bytes) -> Notice | None:
    """What a message tells; ``None`` where it is one that nobody here waits for.

    Raises:
        NotSyslog: it is no syslog message.
    """
    if len(datagram) > LONGEST:
        raise NotSyslog("too long")
    priority = _PRIORITY.match(datagram)
    if not priority or int(priority[1]) > HIGHEST_PRIORITY:
        raise NotSyslog("no priority")
    text = datagram[priority.end() :].decode("utf-8", errors="replace")
    return next((notice for read in _READERS.values() if (notice := read(text))), None)


def _cisco(text: str) -> Notice | None:
    found = _CISCO.search(text)
    return _configured(found["type"], found["user"], found["origin"] or "") if found else None


def _junos(text: str) -> Notice | None:
    found = _JUNOS.search(text)
    return _configured(found["type"], found["user"] or found["structured"], "") if found else None


def _aruba(text: str) -> Notice | None:
    if not _ARUBA.search(text):
        return None
    said = {found["key"].lower()[:9]: found["value"] for found in _FIELD.finditer(text)}
    return _configured("running-config-change", said.get("user-name", ""), said.get("remote-ip", ""))


_READERS: Mapping[str, Callable[[str], Notice | None]] = MappingProxyType(
    {"cisco": _cisco, "junos": _junos, "aruba": _aruba}
)


def _configured(type_: str, user: str, origin: str) -> Notice:
    return Notice(type_, configured=True, user="" if NOBODY.fullmatch(user) else user, origin=origin)
