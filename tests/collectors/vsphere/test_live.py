"""The collector against a live simulator: what is read, what is not, and what is said about it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from typing_extensions import override

from driftline.collectors.line import HttpLine
from driftline.collectors.recording import ReplayingLine
from driftline.collectors.target import Trust
from driftline.collectors.visit import Outcome, Visited, visit
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
from driftline.graph.model.observed import MEMBERSHIP, Act, Observation, Status
from driftline.graph.model.storage import Initiator
from tests.collectors.vsphere import peer
from tests.collectors.vsphere.reader import (
    CANARY,
    LOOPBACK,
    READER,
    damaged,
    go,
    incomplete,
    item,
    items,
    observed,
    read,
    row,
    target,
    withheld,
)
from tests.lab.control import Edit, Fault, Rule

pytestmark = pytest.mark.vcsim

Lab = Any  # tests.lab.fixtures.Vcsim


@pytest.fixture(autouse=True)
def forgiving(vcsim: Lab) -> Iterator[None]:
    """Take back what a test did to the simulator's behaviour."""
    yield
    vcsim.control.clear()


@pytest.fixture(scope="module")
def first(vcsim: Lab) -> Visited:
    """The first visit, before anything was changed."""
    return go(target(vcsim))


@pytest.fixture(scope="module")
def seen(first: Visited) -> Observation:
    """What it observed."""
    return observed(first.capture)


# what is read


def test_a_visit_of_a_healthy_vcenter_is_complete(first: Visited, seen: Observation) -> None:
    """A visit that read everything says so, in its outcome and in every row of coverage."""
    assert first.error is None
    assert first.after(seen.coverage) is Outcome.COMPLETE
    assert incomplete(seen) == set()
    assert seen.unread == []


def test_the_source_is_named_by_its_instance_uuid(vcsim: Lab, seen: Observation) -> None:
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


def test_a_replay_of_a_visit_asks_and_answers_the_same(vcsim: Lab, first: Visited) -> None:
    """Capturing again over the recorded answers asks the same questions in the same order."""
    line = ReplayingLine(first.capture)
    asyncio.run(collector.capture(target(vcsim), line))
    assert [(one.name, one.text) for one in line.asked] == [(one.ask, one.asked) for one in first.capture.entries]


def test_nothing_of_the_account_or_the_session_is_kept(vcsim: Lab, first: Visited) -> None:
    """Password and session keys are in no manifest, no reply, no error text and no representation."""
    refused = go(target(vcsim), limits=None)
    kept = [first.capture.manifest, repr(first), repr(target(vcsim)), repr(refused), refused.capture.manifest]
    kept += [first.capture.body(entry).decode("utf-8", "replace") for entry in first.capture.entries]
    escaped = {CANARY, CANARY.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"), "canary"}
    assert not any(secret in text for secret in escaped for text in kept)
    login = next(first.capture.named(Asked.LOGIN))
    assert "<key>hidden</key>" in first.capture.body(login).decode()
    assert "hidden" in first.capture.body([*first.capture.named(Asked.TAG_SESSION)][-1]).decode()


def test_two_visits_of_an_unchanged_estate_observe_equal_items(vcsim: Lab, seen: Observation) -> None:
    """Nothing that a visit itself does shows as a difference."""
    again = read(vcsim)
    assert sorted(map(repr, again.items)) == sorted(map(repr, seen.items))


# paging


@pytest.mark.parametrize("limit", [1, 7, 100])
def test_pages_that_nobody_asked_for_are_followed(vcsim: Lab, seen: Observation, limit: int) -> None:
    """A server may page by itself; the token is followed until there is none."""
    vcsim.control.paging(limit)
    again = read(vcsim)
    assert incomplete(again) == set()
    assert sorted(map(repr, again.items)) == sorted(map(repr, seen.items))


def test_a_snapshot_costs_few_calls(first: Visited) -> None:
    """At most ten calls and one per 500 objects between view and goodbye to it."""
    names = [one.ask for one in first.capture.entries]
    snapshot = names[names.index(Asked.VIEW) : names.index(Asked.NO_VIEW) + 1]
    assert len(snapshot) <= 11


# completeness


def test_a_lost_object_is_asked_for_again(vcsim: Lab, seen: Observation) -> None:
    """An object in the view and in no page is asked for once more, by reference."""
    ref = items(seen, VirtualMachine)[3].moref
    vcsim.control.rules(Rule(ref=ref, mode="lost", times=1))
    again = read(vcsim)
    assert incomplete(again) == set()
    assert item(again, VirtualMachine, moref=ref).name


def test_an_object_lost_twice_makes_its_kind_partial(vcsim: Lab, seen: Observation) -> None:
    """Nothing is absent while its scope was not read completely."""
    ref = items(seen, VirtualMachine)[3].moref
    vcsim.control.rules(Rule(ref=ref, mode="lost"))
    again = read(vcsim)
    assert incomplete(again) == {(k, MEMBERSHIP) for k in ("VirtualMachine", "VirtualDisk", "VirtualNic", "Snapshot")}
    assert len(items(again, VirtualMachine)) == 23


def test_an_unreadable_object_is_withheld_not_absent(vcsim: Lab, seen: Observation) -> None:
    """Every path refused: the object exists, nothing is said of it, its kind stays complete."""
    ref = items(seen, VirtualMachine)[4].moref
    vcsim.control.rules(Rule(ref=ref, mode="unread"))
    again = read(vcsim)
    assert withheld(again, "VirtualMachine", ref) == {"*": "NoPermission"}
    assert items(again, VirtualMachine, moref=ref) == []
    assert incomplete(again) == set()


def test_an_unreadable_host_makes_parts_of_its_parts_partial(vcsim: Lab, seen: Observation) -> None:
    """What hangs below the parts of a host that shows nothing cannot be believed absent."""
    ref = items(seen, HypervisorHost)[0].moref
    vcsim.control.rules(Rule(ref=ref, mode="unread"))
    again = read(vcsim)
    assert incomplete(again) == {(kind, MEMBERSHIP) for kind in ("Initiator", "PortGroup", "Volume")}
    assert {one.item.kind for one in again.withheld if one.why == "NoPermission"} == {"HypervisorHost", "Server"}


def test_a_hidden_object_leaves_no_trace(vcsim: Lab, seen: Observation) -> None:
    """An object hidden by permission vanishes from view and pages alike: only its missing event tells (D3)."""
    ref = items(seen, VirtualMachine)[5].moref
    vcsim.control.rules(Rule(ref=ref, mode="hidden"))
    again = read(vcsim)
    assert len(items(again, VirtualMachine)) == 23
    assert incomplete(again) == set()
    assert not [one for one in again.events if one.act is Act.REMOVED]


# damaged answers, made by the lab on the wire


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (Edit(method="RetrievePropertiesEx", find="<name>config.hardware.numCPU", keep=9_000), "envelope"),
        (Edit(method="RetrievePropertiesEx", find="<name>config.hardware.numCPU", replace="<name<"), "not XML"),
    ],
)
def test_a_cut_or_broken_page_is_a_partial_visit(vcsim: Lab, edit: Edit, why: str) -> None:
    """A page that is not whole counts as not read; the rest of the visit stands."""
    vcsim.control.wire(edit)
    again = read(vcsim)
    assert row(again, "VirtualMachine", "config").status is Status.PARTIAL
    assert any(why in error for error in row(again, "VirtualMachine", "config").errors)
    assert row(again, "HypervisorHost").status is Status.COMPLETE
    assert len(items(again, HypervisorHost)) == 6


def test_a_connection_that_breaks_leaves_what_was_read(vcsim: Lab) -> None:
    """What was read before the line broke is partial coverage, not nothing."""
    vcsim.control.wire(Edit(method="RetrievePropertiesEx", find="<name>config.hardware.numCPU", keep=3_000, sever=True))
    visited = go(target(vcsim))
    assert visited.outcome is Outcome.UNREACHABLE
    again = observed(visited.capture)
    assert len(items(again, HypervisorHost)) == 6
    assert row(again, "VirtualMachine").status is Status.FAILED
    assert all(one.status is not Status.COMPLETE for one in again.coverage if one.group == MEMBERSHIP)


def test_a_control_character_costs_itself_only(vcsim: Lab, seen: Observation) -> None:
    """``&#x1;`` in a note: the page is read, the character replaced and reported."""
    note = item(seen, VirtualMachine, name="web-0000").annotation or ""
    vcsim.control.wire(Edit(method="RetrievePropertiesEx", find=f">{note}<", replace=f">{note}&#x1;<"))
    again = read(vcsim)
    assert item(again, VirtualMachine, name="web-0000").annotation == f"{note}\N{REPLACEMENT CHARACTER}"
    assert len(items(again, VirtualMachine)) == 24
    assert [one.why for one in again.unread] == ["not XML, replaced"]


def test_a_page_limit_and_a_damaged_second_page(vcsim: Lab) -> None:
    """One bad page of many costs its objects: the others are there."""
    vcsim.control.paging(10)
    vcsim.control.wire(Edit(method="ContinueRetrievePropertiesEx", find="config.hardware.numCPU", keep=5_000))
    again = read(vcsim)
    assert len(items(again, VirtualMachine)) >= 10
    assert row(again, "VirtualMachine").status is Status.PARTIAL


# sessions


@pytest.mark.parametrize("method", ["RetrievePropertiesEx", "CreateContainerView", "ContinueRetrievePropertiesEx"])
def test_a_session_lost_once_begins_the_visit_again(vcsim: Lab, method: str) -> None:
    """NotAuthenticated in mid-visit: log in and read again, once."""
    vcsim.control.paging(10)
    vcsim.control.faults(Fault(method=method, fault="NotAuthenticated", user=READER, skip=1 if "Prop" in method else 0))
    visited = go(target(vcsim))
    again = observed(visited.capture)
    assert visited.outcome is Outcome.COMPLETE
    assert len([*visited.capture.named(Asked.LOGIN)]) == 2
    assert incomplete(again) == set()
    assert len(items(again, VirtualMachine)) == 24


def test_a_session_lost_twice_is_a_partial_visit(vcsim: Lab) -> None:
    """The second time is not tried again; nothing is declared absent."""
    vcsim.control.faults(Fault(method="RetrievePropertiesEx", fault="NotAuthenticated", user=READER, skip=2, times=0))
    visited = go(target(vcsim))
    assert visited.outcome is Outcome.UNREACHABLE
    assert "session was ended twice" in str(visited.error)
    assert all(one.status is not Status.COMPLETE for one in observed(visited.capture).coverage)


@pytest.mark.parametrize("at", [Asked.BEFORE, Asked.STRUCTURE, Asked.MACHINES, Asked.AFTER])
def test_a_killed_session_is_never_taken_for_missing_rights(vcsim: Lab, at: Asked) -> None:
    """A session ended by an administrator shows as withheld properties or as an unknown view: both mean "log in"."""

    class Killing(HttpLine):
        killed = False

        @override
        async def ask(self, ask: Any) -> Any:
            if ask.name == at and not type(self).killed:
                type(self).killed = True
                with vcsim.estate("VSPHERE.LOCAL\\admin") as admin:
                    assert admin.end_sessions(READER) >= 1
            return await super().ask(ask)

    visited = asyncio.run(visit(collector, target(vcsim), lambda to: Killing(to, LOOPBACK)))
    again = observed(visited.capture)
    assert Killing.killed
    assert visited.outcome is Outcome.COMPLETE
    assert len([*visited.capture.named(Asked.LOGIN)]) == 2
    assert incomplete(again) == set()
    assert [one for one in again.withheld if one.why not in {"not running", "tools not running"}] == []


# refusals


def test_a_wrong_password_is_refused_and_never_tried_again(vcsim_factory: Callable[..., Lab]) -> None:
    """The operator must act; a second try could lock the account."""
    lab = vcsim_factory("-user=reader:right", "-vms=2", "-hosts=1", "-clusters=1")
    visited = go(target(lab, user="reader", password="wrong"))  # noqa: S106 -- made up
    assert visited.outcome is Outcome.REFUSED
    assert not visited.outcome.worth_a_retry
    assert len([*visited.capture.named(Asked.LOGIN)]) == 1
    assert "wrong" not in str(visited.error)
    good = target(lab, user="reader", password="right")  # noqa: S106 -- made up
    assert go(good).outcome is Outcome.COMPLETE


def test_a_certificate_that_nobody_vouches_for_is_refused_before_the_password(
    vcsim_factory: Callable[..., Lab],
    tmp_path: Any,  # noqa: ANN401 -- pathlib
) -> None:
    """Own authority or pin: both work; without them, or with another pin, not one byte is sent."""
    lab = vcsim_factory(f"-tls={tmp_path / 'ca.pem'}", "-vms=2", "-hosts=1", "-clusters=1")
    strange = go(target(lab, trust=Trust()))
    assert strange.outcome is Outcome.REFUSED
    assert "not trusted" in str(strange.error)
    assert strange.capture.entries == ()
    assert go(target(lab)).outcome is Outcome.COMPLETE
    other = go(target(lab, trust=Trust(pin="ab" * 32)))
    assert other.outcome is Outcome.REFUSED
    shown = str(other.error).partition("sha256:")[2][:64]
    assert go(target(lab, trust=Trust(pin=shown))).outcome is Outcome.COMPLETE


def test_a_missing_privilege_is_reported(vcsim: Lab) -> None:
    """The preflight says which right the account lacks on the root folder."""
    vcsim.control.wire(
        Edit(method="HasUserPrivilegeOnEntities", find="<isGranted>true", replace="<isGranted>false"),
    )
    assert [one.why for one in read(vcsim).unread] == ["not granted: System.View"]


@pytest.mark.parametrize(
    ("method", "touched"),
    [
        ("CurrentTime", set()),
        ("HasUserPrivilegeOnEntities", set()),
        ("CreateCollectorForEvents", set()),
        ("ReadNextEvents", set()),
        ("DestroyView", set()),
        ("Logout", set()),
    ],
)
def test_a_refused_extra_costs_only_itself(vcsim: Lab, method: str, touched: set[tuple[str, str]]) -> None:
    """Clock, privileges, events and goodbyes: a fault there leaves the items complete."""
    vcsim.control.faults(Fault(method=method, fault="NoPermission", user=READER, times=0))
    visited = go(target(vcsim))
    again = observed(visited.capture)
    assert visited.error is None
    assert incomplete(again) == touched
    assert len(items(again, VirtualMachine)) == 24


def test_without_a_clock_or_events_the_feed_is_not_covered(vcsim: Lab) -> None:
    """No feed coverage is the honest answer to events that were not read."""
    vcsim.control.faults(Fault(method="ReadNextEvents", fault="NoPermission", user=READER, times=0))
    assert read(vcsim).feed is None
    vcsim.control.faults(Fault(method="CurrentTime", fault="NoPermission", user=READER, times=0))
    again = read(vcsim)
    assert (again.feed, again.clock) == (None, None)


# what is not shown


@pytest.fixture
def broken(vcsim_factory: Callable[..., Lab]) -> Lab:
    """A simulator of its own: after ``config`` was unset it does not survive every call."""
    return vcsim_factory("-vms=4", "-hosts=2", "-clusters=1")


def test_a_machine_whose_files_are_gone_keeps_its_last_configuration(broken: Lab) -> None:
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


def test_a_disconnected_host_keeps_its_last_configuration(broken: Lab) -> None:
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
