"""Identity survives rename, re-registration, move, clone and board swap, and is never guessed."""

from __future__ import annotations

from pathlib import Path

import pytest

from driftline.api.identity import Undone, undo_merge
from driftline.graph.model.values import Ms
from tests.api.visits import HOUR, START, Memory, disk, host, machine, told

DELL = {"vendor": "Dell Inc.", "serial": "ABC1234"}
BOARD_1, BOARD_2 = "11111111-0000-4000-8000-00000000000a", "22222222-0000-4000-8000-00000000000b"


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    """An empty memory."""
    return Memory.at(tmp_path)


def test_rename_is_one_change_of_one_field(memory: Memory) -> None:
    """A name is never identity."""
    memory.visit([machine("vm-1", 1), disk("vm-1")])
    assert told(memory.visit([machine("vm-1", 1, name="other"), disk("vm-1")])) == [
        ("other", "name", "set", '"vm1"', '"other"')
    ]


def test_reregistration_under_a_new_moref_changes_nothing(memory: Memory) -> None:
    """A moref is a locator."""
    memory.visit([machine("vm-1", 1), disk("vm-1")])
    assert told(memory.visit([machine("vm-99", 1), disk("vm-99")])) == []
    assert len(memory.live("VirtualMachine")) == 1


def test_moref_used_again_for_another_machine_is_another_machine(memory: Memory) -> None:
    """A local key binds only where no strong key says otherwise."""
    memory.visit([machine("vm-1", 1)])
    report = memory.visit([machine("vm-1", 2)])
    assert told(report) == [("vm2", "", "create", None, None)]
    assert len(memory.live("VirtualMachine")) == 2


def test_clone_with_the_same_bios_uuid_is_a_new_machine(memory: Memory) -> None:
    """Only the instance uuid binds."""
    bios = "44444444-0000-4000-8000-000000000004"
    memory.visit([machine("vm-1", 1, bios_uuid=bios)])
    report = memory.visit([machine("vm-1", 1, bios_uuid=bios), machine("vm-2", 2, bios_uuid=bios)])
    assert told(report) == [("vm2", "", "create", None, None)]


def test_late_instance_uuid_upgrades_the_machine(memory: Memory) -> None:
    """An identity that arrives late does not create a second item."""
    memory.visit([machine("vm-1", 1, instance_uuid=None)])
    memory.visit([machine("vm-1", 1)])
    report = memory.visit([machine("vm-7", 1)])
    assert told(report) == []
    assert len(memory.live("VirtualMachine")) == 1


def test_board_swap_is_one_identity_change(memory: Memory) -> None:
    """Vendor and serial rank above the system uuid (decision D5)."""
    memory.visit([*host("host-1", **DELL, system_uuid=BOARD_1)])
    report = memory.visit([*host("host-1", **DELL, system_uuid=BOARD_2)])
    assert told(report) == [("ABC1234", "system_uuid", "set", f'"{BOARD_1}"', f'"{BOARD_2}"')]
    assert [c.volatility.value for c in report.changes] == ["identity"]
    assert len(memory.live("HypervisorHost")) == 1


def test_a_board_in_another_chassis_is_a_dispute_not_a_merge(memory: Memory) -> None:
    """A hit on a lower key with another value in a higher one binds nothing (decision D5)."""
    memory.visit([*host("host-1", **DELL, system_uuid=BOARD_1)])
    report = memory.visit(
        [
            *host("host-1", **DELL, system_uuid=BOARD_1),
            *host("host-2", vendor="Dell Inc.", serial="XYZ9876", system_uuid=BOARD_1),
        ]
    )
    assert report.disputes
    assert len(memory.live("Server")) == 2
    assert not [v for v in report.verdicts if v.verdict.value == "UNAPPROVED"]


def test_two_servers_that_show_one_serial_stay_two(memory: Memory) -> None:
    """A key that several items of a visit show names none of them."""
    both = [*host("host-1", **DELL), *host("host-2", **DELL)]
    memory.visit(both)
    report = memory.visit(both)
    assert told(report) == []
    assert len(memory.live("Server")) == 2
    assert any("several items show one key" in text for text in memory.open_findings())


def test_placeholder_serial_is_no_key(memory: Memory) -> None:
    """A thousand servers share the serial "To Be Filled By O.E.M."."""
    fake = {"vendor": "ACME", "serial": "To Be Filled By O.E.M."}
    report = memory.visit([*host("host-1", **fake), *host("host-2", **fake)])
    assert report.disputes == 0
    assert len(memory.live("Server")) == 2


def test_machine_seen_in_a_second_vcenter_before_it_left_the_first_stays_one(memory: Memory) -> None:
    """Seen in B while alive in A: unsettled; gone from A: merged, one change, one history (decision D6)."""
    memory.visit([machine("vm-1", 1), disk("vm-1"), machine("vm-2", 2)], "a")
    memory.visit([machine("vm-50", 50, at="b")], "b")
    born = next(k for k, body in memory.live("VirtualMachine").items() if body["name"] == "vm1")

    both = memory.visit([machine("vm-9", 1, at="b"), disk("vm-9"), machine("vm-50", 50, at="b")], "b")
    assert both.disputes
    assert {v.verdict.value for v in both.verdicts} == {"INDETERMINATE"}

    memory.visit([machine("vm-2", 2)], "a")
    left = memory.visit([machine("vm-2", 2)], "a")
    assert [(t, p, op) for t, p, op, _, _ in told(left)] == [("vm1", "managed_by", "set")]
    assert left.changes[0].ci == born

    after = memory.visit([machine("vm-9", 1, at="b"), disk("vm-9"), machine("vm-50", 50, at="b")], "b")
    assert told(after) == []
    assert [k for k, body in memory.live("VirtualMachine").items() if body["name"] == "vm1"] == [born]
    assert len(memory.live("VirtualDisk")) == 1
    again = memory.visit([machine("vm-9", 1, at="b"), disk("vm-9"), machine("vm-50", 50, at="b")], "b")
    assert told(again) == []
    assert again.disputes == 0


def test_machine_that_left_the_first_vcenter_before_it_was_seen_in_the_second_stays_one(memory: Memory) -> None:
    """If A goes first, B binds to the tombstone (decision D6)."""
    memory.visit([machine("vm-1", 1), disk("vm-1"), machine("vm-2", 2)], "a")
    born = next(k for k, body in memory.live("VirtualMachine").items() if body["name"] == "vm1")
    memory.visit([machine("vm-2", 2)], "a")
    memory.visit([machine("vm-2", 2)], "a")
    assert born not in memory.live("VirtualMachine")
    memory.visit([machine("vm-9", 1, at="b"), disk("vm-9")], "b")
    assert born in memory.live("VirtualMachine")
    assert len(memory.live("VirtualDisk")) == 1


def test_two_vcenters_that_keep_showing_one_identity_stay_unsettled(memory: Memory) -> None:
    """Equal instance uuids in two vCenters at one time are two items flagged "duplicate identity"."""
    memory.visit([machine("vm-1", 1)], "a")
    memory.visit([machine("vm-9", 1, at="b")], "b")
    memory.visit([machine("vm-1", 1)], "a")
    memory.visit([machine("vm-9", 1, at="b")], "b")
    assert len(memory.live("VirtualMachine")) == 2
    assert any("duplicate identity" in text for text in memory.open_findings())


def test_a_merge_can_be_undone_and_nothing_is_said_to_have_changed(memory: Memory) -> None:
    """Merge and split re-home facts, emit no attribute changes, and can be undone (verdicts.md 2.5)."""
    memory.visit([machine("vm-1", 1), disk("vm-1"), machine("vm-2", 2)], "a")
    in_b = [machine("vm-9", 1, at="b", memory_mb=4096), disk("vm-9")]
    memory.visit(in_b, "b")
    memory.visit([machine("vm-2", 2)], "a")
    memory.visit([machine("vm-2", 2)], "a")
    (merge,) = [row for row in memory.store.find("Merge") if row.body["kept"].startswith("VirtualMachine")]
    with memory.store.lease("test") as lease:
        back = undo_merge(memory.store, lease, memory.policy, merge.id, "local:dora", Ms(0))
    assert set(back) >= {merge.body["absorbed"]}
    report = memory.visit(in_b, "b")
    assert told(report) == []
    assert merge.body["absorbed"] in memory.live("VirtualMachine")
    with memory.store.lease("test") as lease, pytest.raises(Undone, match="undone before"):
        undo_merge(memory.store, lease, memory.policy, merge.id, "local:dora", Ms(0))


def test_what_binds_a_tombstone_speaks_for_itself_alone(memory: Memory) -> None:
    """The words of the vCenter that a machine left ended with it; that vCenter does not miss it either."""
    memory.visit([machine("vm-1", 1), machine("vm-2", 2)], "a")
    for _ in range(2):
        memory.visit([machine("vm-2", 2)], "a")
    memory.visit([machine("vm-9", 1, at="b", memory_mb=8192)], "b")
    (found,) = [body for body in memory.live("VirtualMachine").values() if body["name"] == "vm1"]
    assert found["memory_mb"] == 8192
    assert memory.visit([machine("vm-2", 2)], "a").missing == 0


def test_a_move_after_both_showed_the_machine_lies_before_its_first_absence(memory: Memory) -> None:
    """The interval of a move is no wider and no narrower than what was read (decision D6)."""
    memory.visit([machine("vm-1", 1), machine("vm-2", 2)], "a")
    memory.visit([machine("vm-9", 1, at="b")], "b")
    memory.visit([machine("vm-1", 1), machine("vm-2", 2)], "a")
    memory.visit([machine("vm-2", 2)], "a")
    (moved,) = memory.visit([machine("vm-2", 2)], "a").changes
    assert (moved.lower_ms, moved.upper_ms) == (START + 3 * HOUR, START + 4 * HOUR + 60_000)


def test_a_move_that_the_other_vcenter_showed_first_may_have_ended_later(memory: Memory) -> None:
    """That it was registered there does not say that it had left: two requests may have covered the two steps."""
    memory.visit([machine("vm-1", 1), machine("vm-2", 2)], "a")
    memory.visit([machine("vm-9", 1, at="b")], "b")
    memory.visit([machine("vm-2", 2)], "a")
    (moved,) = memory.visit([machine("vm-2", 2)], "a").changes
    assert (moved.lower_ms, moved.upper_ms) == (START + HOUR, START + 3 * HOUR + 60_000)
