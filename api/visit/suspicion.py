"""A visit that lost too much at once is not trusted: its changes wait until a second visit speaks for the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from driftline.api.judging import records
from driftline.api.visit.context import Pen, rows_of
from driftline.diff.words import Change, Mark
from driftline.graph.batch import Rows
from driftline.graph.records import Outcome, Run
from driftline.graph.store import Compare, Cond


def mark_suspect(pen: Pen, changes: Sequence[Change]) -> list[Change]:
    """Mark all changes of the visit as suspect, so that none is judged (rule D0)."""
    marked = [replace(c, marks=(*c.marks, Mark.SUSPECT)) for c in changes if Mark.SUSPECT not in c.marks]
    pen.write("suspect", Rows(), rows_of(marked))
    return records(pen.store, Change, [Cond("run", Compare.EQ, pen.run)])


def cleared(pen: Pen, source: str) -> list[Change]:
    """Changes of quarantined visits of this source, marks lifted, because this visit is not suspect."""
    runs = records(pen.store, Run, [Cond("source", Compare.EQ, source)], order="started_ms")
    held = [run.id for run in runs if run.outcome is Outcome.QUARANTINED and run.id != pen.run]
    waiting = [c for run in held for c in records(pen.store, Change, [Cond("run", Compare.EQ, run)])]
    lifted = [replace(c, marks=tuple(m for m in c.marks if m is not Mark.SUSPECT)) for c in waiting]
    fresh = [new for new, old in zip(lifted, waiting, strict=True) if new != old]
    pen.write("cleared", Rows(), rows_of(fresh))
    return fresh
