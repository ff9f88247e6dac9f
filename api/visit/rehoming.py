"""What was kept under a CI that became one with another: its changes, its events, and what was not shown of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from driftline.api.judging import records, records_in
from driftline.api.visit.suspicion import settled, unsettled
from driftline.diff.words import Change
from driftline.graph.model.change_records import Op
from driftline.graph.model.values import Key
from driftline.graph.records import EventFact, ReadCoverage
from driftline.graph.store import Compare, Cond, Store


def changes_of(store: Store, moving: Mapping[Key, Key], root: str | None) -> list[Change]:
    """Changes of CIs that move, and of what is inside them, as changes of the CIs that stay.

    That they came to be follows from the move, the change ``root``; whatever else changed did change.
    """
    own = records_in(store, Change, "ci", moving)
    inside = (change for change in unsettled(store) if not moving.keys().isdisjoint(change.owners))
    return [_moved(settled(change), moving, root) for change in {c.id: c for c in (*own, *inside)}.values()]


def changes_back(changes: Iterable[Change], moving: Mapping[Key, Key]) -> list[Change]:
    """The same changes after the CIs were parted again; ``moving``: kept to absorbed."""
    own = {change.id: change for change in changes}
    apart = (_moved(change, moving, None) for change in own.values())
    return [replace(c, derived_from=c.derived_from if c.derived_from in own else None) for c in apart]


def events_of(store: Store, moving: Mapping[Key, Key], sources: Collection[str]) -> list[EventFact]:
    """Events of these sources about CIs that move."""
    facts = records_in(store, EventFact, "ci", moving)
    return [replace(fact, ci=moving[fact.ci]) for fact in facts if fact.ci and fact.source in sources]


def coverage_of(store: Store, moving: Mapping[Key, Key], sources: Iterable[str]) -> list[ReadCoverage]:
    """Rows of coverage of these sources in which something was not shown of CIs that move."""
    rows = [row for s in sources for row in records(store, ReadCoverage, [Cond("source", Compare.EQ, s)])]
    told = [row for row in rows if any(one.ci in moving for one in row.exempt)]
    return [replace(r, exempt=tuple(replace(one, ci=moving.get(one.ci, one.ci)) for one in r.exempt)) for r in told]


def _moved(change: Change, moving: Mapping[Key, Key], root: str | None) -> Change:
    came = change.op is Op.CREATE and not change.path and change.ci in moving and change.derived_from is None
    return replace(
        change,
        ci=moving.get(change.ci, change.ci),
        owners=tuple(moving.get(owner, owner) for owner in change.owners),
        derived_from=root if came else change.derived_from,
    )
