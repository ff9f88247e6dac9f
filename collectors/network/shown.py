"""What a cell may be used as: the value if it is of the expected form, else ``None``.

Agents write what they like: MAC addresses as text with lost zeros (NX-OS: ``0-2a-6a-fc-5b-bc``), text in Latin-1 and
padded by blanks and zero octets, empty text for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from ipaddress import IPv4Address, IPv6Address, ip_address

from driftline.collectors.network.asks import module
from driftline.collectors.network.replies import Value
from driftline.graph.model import identity
from driftline.graph.model.values import Ms, ms

MAC_OCTETS = 6
YES, NO = 1, 2
LOOSE_MAC = re.compile(r"[0-9A-Fa-f]{1,2}(?:[-:][0-9A-Fa-f]{1,2}){5}")
ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 -- compared, not bound to
IPV4_OCTETS, IPV6_OCTETS = 4, 16
DATE_OCTETS, WITH_OFFSET = 8, 11
WITH_ZONE = {8: 4, 20: 16}
"""Octets of an address followed by the number of its zone (InetAddressIPv4z, IPv6z)."""


def text(value: Value | None) -> str | None:
    """Text without the padding around it."""
    if not isinstance(value, bytes):
        return None
    try:
        found = value.decode()
    except UnicodeDecodeError:
        found = value.decode("latin-1")
    return found.strip(" \x00\t\r\n") or None


def number(value: Value | None) -> int | None:
    """A number."""
    return value if isinstance(value, int) else None


def positive(value: Value | None) -> int | None:
    """A number that says something."""
    return value if isinstance(value, int) and value > 0 else None


def truth(value: Value | None) -> bool | None:
    """A TruthValue."""
    return {YES: True, NO: False}.get(value) if isinstance(value, int) else None


def mac(value: Value | None) -> str | None:
    """A MAC address, of six octets or in text."""
    if not isinstance(value, bytes):
        return None
    if len(value) == MAC_OCTETS:
        return identity.mac(value.hex())
    said = text(value) or ""
    if LOOSE_MAC.fullmatch(said):
        said = "".join(part.zfill(2) for part in re.split("[-:]", said))
    return identity.mac(said)


def address(value: Value | None) -> str | None:
    """An IP address without its zone; ``None`` for the one that stands for none."""
    if not isinstance(value, bytes):
        return None
    octets = value[: WITH_ZONE.get(len(value), len(value))]
    if len(octets) not in {IPV4_OCTETS, IPV6_OCTETS}:
        return None
    found: IPv4Address | IPv6Address = ip_address(octets)
    return None if str(found) in ANY_ADDRESS else str(found)


def octets(numbers: Sequence[int]) -> bytes | None:
    """Numbers of an index as octets; ``None`` where one of them is none."""
    return bytes(numbers) if all(0 <= one < 256 for one in numbers) else None  # noqa: PLR2004 -- values of an octet


def label(of: str, table: str, column: int, value: Value | None) -> str | None:
    """The name of a number of an enumeration, or the number where the module has no name for it."""
    if not isinstance(value, int):
        return None
    return module(of).tables[table].columns[column].labels.get(value, str(value))


def date_ms(value: Value | None) -> Ms | None:
    """A DateAndTime; one without an offset is taken for UTC."""
    if not isinstance(value, bytes) or len(value) not in {DATE_OCTETS, WITH_OFFSET}:
        return None
    year, rest = int.from_bytes(value[:2]), value[2:]
    offset = timedelta(hours=rest[7], minutes=rest[8]) if len(value) == WITH_OFFSET else timedelta()
    sign = -1 if rest[6:7] == b"-" else 1
    try:
        zone = timezone(sign * offset) if offset else UTC
        return ms(datetime(year, rest[0], rest[1], rest[2], rest[3], rest[4], tzinfo=zone))
    except ValueError:
        return None
