"""Text forms of settings: durations with units, time zones, addresses. A reader's ValueError says what to write."""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, PlainSerializer, PlainValidator, StringConstraints, WithJsonSchema

from driftline.config.problems import nearest

Network = IPv4Network | IPv6Network

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_DURATION = re.compile(r"([0-9]{1,9})([smhd])")
_HOST = r"(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)"
_ADDRESS = re.compile(rf"({_HOST})(?::([0-9]{{1,5}}))?")
_URL = re.compile(rf"(?:bolt|neo4j)(?:\+s|\+ssc)?://{_HOST}(?::[0-9]{{1,5}})?")
_PIN = re.compile(r"sha256:([0-9a-f]{64})")
_MAX_PORT = 65_535


def read_duration(given: object) -> timedelta:
    """``90s 15m 4h 30d``; a number alone is refused, because nobody knows its unit."""
    if isinstance(given, timedelta):
        return given
    found = _DURATION.fullmatch(given) if isinstance(given, str) else None
    if not found:
        raise ValueError('a duration with its unit expected: "90s", "15m", "4h" or "30d"')
    return timedelta(seconds=int(found[1]) * _UNITS[found[2]])


def show_duration(duration: timedelta) -> str:
    """The duration in the largest unit that divides it: 7200 s is ``2h``, 259,200 s is ``72h``, not ``3d``."""
    seconds = int(duration.total_seconds())
    unit = next((unit for unit in "hm" if seconds and seconds % _UNITS[unit] == 0), "s")
    return f"{seconds // _UNITS[unit]}{unit}"


def read_zone(name: str) -> str:
    """The name of a time zone of the IANA database."""
    try:
        ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # a path, a folder, a name that does not exist
        known = [zone for zone in available_timezones() if "/" in zone]
        hint = nearest(name, known) or '; write it like "Europe/Berlin"'
        raise ValueError(f"no such time zone{hint}") from None
    return name


def read_network(given: object) -> Network:
    """An IP network in CIDR form, without host bits."""
    if isinstance(given, IPv4Network | IPv6Network):
        return given
    if not isinstance(given, str):
        raise ValueError('a network expected, for example "10.1.0.0/16"')  # noqa: TRY004 -- pydantic collects ValueErrors
    try:
        return ip_network(given)
    except ValueError as error:
        raise ValueError(f"a network expected: {error}") from None


def read_address(text: str) -> str:
    """``host``, ``host:port`` or ``[v6]:port``."""
    if not split_address(text):
        raise ValueError("a host name or IP address expected, with :PORT if needed and nothing else")
    return text


def read_bind(text: str) -> str:
    """``host:port`` or ``[v6]:port`` to listen on."""
    found = split_address(text)
    if not found or found[1] is None:
        raise ValueError('"host:port" expected, for example "127.0.0.1:8484"')
    return text


def split_address(text: str) -> tuple[str, int | None] | None:
    """Host (IPv6 without its brackets) and port of an address; None if it is not one."""
    found = _ADDRESS.fullmatch(text)
    port = int(found[2]) if found and found[2] else None
    if not found or (port is not None and not 0 < port <= _MAX_PORT):
        return None
    return found[1].strip("[]"), port


def read_bolt_url(text: str) -> str:
    """Address of a Neo4j server; a user or password inside it is refused."""
    if "@" in text:
        raise ValueError('no user or password in the address; use "user" and "password"')
    if not _URL.fullmatch(text):
        raise ValueError('"bolt://host:port" or "neo4j://host:port" expected (+s for TLS)')
    return text


def read_pin(text: str) -> str:
    """Fingerprint of a certificate, with or without colons, in any case; kept as ``sha256:`` and 64 small digits."""
    pin = "sha256:" + text.lower().removeprefix("sha256:").replace(":", "")
    if not _PIN.fullmatch(pin):
        raise ValueError('"sha256:" and 64 hexadecimal digits expected')
    return pin


Duration = Annotated[
    timedelta,
    PlainValidator(read_duration),
    PlainSerializer(show_duration),
    WithJsonSchema({"type": "string", "pattern": "^[0-9]{1,9}[smhd]$"}),
]
Zone = Annotated[str, AfterValidator(read_zone)]
Address = Annotated[str, AfterValidator(read_address)]
Bind = Annotated[str, AfterValidator(read_bind)]
BoltUrl = Annotated[str, AfterValidator(read_bolt_url)]
Pin = Annotated[str, AfterValidator(read_pin)]
AnyNetwork = Annotated[
    Network, PlainValidator(read_network), PlainSerializer(str), WithJsonSchema({"type": "string", "format": "cidr"})
]
Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]
