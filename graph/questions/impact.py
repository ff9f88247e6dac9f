"""What may fail with a CI: everything that depends on it, the shortest path to each, and whom that concerns (D41).

Reachability against the links to the dependents. Informational links carry no impact. Until states are known, a
dependent that is reached only over something of which more is left is told apart: it may go on without the CI.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from driftline.graph.model.links import Impact
from driftline.graph.model.values import Key, Micros
from driftline.graph.questions.contacts import Contact, contacts
from driftline.graph.questions.names import CiName, call, names, read_all
from driftline.graph.questions.population import sites
from driftline.graph.questions.reach import Edge, Reach, nearer
from driftline.graph.questions.viewer import Viewer
from driftline.graph.store import Store

LIMIT = 50_000
RANK = ("crown_jewel", "high", "medium", "low")
"""Criticality of services, the worst first."""


@dataclass(frozen=True, slots=True)
class Step:
    """A link on a path: this dependent hangs on this supplier by this type of link, under this rule.

    ``HAS_PART`` is ``PART_OF`` seen from the owner, which hangs on its network cards.
    """

    dependent: Key
    dependent_name: str
    type: str
    supplier: Key
    supplier_name: str
    rule: Impact
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A CI that depends on the start. ``spared``: every path leads over something redundant of which more is left."""

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
    reach = Reach(store, at, limit)
    reach.follow(starts)
    hits = _hits(viewer, store, reach, at)
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
        truncated=reach.truncated,
    )


def _path(ci: Key, tree: Mapping[Key, Edge]) -> list[Edge]:
    """From a start to the dependent."""
    steps: list[Edge] = []
    while edge := tree.get(ci):
        steps.append(edge)
        ci = edge.supplier
    return steps[::-1]


def _hits(viewer: Viewer, store: Store, reach: Reach, at: Micros | None) -> list[Hit]:
    sure, any_ = nearer(reach.starts, reach.certain()), nearer(reach.starts, reach.edges)
    paths = {ci: _path(ci, sure if ci in sure else any_) for ci in any_}
    known = names(
        viewer, store, {end for path in paths.values() for e in path for end in (e.dependent, e.supplier)}, at=at
    )
    where = sites(viewer, store, list(paths), at=at)
    services = read_all(store, [ci for ci in paths if known[ci].kind == "Service"], at=at)
    critical = {key: str(state.attrs.get("criticality", "")) or None for key, state in services.items()}
    hits = [
        Hit(
            ci=ci,
            kind=known[ci].kind,
            name=known[ci].name,
            site=where.get(ci),
            distance=len(path),
            spared=ci not in sure,
            criticality=critical.get(ci),
            path=tuple(_step(edge, known) for edge in path),
        )
        for ci, path in paths.items()
    ]
    return sorted(hits, key=_order)


def _order(hit: Hit) -> tuple[object, ...]:
    rank = RANK.index(hit.criticality) if hit.criticality in RANK else len(RANK)
    return hit.spared, rank, hit.distance, hit.kind, hit.name, hit.ci


def _step(edge: Edge, known: Mapping[Key, CiName]) -> Step:
    ends = (edge.dependent, call(known, edge.dependent), edge.type, edge.supplier, call(known, edge.supplier))
    return Step(*ends, edge.rule, edge.sources)


def _counts(hits: Sequence[Hit]) -> tuple[Count, ...]:
    kinds = sorted({hit.kind for hit in hits})
    of = {kind: [hit for hit in hits if hit.kind == kind] for kind in kinds}
    return tuple(Count(kind, len(mine), sum(hit.spared for hit in mine)) for kind, mine in of.items())
