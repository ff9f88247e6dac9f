"""What a person decides about identity: that a merge was wrong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from driftline.api.judging import judge_changes, records, records_in
from driftline.api.visit.context import row_of, rows_of
from driftline.api.visit.rehoming import changes_back, coverage_of, events_of
from driftline.diff.policy import Policy
from driftline.diff.words import Change
from driftline.graph.batch import Known, Rows
from driftline.graph.merge import split
from driftline.graph.model.bodies import record_of
from driftline.graph.model.values import Key, Ms, digest
from driftline.graph.records import Alias, Merge
from driftline.graph.store import Batch, Compare, Cond, Direction, Lease, RecordRow, Store


class Undone(Exception):
    """The merge does not exist, or was undone already; the text says which."""


def undo_merge(store: Store, lease: Lease, policy: Policy, merge_id: str, by: str, at_ms: Ms) -> tuple[Key, ...]:
    """Make two CIs of one again, parts included; returns the CIs that live again. No attribute is said to have changed.

    Raises:
        Undone: there is no such merge, or it was undone.
    """
    found = records(store, Merge, [Cond("id", Compare.EQ, merge_id)])
    if not found or found[0].undone_ms is not None:
        raise Undone(f"merge {merge_id}: {'undone before' if found else 'no such merge'}")
    rows, facts = Rows(), []
    undone = _with_parts(store, found[0])
    for merge in undone:
        known = _known(store, merge)
        split(rows, known[merge.kept], known[merge.absorbed], merge.sources, lease.now())
        facts += _aliases(store, merge)
        facts.append(row_of(replace(merge, undone_ms=at_ms, undone_by=by)))
    rows.close[:] = dict.fromkeys(rows.close)
    _write(store, lease, merge_id, rows, [*facts, *_told_apart(store, policy, undone, at_ms)])
    return tuple(merge.absorbed for merge in undone)


def _told_apart(store: Store, policy: Policy, undone: Sequence[Merge], at_ms: Ms) -> list[RecordRow]:
    """What was told of the CIs that live again is theirs again: changes, judged anew, events, what was not shown."""
    moving = {merge.kept: merge.absorbed for merge in undone}
    sources = {source for merge in undone for source in merge.sources}
    ids = (id_ for merge in undone for id_ in merge.changes)
    changes = changes_back(records_in(store, Change, "id", ids), moving)
    gone = {merge.absorbed: merge.absorbed for merge in undone}
    judged = judge_changes(store, changes, policy, at_ms, merged=gone)
    facts = [*changes, *events_of(store, moving, sources), *coverage_of(store, moving, sources)]
    return [*rows_of(facts), *judged.rows]


def _with_parts(store: Store, merge: Merge) -> list[Merge]:
    """The merge, and those of the parts that went with it."""
    parts = {link.src for link in store.links([merge.kept], Direction.IN, ["PART_OF"])}
    if not parts:
        return [merge]
    with_it = records(store, Merge, [Cond("kept", Compare.IN, sorted(parts))])
    return [merge, *(m for m in with_it if m.at_ms == merge.at_ms and m.undone_ms is None)]


def _known(store: Store, merge: Merge) -> dict[Key, Known]:
    keys = [merge.kept, merge.absorbed]
    states, sightings, links = store.read(keys), store.sightings(keys), store.links(keys, Direction.OUT)
    return {k: Known(states.get(k), sightings.get(k, ()), tuple(one for one in links if one.src == k)) for k in keys}


def _aliases(store: Store, merge: Merge) -> list[RecordRow]:
    rows = store.find("Alias", [Cond("id", Compare.IN, list(merge.aliases))], limit=10_000)
    return [row_of(replace(record_of(Alias, row.body), ci=merge.absorbed)) for row in rows]


def _write(store: Store, lease: Lease, merge_id: str, rows: Rows, facts: list[RecordRow]) -> None:
    at = lease.now()
    batch = Batch(
        id=digest("undo", merge_id, str(at)),
        at=at,
        run=f"undo {merge_id}",
        source="people",
        fence=lease.fence,
        **{name: tuple(getattr(rows, name)) for name in rows.__slots__},
        records=tuple(facts),
    )
    store.apply(batch)
