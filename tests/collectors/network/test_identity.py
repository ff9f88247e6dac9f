"""One device is one item, however it is reached, renamed, rebooted or stacked; and two are never one (network.md 6)."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from driftline.api.model import MODEL
from driftline.graph.model.declare import Ref
from driftline.graph.model.identity import base_mac, chassis_id
from driftline.graph.model.network import StackMember
from driftline.graph.model.observed import Observation, SourceIs
from driftline.graph.model.values import Key
from driftline.graph.resolve import Hit, resolve
from tests.api.visits import told
from tests.collectors.network.memory import NetworkMemory
from tests.collectors.network.samples import CISCO, UNKNOWN, chassis, mac, ports, stack
from tests.collectors.network.walks import Said, seen


class Aliases:
    """What identity knows of devices, without a store: keys and where they lead."""

    def __init__(self) -> None:
        self.hits: dict[str, Hit] = {}
        self.met: list[Key] = []

    def meet(self, found: Observation) -> None:
        """Bind what was observed, and remember its keys."""
        assert found.source
        bound = resolve(found.items, found.withheld, found.source.id, self, MODEL)
        self.met += [one.ci for one in bound.seen if one.kind == "NetworkDevice"]
        self.hits |= {one.text: Hit(one.ci, one.key, one.strength) for one in bound.aliases}
        assert bound.disputes == []

    def aliases(self, texts: Sequence[str]) -> Mapping[str, Hit]:
        """Where these keys lead."""
        return {text: self.hits[text] for text in texts if text in self.hits}

    def keys_of(self, ci: Key) -> Mapping[str, Hit]:
        """All keys of a CI."""
        return {text: hit for text, hit in self.hits.items() if hit.ci == ci}

    def existing(self, keys: Sequence[Key]) -> frozenset[Key]:
        """Which of these there are."""
        return frozenset(keys) & {hit.ci for hit in self.hits.values()}

    def ended(self, keys: Sequence[Key]) -> frozenset[Key]:
        """None ever ends."""
        del keys
        return frozenset()

    def alive(self, ci: Key, but: str) -> bool:
        """All live."""
        del ci, but
        return True


@pytest.fixture
def memory(tmp_path: Path) -> NetworkMemory:
    """An empty memory."""
    return NetworkMemory.at(tmp_path)


def switch(serial: bytes, number: int = 1, **more: Any) -> Said:  # noqa: ANN401 -- anything a device says
    """A switch of one chassis."""
    said = ports("Gi0/1", "Gi0/2", sysObjectID=CISCO, dot1dBaseBridgeAddress=mac(number))
    return {**said, "entPhysicalTable": {(1,): chassis(serial)}, **more}


def test_one_device_at_ten_addresses_is_one_item(memory: NetworkMemory) -> None:
    """Acceptance row 10: polled by k addresses, in any order, a device is one item and one source."""
    chance = random.Random(10)  # noqa: S311 -- an order, no secret
    for k in range(1, 11):
        targets = [f"10.0.0.{n}" for n in range(1, k + 1)]
        for target in chance.sample(targets, k):
            memory.visit(stack(), target)

    assert len(memory.live("NetworkDevice")) == 1
    assert len(memory.live("Interface")) == 5
    assert {sighting.source for sighting in memory.store.sightings(list(memory.live("Vlan"))).popitem()[1]} == {
        "net:cisco/FDO1111X111"
    }


def test_a_thousand_devices_of_one_name_are_a_thousand_items() -> None:
    """Acceptance row 10 (cacti #1676): a name is a hint and no key; so is an address that all of them have."""
    alike = {"sysName": b"cablemodem", "ipAddrTable": {(192, 168, 100, 1): {1: b"", 2: 1, 3: b"\xff\xff\xff\x00"}}}
    known = Aliases()
    for _ in range(2):
        for number in range(1_000):
            known.meet(seen({"dot1dBaseBridgeAddress": mac(number), "sysObjectID": UNKNOWN, **alike}))

    assert len({hit.ci for hit in known.hits.values() if hit.ci.startswith("NetworkDevice")}) == 1_000
    assert len(set(known.met)) == 1_000


def test_twins_with_one_engine_id_are_two_items(memory: NetworkMemory) -> None:
    """Acceptance row 10, pitfall 15: an engine id supports an identity and never makes one."""
    memory.visit(switch(b"FDO0000A001", 1, snmpEngineID=b"\x80\x00\x00\x09\x01"), "a")
    report = memory.visit(switch(b"FDO0000A002", 2, snmpEngineID=b"\x80\x00\x00\x09\x01"), "b")

    assert len(memory.live("NetworkDevice")) == 2
    assert report.disputes == 0


def test_a_stack_master_change_is_one_change_of_one_attribute(memory: NetworkMemory) -> None:
    """Acceptance row 10: the device is the stack; a new master is a change of it, and no device."""
    memory.visit(stack(master=1))
    report = memory.visit(stack(master=2))

    assert told(report) == [("stack-1", "stack_master", "set", '"1"', '"2"')]
    assert len(memory.live("NetworkDevice")) == 1
    assert len(memory.live("StackMember")) == 2


def test_a_reboot_that_renumbers_every_port_changes_nothing(memory: NetworkMemory) -> None:
    """Acceptance row 12, pitfall 13 (librenms #386, #3510, #7574): ifIndex never leaves one visit."""
    memory.visit(stack())
    report = memory.visit(renumbered(stack(), 100))

    assert told(report) == []


def test_swapped_interface_indexes_change_nothing(memory: NetworkMemory) -> None:
    """Pitfall 13 (librenms #16686): two ports that trade their numbers hit no unique key."""
    said: dict[str, Any] = dict(ports("Gi0/1", "Gi0/2"))
    swapped: dict[str, Any] = {name: {(1,): rows[2,], (2,): rows[1,]} for name, rows in said.items()}
    memory.visit(switch(b"FDO0000A001", **said))

    assert told(memory.visit(switch(b"FDO0000A001", **swapped))) == []


def test_the_second_chassis_of_a_stack_is_a_member_with_its_serial() -> None:
    """Pitfall 12 (netdisco #1292, orb-agent #498): a stack has as many serials as chassis."""
    members = [one for one in seen(stack()).items if one.kind == "StackMember"]

    assert [(one.values()["number"], one.values()["serial"]) for one in members] == [
        ("1", "FDO1111X111"),
        ("2", "FDO2222X222"),
    ]


def test_a_chassis_need_not_be_at_the_top() -> None:
    """Pitfall 12 (snmp-info #232): Comware puts every chassis of an IRF into another entity."""
    inside = {(5,): {5: 11, 4: 0}, (7,): chassis(b"210235A0AAAA", 1, 5), (9,): chassis(b"210235A0BBBB", 2, 5)}
    found = seen({"sysObjectID": (1, 3, 6, 1, 4, 1, 25506, 1, 578), "entPhysicalTable": inside}).items

    assert [one.values()["serial"] for one in found if one.kind == "StackMember"] == ["210235A0AAAA", "210235A0BBBB"]
    assert found[0].values()["serial"] == "210235A0AAAA"


def test_a_chassis_is_not_recreated_by_a_scan(memory: NetworkMemory) -> None:
    """Pitfall 12 (diode #561): entPhysicalIndex changes with every start, and members stay who they are."""
    memory.visit(stack())
    said = stack()
    said["entPhysicalTable"] = {(index[0] + 7,): row for index, row in said["entPhysicalTable"].items()}
    said["cswSwitchInfoTable"] = {(index[0] + 7,): row for index, row in said["cswSwitchInfoTable"].items()}

    assert told(memory.visit(said)) == []


def test_a_member_that_is_reserved_but_not_there_is_none() -> None:
    """A provisioned switch of a Cisco stack has a number and is no hardware."""
    said = stack()
    said["cswSwitchInfoTable"][3001,] = {1: 3, 3: 3, 6: 9}

    assert len([one for one in seen(said).items if one.kind == "StackMember"]) == 2


def test_equal_names_with_other_serials_never_merge(memory: NetworkMemory) -> None:
    """Pitfall 11: the same name on a device with another serial is another device."""
    memory.visit(switch(b"FDO0000A001", 1), "a")
    memory.visit(switch(b"FDO0000A002", 2), "a")

    assert len(memory.live("NetworkDevice")) == 2


@pytest.mark.parametrize("serial", [b"", b"0", b"N/A", b"None", b"\xff\xff\xff", b"xxxxxxx", b"To be filled by O.E.M."])
def test_a_placeholder_is_no_serial(serial: bytes) -> None:
    """Two devices that say nothing of their serial are told apart by their base MAC."""
    source = seen(switch(serial, 9)).source

    assert source is not None
    assert source.id == "net:00:1c:73:10:00:09"


@pytest.mark.parametrize(
    "shared", ["00005e000105", "00005e000201", "00000c07ac01", "00000c9ff001", "0007b4000101", "001c73000099"]
)
def test_an_address_that_moves_between_devices_is_no_key(shared: str) -> None:
    """VRRP, HSRP, GLBP and anycast gateways answer for many."""
    assert base_mac(shared) is None
    assert chassis_id(f"4:{shared}") is None


def test_chassis_ids_that_hold_inside_a_device_or_a_domain_are_no_keys() -> None:
    """Aliases, ports, interface names, addresses and short local texts; a MAC address in text is one."""
    text = b"8c:60:4f:19:16:7c".hex()

    assert [chassis_id(f"{subtype}:{b'eth0'.hex()}") for subtype in (2, 3, 6, 7)] == [None] * 4
    assert chassis_id("5:010a000001") is None
    assert chassis_id(f"7:{b'localhost'.hex()}") is None
    assert chassis_id(f"4:{text}") == "4:8c604f19167c"


def test_a_stub_becomes_the_device_that_is_polled(memory: NetworkMemory) -> None:
    """A neighbour that was only named is upgraded in place when it answers itself."""
    memory.visit(switch(b"FDO0000A001", 1))
    named = Ref("NetworkDevice", "chassis_id", ("4:001c73100100",))
    memory.take([SourceIs("links"), StackMember(vendor="cisco", serial="FDO2222X222", device=named)])
    assert len(memory.live("NetworkDevice")) == 2

    memory.visit(stack(), "b")
    assert len(memory.live("NetworkDevice")) == 2
    assert {one["name"] for one in memory.live("NetworkDevice").values()} == {"sw1", "stack-1"}


def test_net_snmp_says_nothing_of_the_hardware() -> None:
    """An object id of the agent makes no vendor (glpi-agent #900)."""
    found = seen({"sysObjectID": (1, 3, 6, 1, 4, 1, 8072, 3, 2, 10), "sysDescr": b"Linux leaf1 5.10"}).items[0]

    assert (found.values().get("vendor"), found.values()["platform"]) == (None, "linux")


def test_a_device_without_any_key_is_known_by_its_target() -> None:
    """Nothing of it is guessed to be the same as anything else."""
    source = seen({"sysObjectID": UNKNOWN}, target="ups-1").source

    assert source is not None
    assert source.id == "net:target/ups-1"


@pytest.mark.parametrize(
    "silent",
    [
        {"entPhysicalTable": {}, "cswSwitchInfoTable": {}},
        {"dot1dBaseBridgeAddress": b"", "lldpLocChassisId": b"", "lldpLocChassisIdSubtype": 0},
        {"entPhysicalTable": {}, "cswSwitchInfoTable": {}, "dot1dBaseBridgeAddress": b"", "lldpLocChassisId": b""},
        {"vtpVlanTable": {}},
        {"ipAddressTable": {}},
    ],
    ids=["no ENTITY-MIB", "no bridge and no LLDP", "none of them", "no VLANs", "no addresses"],
)
def test_a_part_of_an_agent_that_breaks_makes_no_other_device(memory: NetworkMemory, silent: Said) -> None:
    """A device that shows its strongest key only sometimes keeps its source, and has lost nothing meanwhile."""
    reports = [memory.visit(said) for said in (stack(), {**stack(), **silent}, {**stack(), **silent}, stack())]

    assert [told(report) for report in reports] == [[]] * 4
    assert {report.run.source for report in reports} == {"net:cisco/FDO1111X111"}
    assert {report.run.outcome.value for report in reports} == {"complete"}
    assert (len(memory.live("NetworkDevice")), len(memory.live("StackMember"))) == (1, 2)


def test_a_serial_that_is_shown_late_renames_no_source(memory: NetworkMemory) -> None:
    """A source is called after what was read first, wherever the device is read later."""
    bare = {**switch(b"FDO0000A001"), "entPhysicalTable": {}}
    reports = [memory.visit(said, target) for said, target in ((bare, "a"), (switch(b"FDO0000A001"), "b"), (bare, "c"))]

    assert {report.run.source for report in reports} == {"net:00:1c:73:10:00:01"}
    assert [one["serial"] for one in memory.live("NetworkDevice").values()] == ["FDO0000A001"]


def test_a_device_known_by_its_target_alone_keeps_its_item_when_it_shows_a_key(memory: NetworkMemory) -> None:
    """At two addresses it is two items, as nothing tells that it is one; a key that appears belongs to the first."""
    bare = ports("e0", "e1", sysObjectID=UNKNOWN)
    keyed = {**bare, "dot1dBaseBridgeAddress": mac(7)}
    assert [memory.visit(bare, target).run.source for target in ("a", "b")] == ["net:target/a", "net:target/b"]
    (first,) = (ci for ci in memory.live("NetworkDevice") if ci.endswith("target/a/a"))

    for said, target in ((keyed, "a"), (bare, "a"), (keyed, "a"), (keyed, "b")):
        report = memory.visit(said, target)
        assert (told(report), report.disputes, report.run.source) == ([], 0, "net:target/a")
    assert len(memory.live("NetworkDevice")) == 2
    assert memory.live("NetworkDevice")[first]["base_mac"] == "00:1c:73:10:00:07"


def test_another_device_at_the_same_target_is_another_one(memory: NetworkMemory) -> None:
    """A key that contradicts outweighs the target, and every weaker key."""
    memory.visit({**ports("e0"), "dot1dBaseBridgeAddress": mac(7)})
    swapped = memory.visit({**ports("e0"), "dot1dBaseBridgeAddress": mac(8)})
    back = memory.visit({**ports("e0"), "dot1dBaseBridgeAddress": mac(7)})

    assert (swapped.run.source, back.run.source) == ("net:00:1c:73:10:00:08", "net:00:1c:73:10:00:07")
    assert len(memory.live("NetworkDevice")) == 2


def test_a_serial_that_contradicts_is_a_dispute_and_no_kept_name(memory: NetworkMemory) -> None:
    """The bridge address of one device with the serial of another: a person decides, and nothing is merged."""
    memory.visit(switch(b"FDO0000A001", 1))
    report = memory.visit(switch(b"FDO0000A002", 1))

    assert (report.run.source, report.disputes) == ("net:cisco/FDO0000A002", 1)


@pytest.mark.parametrize("lost", ["entPhysicalTable", "cswSwitchInfoTable", "system"])
def test_who_perhaps_has_another_key_says_nothing(lost: str) -> None:
    """A serial that was not read must not rename the source to its base MAC."""
    left = seen(stack(), change=lambda name, body: None if name == lost else (200, body))

    assert left.source is None
    assert left.items == []
    assert left.unread != []


def renumbered(said: dict[str, Any], by: int) -> dict[str, Any]:
    """The same device with other ifIndexes."""

    def up(index: tuple[int, ...]) -> tuple[int, ...]:
        return tuple(part + by if part else 0 for part in index)

    by_port = ("ifTable", "ifXTable", "ifStackTable", "dot3adAggTable", "vmMembershipTable", "vlanTrunkPortTable")
    moved = {name: {up(index): row for index, row in said[name].items()} for name in by_port}
    lag = {up(index): {**row, 12: row[12] + by, 13: row[13] + by} for index, row in said["dot3adAggPortTable"].items()}
    pagp = {up(index): {8: row[8] + by} for index, row in said["pagpEtherChannelTable"].items()}
    own = {index: {**row, 3: row[3] + by} for index, row in said["ipAddressTable"].items()}
    routes = {index: {**row, 7: row[7] + by} for index, row in said["inetCidrRouteTable"].items()}
    return {
        **said, **moved, "dot3adAggPortTable": lag, "pagpEtherChannelTable": pagp, "ipAddressTable": own,
        "inetCidrRouteTable": routes,
    }  # fmt: skip
