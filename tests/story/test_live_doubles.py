"""Machines that are easily taken for one another, or for another after a move, on both stores (vsphere.md 10)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from driftline.graph.store import Compare, Cond
from tests.lab.control import typed
from tests.lab.estate import ref, vim
from tests.story.desk import VM, Desk, Lab, told

pytestmark = [pytest.mark.vcsim, pytest.mark.usefixtures("honest")]

ALICE = "VSPHERE.LOCAL\\alice"
ELSEWHERE = "web-0000"
"""A machine in another cluster and another folder than what the fixture clones."""


@pytest.mark.parametrize("spelt", [str, str.upper], ids=["the same letters", "other letters"])
def test_a_machine_that_gets_the_name_of_another_stays_itself(
    vcsim: Lab, desk: Desk, machine: str, spelt: Callable[[str], str]
) -> None:
    """Name is never identity (failure 2): in another cluster a name may be taken twice, and overwrites nothing."""
    first, double = desk.named(machine), f"{machine}-b"
    with vcsim.estate(ALICE) as alice:
        alice.clone(ELSEWHERE, double)
    desk.visit(vcsim)
    second = desk.named(double)
    with vcsim.estate(ALICE) as alice:
        alice.rename(double, spelt(machine))
    assert [row[1:3] for row in told(desk.visit(vcsim))] == [("name", "set")]
    assert {ci: state.attrs["name"] for ci, state in desk.store.read([first, second]).items()} == {
        first: machine,
        second: spelt(machine),
    }
    assert told(desk.visit(vcsim)) == []


def test_a_move_to_another_host_is_one_change(vcsim: Lab, desk: Desk, machine: str) -> None:
    """No machine ends and none begins (failure 3): the link to its host leads elsewhere."""
    ci, before = desk.named(machine), desk.counts()
    with vcsim.estate(ALICE) as alice:
        here = alice.read(alice.vm(machine), "runtime.host")["runtime.host"]
        alice.relocate(machine, host=next(name for name, host in alice.all(vim.HostSystem).items() if host != here))
    report = desk.visit(vcsim)
    assert [row[:3] for row in told(report)] == [(machine, "runs_on", "set")]
    assert desk.login(report.changes[0].actor) == ALICE
    assert desk.named(machine) == ci
    assert desk.counts()["item", VM] == before["item", VM]


def test_a_fault_tolerant_pair_stays_two_machines(vcsim: Lab, desk: Desk, machine: str) -> None:
    """Name and BIOS uuid are shared by the two (failure 11): each is told its role, and nothing merges them."""
    with vcsim.estate(ALICE) as alice:
        follower = f"{machine}-ft"
        alice.clone(machine, follower)
        refs = [ref(alice.vm(name)) for name in (machine, follower)]
    desk.visit(vcsim)
    keys = {desk.named(machine), desk.named(follower)}
    both: dict[str, object] = {"instanceUuids": [], "configPaths": []}
    lead = typed("FaultTolerancePrimaryConfigInfo", {"role": 1, **both, "secondaries": [_vm(refs[1])]})
    follow = typed("FaultToleranceSecondaryConfigInfo", {"role": 2, **both, "primaryVM": _vm(refs[0])})
    for moref, info in zip(refs, (lead, follow), strict=True):
        vcsim.control.set(VM, moref, "config.ftInfo", info)
    vcsim.control.set(VM, refs[1], "name", machine)
    report = desk.visit(vcsim)
    assert sorted((path, op, new) for _, path, op, _, new in told(report)) == [
        ("fault_tolerance", "add", '"primary"'),
        ("fault_tolerance", "add", '"secondary"'),
        ("name", "set", f'"{machine}"'),
    ]
    assert {row.id for row in desk.store.find(VM, [Cond("name", Compare.EQ, machine)])} == keys
    assert (report.disputes, told(desk.visit(vcsim))) == (0, [])


@pytest.mark.parametrize(
    ("path", "value", "field", "new"),
    [
        ("config.template", True, "template", "true"),
        (
            "config.managedBy",
            typed("ManagedByInfo", {"extensionKey": "com.vmware.vcDr", "type": "placeholderVm"}),
            "managed_by",
            '"com.vmware.vcDr/placeholderVm"',
        ),
    ],
    ids=["template", "placeholder"],
)
def test_a_machine_that_becomes_of_a_special_sort_is_the_same_machine(
    vcsim: Lab, desk: Desk, machine: str, path: str, value: object, field: str, new: str
) -> None:
    """Templates and placeholders (failure 11) are machines with a field more: one change of that field."""
    ci = desk.named(machine)
    with vcsim.estate() as alice:
        vcsim.control.set(VM, ref(alice.vm(machine)), path, value)
    assert [(row[1], row[4]) for row in told(desk.visit(vcsim))] == [(field, new)]
    assert desk.named(machine) == ci


def _vm(moref: str) -> dict[str, str]:
    return {"type": VM, "value": moref}
