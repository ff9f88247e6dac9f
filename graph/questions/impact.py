"""What may fail with a CI: everything that depends on it, the shortest path to each, and whom that concerns (D41).

Reachability against the links to the dependents. Informational links carry no impact. Until states are known, a
dependent that is reached only over something redundant is told apart: it may go on without the CI.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import networkx as nx

from driftline.graph.lookup import pieces
from driftline.graph.model.links import Impact, LinkKind
from driftline.graph.model.values import Key, Micros
from driftline.graph.questions.contacts import Contact, contacts
from driftline.graph.questions.names import CiName, call, names, read_all
from driftline.graph.questions.population import sites
from driftline.graph.questions.viewer import Viewer
from driftline.graph.store import Closure, Direction, Link, Store

DEPTH, LIMIT = 16, 50_000
EVERYWHERE = Key("")
"""Stands before all starts, so that one search begins at all of them."""
RANK = ("crown_jewel", "high", "medium", "low")
"""Criticality of services, the worst first."""


@dataclass(frozen=True, slots=True)
class Step:
    """A link on a path: this dependent hangs on this supplier by this type of link, under this rule."""

    dependent: Key
    dependent_name: str
    type: str
    supplier: Key
    supplier_name: str
    rule: Impact
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A CI that depends on the start. ``spared``: every path to it leads over something redundant."""

    ci: Key
    kind: str
    name: str
    site: str | None
    distance: int
    spared: bool
    criticality: str | None
    path: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How many of a kind are hit, and how many of these may be spared."""

    kind: str
    hit: int
    spared: int


@dataclass(frozen=True, slots=True)
class ImpactOf:
    """What may fail with the starts. ``truncated``: there is more than was followed."""

    starts: tuple[CiName, ...]
    counts: tuple[Count, ...]
    services: tuple[Hit, ...]
    customers: tuple[Hit, ...]
    items: tuple[Hit, ...]
    contacts: tuple[Contact, ...]
    sites: tuple[str, ...]
    truncated: bool


def impact(
    viewer: Viewer, store: Store, starts: Sequence[Key], *, at: Micros | None = None, limit: int = LIMIT
) -> ImpactOf:
    """Everything that depends on these CIs, worst services first; at most ``limit`` CIs are followed."""
    rules = {kind.type: kind for kind in store.model.links.values() if kind.impact is not Impact.INFORMATIONAL}
    closure = store.closure(starts, Direction.IN, list(rules), depth=DEPTH, at=at, limit=limit)
    reached = sorted(closure.depth)
    links = [ln for p in pieces(reached) for ln in store.links(p, Direction.IN, list(rules), at=at)]
    links = [link for link in links if link.src in closure.depth]
    hits = _hits(viewer, store, _Reach.of(closure, links, rules), at)
    concerned = [*starts, *(hit.ci for hit in hits)]
    known = names(viewer, store, starts, at=at)
    apart = {"Service", "Customer"}
    return ImpactOf(
        starts=tuple(known[ci] for ci in starts if ci in known),
        counts=_counts(hits),
        services=tuple(hit for hit in hits if hit.kind == "Service"),
        customers=tuple(hit for hit in hits if hit.kind == "Customer"),
        items=tuple(hit for hit in hits if hit.kind not in apart),
        contacts=contacts(viewer, store, concerned, at=at),
        sites=tuple(sorted(set(sites(viewer, store, concerned, at=at).values()))),
        truncated=closure.truncated,
    )


@dataclass(frozen=True, slots=True)
class _Reach:
    """For every dependent the link towards a start on the shortest path: ``sure`` over hard links, ``any`` over all."""

    cis: Sequence[Key]
    sure: Mapping[Key, Link]
    any: Mapping[Key, Link]
    rules: Mapping[str, LinkKind]

    @classmethod
    def of(cls, closure: Closure, links: Sequence[Link], rules: Mapping[str, LinkKind]) -> _Reach:
        """Find the shortest paths among the links of a closure."""
        starts = [ci for ci, depth in closure.depth.items() if not depth]
        hard = [link for link in links if rules[link.type].impact is Impact.HARD]
        cis = [ci for ci, depth in closure.depth.items() if depth]
        return cls(cis, _nearer(starts, hard), _nearer(starts, links), rules)

    def path(self, ci: Key) -> list[Link]:
        """From a start to the dependent."""
        tree = self.sure if ci in self.sure else self.any
        steps: list[Link] = []
        while link := tree.get(ci):
            steps.append(link)
            ci = link.dst
        return steps[::-1]


def _nearer(starts: Sequence[Key], links: Sequence[Link]) -> dict[Key, Link]:
    """Breadth first from the starts; of several equally short ways the first in order of keys."""
    graph: nx.DiGraph[Key] = nx.DiGraph()
    graph.add_edges_from((EVERYWHERE, start) for start in sorted(starts))
    for link in sorted(links, key=lambda ln: (ln.dst, ln.src, ln.type), reverse=True):
        graph.add_edge(link.dst, link.src, link=link)  # of several types between two, the first in order stays
    towards = nx.bfs_predecessors(graph, EVERYWHERE, sort_neighbors=sorted)
    return {ci: graph.edges[supplier, ci]["link"] for ci, supplier in towards if supplier != EVERYWHERE}


def _hits(viewer: Viewer, store: Store, reach: _Reach, at: Micros | None) -> list[Hit]:
    paths = {ci: reach.path(ci) for ci in reach.cis}
    known = names(viewer, store, {end for path in paths.values() for ln in path for end in (ln.src, ln.dst)}, at=at)
    where = sites(viewer, store, reach.cis, at=at)
    services = read_all(store, [ci for ci in reach.cis if known[ci].kind == "Service"], at=at)
    critical = {key: str(state.attrs.get("criticality", "")) or None for key, state in services.items()}
    hits = [
        Hit(
            ci=ci,
            kind=known[ci].kind,
            name=known[ci].name,
            site=where.get(ci),
            distance=len(path),
            spared=ci not in reach.sure,
            criticality=critical.get(ci),
            path=tuple(_step(link, known, reach.rules) for link in path),
        )
        for ci, path in paths.items()
    ]
    return sorted(hits, key=_order)


def _order(hit: Hit) -> tuple[object, ...]:
    rank = RANK.index(hit.criticality) if hit.criticality in RANK else len(RANK)
    return hit.spared, rank, hit.distance, hit.kind, hit.name, hit.ci


def _step(link: Link, known: Mapping[Key, CiName], rules: Mapping[str, LinkKind]) -> Step:
    ends = (link.src, call(known, link.src), link.type, link.dst, call(known, link.dst))
    return Step(*ends, rules[link.type].impact, link.sources)


def _counts(hits: Sequence[Hit]) -> tuple[Count, ...]:
    kinds = sorted({hit.kind for hit in hits})
    of = {kind: [hit for hit in hits if hit.kind == kind] for kind in kinds}
    return tuple(Count(kind, len(mine), sum(hit.spared for hit in mine)) for kind, mine in of.items())
