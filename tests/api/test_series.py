"""What was never shown under the same terms makes no change: other schemas, visits that were cut, loose memberships."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from driftline.api.judging import records
from driftline.api.rejudging import give_up
from driftline.diff.words import Change
from driftline.graph.model.declare import Item, Ref
from driftline.graph.model.observed import ALL, Withheld
from driftline.graph.records import Outcome, Run
from driftline.graph.store import Batch
from tests.api.visits import HOUR, START, Memory, disk, machine, told

VM, DISK = "VirtualMachine", "VirtualDisk"


class Cut(Exception):
    """The program ended."""


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    """A memory that has read one machine with a disk."""
    memory = Memory.at(tmp_path)
    memory.visit([machine("vm-1", 1), disk("vm-1")])
    return memory


def silent(number: int, *fields: str) -> list[Withheld]:
    """Fields of a machine that the source does not show."""
    return [Withheld(Ref(VM, "moref", (f"vm-{number}",)), fields, "NoPermission")]


def cut(memory: Memory, at: str, items: Sequence[Item], withheld: list[Withheld], **more: object) -> Run:
    """A visit that ends right before the batch of this phase."""
    written = memory.store.apply

    def until(batch: Batch) -> bool:
        if batch.id.endswith(at):
            raise Cut
        return written(batch)

    memory.store.apply = until  # type: ignore[method-assign]  # the program ends there
    with pytest.raises(Cut):
        memory.visit(items, withheld=withheld, **more)  # type: ignore[arg-type]  # passed on
    memory.store.apply = written  # type: ignore[method-assign]  # as it was
    return next(run for run in records(memory.store, Run) if run.outcome is Outcome.RUNNING)


def test_a_machine_born_in_a_visit_that_was_given_up_is_not_accused_of_what_is_first_shown_later(
    memory: Memory,
) -> None:
    """Nothing of it was read completely: its memory size is inventory."""
    first = [machine("vm-1", 1), disk("vm-1"), machine("vm-2", 2, memory_mb=None)]
    run = cut(memory, "close", first, silent(2, "memory_mb"))
    with memory.store.lease("test") as lease:
        give_up(memory.store, lease, memory.policy, run, "the capture is gone")
    assert told(memory.visit([machine("vm-1", 1), disk("vm-1"), machine("vm-2", 2)])) == []
    (born,) = records(memory.store, Change)
    assert (born.title, born.op.value) == ("vm2", "create")
    assert not any(run.born for run in records(memory.store, Run))


def test_inventory_of_a_visit_that_was_cut_and_taken_up_again_is_not_accused_either(tmp_path: Path) -> None:
    """A machine that is no change, because machines were never read completely, is new all the same."""
    memory = Memory.at(tmp_path)
    loose = [f"{VM}/membership"]
    memory.visit([machine("vm-1", 1)], partial=loose)
    items = [machine("vm-1", 1), machine("vm-2", 2, memory_mb=None)]
    cut(memory, "close", items, silent(2, "memory_mb"), partial=loose)
    memory.visits -= 1
    memory.visit(items, withheld=silent(2, "memory_mb"), partial=loose)
    assert told(memory.visit([machine("vm-1", 1), machine("vm-2", 2)])) == []


def test_a_field_first_shown_after_a_new_schema_is_no_change(memory: Memory) -> None:
    """What is known of it was said in other words (verdicts.md 2.1)."""
    memory.visit([machine("vm-1", 1, memory_mb=None), disk("vm-1")], withheld=silent(1, "memory_mb"), schema=2)
    assert told(memory.visit([machine("vm-1", 1, memory_mb=4), disk("vm-1")], schema=2)) == []
    assert told(memory.visit([machine("vm-1", 1, memory_mb=8), disk("vm-1")], schema=2)) == [
        ("vm1", "memory_mb", "set", "4", "8")
    ]


def test_a_machine_hidden_over_a_new_schema_has_not_changed(memory: Memory) -> None:
    """However long it was hidden, and whether it was hidden, missing, or lost with its page before."""
    memory.visit([], withheld=silent(1, ALL))
    for _ in range(2):
        memory.visit([], withheld=silent(1, ALL), schema=2)
    assert told(memory.visit([machine("vm-1", 1, memory_mb=4), disk("vm-1", capacity_bytes=1)], schema=2)) == []


def test_what_a_partial_visit_kept_over_a_new_schema_has_not_changed(memory: Memory) -> None:
    """The first complete reading under the new schema is the first of its series."""
    for _ in range(2):
        memory.visit([machine("vm-1", 1, memory_mb=4)], partial=[VM, DISK], schema=2)
    assert told(memory.visit([machine("vm-1", 1, memory_mb=4), disk("vm-1", capacity_bytes=1)], schema=2)) == []


def test_what_is_new_under_the_new_schema_can_change(memory: Memory) -> None:
    """A machine that only a partial visit showed so far: it changed, but nobody can tell when."""
    both = [machine("vm-1", 1), machine("vm-2", 2)]
    memory.visit(both, partial=[VM, DISK], schema=2)
    (change,) = memory.visit([*both[:1], disk("vm-1"), machine("vm-2", 2, memory_mb=8)], schema=2).changes
    assert (change.title, change.path, change.grade.value) == ("vm2", "memory_mb", "D")


def test_a_field_withheld_before_its_machine_was_hidden_dates_from_before_both(memory: Memory) -> None:
    """What was not shown of a machine stays so while the machine itself is not shown."""
    memory.visit([machine("vm-1", 1, memory_mb=None), disk("vm-1")], withheld=silent(1, "memory_mb"))
    memory.visit([], withheld=silent(1, ALL))
    (change,) = memory.visit([machine("vm-1", 1, memory_mb=8192), disk("vm-1")]).changes
    assert change.lower_ms == START + HOUR


def test_a_machine_lost_with_its_page_dates_from_before_though_the_rest_was_read_well(memory: Memory) -> None:
    """That all machines that were read were read completely says nothing of one that was not."""
    memory.visit([], partial=[f"{VM}/membership"])
    (change,) = memory.visit([machine("vm-1", 1, memory_mb=8192), disk("vm-1")]).changes
    assert change.lower_ms == START + HOUR


def test_a_machine_hidden_before_a_new_schema_that_begins_with_a_partial_visit_has_not_changed(memory: Memory) -> None:
    """That it was shown before says nothing of a series that has no complete reading yet."""
    memory.visit([], withheld=silent(1, ALL))
    memory.visit([machine("vm-1", 1, memory_mb=4), disk("vm-1")], partial=[VM, DISK], schema=2)
    assert told(memory.visit([machine("vm-1", 1, memory_mb=4), disk("vm-1")], schema=2)) == []


def test_a_new_machine_that_was_there_but_hidden_dates_from_before_it_was_there(memory: Memory) -> None:
    """The source said that there is one, and showed nothing: it was not made after that."""
    rest = [machine("vm-1", 1), disk("vm-1")]
    for _ in range(2):
        memory.visit(rest, withheld=silent(2, ALL))
    (change,) = memory.visit([*rest, machine("vm-2", 2)]).changes
    assert (change.title, change.lower_ms) == ("vm2", START + HOUR)


def test_a_machine_hidden_after_it_was_only_partly_shown_dates_from_its_last_whole_showing(memory: Memory) -> None:
    """That it was there is read apart from what it was like; neither dates the other."""
    memory.visit([machine("vm-1", 1), disk("vm-1")], partial=[f"{VM}/config"])
    memory.visit([], withheld=silent(1, ALL))
    (change,) = memory.visit([machine("vm-1", 1, memory_mb=8192), disk("vm-1")]).changes
    assert change.lower_ms == START + HOUR


def test_a_machine_missed_once_and_then_only_partly_shown_dates_from_its_last_whole_showing(memory: Memory) -> None:
    """It is there again, but what it is like was not read since; the reading that missed it does not count."""
    memory.visit([])
    memory.visit([machine("vm-1", 1), disk("vm-1")], partial=[f"{VM}/config"])
    (change,) = memory.visit([machine("vm-1", 1, memory_mb=8192), disk("vm-1")]).changes
    assert change.lower_ms == START + HOUR
