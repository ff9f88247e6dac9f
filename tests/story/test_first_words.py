"""What is said for the first time is inventory, not a change."""

from __future__ import annotations

from pathlib import Path

import pytest

from driftline.graph.model.declare import Ref
from driftline.graph.model.observed import Withheld
from tests.api.visits import HOUR, START, Memory, disk, machine, told

FIRST, SECOND = Ref("VirtualMachine", "moref", ("vm-1",)), Ref("VirtualMachine", "moref", ("vm-2",))


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    """A memory that has read one machine completely."""
    memory = Memory.at(tmp_path)
    memory.visit([machine("vm-1", 1), disk("vm-1")])
    return memory


def test_a_field_that_a_new_machine_withheld_is_no_change_when_it_is_shown(memory: Memory) -> None:
    """The reading before the machine was born never showed the field of it."""
    old = [machine("vm-1", 1), disk("vm-1")]
    born = memory.visit(
        [*old, machine("vm-2", 2, memory_mb=None)], withheld=[Withheld(SECOND, ("memory_mb",), "NoPermission")]
    )
    assert told(born) == [("vm2", "", "create", None, None)]
    assert told(memory.visit([*old, machine("vm-2", 2)])) == []
    assert told(memory.visit([*old, machine("vm-2", 2, memory_mb=8192)])) == [
        ("vm2", "memory_mb", "set", "4096", "8192")
    ]


def test_parts_that_a_new_machine_withheld_are_no_change_when_they_are_shown(memory: Memory) -> None:
    """A disk seen for the first time, of a machine that never showed its disks, was there before."""
    old = [machine("vm-1", 1), disk("vm-1")]
    memory.visit([*old, machine("vm-2", 2)], withheld=[Withheld(SECOND, ("VirtualDisk",), "NoPermission")])
    assert told(memory.visit([*old, machine("vm-2", 2), disk("vm-2")])) == []


def test_a_disk_added_to_a_machine_that_showed_its_disks_is_a_change(memory: Memory) -> None:
    """The same, where the parts were shown."""
    assert [row[1:3] for row in told(memory.visit([machine("vm-1", 1), disk("vm-1"), disk("vm-1", "2001")]))] == [
        ("", "create")
    ]


def test_a_disk_added_while_the_machine_hid_its_disks_is_dated_from_before(memory: Memory) -> None:
    """It came at some time since the disks were shown last."""
    here = [machine("vm-1", 1)]
    before = memory.visits
    memory.visit(here, withheld=[Withheld(FIRST, ("VirtualDisk",), "NoPermission")])
    report = memory.visit([*here, disk("vm-1"), disk("vm-1", "2001")])
    (change,) = report.changes
    assert change.lower_ms == START + before * HOUR


def test_parts_of_a_machine_lost_with_its_page_are_not_absent(memory: Memory) -> None:
    """The page of machines was cut; that disks were read completely says nothing of its disks."""
    for _ in range(3):
        report = memory.visit([], partial=["VirtualMachine"])
        assert (told(report), report.missing) == ([], 0)
