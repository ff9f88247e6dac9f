"""The collector against a live simulator: what is read of a healthy vCenter."""

from __future__ import annotations

import asyncio

import pytest

from driftline.collectors.recording import ReplayingLine
from driftline.collectors.visit import Outcome, Visited
from driftline.collectors.vsphere import collector
from driftline.collectors.vsphere.asks import Asked
from driftline.collectors.vsphere.decode import page
from driftline.graph.model.compute import (
    Cluster,
    Connection,
    Datastore,
    HypervisorHost,
    PortGroup,
    Power,
    Snapshot,
    VCenter,
    VirtualDisk,
    VirtualMachine,
)
from driftline.graph.model.hardware import Server
from driftline.graph.model.kinds import KINDS
from driftline.graph.model.observed import Observation
from driftline.graph.model.storage import Initiator
from tests.collectors.vsphere import peer
from tests.collectors.vsphere.reader import (
    CANARY,
    go,
    incomplete,
    item,
    items,
    read,
    row,
    target,
)
from tests.lab.fixtures import Vcsim

pytestmark = [pytest.mark.vcsim, pytest.mark.usefixtures("honest")]


def test_a_visit_of_a_healthy_vcenter_is_complete(first: Visited, seen: Observation) -> None:
    """A visit that read everything says so, in its outcome and in every row of coverage."""
    assert first.error is None
    assert first.after(seen.coverage) is Outcome.COMPLETE
    assert incomplete(seen) == set()
    assert seen.unread == []


def test_the_source_is_named_by_its_instance_uuid(vcsim: Vcsim, seen: Observation) -> None:
    """The source is keyed by about.instanceUuid, never by the address given."""
    assert seen.source
    assert seen.source.id == vcsim.instance_uuid
    assert item(seen, VCenter).api_version == "8.0.2.0"


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        ("VCenter", 1), ("Datacenter", 1), ("Cluster", 2), ("Server", 6), ("HypervisorHost", 6), ("ResourcePool", 2),
        ("Datastore", 4), ("VirtualMachine", 24), ("VirtualDisk", 25), ("VirtualNic", 24), ("Snapshot", 2),
        ("HostBusAdapter", 24), ("Nic", 24), ("Initiator", 18), ("VirtualSwitch", 7), ("Volume", 8),
    ],
)  # fmt: skip
def test_every_thing_of_the_estate_is_read_once(seen: Observation, kind: str, count: int) -> None:
    """The number of items is the number of things, and coverage counts them."""
    assert len([one for one in seen.items if one.kind == kind]) == count
    assert row(seen, kind).count == count


def test_equal_standard_port_groups_of_many_hosts_are_many(seen: Observation) -> None:
    """A port group of a standard switch belongs to its host; the vCenter's name for all of them is one more."""
    groups = items(seen, PortGroup, name="VM Network")
    assert len([one for one in groups if one.switch]) == 6
    assert len([one for one in groups if one.vcenter]) == 1


def test_a_machine_is_described_with_its_parts_and_places(seen: Observation) -> None:
    """Configuration, guest facts, tags, custom attributes, and references to host, pool and datastore."""
    one = item(seen, VirtualMachine, name="web-0000")
    assert (one.template, one.firmware, one.power, one.connection) == (False, "efi", Power.ON, Connection.CONNECTED)
    assert one.host
    assert one.resource_pool
    assert len(one.datastores) == 1
    assert one.tags
    assert one.custom_fields
    assert one.addresses
    assert all("/" in address for address in one.addresses)


def test_a_disk_under_snapshots_is_named_by_its_base_file(seen: Observation) -> None:
    """backing.parent is walked down to the file that every snapshot leaves alone."""
    snapshot = items(seen, Snapshot)[0]
    (disk,) = items(seen, VirtualDisk, machine=snapshot.machine)
    assert disk.file_path
    assert disk.file_path.endswith("web-0000.vmdk")


def test_a_raw_mapping_points_to_its_volume(seen: Observation) -> None:
    """The device name of a raw device mapping carries the durable name of the volume."""
    (raw,) = [one for one in items(seen, VirtualDisk) if one.raw_mapping]
    assert raw.raw_mapping == "physicalMode"
    assert "Volume" in {end.kind for end in raw.stored_on}


def test_a_world_wide_name_above_2_63_is_printed_unsigned(seen: Observation) -> None:
    """VSphere gives world wide names as signed numbers."""
    names = [one.port_name for one in items(seen, Initiator, protocol="fc")]
    assert len([name for name in names if int(name, 16) >= 2**63]) == 6
    assert all(len(name) == 16 for name in names)


def test_a_datastore_is_known_by_its_file_system_and_its_volumes(seen: Observation) -> None:
    """The VMFS uuid is its identity; its extents name volumes."""
    assert all(one.vmfs_uuid and one.volumes for one in items(seen, Datastore))


def test_a_server_is_known_by_vendor_and_serial(seen: Observation) -> None:
    """The machine under a hypervisor is an item of its own, and the hypervisor names it."""
    servers = items(seen, Server)
    assert len({one.serial for one in servers}) == 6
    hosts = {one.host_moref for one in servers}
    assert {one.server.values[0] for one in items(seen, HypervisorHost) if one.server} == hosts


def test_a_cluster_knows_its_datacenter_through_its_folders(seen: Observation) -> None:
    """The way up the tree is walked over folders that are no items."""
    assert {one.datacenter.kind for one in items(seen, Cluster) if one.datacenter} == {"Datacenter"}


def test_owners_come_before_their_parts(seen: Observation) -> None:
    """Items stream owners first."""
    order = {kind.kind: at for at, kind in enumerate(KINDS)}
    places = {one.kind: at for at, one in reversed(list(enumerate(seen.items)))}
    for kind in KINDS:
        if kind.owner_field and kind.kind in places:
            owners = {"VirtualMachine", "Server", "HypervisorHost", "Cluster", "VirtualSwitch"} & set(places)
            assert order
            assert any(places[owner] < places[kind.kind] for owner in owners)


def test_the_clock_is_measured(seen: Observation) -> None:
    """Offset and error of the server's clock are known; here both are the same machine's."""
    assert seen.clock
    assert abs(seen.clock.offset_ms) <= seen.clock.error_ms + 5


def test_our_decoding_equals_pyvmomis(first: Visited) -> None:
    """Every property of every page has the value that pyvmomi decodes; an absent field equals its default."""
    leaves = 0
    for entry in first.capture.named(Asked.STRUCTURE, Asked.HOSTS, Asked.MACHINES):
        body = first.capture.body(entry)
        ours = {(one.moref, path): value for one in page(body)[0] for path, value in one.props.items()}
        for place, theirs in peer.properties(body).items():
            leaves += peer.leaves(theirs)
            assert list(peer.differences(str(place), theirs, ours.get(place))) == []
    assert leaves > 10_000


def test_a_replay_of_a_visit_asks_and_answers_the_same(vcsim: Vcsim, first: Visited) -> None:
    """Capturing again over the recorded answers asks the same questions in the same order."""
    line = ReplayingLine(first.capture)
    asyncio.run(collector.capture(target(vcsim), line))
    assert [(one.name, one.text) for one in line.asked] == [(one.ask, one.asked) for one in first.capture.entries]


def test_nothing_of_the_account_or_the_session_is_kept(vcsim: Vcsim, first: Visited) -> None:
    """Password and session keys are in no manifest, no reply, no error text and no representation."""
    refused = go(target(vcsim), limits=None)
    kept = [first.capture.manifest, repr(first), repr(target(vcsim)), repr(refused), refused.capture.manifest]
    kept += [first.capture.body(entry).decode("utf-8", "replace") for entry in first.capture.entries]
    escaped = {CANARY, CANARY.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"), "canary"}
    assert not any(secret in text for secret in escaped for text in kept)
    login = next(first.capture.named(Asked.LOGIN))
    assert "<key>hidden</key>" in first.capture.body(login).decode()
    assert "hidden" in first.capture.body([*first.capture.named(Asked.TAG_SESSION)][-1]).decode()


def test_two_visits_of_an_unchanged_estate_observe_equal_items(vcsim: Vcsim, seen: Observation) -> None:
    """Nothing that a visit itself does shows as a difference."""
    again = read(vcsim)
    assert sorted(map(repr, again.items)) == sorted(map(repr, seen.items))
