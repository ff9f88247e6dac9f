"""Makes rows out of template cells for platforms whose templates use the same names for the same things."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import zip_longest

from driftline.collectors.network.cli.neighbours import heard_cdp, heard_lldp
from driftline.collectors.network.cli.rows import (
    AddressRow,
    DeviceRow,
    InterfaceRow,
    NotUnderstood,
    PartRow,
    Row,
    TextRow,
    VlanRow,
)
from driftline.collectors.network.cli.texts import Cells, each, first, number, refused
from driftline.graph.model.identity import mac
from driftline.graph.model.neighbours import ArpRow, Station

SMALLEST_CONFIGURATION = 3
"""Lines. A configuration is never shorter; what is, is a complaint."""


def configuration(end: str = "") -> Callable[[str], tuple[Row, ...]]:
    """A reader of a whole configuration, whose last line is ``end``, not indented, where the platform writes one."""

    def read(text: str) -> tuple[Row, ...]:
        lines = text.rstrip().split("\n")
        if refused(text) or len(lines) < SMALLEST_CONFIGURATION:
            raise NotUnderstood("the device did not print a configuration")
        if end and lines[-1].rstrip() != end:
            raise NotUnderstood(f"the configuration does not end with {end!r}: it was cut")
        return (TextRow(text),)

    return read


def device(vendor: str, **names: str) -> Callable[[Cells], Sequence[Row]]:
    """Devices of ``show version``: a row for each serial number (a stack has several), with the model beside it."""

    def make(cells: Cells) -> Sequence[Row]:
        serials, models = each(cells.get(names["serial"], "")), each(cells.get(names["model"], ""))
        name, version = first(cells.get(names.get("name", ""), "")), first(cells[names["version"]])
        pairs = list(zip_longest(serials, models)) or [(None, None)]
        return [DeviceRow(name, vendor, model, serial, version) for serial, model in pairs]

    return make


def part(cells: Cells) -> Sequence[Row]:
    """A part of ``show inventory``."""
    return [PartRow(first(cells.get("name", "")), first(cells["descr"]), first(cells["pid"]), first(cells["sn"]))]


def interface(cells: Cells) -> Sequence[Row]:
    """A port of ``show interfaces`` and its address."""
    port, address = cells["interface"], first(cells.get("ip_address", ""))
    found = InterfaceRow(
        port,
        first(cells.get("link_status", "")),
        first(cells.get("description", "")),
        mac(cells.get("mac_address", "") or ""),
        number(cells.get("mtu", "")),
    )
    prefix = first(cells.get("prefix_length", ""))
    whole = address if not address or "/" in address or not prefix else f"{address}/{prefix}"
    return [found, AddressRow(port, whole)] if whole else [found]


def lldp(cells: Cells) -> Sequence[Row]:
    """A neighbour of ``show lldp neighbors detail``; texts of Cisco do not name the subtypes."""
    end = first(cells.get("neighbor_port_id", "")) or first(cells["neighbor_interface"])
    addresses = tuple(each(cells.get("mgmt_address", "")))
    return [
        heard_lldp(
            cells["local_interface"],
            (first(cells.get("neighbor_chassis_type", "")), first(cells["chassis_id"])),
            (first(cells.get("port_type", "")), end),
            port_descr=first(cells.get("neighbor_interface_description", cells["neighbor_interface"])),
            name=first(cells["neighbor_name"]),
            addresses=tuple(address for address in addresses if "." in address or ":" in address),
        )
    ]


def cdp(cells: Cells) -> Sequence[Row]:
    """A neighbour of ``show cdp neighbors detail``."""
    return [
        heard_cdp(
            cells["local_interface"],
            first(cells.get("chassis_id", "")) or first(cells["neighbor_name"]) or "",
            first(cells["neighbor_interface"]),
            platform=first(cells["platform"]),
            addresses=tuple(dict.fromkeys((*each(cells["mgmt_address"]), *each(cells.get("interface_ip", ""))))),
        )
    ]


def arp(port: str = "interface") -> Callable[[Cells], Sequence[Row]]:
    """Who answers for an address; an entry without a MAC address is none."""

    def make(cells: Cells) -> Sequence[Row]:
        found = mac(cells["mac_address"])
        return [ArpRow(cells[port], cells["ip_address"], found)] if found else []

    return make


def stations(address: str, ports: str) -> Callable[[Cells], Sequence[Row]]:
    """Learned MAC addresses. A VLAN that is no number (a name, ``-``) is not said."""

    def make(cells: Cells) -> Sequence[Row]:
        found = mac(cells[address])
        return [Station(port, found, number(cells["vlan_id"])) for port in each(cells[ports])] if found else []

    return make


def vlan(number_is: str = "vlan_id", name: str = "vlan_name") -> Callable[[Cells], Sequence[Row]]:
    """A VLAN."""

    def make(cells: Cells) -> Sequence[Row]:
        tag = number(cells[number_is])
        return [VlanRow(tag, first(cells[name]))] if tag is not None else []

    return make
