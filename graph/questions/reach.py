"""What hangs on some CIs: the store's closure, and dependencies that only some links of a type carry.

A host hangs on the switch port that its card is plugged into, while switches are peers and do not hang on each other;
a machine hangs on its network cards, and not on every part it has. A virtual switch may span many hosts: of what is
plugged into it, only that is reached which runs on a host whose own cards are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import networkx as nx

from driftline.graph.lookup import pieces
from driftline.graph.model.links import Impact
from driftline.graph.model.values import Key, Micros
from driftline.graph.questions.names import read_all
from driftline.graph.store import Direction, Link, Store

DEPTH, ROUNDS = 16, 8
EVERYWHERE = Key("")
"""Stands before all starts, so that one search begins at all of them."""
CABLED, PART, PLUGGED, UPLINK, RUNS = "CONNECTED_TO", "PART_OF", "ATTACHED_TO", "UPLINKS_TO", "RUNS_ON"
OWNS = "HAS_PART"
"""A part seen from its owner, which hangs on it: its network cards."""
OUTLIVED = frozenset({"MOUNTS"})
"""Who loses all of these goes on: a hypervisor without a datastore."""
PORTS, CARDS = ("Interface", "NetworkDevice"), ("Nic", "VirtualNic")


@dataclass(frozen=True, slots=True)
class Edge:
    """That a dependent hangs on a supplier, by this type of link and under this rule."""

    dependent: Key
    type: str
    supplier: Key
    rule: Impact
    sources: tuple[str, ...]


@dataclass(slots=True)
class Reach:
    """Everything reached from the starts. ``kinds`` are those of all that was reached."""

    store: Store
    at: Micros | None
    limit: int
    edges: list[Edge] = field(default_factory=list)
    kinds: dict[Key, str] = field(default_factory=dict)
    starts: list[Key] = field(default_factory=list)
    truncated: bool = False

    def follow(self, starts: Sequence[Key]) -> None:
        """Follow everything that hangs on the starts, in as many rounds as there are special dependencies in a row."""
        rules = {k.type: k.impact for k in self.store.model.links.values() if k.impact is not Impact.INFORMATIONAL}
        fresh, left = self._closure(starts, list(rules)), ROUNDS
        self.starts = [ci for ci in starts if ci in self.kinds]
        while fresh and left:
            found = self._links(fresh, Direction.IN, *rules)
            self.edges += [Edge(ln.src, ln.type, ln.dst, rules[ln.type], ln.sources) for ln in found]
            more = [*self._cabled(fresh), *self._named(fresh)]
            self.edges += more
            more += self._owning(fresh)
            fresh = self._closure([e.dependent for e in more if e.dependent not in self.kinds], list(rules))
            left -= 1
        astray = self._astray()
        self.edges = [e for e in self.edges if e.dependent in self.kinds and e.dependent not in astray]

    def _closure(self, starts: Sequence[Key], types: Sequence[str]) -> list[Key]:
        """What is reached and was not before."""
        if not starts or self.truncated:
            return []
        closure = self.store.closure(
            sorted(set(starts)), Direction.IN, types, depth=DEPTH, at=self.at, limit=self.limit
        )
        self.truncated |= closure.truncated
        fresh = sorted(closure.depth.keys() - self.kinds.keys())
        self.kinds |= self._kinds(fresh)
        return fresh

    def _cabled(self, fresh: Sequence[Key]) -> Iterator[Edge]:
        """Cards that are plugged into ports."""
        found = self._links(self._of_kind(fresh, *PORTS), Direction.IN, CABLED)
        cards = self._kinds({link.src for link in found})
        for link in found:
            if cards[link.src] == "Nic":
                yield Edge(link.src, CABLED, link.dst, Impact.HARD, link.sources)

    def _named(self, fresh: Sequence[Key]) -> Iterator[Edge]:
        """Cards of machines in port groups of a host's own switch, which a vCenter gathers under their name."""
        groups = self._ends(self._of_kind(fresh, "PortGroup"), PART)
        hosts = self._ends(groups.values(), PART)
        machines = {ln.src: ln.dst for ln in self._links(set(hosts.values()), Direction.IN, RUNS)}
        parts = self._links(machines.keys(), Direction.IN, PART)
        kinds = self._kinds({link.src for link in parts})
        cards = {link.src: machines[link.dst] for link in parts if kinds[link.src] == "VirtualNic"}
        plugged = self._links(cards.keys(), Direction.OUT, PLUGGED)
        title = self._titles([*groups, *(link.dst for link in plugged)])
        own = {(hosts[switch], title[group]): group for group, switch in groups.items() if switch in hosts}
        for link in plugged:
            group = own.get((cards[link.src], title[link.dst]))
            if group and group != link.dst:
                yield Edge(link.src, PLUGGED, group, Impact.HARD, link.sources)

    def _owning(self, fresh: Sequence[Key]) -> list[Edge]:
        """Owners of network cards: adds the edges and returns them."""
        astray = self._astray()
        cards = [ci for ci in self._of_kind(fresh, *CARDS) if ci not in astray]
        found = self._links(cards, Direction.OUT, PART)
        owning = [Edge(link.dst, OWNS, link.src, Impact.REDUNDANT, link.sources) for link in found]
        self.edges += owning
        return owning

    def _astray(self) -> set[Key]:
        """Cards of machines that only a virtual switch leads to, on hosts of which no card was reached."""
        straight = nearer(self.starts, (edge for edge in self.edges if edge.type != UPLINK))
        cards = [ci for ci in self._of_kind(self.kinds, "VirtualNic") if ci not in straight and ci not in self.starts]
        machine = self._ends(cards, PART)
        host = self._ends(machine.values(), RUNS)
        server = self._ends(host.values(), RUNS)
        plugged = set(self._ends(self._of_kind(self.kinds, "Nic"), PART).values())
        return {ci for ci in cards if server.get(host.get(machine.get(ci, ci), ci)) not in plugged}

    def certain(self) -> list[Edge]:
        """Edges over which the loss is sure to come: hard ones, and redundant ones where nothing else is left."""
        left = self._totals()
        by_supplier: defaultdict[Key, list[Edge]] = defaultdict(list)
        for edge in self.edges:
            by_supplier[edge.supplier].append(edge)
        lost, todo = set(self.starts), list(self.starts)
        while todo:
            for edge in by_supplier[todo.pop()]:
                left[edge.dependent, edge.type] -= 1
                if edge.dependent not in lost and _is_fatal(edge, left):
                    lost.add(edge.dependent)
                    todo.append(edge.dependent)
        return [edge for edge in self.edges if edge.supplier in lost and _is_fatal(edge, left)]

    def _totals(self) -> Counter[tuple[Key, str]]:
        """How many suppliers each dependent has by a redundant type of link, whether reached or not."""
        spread = [edge for edge in self.edges if edge.rule is Impact.REDUNDANT]
        owners = {edge.dependent for edge in spread if edge.type == OWNS}
        plain = {edge.type for edge in spread} - {OWNS}
        links = self._links({e.dependent for e in spread}, Direction.OUT, *sorted(plain)) if plain else []
        totals = Counter((link.src, link.type) for link in links)
        parts = self._links(owners, Direction.IN, PART)
        kinds = self._kinds({link.src for link in parts})
        totals.update((link.dst, OWNS) for link in parts if kinds[link.src] in CARDS)
        return totals

    # the memory

    def _links(self, cis: Iterable[Key], direction: Direction, *types: str) -> list[Link]:
        wanted = sorted(set(cis))
        return [link for p in pieces(wanted) for link in self.store.links(p, direction, types, at=self.at)]

    def _ends(self, cis: Iterable[Key], type_: str) -> dict[Key, Key]:
        """Where each one's only link of a type leads."""
        return {link.src: link.dst for link in self._links(cis, Direction.OUT, type_)}

    def _kinds(self, cis: Iterable[Key]) -> dict[Key, str]:
        return {ci: state.kind for ci, state in read_all(self.store, sorted(cis), at=self.at).items()}

    def _titles(self, cis: Iterable[Key]) -> dict[Key, str]:
        states = read_all(self.store, sorted(set(cis)), at=self.at)
        return {ci: str(state.attrs.get("name", "")) for ci, state in states.items()}

    def _of_kind(self, cis: Iterable[Key], *kinds: str) -> list[Key]:
        return [ci for ci in cis if self.kinds.get(ci) in kinds]


def _is_fatal(edge: Edge, left: Mapping[tuple[Key, str], int]) -> bool:
    """Whether a dependent goes with this supplier, so many others of the type being left."""
    return edge.rule is Impact.HARD or (edge.type not in OUTLIVED and not left[edge.dependent, edge.type])


def nearer(starts: Collection[Key], edges: Iterable[Edge]) -> dict[Key, Edge]:
    """Breadth first from the starts, the edge towards one; of several equally short ways the first in order of keys."""
    graph: nx.DiGraph[Key] = nx.DiGraph()
    graph.add_edges_from((EVERYWHERE, start) for start in sorted(starts))
    for edge in sorted(edges, key=lambda e: (e.supplier, e.dependent, e.type), reverse=True):
        graph.add_edge(edge.supplier, edge.dependent, edge=edge)  # of several types between two the first stays
    towards = nx.bfs_predecessors(graph, EVERYWHERE, sort_neighbors=sorted) if starts else ()
    return {ci: graph.edges[supplier, ci]["edge"] for ci, supplier in towards if supplier != EVERYWHERE}
