"""Events that came with a visit that could not see what they did are remembered until a visit can."""

from __future__ import annotations

from pathlib import Path

import pytest

from driftline.diff.words import ActorHow, Grade
from driftline.graph.model.declare import Ref
from driftline.graph.model.observed import Act, Event, Named, Withheld
from driftline.graph.model.values import Ms
from tests.api.visits import HOUR, START, Memory, disk, machine, told

VM, DISK = "VirtualMachine", "VirtualDisk"
AT = START + HOUR + HOUR // 2


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    """A memory that has read one machine with a disk."""
    memory = Memory.at(tmp_path)
    memory.visit([machine("vm-1", 1), disk("vm-1")], feed=True)
    return memory


def event(act: Act = Act.CHANGED, at: int = AT, moref: str = "vm-1", **more: object) -> Event:
    """Alice did something to a machine, after the first visit."""
    ref = Ref(VM, "moref", (moref,))
    return Event(f"e{at}", Ms(at), ref, "Done", act, actor="LAB\\alice", **more)  # type: ignore[arg-type]  # any field


def test_an_event_that_came_with_a_partial_visit_explains_what_a_later_one_sees(memory: Memory) -> None:
    """It dates the change and names who did it, as if one visit had brought both."""
    names = (Named("cpu_count", "2", "8"),)
    memory.visit([machine("vm-1", 1)], events=[event(names=names, complete=True)], feed=True, partial=[VM, DISK])
    (change,) = memory.visit([machine("vm-1", 1, cpu_count=8), disk("vm-1")], feed=True).changes
    assert (change.grade, change.actor, change.actor_how) == (Grade.EVENT, "p-LAB\\alice", ActorHow.NAMED)
    assert change.lower_ms < AT <= change.upper_ms < START + 2 * HOUR


def test_what_type_of_event_it_was_is_remembered_too(memory: Memory) -> None:
    """An event that names nothing, but can change the path, is a candidate where the log was read without a hole."""
    memory.visit([machine("vm-1", 1)], events=[event(can_change=("cpu_count",))], feed=True, partial=[VM, DISK])
    (change,) = memory.visit([machine("vm-1", 1, cpu_count=8), disk("vm-1")], feed=True).changes
    assert (change.actor, change.actor_how) == ("p-LAB\\alice", ActorHow.NAMED)


def test_an_event_about_a_field_that_was_withheld_explains_it_when_it_is_shown(memory: Memory) -> None:
    """A complete visit that does not show a field has not passed over its events."""
    silent = Withheld(Ref(VM, "moref", ("vm-1",)), ("cpu_count",), "NoPermission")
    memory.visit(
        [machine("vm-1", 1, cpu_count=None), disk("vm-1")],
        withheld=[silent],
        events=[event(can_change=("*",))],
        feed=True,
    )
    (change,) = memory.visit([machine("vm-1", 1, cpu_count=8), disk("vm-1")], feed=True).changes
    assert change.actor == "p-LAB\\alice"


def test_an_event_about_a_part_explains_it_when_it_is_shown(memory: Memory) -> None:
    """Events of parts are told of their machine."""
    names = (Named("virtual_disk/capacity_bytes"),)
    memory.visit([machine("vm-1", 1)], events=[event(names=names)], feed=True, partial=[VM, DISK])
    (change,) = memory.visit([machine("vm-1", 1), disk("vm-1", capacity_bytes=80 << 30)], feed=True).changes
    assert (change.path, change.actor) == ("capacity_bytes", "p-LAB\\alice")


def test_an_event_about_a_thing_that_nobody_knew_yet_tells_who_made_it(memory: Memory) -> None:
    """The event came with a visit that did not get as far as the new machine."""
    memory.visit([], events=[event(Act.CREATED, moref="vm-2")], feed=True, partial=[VM, DISK])
    report = memory.visit([machine("vm-1", 1), disk("vm-1"), machine("vm-2", 2)], feed=True)
    assert told(report) == [("vm2", "", "create", None, None)]
    assert report.changes[0].actor == "p-LAB\\alice"


def test_an_event_that_a_complete_visit_has_passed_over_explains_nothing_any_more(memory: Memory) -> None:
    """Neither is its actor a candidate, nor does it contradict a change of today."""
    names = (Named("cpu_count", "2", "8"),)
    memory.visit([machine("vm-1", 1, cpu_count=8), disk("vm-1")], events=[event(names=names)], feed=True)
    memory.visit([machine("vm-1", 1), disk("vm-1")], feed=True)
    (change,) = memory.visit([machine("vm-1", 1, cpu_count=8), disk("vm-1")], feed=True).changes
    assert (change.actor_how, change.candidates, change.marks) == (ActorHow.UNKNOWN, (), ())
