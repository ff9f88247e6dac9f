"""What a configuration says of its own last change, read before it is masked; and which lines change by themselves.

IOS writes ``! Last configuration change at 09:37:40 CEST Tue Aug 20 2024 by oxidized``, Junos ``## Last commit:
2024-12-06 11:41:05 UTC by root``, NX-OS a time without a zone, beside the time at which it was asked. An instant is
told only where zone or that second time make it one; the user is told all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from driftline.graph.model.values import Ms

RUNNING, STARTUP = "running", "startup"
HEADER_LINES = 60
"""Stamps stand before the configuration proper; a banner further down must not be taken for one."""

ZONES: Final = {
    "UTC": 0, "GMT": 0, "Z": 0, "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "EET": 2, "EEST": 3, "MSK": 3, "JST": 9,
    "NZST": 12, "NZDT": 13, "EDT": -4, "PDT": -7,
}  # fmt: skip
"""Hours of zones whose short name means one thing only; EST, CST and BST do not."""

_IOS = re.compile(
    r"! (Last configuration change|NVRAM config last updated) at "
    r"(\d\d:\d\d:\d\d)(?:\.\d+)? (\S+) \w{3} (\w{3} +\d+ \d{4})(?: by (\S+))?\s*$"
)
_JUNOS = re.compile(r"## Last (?:commit|changed): (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (\S+)(?: by (\S+))?\s*$")
_EOS = re.compile(r"! Startup-config last modified at +(\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4}) by (\S+)\s*$")
_NXOS = re.compile(r"!Running configuration last done at: (\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4})\s*$")
_NXOS_NOW = re.compile(r"!Time: (\w{3} \w{3} +\d+ \d\d:\d\d:\d\d \d{4})\s*$")
_FORTIOS = re.compile(r"#config-version=[^:]*(?::[^:]*)*?:user=(\S+)\s*$")
_CTIME = "%a %b %d %H:%M:%S %Y"

VOLATILE: Final = re.compile(
    r"""(?x)
    \s*(?:
        !\ (?:Last\ configuration\ change|NVRAM\ config\ last\ updated|No\ configuration\ change\ since)\b.*
      | !(?:\ )?(?:Time|Command|Running\ configuration\ last\ done\ at):.*
      | !\ (?:Startup-config\ last\ modified|device:).*
      | (?:Building\ configuration|Current\ configuration)\b.*
      | Using\ \d+(?:\ out\ of\ \d+)?\ bytes.*
      | ntp\ clock-period\ \d+
      | \#\#\ Last\ (?:commit|changed):.*
      | .*\bfib-scale\b.*
      | \#(?:config-version|conf_file_ver|buildno)=.*
      | \#\ .*\ by\ RouterOS\b.*
    )\s*
    """
)
"""Lines that change by themselves or say when the text was printed; matched whole. Never taken out of what is kept."""


@dataclass(frozen=True, slots=True)
class LastChange:
    """Who changed a document last and when. ``at_ms`` None: the device says it in a time that cannot be placed.

    ``by_reading``: placed beside the device's own time of the answer, so its clock does not matter.
    """

    document: str
    at_ms: Ms | None
    user: str | None
    by_reading: bool = False


def last_changes(text: str, document: str, read_ms: Ms) -> Iterator[LastChange]:
    """Stamps in the head of a configuration that was read at ``read_ms``."""
    head = text.split("\n", HEADER_LINES)[:HEADER_LINES]
    for line in head:
        yield from _zoned(line, document)
        if found := _NXOS.match(line):
            now = next((shown[1] for other in head if (shown := _NXOS_NOW.match(other))), "")
            at = _beside(found[1], now, read_ms)
            yield LastChange(RUNNING, at, None, by_reading=at is not None)


def _zoned(line: str, document: str) -> Iterator[LastChange]:
    if found := _IOS.match(line):
        which = RUNNING if found[1].startswith("Last") else STARTUP
        yield LastChange(which, _placed(f"{found[4]} {found[2]}", "%b %d %Y %H:%M:%S", found[3]), found[5])
    elif found := _JUNOS.match(line):
        yield LastChange(document, _placed(found[1], "%Y-%m-%d %H:%M:%S", found[2]), found[3])
    elif found := _EOS.match(line):
        yield LastChange(STARTUP, None, found[2])
    elif found := _FORTIOS.match(line):
        yield LastChange(document, None, found[1])


def _beside(text: str, now: str, read_ms: Ms) -> Ms | None:
    """The instant of a time of the device, by its own time at the reading."""
    then, asked = _read(text, _CTIME), _read(now, _CTIME)
    if then is None or asked is None or asked < then:
        return None
    return Ms(read_ms - int((asked - then).total_seconds() * 1000))


def _placed(text: str, form: str, zone: str) -> Ms | None:
    hours = ZONES.get(zone.lstrip("*."))
    at = _read(text, form)
    if at is None or hours is None:
        return None
    return Ms(int(at.replace(tzinfo=timezone(timedelta(hours=hours))).timestamp() * 1000))


def _read(text: str, form: str) -> datetime | None:
    """A time without a zone, as if it were UTC: only differences of two of them mean anything."""
    try:
        return datetime.strptime(text, form).replace(tzinfo=UTC)
    except ValueError:
        return None
