"""What is to be drawn at some ports: links between CIs, with the proof of each, and what people should look at."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from driftline.api.linking.naming import Names
from driftline.collectors.network.links import End, Joined, Resolver, Shared
from driftline.collectors.network.links.bundles import bundles
from driftline.collectors.network.links.hosts import Learned, Stands
from driftline.graph.model.neighbours import Certainty, PortRow
from driftline.graph.model.values import Key

CONNECTED, BUNDLED, JOINS = "CONNECTED_TO", "BUNDLED_WITH", "JOINS"
TYPES = (BUNDLED, CONNECTED, JOINS)
Port = tuple[str, str]
Tie = tuple[Key, str, Key]
"""A link: the CI that it is kept at, type, the other CI."""


@dataclass(frozen=True, slots=True)
class Proof:
    """Why a link is drawn."""

    state: Certainty
    evidence: tuple[str, ...]


@dataclass(slots=True)
class Wanted:
    """Links of CIs, which have no others; ``doubts`` are sentences by CI, other end, and what is odd."""

    cis: set[Key] = field(default_factory=set)
    ties: dict[Tie, Proof] = field(default_factory=dict)
    doubts: dict[tuple[Key, str, str], str] = field(default_factory=dict)

    def of(self, ci: Key) -> Mapping[str, tuple[Key, ...]]:
        """Ends by type of a CI's links."""
        found: defaultdict[str, list[Key]] = defaultdict(list)
        for src, type_, dst in self.ties:
            if src == ci:
                found[type_].append(dst)
        return {type_: tuple(sorted(ends)) for type_, ends in found.items()}


@dataclass(slots=True)
class Draughtsman:
    """Says what is to be drawn, from the picture, the names of its ends, and where hosts stand.

    ``hints`` are ports on which a host announces itself, by the MAC address of its card; they outdo learned addresses.
    """

    resolver: Resolver
    names: Names
    learned: Learned
    hints: defaultdict[str, set[Port]] = field(default_factory=lambda: defaultdict(set))

    def cards(self, macs: Iterable[str]) -> set[Port]:
        """Cards of hosts that say themselves what they hear, by these MAC addresses."""
        return {card for mac in macs if mac in self.names.nics for card in self.resolver.cards(mac)}

    def ends(self, ports: Iterable[Port], macs: Iterable[str]) -> set[End]:
        """Every end that matters at these ports and for these cards, to be named before anything is drawn."""
        found = {End(*port) for port in ports}
        found |= {End(*port) for mac in macs if mac in self.names.nics for port in self.learned.by_mac.get(mac, ())}
        found |= {End(*port) for at in self.hints.values() for port in at}
        for port in tuple(found):
            place = (port.device, port.port)
            found |= {end for link in self.resolver.links_of(place) for end in link.ends}
            if segment := self.resolver.segment_of(place):
                found |= set(segment[1].members)
        return found | {End(*lag) for lag in self.lags((end.device, end.port) for end in found if end.port)}

    def stubs(self, ports: Iterable[Port]) -> dict[str, str]:
        """Stubs at these ports with the name that each gives itself."""
        found: dict[str, str] = {}
        for port in ports:
            for link in self.resolver.links_of(port):
                if link.state is Certainty.TO_STUB and self._nic(link) is None:
                    found.setdefault(_stub(link), link.name)
            if self.resolver.segment_of(port):
                told = ((v.stub, claim.name) for v in self.resolver.voices(port) if v.stub for claim in v.claims)
                found |= {stub: name for stub, name in told if not found.get(stub)}
        return found

    def segments(self, ports: Iterable[Port]) -> dict[End, Shared]:
        """Segments at these ports, by the name that the picture has for each."""
        found = (self.resolver.segment_of(port) for port in ports)
        return dict(one for one in found if one is not None)

    def wanted(self, ports: set[Port], macs: Iterable[str], segments: Mapping[End, Key]) -> Wanted:
        """All links of these ports, of their aggregates, of their segments, and of these cards of hosts."""
        want = Wanted()
        ports = ports | self.lags(ports)
        own = {port: ci for port in ports if (ci := self.names.ci(End(*port)))}
        want.cis |= {*segments.values(), *(ci for port, ci in own.items() if self._is_told(port))}
        for port, ci in own.items():
            self._links(port, ci, want)
            if dispute := self.resolver.picture.disputes.get(End(*port)):
                said = "; ".join(dispute.evidence)
                want.doubts[ci, "", "conflict"] = f"rows about this port cannot all be true: {said}"
        for key, ci in segments.items():
            shared = self.resolver.picture.segments[key]
            members = (member for end in shared.members if (member := self.names.ci(end)))
            want.ties |= {(ci, JOINS, member): Proof(Certainty.ONE_SIDED, shared.evidence) for member in members}
        self._bundled(ports, want)
        self._hosts(set(macs) | self._hinted(ports), want)
        return want

    def _is_told(self, port: Port) -> bool:
        """Whether anything is said of a port by announcements; of a switch's port also that there is nothing."""
        return port[0] not in self.names.hosts or bool(self.resolver.voices(port) or self.resolver.links_of(port))

    def _links(self, port: Port, ci: Key, want: Wanted) -> None:
        for link in self.resolver.links_of(port):
            ends = self._dependent_first(link)
            if self._nic(link) is not None or ends is None or ends[0] != ci:
                continue
            tie = (ci, CONNECTED, ends[1])
            want.ties[tie] = self._proof(link)
            if link.unmirrored:
                want.doubts[ci, tie[2], "mirror_missing"] = "the other end was read completely and does not say it too"

    def _dependent_first(self, link: Joined) -> tuple[Key, Key] | None:
        """CIs of both ends: a host's card before what it is plugged into, else in order."""
        one, other = (self.names.ci(end) for end in link.ends)
        if one is None or other is None:
            return None
        hosts = [end.device in self.names.hosts for end in link.ends]
        if hosts[0] != hosts[1]:
            return (one, other) if hosts[0] else (other, one)
        return min(one, other), max(one, other)

    def _proof(self, link: Joined) -> Proof:
        """Why a link is drawn. A switch that learned the address of a card there is a second witness."""
        card = next((end for end in link.ends if end.device in self.names.hosts), None)
        if card is None or link.state is not Certainty.ONE_SIDED:
            return Proof(link.state, link.evidence)
        far = {(end.device, end.port) for end in link.ends if end != card}
        macs = {row.mac for row in self._rows(card.device) if row.name == card.port and row.mac}
        stands = self.learned.stands(macs, self.resolver.leads_on).values()
        seen = [proof for one in stands if {*far, *self.lags(far)}.intersection(one.ports) for proof in one.evidence]
        return Proof(Certainty.CONFIRMED if seen else link.state, (*link.evidence, *seen))

    def lags(self, ports: Iterable[Port]) -> set[Port]:
        """Aggregates of which these ports are members."""
        ports = set(ports)
        rows = ((device, row) for device in {port[0] for port in ports} for row in self._rows(device))
        return {(device, row.lag) for device, row in rows if row.lag and (device, row.name) in ports}

    def _rows(self, device: str) -> tuple[PortRow, ...]:
        table = self.resolver.tables.get(device)
        return table.ports if table else ()

    def _bundled(self, ports: set[Port], want: Wanted) -> None:
        """Those of these ports that are aggregates."""
        members = ((device, row) for device in {port[0] for port in ports} for row in self._rows(device))
        places = [(device, row.name) for device, row in members if (device, row.lag) in ports]
        links = {link.ends: link for place in places for link in self.resolver.links_of(place)}
        for ends, bundle in bundles(links.values(), self.resolver.tables).items():
            one, other = (self.names.ci(end) for end in ends)
            if one and other and one != other:
                evidence = tuple(f"{a.device} {a.port} - {b.device} {b.port}" for a, b in bundle.members)
                want.ties[min(one, other), BUNDLED, max(one, other)] = Proof(Certainty.CONFIRMED, evidence)

    def learn_hints(self) -> None:
        """Find all ports on which a host announces itself."""
        ends = (end for link in self.resolver.picture.links.values() if link.macs for end in link.ends if end.port)
        self._hinted({(end.device, end.port) for end in ends})

    def _nic(self, link: Joined) -> Key | None:
        if link.state is not Certainty.TO_STUB:
            return None
        return next((self.names.nics[mac] for mac in link.macs if mac in self.names.nics), None)

    def _hinted(self, ports: set[Port]) -> set[str]:
        """Refresh what these ports hint at; returns the cards that are or were hinted at."""
        touched = {mac for mac, at in self.hints.items() if at & ports}
        for mac in touched:
            self.hints[mac] -= ports
        for port in ports:
            for link in self.resolver.links_of(port):
                if self._nic(link) is not None:
                    for mac in link.macs:
                        if mac in self.names.nics:
                            self.hints[mac].add(port)
                            touched.add(mac)
        return touched

    def _hosts(self, macs: set[str], want: Wanted) -> None:
        cards = macs & self.names.nics.keys()
        stands = self.learned.stands(cards, self.resolver.leads_on)
        for mac in cards:
            nic, hinted = self.names.nics[mac], sorted(self.hints.get(mac, ()))
            if any(self._is_settled(card) for card in self.resolver.cards(mac)):
                continue
            if not hinted and mac not in stands and self.learned.by_mac.get(mac) in (None, set()):
                continue  # a silent host is still plugged in
            want.cis.add(nic)
            state = Certainty.ONE_SIDED if hinted else Certainty.FDB
            for port in hinted or stands[mac].ports if hinted or mac in stands else ():
                if ci := self.names.ci(End(*port)):
                    want.ties[nic, CONNECTED, ci] = Proof(state, self._evidence(mac, port, stands))

    def _is_settled(self, card: Port) -> bool:
        """Whether announcements say where a card is plugged in, or contradict each other about it."""
        return bool(self.resolver.links_of(card)) or End(*card) in self.resolver.picture.disputes

    def _evidence(self, mac: str, port: Port, stands: Mapping[str, Stands]) -> tuple[str, ...]:
        told = tuple(p for link in self.resolver.links_of(port) if mac in link.macs for p in link.evidence)
        return told or (stands[mac].evidence if mac in stands else ())


def _stub(link: Joined) -> str:
    return next(end.stub for end in link.ends if end.stub)
