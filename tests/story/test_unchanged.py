"""Two visits to an unchanged vCenter change nothing and write nothing beyond run and coverage, on both stores."""

from __future__ import annotations

import pytest

from driftline.graph.store import FACTS
from tests.story.desk import Desk, Lab, told

pytestmark = pytest.mark.vcsim

COVERAGE = {"Run", "ReadCoverage", "Feed"}


def test_an_unchanged_vcenter_writes_only_run_and_coverage(vcsim: Lab, desk: Desk) -> None:
    """Every other row is byte for byte what it was, and one run more is all that grows."""
    first = desk.visit(vcsim)
    assert (told(first), first.run.items) == ([], first.compared)
    assert first.compared > 100
    rows, counts = facts(desk), desk.counts()
    second = desk.visit(vcsim)
    assert (second.changes, second.verdicts, second.missing, second.disputes) == ((), (), 0, 0)
    assert second.compared == first.compared
    assert facts(desk) == rows
    assert desk.counts() - counts == {("record", "Run"): 1, ("record_past", "Run"): 1}
    assert counts - desk.counts() == {}


def facts(desk: Desk) -> list[str]:
    """Every exported row that is not about the reading itself."""
    rows = desk.store.export(FACTS)
    return [repr(row) for row in rows if row.row.get("kind") not in COVERAGE]
