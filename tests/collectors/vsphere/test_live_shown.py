"""What a live simulator does not show, and what is special about some of its machines."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from driftline.collectors.visit import Visited
from driftline.collectors.vsphere.asks import Asked
from driftline.graph.model.compute import (
    Connection,
    HypervisorHost,
    Power,
    VirtualDisk,
    VirtualMachine,
    VirtualNic,
)
from driftline.graph.model.hardware import Server
from driftline.graph.model.observed import MEMBERSHIP, Observation
from tests.collectors.vsphere.reader import (
    damaged,
    incomplete,
    item,
    items,
    observed,
    read,
    withheld,
)
from tests.lab.control import typed
from tests.lab.fixtures import Vcsim, VcsimFactory
from tests.story import damage

pytestmark = [pytest.mark.vcsim, pytest.mark.usefixtures("honest")]


@pytest.fixture
def broken(vcsim_factory: VcsimFactory) -> Vcsim:
    """A simulator of its own: after ``config`` was unset it does not survive every call."""
    return vcsim_factory("-vms=4", "-hosts=2", "-clusters=1")


def test_a_machine_whose_files_are_gone_keeps_its_last_configuration(broken: Vcsim) -> None:
    """``config`` is unset on an inaccessible machine: its fields are withheld, not removed."""
    ref = items(read(broken), VirtualMachine, name="app-0001")[0].moref
    broken.control.set("VirtualMachine", ref, "config", None)
    broken.control.set("VirtualMachine", ref, "runtime.connectionState", "inaccessible")
    again = read(broken)
    one = item(again, VirtualMachine, moref=ref)
    assert (one.name, one.connection, one.cpu_count) == ("app-0001", Connection.INACCESSIBLE, None)
    assert {"cpu_count", "instance_uuid", "VirtualDisk", "VirtualNic"} <= set(withheld(again, "VirtualMachine", ref))
    assert "name" not in withheld(again, "VirtualMachine", ref)
    assert incomplete(again) == set()


def test_a_disconnected_host_keeps_its_last_configuration(broken: Vcsim) -> None:
    """``config`` is unset on a disconnected host; its machine is told from the summary."""
    seen = read(broken)
    before = items(seen, HypervisorHost)[-1]
    server = item(seen, Server, host_moref=before.moref)
    broken.control.set("HostSystem", before.moref, "config", None)
    broken.control.set("HostSystem", before.moref, "hardware", None)
    broken.control.set("HostSystem", before.moref, "runtime.connectionState", "notResponding")
    again = read(broken)
    now = item(again, HypervisorHost, moref=before.moref)
    assert (now.name, now.connection, now.version) == (before.name, Connection.NOT_RESPONDING, None)
    assert {"version", "ntp_servers", "VirtualSwitch"} <= set(withheld(again, "HypervisorHost", before.moref))
    assert {"HostBusAdapter", "Nic"} <= set(withheld(again, "Server", before.moref))
    assert item(again, Server, host_moref=before.moref).system_uuid == server.system_uuid
    assert incomplete(again) == {(kind, MEMBERSHIP) for kind in ("Initiator", "PortGroup", "Volume")}


def test_guest_facts_of_a_stopped_machine_are_withheld(seen: Observation) -> None:
    """A stopped guest says nothing, which is not that it has no addresses."""
    stopped = items(seen, VirtualMachine, power=Power.OFF)
    assert len(stopped) == 3
    for one in stopped:
        assert withheld(seen, "VirtualMachine", one.moref)["addresses"] == "not running"


@pytest.mark.parametrize("ask", [Asked.TAGS, Asked.TAG, Asked.CATEGORY, Asked.ATTACHED])
def test_tags_that_cannot_be_read_cost_the_group_of_tags(first: Visited, seen: Observation, ask: Asked) -> None:
    """A REST side that fails leaves everything else complete, and no machine loses its tags."""
    assert item(seen, VirtualMachine, name="app-0001").tags == ("environment/prod",)
    again = observed(damaged(first.capture, ask, b"{", b"<html>"))
    assert incomplete(again) == {("VirtualMachine", "tags")}
    assert item(again, VirtualMachine, name="app-0001").tags is None


def test_a_running_machine_without_tools_keeps_what_its_guest_said(vcsim: Vcsim, seen: Observation) -> None:
    """Absent tools say nothing of the guest; their own state is told."""
    ref = item(seen, VirtualMachine, name="web-0012").moref
    vcsim.control.set("VirtualMachine", ref, "guest.toolsRunningStatus", "guestToolsNotRunning")
    vcsim.control.set("VirtualMachine", ref, "guest.net", None)
    again = read(vcsim)
    assert item(again, VirtualMachine, moref=ref).tools_status == "guestToolsNotRunning"
    assert withheld(again, "VirtualMachine", ref)["addresses"] == "tools not running"
    assert incomplete(again) == set()


def test_a_disk_without_size_and_a_card_without_state_are_read_all_the_same(first: Visited, seen: Observation) -> None:
    """``None`` is legal wherever a server leaves something out."""
    bare = re.compile(
        rb"<capacityIn(?:KB|Bytes)>.*?</capacityIn(?:KB|Bytes)>|<connectable>.*?</connectable>", re.DOTALL
    )
    again = observed(damage.broken(first.capture, Asked.MACHINES, lambda body: bare.sub(b"", body)))
    assert {one.capacity_bytes for one in items(again, VirtualDisk)} == {None}
    assert {(one.connected, one.start_connected) for one in items(again, VirtualNic)} == {(None, None)}
    assert len(again.items) == len(seen.items)
    assert incomplete(again) == set()


# machines of a special sort


def test_a_template_is_a_machine_that_says_so(seen: Observation) -> None:
    """Classed by ``config.template``; it runs nothing, so its guest says nothing."""
    (one,) = items(seen, VirtualMachine, template=True)
    assert (one.name, one.power) == ("sql-0002", Power.OFF)
    assert withheld(seen, "VirtualMachine", one.moref)["addresses"] == "not running"
    assert {other.template for other in items(seen, VirtualMachine) if other is not one} == {False}


@pytest.mark.parametrize(
    ("extension", "kind"), [("com.vmware.vcDr", "placeholderVm"), ("com.vmware.vim.eam", "cluster-agent")]
)
def test_a_machine_of_an_extension_names_it(vcsim: Vcsim, seen: Observation, extension: str, kind: str) -> None:
    """SRM placeholders, vCLS and appliance machines are classed by ``managedBy``; the rest of them is read as ever."""
    before = item(seen, VirtualMachine, name="app-0010")
    said = typed("ManagedByInfo", {"extensionKey": extension, "type": kind})
    vcsim.control.set("VirtualMachine", before.moref, "config.managedBy", said)
    again = read(vcsim)
    assert item(again, VirtualMachine, moref=before.moref) == replace(before, managed_by=f"{extension}/{kind}")
    assert [one for one in items(again, VirtualMachine) if one.managed_by and one.moref != before.moref] == []


def test_a_fault_tolerant_pair_of_one_name_is_two_machines_with_a_role_each(broken: Vcsim) -> None:
    """The secondary has name and BIOS uuid of its primary: ``ftInfo`` tells them apart, and nothing merges them."""
    first, second = (item(read(broken), VirtualMachine, name=name) for name in ("web-0000", "web-0003"))
    both: dict[str, object] = {"instanceUuids": [first.instance_uuid, second.instance_uuid], "configPaths": []}
    lead = typed("FaultTolerancePrimaryConfigInfo", {"role": 1, **both, "secondaries": [_machine(second.moref)]})
    follow = typed("FaultToleranceSecondaryConfigInfo", {"role": 2, **both, "primaryVM": _machine(first.moref)})
    broken.control.set("VirtualMachine", first.moref, "config.ftInfo", lead)
    broken.control.set("VirtualMachine", second.moref, "config.ftInfo", follow)
    broken.control.set("VirtualMachine", second.moref, "config.uuid", first.bios_uuid)
    broken.control.set("VirtualMachine", second.moref, "name", first.name)
    again = read(broken)
    pair = items(again, VirtualMachine, name=first.name)
    assert {(one.moref, one.fault_tolerance, one.instance_uuid) for one in pair} == {
        (first.moref, "primary", first.instance_uuid),
        (second.moref, "secondary", second.instance_uuid),
    }
    assert {one.bios_uuid for one in pair} == {first.bios_uuid}
    assert (incomplete(again), again.unread) == (set(), [])


def _machine(ref: str) -> dict[str, str]:
    return {"type": "VirtualMachine", "value": ref}
