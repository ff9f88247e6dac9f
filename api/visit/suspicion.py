"""Changes that wait: of a visit that lost too much at once, and of things whose identity is not settled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from driftline.api.judging import records, records_in
from driftline.diff.words import Change, Mark, Verdict
from driftline.diff.words import Outcome as Judgement
from driftline.graph.records import Outcome, Run
from driftline.graph.store import Compare, Cond, Store


def suspected(changes: Sequence[Change]) -> list[Change]:
    """The changes, marked as suspect, so that none is judged (rule D0)."""
    return [c if Mark.SUSPECT in c.marks else replace(c, marks=(*c.marks, Mark.SUSPECT)) for c in changes]


def cleared(store: Store, source: str, but: str) -> list[Change]:
    """Changes of this source's quarantined visits with the mark lifted, because the visit ``but`` is not suspect."""
    runs = records(store, Run, [Cond("source", Compare.EQ, source)], order="started_ms")
    held = [run.id for run in runs if run.outcome is Outcome.QUARANTINED and run.id != but]
    waiting = [c for run in held for c in records(store, Change, [Cond("run", Compare.EQ, run)])]
    return [_without(change, Mark.SUSPECT) for change in waiting if Mark.SUSPECT in change.marks]


def unsettled(store: Store) -> list[Change]:
    """Every change that has no real verdict because it was not settled which thing it is about."""
    open_ = records(store, Verdict, [Cond("verdict", Compare.EQ, Judgement.INDETERMINATE.value)])
    return [c for c in records_in(store, Change, "id", (v.id for v in open_)) if Mark.UNSETTLED in c.marks]


def settled(change: Change) -> Change:
    """The change, of a thing whose identity is known."""
    return _without(change, Mark.UNSETTLED)


def _without(change: Change, mark: Mark) -> Change:
    return replace(change, marks=tuple(one for one in change.marks if one is not mark))
