"""All links of all devices, kept right as devices are read (decision D42).

What is drawn depends on the stored rows alone, never on the order in which they came. After a visit only what can have
changed is resolved again: the device's own rows, and every row that asked for one of its marks, whether it was found by
it or not. From there the ports whose links may be others now are at most three steps away.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from driftline.collectors.network.links.claims import Claim, Known, Port, arp_claims, claims_of
from driftline.collectors.network.links.classify import dispute_at, is_shared, links_at, segment_at
from driftline.collectors.network.links.picture import End, Joined, Pair, Picture, Shared
from driftline.collectors.network.links.ports import Ports
from driftline.collectors.network.links.remote_device import Devices, Mark, marks_of
from driftline.collectors.network.links.voices import Voice, voices_of
from driftline.graph.model.neighbours import Certainty, NeighbourRow, PortTable
from driftline.graph.model.values import Key

NOBODY: Devices = frozenset()
STEPS = 3
"""How far what is heard on one port reaches: a port, one that names it, all that this one may mean, their echo."""


@dataclass(slots=True)
class Desk:
    """Claims by where they were heard, of whom they speak, and what they asked for."""

    claims: dict[str, list[Claim]] = field(default_factory=dict)
    asked: defaultdict[Mark, set[str]] = field(default_factory=lambda: defaultdict(set))
    naming: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    heard: defaultdict[Port, set[str]] = field(default_factory=lambda: defaultdict(set))
    claimed: defaultdict[Port, Counter[Port]] = field(default_factory=lambda: defaultdict(Counter))
    lost: Counter[tuple[str, str]] = field(default_factory=Counter)

    def put(self, name: str, claims: list[Claim]) -> None:
        """Note what one row claims."""
        self.claims[name] = claims
        for claim in claims:
            self._count(claim, 1)
            for mark in claim.wanted:
                self.asked[mark].add(name)
            if claim.far.device:
                self.naming[claim.far.device].add(name)
            if claim.place:
                self.heard[claim.place].add(name)

    def take(self, name: str) -> list[Claim]:
        """Forget what one row claims, and return it."""
        claims = self.claims.pop(name, [])
        for claim in claims:
            self._count(claim, -1)
            for mark in claim.wanted:
                self.asked[mark].discard(name)
            if claim.far.device:
                self.naming[claim.far.device].discard(name)
            if claim.place:
                self.heard[claim.place].discard(name)
        return claims

    def asking(self, marks: Iterable[Mark]) -> set[str]:
        """Rows that asked for any of these marks."""
        return {name for mark in marks if mark in self.asked for name in self.asked[mark]}

    def places(self, names: Iterable[str]) -> set[Port]:
        """Ports of which these rows speak: their own, and for a row without one all that name its device."""
        found: set[Port] = set()
        for claim in (claim for name in names for claim in self.claims.get(name, ())):
            if claim.place:
                found.add(claim.place)
            else:
                naming = (c for name in self.naming.get(claim.device, ()) for c in self.claims[name])
                found.update(c.place for c in naming if c.place)
        return found

    def at(self, port: Port) -> list[Claim]:
        """What is heard on a port."""
        return [c for name in sorted(self.heard.get(port, ())) for c in self.claims[name] if c.place == port]

    def near(self, port: Port) -> set[Port]:
        """Ports that may be at the other end, by what either says."""
        ends = {(claim.far.device, end) for claim in self.at(port) if claim.far.device for end in claim.ends}
        return ends | set(self.claimants(port))

    def claimants(self, port: Port) -> Iterable[Port]:
        """Ports on which something is heard that may come from this port."""
        return self.claimed[port].keys() if port in self.claimed else ()

    def _count(self, claim: Claim, step: int) -> None:
        if not claim.far.device:
            return
        if claim.place is None:
            _add(self.lost, (claim.device, claim.far.device), step)
            return
        for end in claim.ends:
            _add(self.claimed[claim.far.device, end], claim.place, step)


def _add(counts: Counter[tuple[str, str]], what: tuple[str, str], step: int) -> None:
    counts[what] += step
    if not counts[what]:
        del counts[what]


class Resolver:
    """Links, segments and disputes of a network; ``picture`` is what they are now."""

    def __init__(self) -> None:
        self.tables: dict[str, PortTable] = {}
        self.picture = Picture()
        self._rows: dict[str, NeighbourRow] = {}
        self._own: dict[str, frozenset[str]] = {}
        self._ports: dict[str, Ports] = {}
        self._marks: dict[str, frozenset[Mark]] = {}
        self._devices: dict[Mark, Devices] = {}
        self._said, self._arp = Desk(), Desk()
        self._voices: dict[Port, list[Voice]] = {}
        self._drawn: defaultdict[End, set[Pair]] = defaultdict(set)
        self._shared: dict[Port, End] = {}
        self._known = Known(self._find, self.table, self._ports_of)

    @classmethod
    def of(cls, tables: Iterable[PortTable], rows: Iterable[NeighbourRow]) -> Resolver:
        """Resolve everything at once."""
        found = cls()
        by_device: defaultdict[str, list[NeighbourRow]] = defaultdict(list)
        for row in rows:
            by_device[row.device].append(row)
        for table in tables:
            found._learn(table, by_device.pop(table.device, ()))
        for device, own in by_device.items():
            found._learn(blank(device), own)
        for name in found._rows:
            found._said.put(name, claims_of(found._rows[name], found._known))
        for device, table in found.tables.items():
            found._arp.put(device, arp_claims(table, found._known))
        found._draw({*found._said.heard, *found._said.claimed, *found._arp.heard})
        return found

    def after(self, table: PortTable, rows: Iterable[NeighbourRow]) -> set[Port]:
        """Take in all rows of a device as they are now; returns the ports whose links may be others."""
        device = table.device
        marks, own = self._marks.get(device, frozenset()), self._own.get(device, frozenset())
        self._learn(table, rows)
        marks, own = marks | self._marks[device], own | self._own[device]
        said, arp = own | self._said.asking(marks), {device} | self._arp.asking(marks)
        changed = self._said.places(said) | self._arp.places(arp)
        dirty = self._around(changed)
        for name in said:
            self._said.take(name)
            if name in self._rows:
                self._said.put(name, claims_of(self._rows[name], self._known))
        for name in arp:
            self._arp.take(name)
            self._arp.put(name, arp_claims(self.tables[name], self._known))
        changed |= self._said.places(said) | self._arp.places(arp)
        for port in changed:
            self._voices.pop(port, None)
        dirty |= self._around(changed)
        self._draw(dirty)
        return dirty

    # what classification asks

    def voices(self, port: Port) -> Sequence[Voice]:
        """Neighbours heard on a port by neighbour protocols."""
        if port not in self._voices:
            self._voices[port] = voices_of(self._said.at(port))
        return self._voices[port]

    def arp(self, port: Port) -> Sequence[Claim]:
        """Whom ARP knows on a port with two ends."""
        return self._arp.at(port)

    def claimants(self, port: Port) -> Iterable[Port]:
        """Ports on which something is heard that may come from this port."""
        return self._said.claimants(port)

    def table(self, device: str) -> PortTable:
        """What a device says of itself."""
        return self.tables[device]

    def placeless(self, device: str, of: str) -> bool:
        """Whether a device hears another one on a port that it could not name."""
        return (device, of) in self._said.lost

    # what others ask

    def links_of(self, port: Port) -> list[Joined]:
        """Links that are drawn at a port, in order."""
        return [self.picture.links[ends] for ends in sorted(self._drawn.get(End(*port), ()))]

    def segment_of(self, port: Port) -> tuple[End, Shared] | None:
        """The segment on which a port hears several, and the name that the picture has for it."""
        key = self._shared.get(port)
        return None if key is None else (key, self.picture.segments[key])

    def places_of(self, device: str) -> set[Port]:
        """The ports of a device, as it was read last."""
        return {(device, port.name) for port in self.tables[device].ports} if device in self.tables else set()

    def places(self) -> set[Port]:
        """Every port of which something is known."""
        own = {(device, port.name) for device, table in self.tables.items() for port in table.ports}
        return own | set(self._said.heard) | set(self._said.claimed) | set(self._arp.heard)

    def cards(self, mac: str) -> list[Port]:
        """Cards of hosts that have a MAC address."""
        hosts = (device for device in self._find(("mac", mac)) if self.tables[device].host)
        return [(device, name) for device in sorted(hosts) for name in sorted(self._ports_of(device).by("mac", mac))]

    def leads_on(self, port: Port) -> bool:
        """Whether a network device is behind a port, or behind a member of the aggregate that it is."""
        rows = self._ports_of(port[0]).rows if port[0] in self.tables else {}
        members = [(port[0], row.name) for row in rows.values() if row.lag == port[1]]
        return any(self._leads_on(one) for one in (port, *members))

    def _leads_on(self, port: Port) -> bool:
        for voice in self.voices(port):
            if voice.device and not self.tables[voice.device].host:
                return True
            if not voice.device and any(claim.onward for claim in voice.claims):
                return True
        return any(self._is_onward(ends) for ends in self._drawn.get(End(*port), ()))

    def _is_onward(self, ends: Pair) -> bool:
        """Whether a link joins network devices."""
        hosts = (end.device for end in ends if end.device and self.tables[end.device].host)
        return self.picture.links[ends].state is not Certainty.TO_STUB and not any(hosts)

    # steps

    def _find(self, mark: Mark) -> Devices:
        return self._devices.get(mark, NOBODY)

    def _ports_of(self, device: str) -> Ports:
        if device not in self._ports:
            self._ports[device] = Ports.of(self.tables[device])
        return self._ports[device]

    def _learn(self, table: PortTable, rows: Iterable[NeighbourRow]) -> None:
        device, marks = table.device, marks_of(table)
        before = self._marks.get(device, frozenset())
        for mark in before - marks:
            self._devices[mark] -= {device}
        for mark in marks - before:
            self._devices[mark] = self._devices.get(mark, NOBODY) | {device}
        for name in self._own.get(device, ()):
            del self._rows[name]
        own = {row.id: row for row in rows}
        self._rows.update(own)
        self.tables[device], self._marks[device], self._own[device] = table, marks, frozenset(own)
        self._ports.pop(device, None)

    def _around(self, ports: Iterable[Port]) -> set[Port]:
        """Ports, and those for which it matters what is heard on them."""
        reached = set(ports)
        for _ in range(STEPS):
            reached |= {near for port in reached for near in (*self._said.near(port), *self._arp.near(port))}
        return reached

    def _draw(self, dirty: Iterable[Port]) -> None:
        dirty = set(dirty)
        self._erase(dirty)
        for port in dirty:
            for link in links_at(port, self):
                self.picture.links[link.ends] = link
                for end in link.ends:
                    self._drawn[end].add(link.ends)
            if found := dispute_at(port, self):
                self.picture.disputes[found.end] = found
            if port not in self._shared and is_shared(port, self):
                self._draw_segment(port)

    def _erase(self, dirty: set[Port]) -> None:
        for port in dirty:
            end = End(*port)
            self.picture.disputes.pop(end, None)
            for ends in self._drawn.pop(end, ()):
                self.picture.links.pop(ends, None)
                for other in ends:
                    self._drawn[other].discard(ends)
        torn = {self._shared[port] for port in dirty if port in self._shared}
        for key in torn:
            self.picture.segments.pop(key)
        left = [port for port, key in self._shared.items() if key in torn] if torn else []
        for port in left:
            del self._shared[port]
        dirty.update(left)

    def _draw_segment(self, port: Port) -> None:
        segment, ports = segment_at(port, self)
        key = End(*min(ports))
        self.picture.segments[key] = segment
        self._shared.update(dict.fromkeys(ports, key))


def blank(device: str) -> PortTable:
    """A device that says nothing of itself."""
    return PortTable(id=device, device=Key(device))
