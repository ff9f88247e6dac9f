"""Judging what is in the store: roots and parts, later changes of a path, and what a person signed."""

from __future__ import annotations

from pathlib import Path

import pytest

from driftline.api.judging import judge_changes, records
from driftline.api.visit.context import row_of
from driftline.diff.words import Baseline, Change
from driftline.graph.model.compute import Datastore
from driftline.graph.model.declare import Ref
from driftline.graph.model.observed import Stamp
from driftline.graph.model.values import Ms
from driftline.graph.store import Batch, RecordRow
from tests.api.visits import HOUR, START, UUIDS, Memory, machine, told, vcenter


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    """A memory that has read one machine with two processors."""
    memory = Memory.at(tmp_path)
    memory.visit([machine("vm-1", 1)])
    return memory


def verdicts(memory: Memory) -> dict[str, str]:
    """New value of each change, and its verdict."""
    found = {row.id: row.body["verdict"] for row in memory.store.find("Verdict")}
    return {str(change.new): found[change.id] for change in records(memory.store, Change)}


def write(memory: Memory, *rows: RecordRow) -> None:
    """Write records."""
    with memory.store.lease("test") as lease:
        at = lease.now()
        memory.store.apply(Batch(f"test-{at}", at, "test", "people", lease.fence, records=rows))


def test_putting_back_an_unapproved_value_is_no_violation(memory: Memory) -> None:
    """Rule D4: the new value is the authorised one, and what it undoes was not authorised."""
    memory.visit([machine("vm-1", 1, cpu_count=8)])
    memory.visit([machine("vm-1", 1)])
    assert verdicts(memory) == {"8": "UNAPPROVED", "2": "REVERTS"}


def test_what_was_signed_is_what_later_changes_are_measured_by(memory: Memory) -> None:
    """The first change after a signed baseline starts from what was signed, not from what was approved before."""
    memory.visit([machine("vm-1", 1, cpu_count=8)])
    signed = Ms(START + 2 * HOUR + HOUR // 2)
    baseline = Baseline(
        id="b", source=f"vcenter:{UUIDS['a']}", as_of_ms=signed, signed_by="local:dora", signed_ms=signed
    )
    write(memory, row_of(baseline))
    memory.visit([machine("vm-1", 1)])
    assert verdicts(memory) == {"8": "UNAPPROVED", "2": "UNAPPROVED"}


def test_judging_again_with_nothing_new_says_nothing(memory: Memory) -> None:
    """An idempotent re-run (invariant I3)."""
    memory.visit([machine("vm-1", 1, cpu_count=8)])
    again = judge_changes(memory.store, records(memory.store, Change), memory.policy, Ms(START + 9 * HOUR))
    assert again.rows == []


def test_a_value_that_keeps_coming_back_is_one_open_finding(memory: Memory) -> None:
    """However often it flaps, one finding is open (invariant I17), and every turn keeps its verdict."""
    for turn in range(9):
        memory.visit([machine("vm-1", 1, memory_mb=(8192, 4096)[turn % 2])])
    assert len(memory.open_findings()) == 1
    assert "keeps changing between" in memory.open_findings()[0]
    assert len(list(memory.store.find("Verdict"))) == 9


def test_a_third_value_is_not_hidden_by_flapping(memory: Memory) -> None:
    """A new value is a change like any other (verdicts.md 2.7)."""
    for turn in range(9):
        memory.visit([machine("vm-1", 1, memory_mb=(8192, 4096)[turn % 2])])
    memory.visit([machine("vm-1", 1, memory_mb=65536)])
    assert any("65536" in text for text in memory.open_findings())


def test_a_change_that_no_event_dates_was_no_later_than_the_machine_s_own_stamp(memory: Memory) -> None:
    """A stamp lowers the upper end, widened by the clock's error, and is evidence of grade B (verdicts.md 3.2)."""
    at = Ms(START + HOUR + HOUR // 2)
    stamp = Stamp(Ref("VirtualMachine", "moref", ("vm-1",)), at, ("cpu_count",))
    (change,) = memory.visit([machine("vm-1", 1, cpu_count=8)], stamps=[stamp]).changes
    assert (change.lower_ms, change.grade.value) == (START + HOUR, "B")
    assert change.upper_ms == at + 1 + memory.policy.unmeasured_error_ms


def test_a_stamp_that_did_not_move_contradicts_and_narrows_nothing(memory: Memory) -> None:
    """The polled interval stays, with a flag."""
    stamp = Stamp(Ref("VirtualMachine", "moref", ("vm-1",)), Ms(START - HOUR), ("cpu_count",))
    (change,) = memory.visit([machine("vm-1", 1, cpu_count=8)], stamps=[stamp]).changes
    assert (change.upper_ms, change.grade.value) == (START + 2 * HOUR + 60_000, "C")
    assert [mark.value for mark in change.marks] == ["event_conflict"]


def test_two_links_of_one_type_that_end_in_one_visit_are_two_changes(memory: Memory) -> None:
    """A machine that leaves two datastores at once: each end is a change of its own with an id of its own."""
    stores = [Datastore(moref=f"ds-{n}", vmfs_uuid=f"5f-{n}", name=f"ds{n}", vcenter=vcenter("a")) for n in (1, 2, 3)]
    on = [Ref("Datastore", "moref", (one.moref,)) for one in stores if one.moref]
    memory.visit([*stores, machine("vm-1", 1, datastores=tuple(on[:2]))])
    report = memory.visit([*stores, machine("vm-1", 1, datastores=(on[2],))])
    assert [op for _, _, op, _, _ in told(report)] == ["relate", "unrelate", "unrelate"]
    assert len({change.id for change in report.changes}) == 3


def test_a_machine_that_comes_and_goes_flaps_only_when_it_keeps_coming_back(memory: Memory) -> None:
    """That it has no value does not make every coming and going the same one."""
    for there in (False, True, False, True):
        for _ in range(1 if there else 2):
            memory.visit([machine("vm-1", 1)] if there else [])
    assert not [text for text in memory.open_findings() if "keeps changing" in text]
