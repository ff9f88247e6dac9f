"""Which device an announcement came from, by the strongest mark that leads to one device only (network.md 7.2)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from driftline.collectors.network.links.texts import as_address, as_mac, as_text, is_shared
from driftline.graph.model import identity
from driftline.graph.model.neighbours import Neighbour, PortTable, Protocol

Mark = tuple[str, str]
"""Kind and value of what names a device: chassis, mac, serial, address, name, label."""

Devices = frozenset[str]
Find = Callable[[Mark], Devices]

CHASSIS_MAC, CHASSIS_ADDRESS, LOCAL = "4", "5", "7"
STRONG = ("chassis", "mac", "serial")
NAMED = re.compile(r"(?P<name>[^()]+)\((?P<serial>[^()]+)\)")
"""``spine01(9WTLX6IZ9YW)``: the CDP device id of NX-OS."""


@dataclass(frozen=True, slots=True)
class Far:
    """What was found of the far device. ``candidates`` holds several devices where the marks fit more than one.

    ``disputed``: marks that each lead to one device, but not to the same one. ``stub`` names a device that nobody
    knows, as ``subtype:hex`` of its chassis id; empty where the announcement does not say who sent it.
    """

    device: str | None = None
    method: str = ""
    candidates: Devices = frozenset()
    disputed: bool = False
    stub: str = ""


def marks_of(table: PortTable) -> frozenset[Mark]:
    """Everything that names a device."""
    return frozenset(_own_marks(table))


def marks_in(said: Neighbour) -> tuple[Mark, ...]:
    """What an announcement says of its sender, strongest first."""
    return tuple(dict.fromkeys(_told_marks(said)))


def far_device(
    said: Neighbour, protocol: Protocol, marks: Iterable[Mark], find: Find, tables: Callable[[str], PortTable]
) -> Far:
    """The sender of an announcement.

    Args:
        said: the announcement.
        protocol: by which it came.
        marks: ``marks_in`` of it.
        find: devices that carry a mark.
        tables: what a device says of itself.
    """
    hits = [(mark, found) for mark in marks if (found := find(mark))]
    strong = {next(iter(found)) for (kind, _), found in hits if kind in STRONG and len(found) == 1}
    if len(strong) > 1:
        return Far(candidates=frozenset(strong), disputed=True)
    left: Devices = frozenset()
    for (kind, _), found in hits:
        allowed = found if kind in STRONG else frozenset(d for d in found if not _denies(tables(d), said, kind))
        narrowed = allowed & left if left else allowed
        if len(narrowed) == 1:
            return Far(next(iter(narrowed)), kind)
        left = narrowed or left
    return Far(candidates=left, stub="" if left else stub_of(said, protocol))


def called(said: Neighbour) -> str:
    """The name of the sender: its sysName, else its id where that is a name, as CDP has it."""
    if said.name or said.chassis_subtype not in {"", LOCAL} or as_mac(said.chassis_id):
        return said.name
    text = as_text(said.chassis_id)
    found = NAMED.fullmatch(text)
    return found["name"] if found else text


def stub_of(said: Neighbour, protocol: Protocol) -> str:
    """The name of a device that nobody has read yet: its chassis id, the same by whichever protocol it came."""
    if said.chassis_subtype:
        return f"{said.chassis_subtype}:{said.chassis_id}" if said.chassis_id else ""
    if found := as_mac(said.chassis_id):
        return f"{CHASSIS_MAC}:{found.replace(':', '')}"
    return f"{protocol.value}:{said.chassis_id}" if said.chassis_id else ""


def _denies(table: PortTable, said: Neighbour, kind: str) -> bool:
    """Whether a device that goes by that name sends another chassis id: names are not unique, chassis ids are."""
    own = [chassis for chassis in table.chassis if chassis.startswith(f"{said.chassis_subtype}:")]
    named = kind in {"name", "label"} and said.chassis_subtype and said.chassis_id
    return bool(named and own) and f"{said.chassis_subtype}:{said.chassis_id}" not in own


def _own_marks(table: PortTable) -> Iterator[Mark]:
    macs = {*table.macs, *(port.mac for port in table.ports)}
    for chassis in table.chassis:
        yield "chassis", chassis
        if chassis.startswith(f"{CHASSIS_MAC}:"):
            macs.add(as_mac(chassis.partition(":")[2]))
    yield from (("mac", mac) for mac in macs if mac and not is_shared(mac))
    yield from (("serial", serial.casefold()) for serial in table.serials)
    for port in table.ports:
        yield from (("address", address.partition("/")[0]) for address in port.addresses)
    for name in filter(None, map(identity.host_name, table.names)):
        yield "name", name
        if "." in name:
            yield "label", name.partition(".")[0]


def _told_marks(said: Neighbour) -> Iterator[Mark]:
    if said.chassis_subtype and said.chassis_id:
        yield "chassis", f"{said.chassis_subtype}:{said.chassis_id}"
    mac = as_mac(said.chassis_id) if said.chassis_subtype in {CHASSIS_MAC, ""} else ""
    if mac and not is_shared(mac):
        yield "mac", mac
    text = "" if mac or said.chassis_subtype in {CHASSIS_MAC, CHASSIS_ADDRESS} else as_text(said.chassis_id)
    found = NAMED.fullmatch(text)
    serial = identity.serial(found["serial"] if found else text)
    if serial:
        yield "serial", serial.casefold()
    if said.chassis_subtype == CHASSIS_ADDRESS and (address := as_address(said.chassis_id)):
        yield "address", address
    yield from (("address", address) for address in said.addresses)
    yield from _names(found["name"] if found else text)
    yield from _names(said.name)


def _names(said: str) -> Iterator[Mark]:
    """A name as it stands, and without its domain for a device that goes by its bare name; never domain for domain."""
    name = identity.host_name(said)
    if name:
        yield "name", name
        label, dot, _ = name.partition(".")
        yield ("name", label) if dot else ("label", label)
