"""What the rows of each table become, and the pitfalls of the field that are the readers' (network.md 8)."""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from driftline.collectors.network.shown import date_ms, mac, text
from driftline.graph.model.declare import Item, Ref
from driftline.graph.model.observed import ALL, Observation, Status
from driftline.graph.model.values import Value, as_datetime
from tests.collectors.network.samples import CISCO, HUAWEI, JUNIPER, UNKNOWN, chassis, port_list, ports, stack
from tests.collectors.network.samples import mac as address
from tests.collectors.network.walks import Said, seen

STACK = stack()


def of(found: Observation, kind: str) -> dict[str, Mapping[str, Value]]:
    """What is kept of items of a kind, by title."""
    return {str(getattr(one, one.title_field)): one.values() for one in found.items if one.kind == kind}


def named(found: Observation, kind: str, title: str) -> Any:  # noqa: ANN401 -- an item of that kind
    """One item."""
    return next(one for one in found.items if one.kind == kind and getattr(one, one.title_field) == title)


def vlans(found: Observation, port: str) -> tuple[object, object]:
    """Untagged and tagged VLANs of a port."""
    said = of(found, "Interface")[port]
    return said.get("untagged_vlan"), said.get("tagged_vlans")


def bridged(**said: Any) -> Said:  # noqa: ANN401 -- tables of any kind
    """A switch with bridge ports 1 and 2 for ports of other numbers."""
    return {**ports("e1", "e2", first=11), "dot1dBasePortTable": {(1,): {2: 11}, (2,): {2: 12}}, **said}


def test_a_port_says_all_that_two_tables_say() -> None:
    """One row of ifTable and ifXTable is one port under its ifName."""
    assert of(seen(STACK), "Interface")["Gi1/0/1"] == {
        "name": "Gi1/0/1", "description": "Port Gi1/0/1", "alias": "to the core", "type": "ethernetCsmacd",
        "mac": "00:1c:73:10:01:a0", "mtu_bytes": 1500, "admin_up": True, "oper_up": True,
        "speed_bps": 1_000_000_000, "has_connector": True,
    }  # fmt: skip


def test_a_port_without_a_name_goes_by_its_description() -> None:
    """Pitfall 8: old agents have no ifName; the description in normal form is the name then."""
    rows = {(1,): {2: b"  AMD  PCnet\x00Fast \x00", 7: 1, 8: 2}}

    assert list(of(seen({"ifTable": rows}), "Interface")) == ["AMD PCnet Fast"]


def test_names_of_ports_are_kept_as_the_device_writes_them() -> None:
    """Pitfall 8: what neighbours call them is brought to one form where links are made, and not here."""
    assert list(of(seen(ports("Gi1/0/1", "ge-0/0/0.0", "bridge1/ether2")), "Interface")) == [
        "Gi1/0/1", "ge-0/0/0.0", "bridge1/ether2",
    ]  # fmt: skip


def test_two_ports_of_one_name_are_hidden_and_not_gone() -> None:
    """ProCurve has lo0 twice: neither is taken for the other."""
    found = seen(ports("1", "lo0", "lo0"))

    assert list(of(found, "Interface")) == ["1"]
    hidden = [(part.item.values, part.fields) for part in found.withheld if part.item.kind == "Interface"]
    assert hidden == [(("lo0",), (ALL,))]
    assert {row.status for row in found.coverage if row.kind == "Interface"} == {Status.COMPLETE}


def test_values_are_never_carried_over_from_the_row_before() -> None:
    """Pitfall 6 (librenms #19163, #17873): every row is built from nothing, in whatever order rows come."""
    said: dict[str, Any] = stack()
    said["ifXTable"][2,] = {1: b"Gi1/0/2"}
    whole = sorted(map(repr, seen(said).items))

    @settings(max_examples=20, deadline=None)
    @given(chance=st.randoms(use_true_random=False))
    def in_any_order(chance: random.Random) -> None:
        mixed = {name: shuffled(rows, chance) for name, rows in said.items()}
        assert sorted(map(repr, seen(mixed).items)) == whole

    in_any_order()
    assert "alias" not in of(seen(said), "Interface")["Gi1/0/2"]


def shuffled(rows: Any, chance: random.Random) -> Any:  # noqa: ANN401 -- a table, or a single object
    """A table with its rows in another order."""
    return dict(chance.sample(list(rows.items()), len(rows))) if isinstance(rows, dict) else rows


def test_members_of_an_aggregate_by_every_table_that_says_so() -> None:
    """LACP, PAgP, and where neither is there the stacking of an interface of type 161; a port alone is in none."""
    lag = seen(STACK)
    assert named(lag, "Interface", "Gi2/0/1").aggregate.values == ("Po1",)
    assert named(lag, "Interface", "Gi1/0/1").aggregate.values == ("Po1",)
    assert named(lag, "Interface", "Gi1/0/2").aggregate is None
    assert named(lag, "Interface", "Po1").lacp_partner == "00:1c:73:10:02:00"

    pagp: dict[str, Any] = {**STACK, "dot3adAggPortTable": {}, "pagpEtherChannelTable": {(2,): {8: 4}}}
    assert named(seen(pagp), "Interface", "Gi1/0/2").aggregate.values == ("Po1",)


def test_an_interface_rides_on_those_below_it() -> None:
    """IfStackTable (higher, lower); zero is top and bottom, and members of an aggregate are told elsewhere."""
    found = seen(STACK)

    assert [ref.values for ref in named(found, "Interface", "Vl10").lower] == [("Gi1/0/2",)]
    assert named(found, "Interface", "Po1").lower == ()


def test_addresses_of_both_families_with_their_prefix() -> None:
    """ipAddressTable: the length of the prefix is the last number of its row pointer."""
    assert of(seen(STACK), "IpAddress") == {
        "10.0.10.1": {"address": "10.0.10.1", "prefix_length": 24, "origin": "manual"},
        "2001:db8::1": {"address": "2001:db8::1", "prefix_length": 64, "origin": "manual"},
    }


def test_addresses_of_old_agents_and_of_those_that_leave_out_lengths() -> None:
    """IpAddrTable has a mask; an index without length, and with a zone behind the address, is read all the same."""
    old = {(10, 0, 0, 1): {2: 1, 3: b"\xff\xff\xfe\x00"}, (127, 0, 0, 1): {2: 1}, (0, 0, 0, 0): {2: 1}}
    zoned = (4, 0xFE, 0x80, *[0] * 13, 1, 7)
    found = seen({**ports("e1"), "ipAddressTable": {}, "ipAddrTable": old})
    zte = seen({**ports("e1"), "ipAddressTable": {(1, 10, 0, 0, 1): {3: 1}, zoned: {3: 1}}})

    assert of(found, "IpAddress") == {"10.0.0.1": {"address": "10.0.0.1", "prefix_length": 23}}
    assert sorted(of(zte, "IpAddress")) == ["10.0.0.1", "fe80::1"]
    assert found.unread == zte.unread == []


def test_addresses_that_a_port_gives_itself_are_left_out() -> None:
    """They vanish with the carrier and come back with it: no one decides on them. A configured one is one."""
    link_local = (0xFE, 0x80, *[0] * 13)
    rows = {
        (2, 16, *link_local, 1): {3: 1, 4: 1, 6: 5, 7: 1},
        (2, 16, *link_local, 2): {3: 1, 4: 1, 6: 2, 7: 1},
    }

    assert list(of(seen({**ports("e1"), "ipAddressTable": rows}), "IpAddress")) == ["fe80::2"]


def test_an_address_on_a_port_that_is_not_there_is_not_understood() -> None:
    """It is said, and no address is taken for gone."""
    found = seen({**ports("e1"), "ipAddrTable": {(10, 0, 0, 1): {2: 1}, (10, 0, 0, 2): {2: 9}}})

    assert list(of(found, "IpAddress")) == ["10.0.0.1"]
    assert {row.status for row in found.coverage if row.kind == "IpAddress"} == {Status.PARTIAL}


def test_vlans_of_bridge_ports_not_of_interface_numbers() -> None:
    """A port list speaks of base ports: port 1 is ifIndex 11 here. What is sent untagged is not tagged."""
    static = {(10,): {1: b"users", 2: port_list(1, 2), 4: port_list(1)}, (20,): {1: b"", 2: port_list(1), 4: b"\x00"}}
    found = seen(bridged(dot1qVlanStaticTable=static, dot1qPortVlanTable={(1,): {1: 10}, (2,): {1: 1}}))

    assert of(found, "Vlan") == {"10": {"number": "10", "name": "users"}, "20": {"number": "20"}}
    assert (vlans(found, "e1"), vlans(found, "e2")) == ((10, "20"), (1, "10"))


def test_a_vlan_that_cannot_be_is_none() -> None:
    """Pitfall 16 (netdisco #1278, #1108): VLAN 0, 4095 and numbers of an agent's own are no VLANs."""
    static = {(vlan,): {1: b"x", 2: port_list(1), 4: b""} for vlan in (0, 4095, 100_000, 7)}
    found = seen(bridged(dot1qVlanStaticTable=static, dot1qPortVlanTable={(1,): {1: 0}}))

    assert list(of(found, "Vlan")) == ["7"]
    assert vlans(found, "e1") == (None, "7")


def test_the_time_mark_of_a_row_is_part_of_nothing() -> None:
    """Pitfall 3: it moves with every PDU on some agents; VLANs that are only current have it in their index."""
    once, again = (
        seen(bridged(dot1qVlanCurrentTable={(mark, 5): {3: 1, 4: port_list(2), 5: b""}})) for mark in (0, 4_711)
    )

    assert list(map(repr, once.items)) == list(map(repr, again.items))
    assert list(of(once, "Vlan")) == ["5"]


def test_junos_writes_lists_of_ports_as_text() -> None:
    """``4,6,22`` are the digits of port numbers there, and bits of a list everywhere else."""
    said = bridged(dot1qVlanStaticTable={(7,): {1: b"v", 2: b"1,2", 4: b"2"}}, dot1qPortVlanTable={})
    junos = seen({**said, "sysObjectID": JUNIPER, "sysDescr": b"Juniper Networks, Inc. ex4200"})

    assert (vlans(junos, "e1"), vlans(junos, "e2")) == ((None, "7"), (None, None))
    assert vlans(seen(said), "e1") == (None, None)


def test_trunks_and_access_ports_of_cisco() -> None:
    """A trunk has its native VLAN and the enabled ones; another port its access VLAN; voice VLANs stand in neither."""
    found = seen(STACK)

    assert vlans(found, "Po1") == (1, "10,20-21")
    assert vlans(found, "Gi1/0/2") == (10, None)
    assert list(of(found, "Vlan")) == ["1", "10"]


def test_what_a_part_is_and_what_is_none() -> None:
    """Parts that can be replaced, by place; sensors, and what has the serial of the chassis itself, are none."""
    said: dict[str, Any] = stack()
    said["entPhysicalTable"][1007,] = {5: 9, 7: b"main board", 11: b"FDO1111X111", 16: 1}
    said["entPhysicalTable"][1008,] = {5: 10, 7: b"Gi1/0/1", 11: b"", 16: 1}
    said["entPhysicalTable"][1009,] = {5: 10, 7: b"Gi1/0/2", 11: b"SFP1  ", 16: 1}

    assert list(of(seen(said), "Module")) == ["Switch 1 - PSU A", "Gi1/0/2"]
    assert of(seen(said), "Module")["Gi1/0/2"]["serial"] == "SFP1"


def test_junos_names_parts_by_product_and_describes_their_place() -> None:
    """``PWR-MX960-4100-AC-S`` stands four times in one chassis."""
    rows = {(n,): {2: f"PEM {n}".encode(), 5: 6, 7: b"PWR-MX960-4100-AC-S", 11: f"Q{n}".encode()} for n in (1, 2)}

    assert list(of(seen({"sysObjectID": JUNIPER, "entPhysicalTable": rows}), "Module")) == ["PEM 1", "PEM 2"]
    assert list(of(seen({"sysObjectID": CISCO, "entPhysicalTable": rows}), "Module")) == []


def test_only_configured_routes_are_items() -> None:
    """What a protocol or an interface brought is none; a route without a hop goes nowhere."""
    said = {**ports("e1"), "ipCidrRouteTable": {
        (10, 0, 0, 0, 255, 0, 0, 0, 0, 192, 0, 2, 1): {5: 1, 6: 4, 7: 3, 11: 5},
        (10, 9, 0, 0, 255, 255, 0, 0, 0, 192, 0, 2, 9): {5: 1, 6: 4, 7: 13, 11: 5},
        (10, 8, 0, 0, 255, 255, 0, 0, 0, 0, 0, 0, 0): {5: 0, 6: 2, 7: 3, 11: 0},
    }}  # fmt: skip

    assert of(seen(STACK), "StaticRoute") == {
        "0.0.0.0/0": {"prefix": "0.0.0.0/0", "next_hop": "10.0.10.254", "metric": 1}
    }
    assert of(seen(said), "StaticRoute") == {
        "10.0.0.0/8": {"prefix": "10.0.0.0/8", "next_hop": "192.0.2.1", "metric": 5},
        "10.8.0.0/16": {"prefix": "10.8.0.0/16", "next_hop": "none"},
    }


def test_routing_instances_and_neighbours() -> None:
    """VRFs by name, peers of BGP as configured things, neighbours of OSPF as state of the device."""
    found = seen(STACK)

    assert of(found, "Vrf") == {"customers": {"name": "customers"}}
    assert of(found, "BgpPeer")["192.0.2.1"] == {
        "address": "192.0.2.1", "remote_as": 65_001, "local_address": "192.0.2.2", "admin_up": True,
        "state": "established",
    }  # fmt: skip
    assert of(found, "NetworkDevice")["stack-1"]["ospf_neighbours"] == ("10.0.10.2 10.0.0.2 full",)


def test_a_name_of_a_routing_instance_in_the_index() -> None:
    """MPLS-L3VPN has the length before it, some agents leave it out."""
    rows = {(3, *b"mng"): {4: b"65000:1"}, tuple(b"blue"): {4: b""}}

    assert of(seen({"mplsL3VpnVrfTable": rows}), "Vrf") == {
        "blue": {"name": "blue"},
        "mng": {"name": "mng", "route_distinguisher": "65000:1"},
    }


def test_members_of_a_virtual_chassis_of_junos() -> None:
    """Numbered from zero; the serial of the stack is that of the lowest number, whoever is in charge."""
    table = {
        (0,): {2: b"BP0211111111", 3: 2, 4: address(1), 5: b"15.1", 8: b"ex4300-48t"},
        (1,): {2: b"BP0222222222", 3: 1, 4: address(2), 5: b"15.1", 8: b"ex4300-48t"},
    }
    found = seen({"sysObjectID": JUNIPER, "jnxVirtualChassisMemberTable": table, "jnxBoxSerialNo": b"BP0222222222"})

    assert sorted(of(found, "StackMember")) == ["0", "1"]
    assert found.items[0].values()["serial"] == "BP0211111111"
    assert found.items[0].values()["stack_master"] == "1"


def test_members_of_a_stack_of_huawei_find_their_chassis() -> None:
    """The stack table has no serials and ENTITY-MIB no numbers; both count the members in one order."""
    table = {(0,): {3: 1, 4: b"d494-e80d-e120", 5: b"S5720"}, (1,): {3: 2, 4: b"d494-e80d-e130", 5: b"S5720"}}
    rows = {(9,): chassis(b"2102350AAA", 1), (10,): chassis(b"2102350BBB", 2)}
    found = seen({"sysObjectID": HUAWEI, "hwStackMemberInfoTable": table, "entPhysicalTable": rows})

    assert {n: one["serial"] for n, one in of(found, "StackMember").items()} == {"0": "2102350AAA", "1": "2102350BBB"}


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (b"\x8c\x60\x4f\x19\x16\x7c", "8c:60:4f:19:16:7c"),
        (b"8c:60:4f:19:16:7c", "8c:60:4f:19:16:7c"),
        (b"0-2a-6a-fc-5b-bc", "00:2a:6a:fc:5b:bc"),
        (b"d494-e80d-e120", "d4:94:e8:0d:e1:20"),
        (b"\x00" * 6, None),
        (b"", None),
        (b"garbage", None),
    ],
)
def test_mac_addresses_however_they_are_written(written: bytes, meant: str | None) -> None:
    """NX-OS and VRP write them as text."""
    assert mac(written) == meant


def test_text_of_any_encoding() -> None:
    """UTF-8, else Latin-1; padding is none."""
    assert [text(b"caf\xc3\xa9"), text(b"caf\xe9 "), text(b"\x00 \x00"), text(5)] == ["café", "café", None, None]


def test_a_date_with_its_offset_from_utc() -> None:
    """DateAndTime of SNMPv2-TC, with and without the last three octets."""
    said = date_ms(bytes.fromhex("07e10c130f342b002b0800"))

    assert said is not None
    assert as_datetime(said).isoformat() == "2017-12-19T07:52:43+00:00"
    assert date_ms(bytes.fromhex("07e10d130f342b00")) is None


def test_a_fibre_channel_switch_has_ports() -> None:
    """Brocade counts from one in its index and from zero on its panel; a port under test is neither up nor down."""
    rows = {(1,): {2: 7, 4: 1, 5: 1, 34: bytes.fromhex("2000000533316d94"), 36: b"array A"}, (2,): {4: 3, 5: 2}}

    assert of(seen({"sysObjectID": (1, 3, 6, 1, 4, 1, 1588, 2, 1, 1, 1), "swFCPortTable": rows}), "FcPort") == {
        "0": {"number": "0", "name": "array A", "wwn": "2000000533316d94", "admin_up": True, "oper_up": True},
        "1": {"number": "1", "admin_up": False},
    }


def test_a_firewall_says_its_serial_and_its_cluster() -> None:
    """FortiOS: a unit that stands alone is in no cluster."""
    forti = {"sysObjectID": (1, 3, 6, 1, 4, 1, 12356, 101, 1, 1), "fnSysSerial": b"FGT3KD", "fgSysVersion": b"v5.4.5"}
    pair = {(1,): {2: b"FGT3KD"}, (2,): {2: b"FGT3KE"}}

    assert seen({**forti, "fgHaStatsTable": pair}).items[0].values()["ha_members"] == ("FGT3KD", "FGT3KE")
    assert "ha_members" not in seen({**forti, "fgHaStatsTable": {(1,): {2: b"FGT3KD"}}}).items[0].values()


def test_every_kind_and_field_is_said_by_something() -> None:
    """No dead fields: what no device of these tests or recordings fills must not be declared."""
    firewall = {"sysObjectID": (1, 3, 6, 1, 4, 1, 25461, 2, 3, 9), "panSysHAState": b"active"}
    cluster = {"sysObjectID": (1, 3, 6, 1, 4, 1, 12356, 1), "fgHaStatsTable": {(1,): {2: b"a"}, (2,): {2: b"b"}}}
    fibre = {
        "sysObjectID": (1, 3, 6, 1, 4, 1, 1588, 2, 1, 1, 1),
        "swFCPortTable": {(1,): {4: 1, 5: 1, 34: b"12345678", 36: b"x"}},
    }
    parts = {
        "entPhysicalTable": {(1,): {2: b"d", 5: 9, 7: b"n", 8: b"1", 9: b"2", 10: b"3", 11: b"S1", 12: b"m", 13: b"o"}}
    }
    vrf = {"mplsL3VpnVrfTable": {(1, *b"a"): {4: b"1:1"}}}
    items: list[Item] = [
        item
        for said in (STACK, firewall, cluster, fibre, {"sysObjectID": UNKNOWN, **parts, **vrf})
        for item in seen(said).items
    ]
    dead = {
        f"{kind.kind}.{field}"
        for kind in {type(item) for item in items}
        for field in (*(a.name for a in kind.attributes), *(r.name for r in kind.relations))
        if all(getattr(item, field) in (None, ()) for item in items if isinstance(item, kind))
    }

    assert dead == set()


def test_parts_are_named_inside_their_device() -> None:
    """Every part leads to the device by its strongest key."""
    device = Ref("NetworkDevice", "vendor_serial", ("cisco", "FDO1111X111"))

    assert {one.device for one in seen(STACK).items if hasattr(one, "device")} == {device}
