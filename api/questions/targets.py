"""What is visited, as the configuration says it, and how its visits went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from driftline.config import Target
from driftline.config.units import show_duration
from driftline.graph.questions.collection import LastVisits, Scope, Visited, coverage, last_visits
from driftline.graph.questions.viewer import Viewer
from driftline.graph.store import Store


@dataclass(frozen=True, slots=True)
class TargetRow:
    """A target and its last visit. Its credentials are only named, in the order in which they are tried."""

    name: str
    collector: str
    address: str
    every: str
    credential: str
    site: str | None
    last: Visited | None
    complete_at: datetime | None


@dataclass(frozen=True, slots=True)
class TargetFacts(TargetRow):
    """A target, how its identity is proved, and how completely its source is read as of now."""

    trust: str
    coverage: tuple[Scope, ...]


def targets(viewer: Viewer, store: Store | None, configured: Sequence[Target]) -> tuple[TargetRow, ...]:
    """Every target in the order of the configuration; without a store nothing was visited yet."""
    return tuple(_row(viewer, store, target) for target in configured)


def target(viewer: Viewer, store: Store | None, configured: Target) -> TargetFacts:
    """One target."""
    row = _row(viewer, store, configured)
    read = coverage(viewer, store, source=row.last.source) if store and row.last and row.last.source else ()
    said = {field.name: getattr(row, field.name) for field in fields(row)}
    return TargetFacts(**said, trust=_trust(configured), coverage=read)


def _row(viewer: Viewer, store: Store | None, target: Target) -> TargetRow:
    visits = last_visits(viewer, store, target.name) if store else LastVisits(None, None)
    return TargetRow(
        name=target.name,
        collector=target.collector,
        address=target.address,
        every=show_duration(target.every),
        credential=", ".join(target.accounts),
        site=target.site,
        last=visits.last,
        complete_at=visits.complete.ended_at if visits.complete else None,
    )


def _trust(target: Target) -> str:
    if target.tls is None:
        return "the system's authorities"
    return f"authority {target.tls.ca}" if target.tls.ca else f"pinned {target.tls.pin}"
