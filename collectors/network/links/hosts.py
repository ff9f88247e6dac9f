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
    """Addresses by port and ports by address, as switches learned them; ``odd`` are those of VLANs nobody declared."""

    by_mac: defaultdict[str, set[Port]] = field(default_factory=lambda: defaultdict(set))
    by_port: dict[Port, frozenset[str]] = field(default_factory=dict)
    marks: dict[str, frozenset[str]] = field(default_factory=dict)
    odd: set[tuple[Port, str]] = field(default_factory=set)

    def learn(self, table: PortTable) -> set[str]:
        """Replace what a device learned; returns the addresses that are or were on it."""
        device = table.device
        self.marks[device] = frozenset(table.mlag)
        old = [port for port in self.by_port if port[0] == device] if device in self.marks else []
        touched = {mac for port in old for mac in self.by_port.pop(port)}
        for mac in touched:
            self.by_mac[mac] = {port for port in self.by_mac[mac] if port[0] != device}
        self.odd = {one for one in self.odd if one[0][0] != device}
        shelves: defaultdict[Port, set[str]] = defaultdict(set)
        for station in table.stations:
            port = (str(device), station.port)
            shelves[port].add(station.mac)
            self.by_mac[station.mac].add(port)
            if station.flag:
                self.odd.add((port, station.mac))
        self.by_port.update({port: frozenset(macs) for port, macs in shelves.items()})
        return touched | {station.mac for station in table.stations}

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
        least = min((len(self.by_port[port]) for port in ports), default=0)
        nearest = [port for port in ports if len(self.by_port[port]) == least]
        return tuple(nearest) if len(nearest) == 1 else ()

    def _one_pair(self, one: Port, other: Port) -> bool:
        return one[0] != other[0] and bool(self.marks[one[0]] & self.marks[other[0]])

    def _proof(self, port: Port, mac: str) -> str:
        odd = f" ({ODD})" if (port, mac) in self.odd else ""
        return f"{port[0]}|fdb|{port[1]}|{mac}{odd}"
