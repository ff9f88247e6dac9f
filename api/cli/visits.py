"""Rows about visits, the same for ``visit``, ``replay`` and the service's log, and the exit code of an outcome."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from driftline.api.output import Column, Row
from driftline.api.pipeline import Report
from driftline.graph.records import Outcome

CODES: Mapping[Outcome, int] = {
    Outcome.RUNNING: 1,
    Outcome.COMPLETE: 0,
    Outcome.PARTIAL: 3,
    Outcome.QUARANTINED: 3,
    Outcome.FAILED: 1,
    Outcome.REFUSED: 4,
    Outcome.UNREACHABLE: 5,
}
"""Exit codes of product.md 4."""

COUNTED = ("items", "compared", "changes", "missing", "written")
TOLD = ("target", "run", "outcome", *COUNTED, "verdicts", "error")
COLUMNS = tuple(Column(name, right=name in COUNTED) for name in TOLD)


def row_of(report: Report) -> Row:
    """One visit as a row."""
    verdicts = Counter(verdict.verdict.value for verdict in report.verdicts)
    return {
        "target": report.run.target,
        "run": report.run.id,
        "outcome": report.run.outcome.value,
        "items": report.run.items,
        "compared": report.compared,
        "changes": len(report.changes),
        "missing": report.missing,
        "written": report.written,
        "verdicts": tuple(f"{count} {name}" for name, count in sorted(verdicts.items())),
        "error": report.run.error,
    }
