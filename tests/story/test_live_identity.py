"""What a live vCenter makes of identity and absence, on both stores."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from driftline.diff.words import Outcome
from driftline.graph.model.change_records import Op
from driftline.graph.store import Compare, Cond
from tests.lab.control import Fault, Rule, typed
from tests.lab.estate import ref, vim
from tests.story.desk import Desk, Lab, the, told

pytestmark = [pytest.mark.vcsim, pytest.mark.usefixtures("honest")]

ALICE = "VSPHERE.LOCAL\\alice"
NO_EVENTS = Fault(method="CreateCollectorForEvents", fault="NoPermission", times=0)


def test_a_clone_with_the_same_bios_uuid_is_a_new_machine(vcsim: Lab, desk: Desk, machine: str) -> None:
    """Only the instance uuid binds; the clone's parts follow from it."""
    old = desk.named(machine)
    with vcsim.estate(ALICE) as alice:
        alice.clone(machine, f"c-{machine}"[:70])
    report = desk.visit(vcsim)
    (change,) = [c for c in report.changes if not c.derived_from]
    assert (change.op, change.path, change.title) == (Op.CREATE, "", f"c-{machine}"[:70])
    assert desk.login(change.actor) == ALICE
    assert desk.named(machine) == old != change.ci
    states = desk.store.read([old, change.ci])
    assert len({state.attrs["bios_uuid"] for state in states.values()}) == 1
    assert {c.ci_kind for c in report.changes if c.derived_from == change.id} == {"VirtualDisk", "VirtualNic"}


def test_a_deleted_machine_is_gone_with_its_event(vcsim: Lab, desk: Desk) -> None:
    """The source's own log dates the deletion and names who did it; the parts follow (decision D3)."""
    desk.visit(vcsim)
    machine = max(name for name in desk.live() if name.startswith("app-"))
    ci = desk.named(machine)
    with vcsim.estate(ALICE) as alice:
        alice.destroy(machine)
    report = desk.visit(vcsim)
    assert told(report) == [(machine, "", "delete", None, None)]
    change, verdict = the(report, "", machine)
    assert (desk.login(change.actor), verdict.verdict) == (ALICE, Outcome.UNAPPROVED)
    assert machine not in desk.live()
    assert {c.ci_kind for c in report.changes if c.derived_from == change.id} == {"VirtualDisk", "VirtualNic"}
    assert desk.store.read([ci])[ci].deleted


def test_without_events_a_deleted_machine_is_gone_after_the_second_complete_absence(
    vcsim: Lab, desk: Desk, machine: str
) -> None:
    """Without a feed, k absences (decision D3)."""
    vcsim.control.faults(NO_EVENTS)
    with vcsim.estate(ALICE) as alice:
        alice.destroy(machine)
    first = desk.visit(vcsim)
    assert (told(first), first.missing) == ([], 1)
    second = desk.visit(vcsim)
    assert told(second) == [(machine, "", "delete", None, None)]
    assert the(second, "", machine)[0].actor is None


def test_a_machine_hidden_by_a_permission_is_missing_not_deleted(vcsim: Lab, desk: Desk, machine: str) -> None:
    """Absence without its event, under a feed without a gap, is most likely a permission; nobody is accused."""
    with vcsim.estate() as alice:
        vcsim.control.rules(Rule(ref=ref(alice.vm(machine)), mode="hidden", user="VSPHERE.LOCAL\\reader"))
    for _ in range(3):
        report = desk.visit(vcsim)
        assert (told(report), report.missing) == ([], 1)
    assert machine in desk.live()
    texts = [row.body["text"] for row in desk.store.find("Finding", [Cond("ci", Compare.EQ, desk.named(machine))])]
    assert "vanished without event: hidden by a permission?" in texts
    vcsim.control.rules()
    assert told(desk.visit(vcsim)) == []


@pytest.mark.parametrize("mode", ["unread", "lost"])
def test_a_machine_that_shows_nothing_is_not_absent(vcsim: Lab, desk: Desk, machine: str, mode: str) -> None:
    """Refused in every path, or in the view and in no page: neither removes anything, and nothing follows later."""
    with vcsim.estate() as alice:
        vcsim.control.rules(Rule(ref=ref(alice.vm(machine)), mode=mode, user="VSPHERE.LOCAL\\reader"))
    for _ in range(2):
        assert told(desk.visit(vcsim)) == []
    assert machine in desk.live()
    vcsim.control.rules()
    assert told(desk.visit(vcsim)) == []


def test_a_machine_registered_again_under_a_new_reference_is_the_same(vcsim: Lab, desk: Desk, machine: str) -> None:
    """A moref is a locator."""
    ci = desk.named(machine)
    with vcsim.estate(ALICE) as alice:
        alice.register(alice.unregister(machine))
    report = desk.visit(vcsim)
    assert [row for row in told(report) if row[0] == machine and row[2] in {"create", "delete"}] == []
    assert desk.named(machine) == ci


def test_a_board_swap_is_one_identity_change(vcsim: Lab, desk: Desk) -> None:
    """Vendor and serial rank above the system uuid (decision D5)."""
    desk.visit(vcsim)
    with vcsim.estate() as alice:
        host, said = _hardware(alice)
        info = said["hardware.systemInfo"]
        new = str(uuid4())
        board = {"vendor": info.vendor, "model": info.model, "uuid": new, "serialNumber": info.serialNumber}
        vcsim.control.set("HostSystem", ref(host), "hardware.systemInfo", typed("HostSystemInfo", board))
    report = desk.visit(vcsim)
    (row,) = told(report)
    assert (row[1], row[2], row[4]) == ("system_uuid", "set", f'"{new}"')
    assert [c.volatility.value for c in report.changes] == ["identity"]
    assert desk.store.count("Server") == desk.store.count("HypervisorHost")


def _hardware(estate: Any) -> tuple[Any, dict[str, Any]]:  # noqa: ANN401 -- objects of pyvmomi
    host = min(estate.all(vim.HostSystem).items())[1]
    return host, estate.read(host, "hardware.systemInfo")
