"""A visit that lost too much at once is not trusted: its changes wait until a second visit speaks for the first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from driftline.api.judging import records
from driftline.diff.words import Change, Mark
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
    return [
        replace(c, marks=tuple(m for m in c.marks if m is not Mark.SUSPECT)) for c in waiting if Mark.SUSPECT in c.marks
    ]
