"""What a visit says of neighbours, from its raw answers (network.md 5.3 and pitfalls 1 to 4, 16)."""

from __future__ import annotations

from typing import Any

import pytest

from driftline.collectors.network.links.rows import rows_of
from driftline.collectors.told import ARP, PORTS, STATIONS, Told
from driftline.graph.model.neighbours import ArpRow, Protocol, Station
from driftline.graph.model.observed import Status
from tests.collectors.network.samples import mac, ports
from tests.collectors.network.walks import Change, device

SPEAKS = {"lldpLocChassisIdSubtype": 4, "lldpLocChassisId": mac(0x100), "lldpLocSysName": b"sw1"}
LOCAL = {(7,): {2: 5, 3: b"Gi1/0/1", 4: b""}, (1,): {2: 5, 3: b"Gi1/0/2", 4: b""}}


def neighbour(chassis: int = 0x200, port: bytes = b"Gi0/9", name: bytes = b"core") -> dict[int, Any]:
    """A row of lldpRemTable."""
    return {4: 4, 5: mac(chassis), 6: 5, 7: port, 8: b"", 9: name, 10: b"", 11: b"\x28", 12: b"\x28"}


def told(change: Change | None = None, **said: Any) -> Told:  # noqa: ANN401 -- rows of any table
    """What a switch of two ports says."""
    both = {**ports("Gi1/0/1", "Gi1/0/2"), **SPEAKS, "lldpLocPortTable": LOCAL}
    found = rows_of(device({**both, **said}, change=change))
    assert found
    return found


def heard(found: Told) -> dict[tuple[str, str | None], list[str]]:
    """Names of neighbours by protocol and port."""
    return {(row.protocol.value, row.port): sorted(n.name for n in row.heard) for row in found.rows}


def test_a_local_port_number_leads_over_the_table_of_local_ports() -> None:
    """Pitfall 1: number 1 is not the port with ifIndex 1."""
    found = told(lldpRemTable={(0, 1, 3): neighbour()})

    (row,) = found.rows
    assert (row.port, row.method) == ("Gi1/0/2", "own id")
    assert row.heard[0].capabilities == ("bridge", "router")


def test_an_index_is_read_from_its_end() -> None:
    """Pitfall 2 (TP-Link, scanopy #668): an index with two numbers instead of three."""
    assert heard(told(lldpRemTable={(7, 3): neighbour()})) == {("lldp", "Gi1/0/1"): ["core"]}


def test_rows_that_nobody_understands_are_no_empty_table() -> None:
    """Pitfall 2: rows > 0 and parsed = 0 is failed, never "gone"."""
    found = told(lldpRemTable={(7,): neighbour()})

    assert found.rows == ()
    assert Protocol.LLDP.value not in found.whole
    assert [one.status for one in found.table.heard] == [Status.PARTIAL]


def test_a_time_mark_is_never_part_of_a_key() -> None:
    """Pitfall 3 (sonic-snmpagent #153, snmp-info #262): the same neighbour twice is one, the newest row wins."""
    found = told(
        lldpRemTable={(90, 7, 3): neighbour(name=b"new"), (5, 7, 3): neighbour(name=b"old")},
        lldpRemManAddrTable={(17, 7, 3, 1, 4, 10, 0, 0, 9): {3: 2, 4: 1}},
    )

    assert heard(found) == {("lldp", "Gi1/0/1"): ["new"]}
    assert found.rows[0].heard[0].addresses == ("10.0.0.9",)


def test_tables_are_joined_by_local_port_where_the_entries_differ() -> None:
    """Pitfall 4 (snmp-info #569, FortiSwitch): remIndex differs between tables."""
    addresses = {(0, 7, 44, 1, 4, 10, 0, 0, 9): {3: 2, 4: 1}, (0, 1, 2, 1, 4, 10, 0, 0, 1): {3: 2, 4: 1}}
    two = {(0, 1, 2): neighbour(0x300, name=b"x"), (0, 1, 3): neighbour(0x400, name=b"y")}
    found = told(lldpRemTable={(0, 7, 3): neighbour()} | two, lldpRemManAddrTable=addresses)

    by_name = {n.name: n.addresses for row in found.rows for n in row.heard}
    assert by_name == {"core": ("10.0.0.9",), "x": ("10.0.0.1",), "y": ()}


def test_lldp_v2_and_cdp_speak_of_ifindexes() -> None:
    """LLDP-V2: (TimeMark, ifIndex, destination, RemIndex); CDP: (ifIndex, device)."""
    v2 = {(0, 2, 1, 1): {5: 4, 6: mac(0x200), 7: 5, 8: b"eth1", 9: b"", 10: b"fw"}}
    cdp = {(1, 5): {4: b"\x0a\x00\x00\x02", 6: b"core(FOC1)", 7: b"Ethernet1/3", 9: b"\x00\x00\x00\x29", 17: b"core"}}
    found = told(lldpV2RemTable=v2, cdpCacheTable=cdp, cdpGlobalDeviceId=b"sw1(FOC9)")

    assert heard(found) == {("lldp", "Gi1/0/2"): ["fw"], ("cdp", "Gi1/0/1"): ["core"]}
    assert found.table.names == ("sw1", "sw1(FOC9)")
    assert {"lldp", "cdp"} <= found.whole


def test_a_complete_empty_table_counts_only_while_the_device_speaks_the_protocol() -> None:
    """A restarting agent without its LLDP part shows an empty table; its neighbours have not gone."""
    awake, asleep = told(), rows_of(device(ports("Gi1/0/1")))

    assert "lldp" in awake.whole
    assert asleep is not None
    assert "lldp" not in asleep.whole
    assert asleep.table.heard == ()


@pytest.mark.parametrize("table", ["lldpRemTable", "lldpLocPortTable", "ifTable", "ifXTable"])
def test_a_neighbour_table_is_whole_only_with_the_tables_that_name_its_ports(table: str) -> None:
    """Cut any of them, and what was heard before stays."""
    whole = told(lldpRemTable={(0, 7, 3): neighbour()})
    cut = told(lambda name, body: (0, b"") if name == table else (200, body), lldpRemTable={(0, 7, 3): neighbour()})

    assert "lldp" in whole.whole
    assert "lldp" not in cut.whole
    assert (PORTS in cut.whole) is (not table.startswith("if"))


def test_a_port_carries_everything_by_which_a_neighbour_may_name_it() -> None:
    """Alias, MAC, ifIndex, base port, LLDP number and id, entity alias, addresses, aggregate."""
    found = told(
        dot1dBasePortTable={(31,): {2: 1}},
        entPhysicalTable={(5,): {2: b"port", 5: 10, 7: b"Slot 1 Port 1", 14: b"uplink"}},
        entAliasMappingTable={(5, 0): {2: (1, 3, 6, 1, 2, 1, 2, 2, 1, 1, 1)}},
        ipAddressTable={(1, 4, 10, 0, 0, 2): {3: 1, 4: 1, 5: (*[1] * 12, 31), 6: 2, 7: 1}},
    )

    port = found.table.ports[0]
    assert (port.name, port.if_index, port.base_port, port.lldp_number) == ("Gi1/0/1", 1, 31, 7)
    assert port.announced == (f"5:{b'Gi1/0/1'.hex()}",)
    assert port.components == ("uplink", "Slot 1 Port 1")
    assert port.addresses == ("10.0.0.2/31",)
    assert port.physical


def test_arp_is_kept_where_a_port_joins_two() -> None:
    """Entries on /31 are kept; on a /24, of one's own, and invalid ones are not."""
    entry = {4: mac(0x200), 6: 3, 7: 1}
    found = told(
        ipAddressTable={
            (1, 4, 10, 0, 0, 2): {3: 1, 4: 1, 5: (*[1] * 12, 31), 6: 2, 7: 1},
            (1, 4, 10, 9, 0, 1): {3: 2, 4: 1, 5: (*[1] * 12, 24), 6: 2, 7: 1},
        },
        ipNetToPhysicalTable={
            (1, 1, 4, 10, 0, 0, 3): entry,
            (2, 1, 4, 10, 9, 0, 7): entry,
            (1, 1, 4, 10, 0, 0, 2): entry | {6: 2},
        },
    )

    assert found.table.arp == (ArpRow("Gi1/0/1", "10.0.0.3", "00:1c:73:10:02:00"),)
    assert ARP in found.whole


def test_a_forwarding_table_speaks_of_filtering_databases_and_bridge_ports() -> None:
    """Pitfall 16: the first part of the index is the FDB id; ports are base ports; own addresses are none."""
    octets = tuple(mac(0x321))
    found = told(
        dot1dBasePortTable={(31,): {2: 1}},
        dot1qVlanCurrentTable={(0, 20): {3: 4, 4: b"", 5: b""}},
        dot1qVlanStaticTable={(20,): {1: b"users", 2: b"", 4: b""}},
        dot1qTpFdbTable={
            (4, *octets): {2: 31, 3: 3},
            (0, *octets): {2: 31, 3: 3},
            (4, *tuple(mac(0x322))): {2: 31, 3: 4},
            (4, *tuple(mac(0x323))): {2: 0, 3: 3},
        },
    )

    seen = "00:1c:73:10:03:21"
    assert found.table.stations == (Station("Gi1/0/1", seen, 0, "VLAN 0"), Station("Gi1/0/1", seen, 20))
    assert STATIONS in found.whole
