"""Own addresses of a device: ipAddressTable, else ipAddrTable.

Addresses that every host has (127/8, ::1) are none, nor are those of IPv6 that a port gives itself on its link: they
come and go with its carrier, and nobody decides on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from typing import NamedTuple

from driftline.collectors.network.answers import Answers, Row
from driftline.collectors.network.read_interfaces import Ports
from driftline.collectors.network.replies import Index
from driftline.collectors.network.shown import address, label, number, octets
from driftline.graph.model.network import IpAddress

IF_INDEX, TYPE, PREFIX, ORIGIN = 3, 4, 5, 6
OLD_IF_INDEX, OLD_MASK = 2, 3
UNICAST = 1
LEAST_POINTER = 10
"""Numbers of a pointer into ipAddressPrefixTable; 0.0 points nowhere."""
IPV4_OCTETS = 4
BY_ITSELF = "linklayer"
ZONED = {3: 4, 4: 16}
"""Octets of an address by type, where a zone stands behind it; ZTE leaves out the length."""


class _Found(NamedTuple):
    """One row of either table."""

    table: str
    row: Index
    address: str | None
    if_index: int | None
    length: int | None
    origin: str | None = None


def read_addresses(answers: Answers, ports: Ports) -> Iterator[IpAddress]:
    """Every address once."""
    seen: set[tuple[str, str]] = set()
    for found in (*_new(answers), *_old(answers)):
        if found.address is None:
            if any(found.row[-IPV4_OCTETS:]):  # 0.0.0.0 is how Huawei says that a port has none
                answers.odd(found.table, found.row, "not an address")
        elif not _is_everywhere(found):
            port = ports.ref(found.if_index)
            if port is None:
                answers.odd(found.table, found.row, f"on interface {found.if_index}, which has no name of its own")
            elif (key := (found.address, port.values[0])) not in seen:
                seen.add(key)
                yield IpAddress(address=found.address, prefix_length=found.length, origin=found.origin, interface=port)


def _is_everywhere(found: _Found) -> bool:
    where = ip_address(found.address or "")
    return where.is_loopback or (where.is_link_local and found.origin == BY_ITSELF)


def _new(answers: Answers) -> Iterator[_Found]:
    for index, row in answers.rows("ipAddressTable").items():
        if row.get(TYPE, UNICAST) == UNICAST:  # neither anycast nor broadcast
            origin = label("IP-MIB", "ipAddressTable", ORIGIN, row.get(ORIGIN))
            yield _Found("ipAddressTable", index, _address_in(index), number(row.get(IF_INDEX)), _length(row), origin)


def _old(answers: Answers) -> Iterator[_Found]:
    for index, row in answers.rows("ipAddrTable").items():
        yield _Found("ipAddrTable", index, address(octets(index)), number(row.get(OLD_IF_INDEX)), _masked(row))


def _address_in(index: Index) -> str | None:
    """Type, length, octets; agents exist that leave out the length."""
    told = len(index) > 1 and index[1] == len(index) - 2
    rest = index[2:] if told else index[1 : 1 + ZONED.get(index[0] if index else 0, len(index))]
    return address(octets(rest))


def _length(row: Row) -> int | None:
    pointer = row.get(PREFIX)
    return pointer[-1] if isinstance(pointer, tuple) and len(pointer) > LEAST_POINTER else None


def _masked(row: Row) -> int | None:
    mask = row.get(OLD_MASK)
    if not isinstance(mask, bytes) or len(mask) != IPV4_OCTETS:
        return None
    bits = f"{int.from_bytes(mask):032b}"
    return bits.count("1") if "01" not in bits else None
