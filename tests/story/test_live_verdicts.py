"""People change a live vCenter, and each change gets its verdict: on both stores, with names from the lab's logins."""

from __future__ import annotations

import pytest

from driftline.diff.words import ActorHow, Flag, Grade, Outcome
from driftline.graph.model.change_records import ExpectedChange, Op
from driftline.graph.model.values import Key
from driftline.graph.store import Compare, Cond
from tests.lab.control import Fault
from tests.story.desk import Desk, Lab, now, the, told

pytestmark = [pytest.mark.vcsim, pytest.mark.usefixtures("honest")]

ALICE = "VSPHERE.LOCAL\\alice"
HOUR = 3_600_000
NO_EVENTS = Fault(method="CreateCollectorForEvents", fault="NoPermission", times=0)


def cpu_request(desk: Desk, number: str, machine: str, window: tuple[int, int]) -> Key:
    """A request for a machine to get six CPUs."""
    ci = desk.named(machine)
    desk.request(number, [ci], window, expected=[ExpectedChange("cpu_count", Op.SET, "6")])
    return ci


def last_read_start(desk: Desk) -> int:
    """When the last complete reading of machines began."""
    (row,) = [
        r
        for r in desk.store.find("ReadCoverage", [Cond("source", Compare.EQ, desk.source)])
        if (r.body["item_kind"], r.body["group"]) == ("VirtualMachine", "config")
    ]
    return int(row.body["complete_start_ms"])


def test_change_enclosed_by_two_visits_inside_the_window_is_authorised(vcsim: Lab, desk: Desk, machine: str) -> None:
    """Two reads inside the window prove it without any event."""
    vcsim.control.faults(NO_EVENTS)
    cpu_request(desk, "CHG-ENCLOSED", machine, (now() - 1, now() + HOUR))
    desk.visit(vcsim)
    with vcsim.estate(ALICE) as alice:
        alice.reconfigure(machine, cpus=6)
    change, verdict = the(desk.visit(vcsim), "cpu_count", machine)
    assert (change.old, change.new, change.grade, change.actor_how) == ("2", "6", Grade.POLL, ActorHow.UNKNOWN)
    assert (verdict.verdict, verdict.rule, verdict.strength) == (Outcome.AUTHORISED, "R10", "value")
    assert Flag.LOW_EVIDENCE in verdict.flags


def test_change_that_its_event_dates_into_the_window_is_authorised(vcsim: Lab, desk: Desk, machine: str) -> None:
    """The poll straddles the window's edge; the event says when, and who."""
    cpu_request(desk, "CHG-DATED", machine, (last_read_start(desk) + 1, now() + HOUR))
    with vcsim.estate(ALICE) as alice:
        alice.reconfigure(machine, cpus=6)
    change, verdict = the(desk.visit(vcsim), "cpu_count", machine)
    assert (change.grade, change.actor_how, desk.login(change.actor)) == (Grade.EVENT, ActorHow.NAMED, ALICE)
    assert (verdict.verdict, verdict.rule, verdict.rfc) == (Outcome.AUTHORISED, "R10", "rfc:CHG-DATED")
    assert verdict.cites_events == change.events != ()


def test_without_events_a_poll_over_the_windows_edge_proves_nothing(vcsim: Lab, desk: Desk, machine: str) -> None:
    """Consistent with the approval, and not provable."""
    vcsim.control.faults(NO_EVENTS)
    cpu_request(desk, "CHG-SILENT", machine, (last_read_start(desk) + 1, now() + HOUR))
    with vcsim.estate(ALICE) as alice:
        alice.reconfigure(machine, cpus=6)
    change, verdict = the(desk.visit(vcsim), "cpu_count", machine)
    assert (change.grade, change.actor, change.actor_why) == (Grade.POLL, None, "events of that time were not read")
    assert (verdict.verdict, verdict.rule, verdict.reason) == (Outcome.UNPROVEN, "R11", "time")


def test_an_event_after_a_gap_in_the_feed_dates_nothing(vcsim: Lab, desk: Desk, machine: str) -> None:
    """Where the feed has a hole, another event may be the one: the actor is possible, and held against nobody."""
    cpu_request(desk, "CHG-GAPPED", machine, (last_read_start(desk) + 1, now() + HOUR))
    desk.forget_last_event(vcsim)
    with vcsim.estate(ALICE) as alice:
        alice.reconfigure(machine, cpus=6)
    change, verdict = the(desk.visit(vcsim), "cpu_count", machine)
    assert (change.grade, change.actor, change.actor_how) == (Grade.POLL, None, ActorHow.POSSIBLE)
    assert [desk.login(one) for one in change.candidates] == [ALICE]
    assert (verdict.verdict, verdict.rule) == (Outcome.UNPROVEN, "R11")


def test_a_change_by_another_than_the_named_implementer_is_flagged(vcsim: Lab, desk: Desk, machine: str) -> None:
    """Implementers are compared as the vCenter names people."""
    ci = desk.named(machine)
    window = (last_read_start(desk) + 1, now() + HOUR)
    desk.request("CHG-WHO", [ci], window, implementers=["VSPHERE.LOCAL\\bob"])
    with vcsim.estate("VSPHERE.LOCAL\\bob") as bob, vcsim.estate(ALICE) as alice:
        bob.reconfigure(machine, cpus=6)
        alice.reconfigure(machine, annotation="also")
    report = desk.visit(vcsim)
    _, right = the(report, "cpu_count", machine)
    _, wrong = the(report, "annotation", machine)
    assert right.verdict is Outcome.AUTHORISED
    assert wrong.verdict in {Outcome.AUTHORISED, Outcome.UNPROVEN}, "both events can have changed the note"


def test_a_memory_change_that_the_request_does_not_list_is_out_of_scope(vcsim: Lab, desk: Desk, machine: str) -> None:
    """The right machine at the right time, and another detail."""
    cpu_request(desk, "CHG-PATH", machine, (last_read_start(desk) + 1, now() + HOUR))
    with vcsim.estate(ALICE) as alice:
        alice.reconfigure(machine, cpus=6, memory_mb=16384)
    report = desk.visit(vcsim)
    assert the(report, "cpu_count", machine)[1].verdict is Outcome.AUTHORISED
    _, verdict = the(report, "memory_mb", machine)
    assert (verdict.verdict, verdict.rule, verdict.reason) == (Outcome.OUT_OF_SCOPE, "R8", "path")


def test_another_value_than_the_request_lists_is_out_of_scope(vcsim: Lab, desk: Desk, machine: str) -> None:
    """Expected six, saw eight."""
    cpu_request(desk, "CHG-VALUE", machine, (last_read_start(desk) + 1, now() + HOUR))
    with vcsim.estate(ALICE) as alice:
        alice.reconfigure(machine, cpus=8)
    _, verdict = the(desk.visit(vcsim), "cpu_count", machine)
    assert (verdict.verdict, verdict.rule, verdict.reason) == (Outcome.OUT_OF_SCOPE, "R8", "value")


def test_a_disk_added_under_a_request_that_names_only_the_machine_is_in_scope(
    vcsim: Lab, desk: Desk, machine: str
) -> None:
    """Parts of a CI in scope are in scope (decision D8)."""
    desk.request("CHG-DISK", [desk.named(machine)], (last_read_start(desk) + 1, now() + HOUR))
    with vcsim.estate(ALICE) as alice:
        alice.reconfigure(machine, add_disk_gb=20)
    change, verdict = the(desk.visit(vcsim), "")
    assert (change.ci_kind, change.op, change.owners) == ("VirtualDisk", Op.CREATE, (desk.named(machine),))
    assert desk.login(change.actor) == ALICE
    assert (verdict.verdict, verdict.scope) == (Outcome.AUTHORISED, "owned")


def test_a_disk_added_under_a_request_that_lists_the_disk_is_authorised(vcsim: Lab, desk: Desk, machine: str) -> None:
    """Expected paths of parts are written with the part's name (decision D8)."""
    expected = [ExpectedChange("virtual_disk", Op.CREATE)]
    window = (last_read_start(desk) + 1, now() + HOUR)
    desk.request("CHG-LISTED-DISK", [desk.named(machine)], window, expected=expected)
    with vcsim.estate(ALICE) as alice:
        alice.reconfigure(machine, add_disk_gb=20)
    _, verdict = the(desk.visit(vcsim), "")
    assert (verdict.verdict, verdict.strength) == (Outcome.AUTHORISED, "path")


def test_a_change_that_no_request_covers_is_unapproved_and_names_who(vcsim: Lab, desk: Desk, machine: str) -> None:
    """No request at all."""
    with vcsim.estate("VSPHERE.LOCAL\\mallory") as mallory:
        mallory.reconfigure(machine, cpus=6)
    change, verdict = the(desk.visit(vcsim), "cpu_count", machine)
    assert desk.login(change.actor) == "VSPHERE.LOCAL\\mallory"
    assert (verdict.verdict, verdict.rule) == (Outcome.UNAPPROVED, "R13")


def test_a_rename_is_one_change_of_one_field(vcsim: Lab, desk: Desk, machine: str) -> None:
    """A name is never identity; the event of a rename says its old and new value."""
    ci, other = desk.named(machine), f"new-{machine}"[:70]
    with vcsim.estate(ALICE) as alice:
        alice.rename(machine, other)
    report = desk.visit(vcsim)
    assert told(report) == [(other, "name", "set", f'"{machine}"', f'"{other}"')]
    assert desk.named(other) == ci
    change, _ = the(report, "name")
    assert (desk.login(change.actor), change.actor_why) == (ALICE, "event gives old and new value")


def test_a_power_cycle_is_judged_as_power_alone(vcsim: Lab, desk: Desk, machine: str) -> None:
    """What follows from it at run time is told, and not judged (decision D11)."""
    with vcsim.estate(ALICE) as alice:
        alice.power(machine, on=True)
    report = desk.visit(vcsim)
    judged = {change.path for change in report.changes if change.judged}
    assert judged == {"power"}, told(report)
    assert desk.login(the(report, "power", machine)[0].actor) == ALICE
