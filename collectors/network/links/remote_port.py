"""Which port of the far device an announcement was sent from (network.md 7.3).

The far device's own statement of what it announces comes first. Else the subtype of the id says with what it is to be
compared: taking every id for a name is what drew links on wrong ports in librenms #12901.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from driftline.collectors.network.links.ports import NONE, Names, Ports
from driftline.collectors.network.links.texts import as_address, as_mac, as_text
from driftline.graph.model.neighbours import Neighbour, Protocol


@dataclass(frozen=True, slots=True)
class FarPort:
    """The ports that fit, and how they were found. One: found; several: the mirror may tell; none: not found."""

    names: Names = NONE
    method: str = ""


def far_port(said: Neighbour, protocol: Protocol, ports: Ports) -> FarPort:
    """The ports of the far device that fit an announcement."""
    for method, names in _tries(said, protocol, ports):
        if names:
            return FarPort(_narrowed(names, said, ports), method)
    return FarPort()


def _tries(said: Neighbour, protocol: Protocol, ports: Ports) -> list[tuple[str, Names]]:
    if protocol is not Protocol.LLDP and not said.port_subtype:
        return [("name", ports.called(as_text(said.port_id)))]
    own = ports.by("announced", f"{said.port_subtype}:{said.port_id}") if said.port_id else NONE
    method, read = SUBTYPES.get(said.port_subtype, ("", _nothing))
    return [("announced id", own), (method, read(said.port_id, ports)), ("description", ports.called(said.port_descr))]


def _narrowed(names: Names, said: Neighbour, ports: Ports) -> Names:
    """Of several ports with one MAC address, for example, those that the port description names, if it names any."""
    if len(names) == 1 or not said.port_descr:
        return names
    return names & (ports.called(said.port_descr) | ports.by("alias", said.port_descr)) or names


def _alias(octets: str, ports: Ports) -> Names:
    return ports.by("alias", as_text(octets))


def _component(octets: str, ports: Ports) -> Names:
    return ports.by("component", as_text(octets))


def _mac(octets: str, ports: Ports) -> Names:
    return ports.by("mac", as_mac(octets))


def _address(octets: str, ports: Ports) -> Names:
    return ports.by("address", as_address(octets))


def _name(octets: str, ports: Ports) -> Names:
    return ports.called(as_text(octets))


def _local(octets: str, ports: Ports) -> Names:
    """What only its sender understands: a number of the *sender's* (NAV #840), or a name."""
    text = as_text(octets)
    return (ports.numbered(text) if text.isdigit() else NONE) or ports.called(text)


def _nothing(octets: str, ports: Ports) -> Names:
    del octets, ports
    return NONE


SUBTYPES: Mapping[str, tuple[str, Callable[[str, Ports], Names]]] = {
    "": ("name", _name),
    "1": ("alias", _alias),
    "2": ("component", _component),
    "3": ("MAC", _mac),
    "4": ("address", _address),
    "5": ("name", _name),
    "6": ("circuit id", _name),
    "7": ("local", _local),
}
"""LLDP port id subtypes (IEEE 802.1AB 8.5.3.2): with what an id is compared. Some commands show no subtype."""
