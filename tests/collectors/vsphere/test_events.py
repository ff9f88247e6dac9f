"""Events in our words, from events as a vCenter sends them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from driftline.collectors.vsphere.event_types import ARGUMENTS, EVENT_TYPES, REMOVAL_EVENTS
from driftline.collectors.vsphere.events import is_machine, read_events
from driftline.collectors.vsphere.tables import properties, type_named
from driftline.graph.model.kinds import KINDS
from driftline.graph.model.observed import ALL, Act, Event

AT = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
VM = {"vm": {"name": "web", "vm": ("VirtualMachine", "vm-7")}}


def event(kind: str = "VmReconfiguredEvent", key: int = 10, user: str = "L\\alice", **said: Any) -> dict[str, Any]:  # noqa: ANN401 -- decoded values
    """A decoded event."""
    return {"_type": kind, "key": key, "chainId": key, "createdTime": AT, "userName": user, **VM, **said}


def changed(**texts: str) -> list[Event]:
    """A reconfiguration that says so much."""
    return list(read_events([event(configChanges={"_type": "ChangesInfoEventArgument", **texts})]))


@pytest.mark.parametrize("name", sorted(EVENT_TYPES))
def test_every_type_and_field_of_the_table_exists(name: str) -> None:
    """The table names events, arguments and typed fields that the API has."""
    cls = type_named(name)
    assert cls
    known = {row.name: row.type for row in properties(cls)}
    about = EVENT_TYPES[name].about
    assert ARGUMENTS.get(about, about) in {row.name for row in properties(known[about])}
    assert set((EVENT_TYPES[name].typed or ())[1:]) <= set(known)


def test_what_an_event_can_change_are_paths_of_ours() -> None:
    """No misspelt path: an event that can change nothing would be no candidate for anything."""
    kinds = {kind.kind: kind for kind in KINDS}
    paths = {a.name for kind in kinds.values() for a in kind.attributes}
    paths |= {relation.type.lower() for kind in kinds.values() for relation in kind.relations}
    parts = {"virtual_disk", "virtual_nic", "snapshot"}
    for known in EVENT_TYPES.values():
        for path in known.can_change:
            assert path == ALL or path in parts or path.rpartition("/")[2] in paths, path


def test_removals_that_raise_events_are_in_the_table() -> None:
    """A kind of which absence needs its event has one that we ask for."""
    for kind, names in REMOVAL_EVENTS.items():
        assert kind in {one.kind for one in KINDS}
        assert {EVENT_TYPES[name].act for name in names} == {Act.REMOVED}


def test_a_path_we_know_is_named_with_its_values() -> None:
    """``config.`` or not, old and new."""
    for prefix in ("config.", ""):
        (told,) = changed(modified=f"{prefix}hardware.numCPU: 2 -> 4;")
        assert [(one.path, one.old, one.new) for one in told.names] == [("cpu_count", "2", "4")]
        assert told.complete


def test_a_path_we_do_not_know_leaves_the_event_open() -> None:
    """It may be spelt otherwise than we think: the event stays a candidate for every path."""
    (told,) = changed(modified="config.hardware.numCPU: 2 -> 4; config.somethingNew: 1 -> 2;")
    assert not told.complete
    assert told.can_change == (ALL,)


def test_bookkeeping_of_the_server_does_not_leave_it_open() -> None:
    """changeVersion, modified, extraConfig: no field of ours shows them."""
    (told,) = changed(modified='config.changeVersion: "a" -> "b"; config.extraConfig("x").value: 1 -> 2;')
    assert (told.complete, told.names) == (True, ())


def test_cut_changes_keep_their_text_and_claim_nothing() -> None:
    """Servers may truncate."""
    (told,) = changed(modified='config.hardware.numCPU: 2 -> 4; config.annotation: "cut off h')
    assert (told.complete, told.names) == (False, ())
    assert "cut off h" in told.raw


@pytest.mark.parametrize(("section", "act"), [("added", Act.CREATED), ("deleted", Act.REMOVED)])
def test_a_disk_that_comes_or_goes_is_an_event_of_the_disk(section: str, act: Act) -> None:
    """What it is, its fields tell, not its label, which is in the reader's language."""
    whole, disk = changed(**{section: "config.hardware.device(2001): (key = 2001, capacityInKB = 1024);"})
    assert [one.path for one in whole.names] == ["virtual_disk"]
    assert (disk.act, disk.item.kind, disk.item.values) == (act, "VirtualDisk", ("2001",))
    assert disk.item.owner == whole.item
    assert whole.id != disk.id


def test_a_card_is_told_from_a_disk_by_its_fields() -> None:
    """``macAddress`` makes a network card."""
    _, card = changed(added='config.hardware.device(4001): (key = 4001, macAddress = "00:50:56:00:00:01");')
    assert (card.item.kind, card.act) == ("VirtualNic", Act.CREATED)


def test_events_without_an_item_of_ours_are_left_out() -> None:
    """A login, an unknown type, an argument that is missing."""
    rows = [event("UserLoginSessionEvent"), event("BadUsernameSessionEvent"), event(vm=None), event(vm={"name": "x"})]
    assert list(read_events(rows)) == []


@pytest.mark.parametrize(
    ("user", "machine"),
    [("", True), ("com.vmware.vcenter", True), ("VSPHERE.LOCAL\\vpxd-extension-0e3f", True), ("LAB\\alice", False)],
)
def test_accounts_of_the_system_are_machines(user: str, machine: bool) -> None:  # noqa: FBT001 -- a table
    """Nobody acted there."""
    assert is_machine(user) is machine


def test_a_chain_leads_from_the_machine_to_the_human() -> None:
    """Maintenance mode asked by a person moves machines by DRS."""
    rows = [
        event("EnteredMaintenanceModeEvent", 10, host={"host": ("HostSystem", "host-1")}),
        event("DrsVmMigratedEvent", 11, "", chainId=10),
    ]
    _, moved = read_events(rows)
    assert (moved.actor, moved.automatic, moved.act) == ("L\\alice", True, Act.MOVED)


def test_a_chain_without_a_human_is_the_system() -> None:
    """None found: nobody is named."""
    (moved,) = read_events([event("DrsVmMigratedEvent", 11, "")])
    assert (moved.actor, moved.automatic) == ("", True)


def test_typed_values_are_named() -> None:
    """A rename says both names as fields."""
    (told,) = read_events([event("VmRenamedEvent", oldName="a", newName="b")])
    assert [(one.path, one.old, one.new) for one in told.names] == [("name", "a", "b")]
    assert (told.typed, told.can_change) == (True, ("name",))


def test_the_id_of_an_event_outlives_a_wrap_of_its_key() -> None:
    """Keys begin again at 2,147,480,000: time and key together are the id."""
    later = {**event(), "createdTime": datetime(2027, 1, 1, tzinfo=UTC)}
    one, other = read_events([event(), later])
    assert one.id != other.id


@pytest.mark.parametrize(
    "texts",
    [
        {"modified": 'config.extraConfig("guestinfo.userdata").value: "pw: geheim" -> "pw; geheim: 2"; name: 1 -> 2;'},
        {"added": 'config.extraConfig("guestinfo.userdata"): (key = "guestinfo.userdata", value = "geheim");'},
        {"deleted": 'extraConfig["guestinfo.userdata"]: (value = "geheim"); config.annotation: "x";'},
        {"modified": 'config.extraConfig("guestinfo.userdata").value: "a" -> "b "c; geheim" d";'},
        {"modified": 'name: "a" -> "b"; config.extraConfig("guestinfo.userdata").value: <unset> -> "geheim, cut o'},
        {"modified": 'config.vAppConfig.property("pw").value: "a" -> "geheim"; config.extraConfig("k"): 1 -> 2;'},
        {"added": 'config.vAppConfig: (property = (key = 1, value = "geheim")); config.extraConfig("k"): 1;'},
        {"added": 'config: (name = "a", extraConfig = (key = "guestinfo.userdata", value = "geheim"));'},
    ],
)
def test_values_of_advanced_settings_are_kept_nowhere(texts: dict[str, str]) -> None:
    """First-boot passwords travel there: neither the text of an event nor a named path has them; the key may stay."""
    for told in changed(**texts):
        assert "geheim" not in repr(told)
        assert "extraConfig" in told.raw or "config: hidden" in told.raw


def test_the_key_and_the_rest_of_the_changes_stay() -> None:
    """Only the value goes."""
    text = 'config.hardware.numCPU: 2 -> 4; config.extraConfig("gi.a;b: c").value: "x" -> "geheim"; name: "a" -> "b";'
    (told,) = changed(modified=text)
    assert told.raw == (
        'changed: config.hardware.numCPU: 2 -> 4; config.extraConfig("gi.a;b: c").value: hidden -> hidden;'
        ' name: "a" -> "b";'
    )
    assert [(one.path, one.new) for one in told.names] == [("cpu_count", "4"), ("name", "b")]
