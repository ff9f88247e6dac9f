"""What users change in a live simulator, and what the next visit says of it."""

from __future__ import annotations

import pytest

from driftline.collectors.vsphere import collector
from driftline.graph.model.compute import (
    PortGroup,
    VirtualMachine,
    VirtualNic,
    VirtualSwitch,
)
from driftline.graph.model.observed import Act, Observation
from tests.collectors.vsphere.reader import (
    go,
    item,
    items,
    observed,
    read,
    target,
    withheld,
)
from tests.lab.control import typed
from tests.lab.fixtures import Vcsim, VcsimFactory

pytestmark = [pytest.mark.vcsim, pytest.mark.usefixtures("honest")]


def machine(vcsim: Vcsim, name: str) -> VirtualMachine:
    """A machine as it is now."""
    return item(read(vcsim), VirtualMachine, name=name)


def test_a_late_identity_is_read_when_it_comes(vcsim: Vcsim, seen: Observation) -> None:
    """An instanceUuid that arrives late arrives on the same reference."""
    ref = items(seen, VirtualMachine, name="sql-0011")[0].moref
    vcsim.control.set("VirtualMachine", ref, "config.instanceUuid", "")
    assert machine(vcsim, "sql-0011").instance_uuid is None
    vcsim.control.set("VirtualMachine", ref, "config.instanceUuid", "12345678-1234-1234-1234-123456789abc")
    assert machine(vcsim, "sql-0011").instance_uuid == "12345678-1234-1234-1234-123456789abc"


def test_a_change_is_read_with_its_event_and_its_actor(vcsim: Vcsim) -> None:
    """Who changed a machine is told by the server's own log."""
    before = read(vcsim)
    with vcsim.estate("VSPHERE.LOCAL\\alice") as alice:
        alice.reconfigure("sql-0005", cpus=6)
    again = read(vcsim, before.feed.cursor if before.feed else "")
    one = item(again, VirtualMachine, name="sql-0005")
    assert one.cpu_count == 6
    told = [event for event in again.events if event.item.values == (one.moref,) and event.act is not Act.CREATED]
    assert [(event.actor, event.type, event.act, event.automatic) for event in told] == [
        ("VSPHERE.LOCAL\\alice", "VmReconfiguredEvent", Act.CHANGED, False)
    ]
    assert again.feed
    assert again.feed.gaps == ()
    assert before.feed
    assert again.feed.after_ms < before.feed.until_ms < again.feed.until_ms


def test_config_changes_name_paths_in_our_words(vcsim: Vcsim) -> None:
    """``configChanges`` give rank one: the path with old and new value, of the machine and of its disk."""
    with vcsim.estate("VSPHERE.LOCAL\\bob") as bob:
        bob.reconfigure("app-0007", memory_mb=12_288)
        event = bob.events("app-0007")[-1]
    vcsim.control.event(
        event.key,
        modified="config.hardware.memoryMB: 8192 -> 12288; config.hardware.device(2000).capacityInKB: 1024 -> 2048;",
    )
    again = read(vcsim)
    ref = item(again, VirtualMachine, name="app-0007").moref
    whole, disk = [one for one in again.events if one.id.partition("/")[0].endswith(f"-{event.key}")]
    assert whole.complete
    assert [(one.path, one.old, one.new) for one in whole.names] == [
        ("memory_mb", "8192", "12288"),
        ("virtual_disk/capacity_bytes", "1048576", "2097152"),
    ]
    assert (disk.item.kind, disk.item.values, disk.item.owner.values if disk.item.owner else None) == (
        "VirtualDisk", ("2000",), (ref,),
    )  # fmt: skip
    assert [(one.path, one.old, one.new) for one in disk.names] == [("capacity_bytes", "1048576", "2097152")]


def test_a_rename_is_one_change_of_one_field_with_typed_values(vcsim: Vcsim) -> None:
    """Old and new name stand in the event as fields."""
    before = machine(vcsim, "web-0006")
    with vcsim.estate("VSPHERE.LOCAL\\carol") as carol:
        carol.rename("web-0006", "db-renamed")
    again = read(vcsim)
    after = item(again, VirtualMachine, moref=before.moref)
    assert (after.name, after.instance_uuid) == ("db-renamed", before.instance_uuid)
    (event,) = [one for one in again.events if one.type == "VmRenamedEvent"]
    assert (event.typed, event.names[0].old, event.names[0].new) == (True, "web-0006", "db-renamed")


def test_a_removed_machine_is_gone_with_its_event(vcsim: Vcsim) -> None:
    """The removal raises the event that its absence needs (D3)."""
    ref = machine(vcsim, "app-0016").moref
    with vcsim.estate("VSPHERE.LOCAL\\dave") as dave:
        dave.destroy("app-0016")
    again = read(vcsim)
    assert items(again, VirtualMachine, moref=ref) == []
    assert [one.actor for one in again.events if one.act is Act.REMOVED and one.item.values == (ref,)] == [
        "VSPHERE.LOCAL\\dave"
    ]
    assert {"VmRemovedEvent"} <= collector.removal_events["VirtualMachine"]


def test_a_clone_with_the_same_bios_uuid_is_another_machine(vcsim: Vcsim) -> None:
    """Only instanceUuid tells them apart (netbox-sync #111)."""
    with vcsim.estate() as estate:
        estate.clone("app-0013", "app-clone")
    again = read(vcsim)
    origin, clone = item(again, VirtualMachine, name="app-0013"), item(again, VirtualMachine, name="app-clone")
    assert origin.bios_uuid == clone.bios_uuid
    assert origin.instance_uuid != clone.instance_uuid
    assert origin.moref != clone.moref


def test_a_machine_registered_again_comes_back_under_another_reference(vcsim: Vcsim) -> None:
    """A moref is a locator; the instanceUuid stays."""
    before = machine(vcsim, "sql-0020")
    with vcsim.estate() as estate:
        estate.register(estate.unregister("sql-0020"))
    after = machine(vcsim, "sql-0020")
    assert after.moref != before.moref
    assert after.instance_uuid == before.instance_uuid


def test_an_event_log_that_lost_our_place_says_so(vcsim: Vcsim) -> None:
    """The last event seen is no longer there: a gap from it on."""
    again = read(vcsim, cursor="1772344800000:3")
    assert again.feed
    (gap,) = again.feed.gaps
    assert gap.after_ms == 1772344800000
    assert gap.until_ms > gap.after_ms


def test_events_are_read_again_with_the_same_ids(vcsim: Vcsim) -> None:
    """The overlap makes no second event of one."""
    one, other = read(vcsim), read(vcsim)
    assert {event.id for event in one.events} <= {event.id for event in other.events}
    assert len({event.id for event in other.events}) == len(other.events)


def test_an_event_of_a_machine_account_is_automatic(vcsim: Vcsim) -> None:
    """Nobody acted; the human behind the chain, if any, is named."""
    with vcsim.estate("VSPHERE.LOCAL\\erin") as erin:
        erin.power("web-0003", on=False)
        event = erin.events("web-0003")[-1]
    vcsim.control.event(event.key, user="VSPHERE.LOCAL\\vpxd-extension-1234")
    (told,) = [one for one in read(vcsim).events if one.id.endswith(f"-{event.key}")]
    assert (told.automatic, told.actor) == (True, "")


def test_the_change_tag_is_carried(vcsim: Vcsim) -> None:
    """Where tooling sets a change number on an event, it is the strongest link there is."""
    with vcsim.estate() as estate:
        estate.reconfigure("web-0021", annotation="tagged")
        event = estate.events("web-0021")[-1]
    vcsim.control.event(event.key, change_tag="CHG0042")
    assert "CHG0042" in {one.tag for one in read(vcsim).events}


def test_two_vcenters_of_one_seed_have_equal_items_and_different_sources(vcsim_factory: VcsimFactory) -> None:
    """Copied machines have one identity in two sources; the sources stay apart (failure 1)."""
    small = ("-seed=9", "-vms=3", "-hosts=1", "-clusters=1")
    one, other = read(vcsim_factory(*small)), read(vcsim_factory(*small, "-uuid=12345678-1234-4234-8234-123456789abc"))
    assert one.source
    assert other.source
    assert one.source.id != other.source.id
    uuids = [{machine.instance_uuid for machine in items(seen, VirtualMachine)} for seen in (one, other)]
    assert uuids[0] == uuids[1]


def test_equal_references_of_two_vcenters_are_different_things(vcsim: Vcsim, vcsim_factory: VcsimFactory) -> None:
    """Other seeds give equal morefs with other identities (failure 10)."""
    other = read(vcsim_factory("-seed=77", "-vms=3", "-hosts=1", "-clusters=1"))
    mine = {one.moref: one.instance_uuid for one in items(read(vcsim), VirtualMachine)}
    theirs = {one.moref: one.instance_uuid for one in items(other, VirtualMachine)}
    assert not set(mine.values()) & set(theirs.values())


def test_two_addresses_of_one_vcenter_are_one_source(vcsim: Vcsim) -> None:
    """Linked mode shows one vCenter under several addresses (failure 12)."""
    to = target(vcsim)
    by_name = go(type(to)(to.name, to.address.replace("127.0.0.1", "localhost"), to.login, to.trust))
    source = observed(by_name.capture).source
    assert source
    assert source.id == vcsim.instance_uuid


def test_switches_name_the_cards_they_use(seen: Observation) -> None:
    """A distributed switch over its member hosts, a standard one over its own."""
    distributed = [one for one in items(seen, VirtualSwitch) if one.uuid]
    assert len(distributed) == 1
    assert len(distributed[0].uplinks) == 12
    assert all(len(one.uplinks) == 2 for one in items(seen, VirtualSwitch) if one.host)


def test_cards_are_plugged_into_port_groups_by_key(seen: Observation) -> None:
    """The key of a distributed port group holds inside its switch."""
    (switch,) = [one for one in items(seen, VirtualSwitch) if one.uuid]
    groups = {one.portgroup_key for one in items(seen, PortGroup) if one.portgroup_key}
    for card in items(seen, VirtualNic):
        assert card.port_group
        assert card.port_group.owner
        assert card.port_group.owner.values == (switch.uuid,)
        assert card.port_group.values[0] in groups


def test_a_value_of_another_type_does_not_count(vcsim: Vcsim, seen: Observation) -> None:
    """Unknown power state: its text is reported, the field withheld, nothing removed."""
    ref = items(seen, VirtualMachine, name="sql-0014")[0].moref
    vcsim.control.set("VirtualMachine", ref, "runtime.powerState", "hibernating")
    again = read(vcsim)
    assert withheld(again, "VirtualMachine", ref)["power"] == "not understood"
    assert any("hibernating" in one.why for one in again.unread)
    vcsim.control.set("VirtualMachine", ref, "runtime.powerState", "poweredOn")


def test_a_number_that_a_lab_can_type(vcsim: Vcsim, seen: Observation) -> None:
    """A property set to another value is read as that value."""
    ref = items(seen, VirtualMachine, name="sql-0017")[0].moref
    vcsim.control.set("VirtualMachine", ref, "config.hardware.numCPU", typed("int", 12))
    assert machine(vcsim, "sql-0017").cpu_count == 12
