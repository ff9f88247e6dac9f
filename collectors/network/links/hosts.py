"""On which port a host stands, by where switches learned its MAC address (network.md 7.7).

The port that has no network device behind it and the fewest addresses is the nearest one. Never a link between
switches: a learned address tells on which side a thing is, not what it is plugged into.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from driftline.collectors.network.links.claims import Port
from driftline.graph.model.neighbours import PortTable

PAIR = 2
ODD = "vlan?"


@dataclass(frozen=True, slots=True)
class Stands:
    """Where a host's MAC address was found. Two ports only where both belong to one multi-chassis pair."""

    mac: str
    ports: tuple[Port, ...]
    evidence: tuple[str, ...]


@dataclass(slots=True)
class Learned:
    """Addresses by device and port, and ports by address, as switches learned them.

    ``odd`` are addresses of VLANs that nobody declared, by device. ``marks`` tell both ports of a multi-chassis pair:
    the LACP system behind them, and what the pair calls itself.
    """

    by_mac: defaultdict[str, set[Port]] = field(default_factory=lambda: defaultdict(set))
    by_port: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    marks: dict[Port, frozenset[str]] = field(default_factory=dict)
    odd: dict[str, frozenset[tuple[str, str]]] = field(default_factory=dict)

    def learn(self, table: PortTable) -> set[str]:
        """Replace what a device learned; returns the addresses that are or were on it."""
        device = table.device
        touched: set[str] = set()
        for port, macs in self.by_port.pop(device, {}).items():
            touched |= macs
            self.marks.pop((device, port), None)
            for mac in macs:
                self.by_mac[mac].discard((device, port))
        shelves: defaultdict[str, set[str]] = defaultdict(set)
        for station in table.stations:
            shelves[station.port].add(station.mac)
            self.by_mac[station.mac].add((device, station.port))
        self.by_port[device] = dict(shelves)
        partners = {port.name: port.partner for port in table.ports if port.partner}
        for port in shelves:
            self.marks[device, port] = frozenset({*table.mlag, partners.get(port, "")} - {""})
        self.odd[device] = frozenset((station.port, station.mac) for station in table.stations if station.flag)
        return touched.union(*shelves.values())

    def stands(self, wanted: Iterable[str], leads_on: Callable[[Port], bool]) -> dict[str, Stands]:
        """The ports of hosts, by MAC address; a host that several ports fit alike is left out.

        ``leads_on``: whether a network device is behind a port.
        """
        found = {}
        for mac in wanted:
            if ports := self._nearest([port for port in self.by_mac.get(mac, ()) if not leads_on(port)]):
                found[mac] = Stands(mac, ports, tuple(self._proof(port, mac) for port in ports))
        return found

    def _nearest(self, ports: list[Port]) -> tuple[Port, ...]:
        if len(ports) == PAIR and self._one_pair(*ports):
            return tuple(sorted(ports))
        load = {(device, port): len(self.by_port[device][port]) for device, port in ports}
        nearest = [port for port in ports if load[port] == min(load.values())]
        return tuple(nearest) if len(nearest) == 1 else ()

    def _one_pair(self, one: Port, other: Port) -> bool:
        return one[0] != other[0] and bool(self.marks[one] & self.marks[other])

    def _proof(self, port: Port, mac: str) -> str:
        odd = f" ({ODD})" if (port[1], mac) in self.odd[port[0]] else ""
        return f"{port[0]}|fdb|{port[1]}|{mac}{odd}"
