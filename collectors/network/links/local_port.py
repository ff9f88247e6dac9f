"""Which port of its own a device means, found in the visit in which it said so (network.md 7.1).

An LLDP local port number is neither an ifIndex nor a base port, though it often looks like one: librenms #18317 drew
links on wrong ports of Juniper EX by taking it for one. So the device's own table of LLDP ports decides; numbers are
taken for what they look like only where the hit is a physical port that no other number claims.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from driftline.collectors.network.links.ports import NONE, Names, Ports
from driftline.collectors.network.links.texts import as_mac, as_text


@dataclass(frozen=True, slots=True)
class LocalPort:
    """A row of the device's own table of LLDP ports: what it announces on the port of this number."""

    number: int
    subtype: str = ""
    id: str = ""
    descr: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """The port found, and how; no port where nothing was unique."""

    port: str | None
    method: str


UNRESOLVED = Told(None, "unresolved")


def lldp_port(number: int, table: Mapping[int, LocalPort], ports: Ports) -> Told:
    """The port of an LLDP local port number."""
    if (row := table.get(number)) is not None:
        for method, names in (("own id", _by_id(row, ports)), ("own description", _by_descr(row, ports))):
            if len(names) == 1:
                return Told(next(iter(names)), method)
    for method, kind in (("base port", "base_port"), ("ifIndex", "if_index")):
        names = ports.by(kind, str(number))
        if len(names) == 1 and _free(next(iter(names)), number, table, ports):
            return Told(next(iter(names)), method)
    return UNRESOLVED


def indexed_port(if_index: int, ports: Ports) -> Told:
    """The port of a row that speaks of an ifIndex of the same visit (CDP, LLDP-V2, EDP, FDP)."""
    names = ports.by("if_index", str(if_index))
    return Told(next(iter(names)), "ifIndex") if len(names) == 1 else UNRESOLVED


def named_port(name: str, ports: Ports) -> Told:
    """The port of a row that names it (CLI)."""
    names = ports.called(name)
    return Told(next(iter(names)), "name") if len(names) == 1 else UNRESOLVED


def _by_id(row: LocalPort, ports: Ports) -> Names:
    if row.subtype == "1":
        return ports.by("alias", as_text(row.id))
    if row.subtype == "3":
        return ports.by("mac", as_mac(row.id))
    text = as_text(row.id)
    if row.subtype == "7" and text.isdigit():
        return ports.by("if_index", text)
    return ports.called(text) if row.subtype in {"5", "6", "7"} else NONE


def _by_descr(row: LocalPort, ports: Ports) -> Names:
    return ports.called(row.descr) or ports.by("alias", row.descr)


def _free(name: str, number: int, table: Mapping[int, LocalPort], ports: Ports) -> bool:
    """Whether the port is a physical one that no other LLDP port number claims by its id or description."""
    if not ports.rows[name].physical:
        return False
    others = (row for other, row in table.items() if other != number)
    return not any(name in _by_id(row, ports) | _by_descr(row, ports) for row in others)
