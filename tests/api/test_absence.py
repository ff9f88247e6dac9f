"""Absence is never read as deletion."""

from __future__ import annotations

from pathlib import Path

import pytest

from driftline.graph.model.declare import Item, Ref
from driftline.graph.model.observed import Act, Event, Withheld
from driftline.graph.model.values import Ms
from tests.api.visits import HOUR, START, Memory, disk, machine, told

VM = "VirtualMachine"


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    """A memory that has read three machines once."""
    memory = Memory.at(tmp_path)
    memory.visit(estate())
    return memory


def estate(*without: int) -> list[Item]:
    """Three machines with a disk each."""
    return [part for n in (1, 2, 3) if n not in without for part in (machine(f"vm-{n}", n), disk(f"vm-{n}"))]


def removed(number: int, at: int) -> Event:
    """The source's own word that a machine was removed."""
    ref = Ref(VM, "moref", (f"vm-{number}",))
    return Event(f"e{at}", Ms(at), ref, "VmRemovedEvent", Act.REMOVED, actor="LAB\\carol")


def test_unchanged_visit_writes_only_run_and_coverage(memory: Memory) -> None:
    """Two visits to an unchanged source change nothing."""
    memory.visit(estate())
    before = memory.store.health().counts
    report = memory.visit(estate())
    after = memory.store.health().counts
    assert told(report) == []
    grown = {name for name in after if after[name] != before.get(name)}
    assert grown <= {"Run", "RunPast", "run", "run_past", "batch", "record", "record_past"}, grown


def test_one_absence_is_missing_two_are_a_deletion(memory: Memory) -> None:
    """Without a feed, k complete absences; the interval ends with the first of them (decision D3)."""
    first = memory.visit(estate(2))
    assert (told(first), first.missing) == ([], 1)
    second = memory.visit(estate(2))
    assert told(second) == [("vm2", "", "delete", None, None)]
    (root,) = [c for c in second.changes if not c.derived_from]
    assert (root.lower_ms, root.upper_ms) == (START + HOUR, START + 2 * HOUR + 60_000)


def test_a_partial_visit_never_counts_an_absence(memory: Memory) -> None:
    """A partial, refused, truncated or failed read never removes anything."""
    for _ in range(3):
        assert memory.visit(estate(2), partial=[VM, "VirtualDisk"]).missing == 0
    assert len(memory.live(VM)) == 3


def test_a_removal_event_makes_the_first_absence_a_deletion_at_its_time(memory: Memory) -> None:
    """The source's own log dates a deletion and names who did it."""
    at = START + 2 * HOUR - 1_000_000
    report = memory.visit(estate(2), events=[removed(2, at)], feed=True, logged=[VM])
    assert told(report) == [("vm2", "", "delete", None, None)]
    (root,) = [c for c in report.changes if not c.derived_from]
    assert root.actor == "p-LAB\\carol"
    assert root.lower_ms < at <= root.upper_ms


def test_absence_without_its_event_under_a_gapless_feed_is_hidden_not_deleted(memory: Memory) -> None:
    """An object hidden by permission is missing; nobody is accused of removing it."""
    for _ in range(4):
        report = memory.visit(estate(2), feed=True, logged=[VM])
        assert told(report) == []
    assert len(memory.live(VM)) == 3
    assert memory.open_findings() == ["vanished without event: hidden by a permission?"]


def test_a_hidden_machine_that_comes_back_has_changed_nothing(memory: Memory) -> None:
    """What was missing and is shown again was there all the time."""
    memory.visit(estate(2), feed=True, logged=[VM])
    assert told(memory.visit(estate(), feed=True, logged=[VM])) == []


def test_a_machine_that_shows_nothing_is_not_absent_nor_are_its_disks(memory: Memory) -> None:
    """Withheld is not absent."""
    hidden = Withheld(Ref(VM, "moref", ("vm-2",)), ("*",), "NoPermission")
    for _ in range(3):
        report = memory.visit(estate(2), withheld=[hidden])
        assert (told(report), report.missing) == ([], 0)
    assert len(memory.live("VirtualDisk")) == 3


def test_a_withheld_field_keeps_its_value_and_dates_from_before(memory: Memory) -> None:
    """A withheld field makes no change, and does not raise the lower end of a later one (decisions D1, D2)."""
    ref = Ref(VM, "moref", ("vm-1",))
    rest = estate(1)
    silent = [machine("vm-1", 1, memory_mb=None), disk("vm-1"), *rest]
    assert told(memory.visit(silent, withheld=[Withheld(ref, ("memory_mb",), "NoPermission")])) == []
    report = memory.visit([machine("vm-1", 1, memory_mb=8192), disk("vm-1"), *rest])
    assert told(report) == [("vm1", "memory_mb", "set", "4096", "8192")]
    assert report.changes[0].lower_ms == START + HOUR


def test_a_value_removed_in_a_complete_reading_is_a_change(memory: Memory) -> None:
    """A field that is not said and not withheld was removed."""
    report = memory.visit([machine("vm-1", 1, memory_mb=None), disk("vm-1"), *estate(1)])
    assert told(report) == [("vm1", "memory_mb", "remove", "4096", None)]


def test_mass_loss_quarantines_the_visit_until_a_second_one_agrees(tmp_path: Path) -> None:
    """Half an estate does not vanish in one visit; the collector is suspect (verdicts.md 2.2)."""
    memory = Memory.at(tmp_path)
    every = [machine(f"vm-{n}", n) for n in range(20)]
    memory.visit(every)
    report = memory.visit([*every[:9], machine("vm-9", 9, cpu_count=8)])
    assert report.run.outcome.value == "quarantined"
    assert {v.verdict.value for v in report.verdicts} == {"INDETERMINATE"}
    settled = memory.visit([*every[:9], machine("vm-9", 9, cpu_count=8), *every[10:]])
    assert told(settled) == []
    cpu = [row.body for row in memory.store.find("Verdict")]
    assert [row["verdict"] for row in cpu] == ["UNAPPROVED"]


def test_a_machine_that_returns_keeps_its_identity_and_history(memory: Memory) -> None:
    """Its keys stay aliases after it ended."""
    born = next(k for k, b in memory.live(VM).items() if b["name"] == "vm2")
    memory.visit(estate(2))
    memory.visit(estate(2))
    memory.visit(estate())
    assert born in memory.live(VM)
    assert [past.attr for past in memory.store.revisions([born])] == ["_deleted"]


def test_a_machine_first_seen_by_a_partial_visit_is_not_accused_of_what_the_next_one_shows(memory: Memory) -> None:
    """What had never been read completely makes no change when it is first said."""
    bare = [machine("vm-4", 4, cpu_count=None, memory_mb=None)]
    memory.visit([*estate(), *bare], partial=[VM, "VirtualDisk"])
    assert told(memory.visit([*estate(), machine("vm-4", 4)])) == []


def test_a_field_withheld_after_its_machine_was_hidden_dates_from_before_both(memory: Memory) -> None:
    """A machine that was hidden, then silent, then changed, may have changed while it was hidden."""
    ref = Ref(VM, "moref", ("vm-1",))
    memory.visit(estate(1), withheld=[Withheld(ref, ("*",), "NoPermission")])
    silent = [machine("vm-1", 1, memory_mb=None), disk("vm-1"), *estate(1)]
    memory.visit(silent, withheld=[Withheld(ref, ("memory_mb",), "NoPermission")])
    (change,) = memory.visit([machine("vm-1", 1, memory_mb=8192), disk("vm-1"), *estate(1)]).changes
    assert change.lower_ms == START + HOUR


def test_another_schema_of_the_collector_deletes_nothing_that_was_hidden(memory: Memory) -> None:
    """A new way of describing things says nothing about which of them exist."""
    for _ in range(2):
        memory.visit(estate(2), feed=True, logged=[VM])
    for _ in range(3):
        assert told(memory.visit(estate(2), feed=True, logged=[VM], schema=2)) == []
    assert len(memory.live(VM)) == 3


def test_a_visit_that_did_not_read_everything_lifts_no_quarantine(tmp_path: Path) -> None:
    """Only a second visit that read as much can speak for the first."""
    memory = Memory.at(tmp_path)
    every = [machine(f"vm-{n}", n) for n in range(20)]
    memory.visit(every)
    memory.visit([*every[:9], machine("vm-9", 9, cpu_count=8)])
    memory.visit([], partial=[VM])
    assert [row.body["verdict"] for row in memory.store.find("Verdict")] == ["INDETERMINATE"]
