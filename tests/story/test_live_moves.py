"""Machines that move between two live vCenters, in either order, on both stores (decision D6)."""

from __future__ import annotations

from typing import Any

import pytest

from driftline.diff.words import Outcome
from tests.lab.fixtures import VcsimFactory
from tests.story.desk import Desk, Lab, told

pytestmark = pytest.mark.vcsim

ALICE = "VSPHERE.LOCAL\\alice"


@pytest.fixture(scope="module")
def other(vcsim_factory: VcsimFactory) -> Lab:
    """A second vCenter with an estate of its own, whose references are the same."""
    return vcsim_factory("-seed=2")


def test_a_machine_moved_to_another_vcenter_that_shows_it_first_stays_one(
    vcsim: Lab, other: Lab, desk: Desk, machine: str
) -> None:
    """Seen in B while alive in A: unsettled. Gone from A: one CI, one change, one history (decision D6)."""
    desk.visit(other, "b")
    ci = desk.named(machine)
    _arrive(vcsim, other, machine)
    both = desk.visit(other, "b")
    assert both.disputes == 1
    assert {verdict.verdict for verdict in both.verdicts} == {Outcome.INDETERMINATE}
    with vcsim.estate(ALICE) as alice:
        alice.unregister(machine)
    left = desk.visit(vcsim)
    assert [(row[1], row[2]) for row in told(left) if row[0] == machine] == [("managed_by", "set")], told(left)
    assert desk.named(machine) == ci
    for lab, name in ((other, "b"), (vcsim, "vc")) * 2:
        again = desk.visit(lab, name)
        assert (told(again), again.disputes) == ([], 0)
    assert desk.named(machine) == ci


def test_a_machine_that_left_one_vcenter_before_another_shows_it_stays_one(
    vcsim: Lab, other: Lab, desk: Desk, machine: str
) -> None:
    """If A goes first, B binds to the tombstone (decision D6)."""
    desk.visit(other, "b")
    ci = desk.named(machine)
    with vcsim.estate(ALICE) as alice:
        uuids = _uuids(alice, machine)
        alice.unregister(machine)
    desk.visit(vcsim)
    assert machine not in desk.live()
    with other.estate(ALICE) as alice:
        alice.clone("web-0003", machine, **uuids)
    desk.visit(other, "b")
    assert desk.named(machine) == ci
    for lab, name in ((vcsim, "vc"), (other, "b")) * 2:
        again = desk.visit(lab, name)
        assert (told(again), again.disputes) == ([], 0)


def _uuids(estate: Any, machine: str) -> dict[str, str]:  # noqa: ANN401 -- a session of the lab
    said = estate.read(estate.vm(machine), "config.uuid", "config.instanceUuid")
    return {"bios_uuid": said["config.uuid"], "instance_uuid": said["config.instanceUuid"]}


def _arrive(here: Lab, there: Lab, machine: str) -> None:
    """Let a machine appear in another vCenter while it is still in this one."""
    with here.estate(ALICE) as alice:
        uuids = _uuids(alice, machine)
    with there.estate(ALICE) as alice:
        alice.clone("web-0003", machine, **uuids)
