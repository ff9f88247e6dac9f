"""What is drawn from hand-written rows: states, pitfalls of other tools (network.md 7 and 8), parallel links, LAG."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from driftline.collectors.network.links import End, Resolver
from driftline.collectors.network.links.bundles import bundles
from driftline.graph.model.neighbours import ArpRow, Neighbour, PortRow
from driftline.graph.model.observed import Status
from tests.collectors.network.links.wires import (
    CDP,
    CONFIRMED,
    DEVICE_ONLY,
    ONE_SIDED,
    TO_STUB,
    cdp,
    chassis_of,
    device,
    drawn,
    lldp,
    mac_of,
    octets,
    row,
)

A, B, C, X = mac_of(1), mac_of(2), mac_of(3), mac_of(99)
PORTS = tuple(PortRow(f"Gi1/0/{n}") for n in range(1, 5))


# states


def test_a_link_that_both_ends_name_is_confirmed() -> None:
    """Both rows resolve to each other: a link, two witnesses."""
    found = Resolver.of(
        [device("a", *PORTS, mac=A), device("b", *PORTS, mac=B)],
        [row("a", "Gi1/0/1", lldp(B, "Gi1/0/2")), row("b", "Gi1/0/2", lldp(A, "Gi1/0/1"))],
    )

    assert drawn(found) == {("a.Gi1/0/1", "b.Gi1/0/2", CONFIRMED)}
    (link,) = found.picture.links.values()
    assert link.evidence == (
        "a|lldp|Gi1/0/1 (name; chassis; name)",
        "b|lldp|Gi1/0/2 (name; chassis; name)",
    )


@pytest.mark.parametrize(
    ("read", "status", "missing"),
    [(100, Status.COMPLETE, True), (100, Status.PARTIAL, False), (40, Status.COMPLETE, False)],
    ids=["read since, says nothing", "read partially", "read before"],
)
def test_a_silent_far_side_is_told_only_if_it_was_read_since(read: int, status: Status, missing: bool) -> None:  # noqa: FBT001 -- a case
    """One-sided, flagged; ``mirror_missing`` only if its complete table, read after ours, lacks us."""
    far = device("b", *PORTS, mac=B, read=read, status=status)
    found = Resolver.of([device("a", *PORTS, mac=A), far], [row("a", "Gi1/0/1", lldp(B, "Gi1/0/2"))])

    assert drawn(found) == {("a.Gi1/0/1", "b.Gi1/0/2", ONE_SIDED)}
    assert [link.unmirrored for link in found.picture.links.values()] == [missing]


def test_a_far_side_that_speaks_no_protocol_is_not_called_silent() -> None:
    """A far side without a neighbour table cannot lack us."""
    mute = device("b", *PORTS, mac=B, protocols=())
    found = Resolver.of([device("a", *PORTS, mac=A), mute], [row("a", "Gi1/0/1", lldp(B, "Gi1/0/2"))])

    assert [link.unmirrored for link in found.picture.links.values()] == [False]


def test_an_unpolled_neighbour_is_one_stub_by_whichever_protocol() -> None:
    """No hit: a stub keyed by chassis, the same from every port and by LLDP and CDP alike."""
    said = lldp(X, "Gi0/1", name="unknown1")
    by_cdp = cdp(X.replace(":", ""), "GigabitEthernet0/1")
    found = Resolver.of(
        [device("a", *PORTS, mac=A)],
        [
            row("a", "Gi1/0/1", said),
            row("a", "Gi1/0/1", by_cdp, protocol=CDP),
            row("a", "Gi1/0/2", said),
        ],
    )

    stub = f"?4:{chassis_of(X)}"
    assert drawn(found) == {(stub, "a.Gi1/0/1", TO_STUB), (stub, "a.Gi1/0/2", TO_STUB)}
    assert not found.picture.segments


def test_a_stub_becomes_the_device_once_it_is_read() -> None:
    """Stored rows are resolved again when a new device appears (pitfall 17, NAV #2106)."""
    found = Resolver.of([device("a", *PORTS, mac=A)], [row("a", "Gi1/0/1", lldp(B, "Gi1/0/2"))])

    found.after(device("b", *PORTS, mac=B, protocols=()), [])

    assert drawn(found) == {("a.Gi1/0/1", "b.Gi1/0/2", ONE_SIDED)}


def test_a_far_port_that_is_not_unique_is_not_invented() -> None:
    """Far device known, port not unique: a relation to the device."""
    twins = (PortRow("Gi1/0/1", mac=C), PortRow("Gi1/0/2", mac=C))
    said = Neighbour("4", chassis_of(B), "3", chassis_of(C))
    found = Resolver.of([device("a", *PORTS, mac=A), device("b", *twins, mac=B)], [row("a", "Gi1/0/1", said)])

    assert drawn(found) == {("a.Gi1/0/1", "b", DEVICE_ONLY)}


def test_strong_marks_of_two_devices_are_a_dispute() -> None:
    """Two strong hits on different devices: no link, a dispute."""
    found = Resolver.of(
        [device("a", *PORTS, mac=A), device("b", *PORTS, mac=B), device("c", *PORTS, mac=C, serials=("FOC1",))],
        [row("a", "Gi1/0/1", Neighbour("7", octets("c(FOC1)"), "5", octets("Gi1/0/1")))],
    )
    assert drawn(found) == {("a.Gi1/0/1", "c.Gi1/0/1", ONE_SIDED)}

    torn = replace(device("b", *PORTS), chassis=(f"7:{octets('c(FOC1)')}",))
    found.after(torn, [])

    assert drawn(found) == set()
    assert [d.others for d in found.picture.disputes.values()] == [(End("b"), End("c"))]


def test_a_far_port_that_names_another_device_is_a_dispute() -> None:
    """The far side's complete table names another device on that port: no link to us."""
    tables = [device("a", *PORTS, mac=A), device("b", *PORTS, mac=B), device("c", *PORTS, mac=C)]
    rows = [
        row("a", "Gi1/0/1", lldp(B, "Gi1/0/1")),
        row("b", "Gi1/0/1", lldp(C, "Gi1/0/1")),
        row("c", "Gi1/0/1", lldp(B, "Gi1/0/1")),
    ]
    found = Resolver.of(tables, rows)

    assert drawn(found) == {("b.Gi1/0/1", "c.Gi1/0/1", CONFIRMED)}
    assert list(found.picture.disputes) == [End("a", "Gi1/0/1")]


def test_a_recabled_port_is_believed_by_its_newer_word() -> None:
    """What we read of a port before the far side was recabled is outdated, no dispute."""
    tables = [device("a", *PORTS, mac=A), device("b", *PORTS, mac=B), device("c", *PORTS, mac=C)]
    rows = [
        row("a", "Gi1/0/1", lldp(B, "Gi1/0/1"), since=10, read=20),
        row("b", "Gi1/0/1", lldp(C, "Gi1/0/1"), since=50, read=50),
    ]
    found = Resolver.of(tables, rows)

    assert drawn(found) == {("b.Gi1/0/1", "c.Gi1/0/1", ONE_SIDED)}
    assert not found.picture.disputes


# row 9


def test_six_devices_on_a_shared_segment_have_no_link() -> None:
    """Shared management segment of 6 devices: 0 pairwise links, one segment."""
    macs = {f"s{n}": mac_of(n) for n in range(6)}
    tables = [device(name, PortRow("mgmt0"), mac=mac) for name, mac in macs.items()]
    rows = [row(name, "mgmt0", *(lldp(m, "mgmt0") for other, m in macs.items() if other != name)) for name in macs]
    found = Resolver.of(tables, rows)

    assert drawn(found) == set()
    (segment,) = found.picture.segments.values()
    assert segment.members == tuple(End(name, "mgmt0") for name in sorted(macs))


def test_four_parallel_links_are_four() -> None:
    """Parallel links to one switch are kept apart by their pair of ports (pitfall 9, netdisco #670)."""
    crossed = {"Gi1/0/1": "Gi1/0/3", "Gi1/0/2": "Gi1/0/4", "Gi1/0/3": "Gi1/0/1", "Gi1/0/4": "Gi1/0/2"}
    rows = [row("a", p, lldp(B, q)) for p, q in crossed.items()] + [row("b", q, lldp(A, p)) for p, q in crossed.items()]
    found = Resolver.of([device("a", *PORTS, mac=A), device("b", *PORTS, mac=B)], rows)

    assert drawn(found) == {(f"a.{p}", f"b.{q}", CONFIRMED) for p, q in crossed.items()}


def test_an_aggregate_of_four_is_four_links_and_one_relation() -> None:
    """Links of LAG members stay; the relation of the aggregates is separate."""
    members = tuple(replace(port, lag="Po1") for port in PORTS)
    rows = [row(one, p.name, lldp(mac, p.name)) for one, mac in (("a", B), ("b", A)) for p in PORTS]
    found = Resolver.of([device("a", *members, mac=A), device("b", *members, mac=B)], rows)

    (bundle,) = bundles(found.picture.links.values(), found.tables).values()
    assert len(drawn(found)) == 4
    assert bundle.ends == (End("a", "Po1"), End("b", "Po1"))
    assert len(bundle.members) == 4


# pitfalls of section 8


def test_an_id_is_read_by_its_subtype() -> None:
    """Pitfall 5 (librenms #12901, NAV #840): "local" is the peer's ifIndex, base port, LLDP number, or a name."""
    ports = (
        PortRow("ge-0/0/0", if_index=516, lldp_number=9),
        PortRow("ge-0/0/1", if_index=517, base_port=31),
        PortRow("516", if_index=600, alias="uplink"),
    )
    cases = {
        ("7", "516"): "ge-0/0/0",
        ("7", "31"): "ge-0/0/1",
        ("7", "9"): "ge-0/0/0",
        ("7", "ge-0/0/1.0"): "ge-0/0/1",
        ("5", "516"): "516",
        ("1", "uplink"): "516",
    }
    for (subtype, port_id), port in cases.items():
        found = Resolver.of(
            [device("a", *PORTS, mac=A), device("b", *ports, mac=B, platform="juniper")],
            [row("a", "Gi1/0/1", lldp(B, port_id, subtype=subtype))],
        )
        assert drawn(found) == {("a.Gi1/0/1", f"b.{port}", ONE_SIDED)}, (subtype, port_id)


def test_what_the_far_side_announces_of_itself_comes_first() -> None:
    """The peer's own lldpLocPortTable, subtype and bytes, decides before any comparison of names."""
    ports = (PortRow("1", announced=(f"7:{octets('2')}",)), PortRow("2", if_index=2))
    found = Resolver.of(
        [device("a", *PORTS, mac=A), device("b", *ports, mac=B)], [row("a", "Gi1/0/1", lldp(B, "2", subtype="7"))]
    )

    assert drawn(found) == {("a.Gi1/0/1", "b.1", ONE_SIDED)}


def test_several_ports_with_one_mac_are_told_apart_by_description_or_mirror() -> None:
    """MAC shared by several ports: the port description decides, else the row of the far side does."""
    twins = (PortRow("Gi1/0/1", mac=C), PortRow("Gi1/0/2", mac=C))
    described = Neighbour("4", chassis_of(B), "3", chassis_of(C), "GigabitEthernet1/0/2")
    bare = replace(described, port_descr="")
    tables = [device("a", *PORTS, mac=A), device("b", *twins, mac=B)]
    mirror = row("b", "Gi1/0/2", lldp(A, "Gi1/0/1"))

    assert drawn(Resolver.of(tables, [row("a", "Gi1/0/1", described)])) == {("a.Gi1/0/1", "b.Gi1/0/2", ONE_SIDED)}
    assert drawn(Resolver.of(tables, [row("a", "Gi1/0/1", bare), mirror])) == {("a.Gi1/0/1", "b.Gi1/0/2", CONFIRMED)}


def test_an_announcement_without_a_name_takes_nothing_from_the_one_before() -> None:
    """Pitfall 6 (librenms #19163): rows are built from scratch, so their order means nothing."""
    rows = [
        row("a", "Gi1/0/1", lldp(X, "1", name="b")),
        row("a", "Gi1/0/2", Neighbour("4", chassis_of(mac_of(98)), "5", octets("2"))),
        row("a", "Gi1/0/3", lldp(B, "Gi1/0/3", name="b")),
    ]
    pictures = [
        Resolver.of([device("a", *PORTS, mac=A), device("b", *PORTS, mac=B)], list(order)).picture
        for order in permutations(rows)
    ]

    assert all(picture == pictures[0] for picture in pictures)
    stubs = {end.stub for link in pictures[0].links for end in link if end.stub}
    assert stubs == {f"4:{chassis_of(X)}", f"4:{chassis_of(mac_of(98))}"}


def test_a_neighbour_without_address_is_found_by_any_of_its_macs() -> None:
    """Pitfall 7 (netdisco #575, snmp-info #340): the chassis MAC may be that of any port."""
    ports = (PortRow("Te1/1", mac=X), PortRow("Te1/2"))
    found = Resolver.of(
        [device("a", *PORTS, mac=A), device("b", *ports)],
        [row("a", "Gi1/0/1", Neighbour("4", chassis_of(X), "5", octets("TenGigabitEthernet1/2")))],
    )

    assert drawn(found) == {("a.Gi1/0/1", "b.Te1/2", ONE_SIDED)}


def test_cdp_and_lldp_naming_one_port_differently_are_one_neighbour() -> None:
    """Pitfall 8 and 7.5 (netdisco #380): several protocols on one port naming one far device are one neighbour."""
    found = Resolver.of(
        [device("a", *PORTS, mac=A), device("b", *PORTS, mac=B)],
        [
            row("a", "Gi1/0/1", lldp(B, "Gi1/0/2")),
            row("a", "Gi1/0/1", cdp("b.example.net", "GigabitEthernet1/0/2"), protocol=CDP),
        ],
    )

    assert drawn(found) == {("a.Gi1/0/1", "b.Gi1/0/2", ONE_SIDED)}
    assert not found.picture.segments


def test_one_neighbour_in_two_forms_of_id_is_one() -> None:
    """As a ProCurve shows a Nexus: by LLDP, by CDP, and what it heard by CDP among LLDP again."""
    by_mac = replace(lldp(X, "Eth1/19", name="core-5548"), addresses=("10.40.1.19",))
    again = Neighbour("7", octets("core-5548(SSI183706KP)"), "7", octets("Ethernet1/19"))
    rows = [
        row("a", "Gi1/0/1", by_mac, again),
        row("a", "Gi1/0/1", cdp("core-5548(SSI183706KP)", "Ethernet1/19"), protocol=CDP),
    ]
    found = Resolver.of([device("a", *PORTS, mac=A)], rows)

    assert drawn(found) == {(f"?4:{chassis_of(X)}", "a.Gi1/0/1", TO_STUB)}


def test_two_of_one_name_are_two() -> None:
    """Equal names are no reason to take two chassis ids of one form for one device."""
    twins = [row("a", "Gi1/0/1", lldp(X, "1", name="ap"), lldp(mac_of(98), "1", name="ap"))]
    found = Resolver.of([device("a", *PORTS, mac=A)], twins)

    assert drawn(found) == set()
    assert len(found.picture.segments) == 1


def test_a_phone_and_a_computer_behind_it_are_a_segment() -> None:
    """Pitfall 10 (netdisco #1389, lldpd #502): several neighbours on one port are no cable."""
    found = Resolver.of(
        [device("a", *PORTS, mac=A)],
        [row("a", "Gi1/0/1", lldp(X, "1", name="phone"), lldp(mac_of(98), "eth0", name="computer"))],
    )

    assert drawn(found) == set()
    (segment,) = found.picture.segments.values()
    assert len(segment.members) == 3


def test_a_name_never_outweighs_another_chassis_id() -> None:
    """Names are hints: a device of that name that announces another chassis id is another one."""
    found = Resolver.of(
        [device("a", *PORTS, mac=A), device("switch", *PORTS, mac=B)],
        [row("a", "Gi1/0/1", lldp(X, "Gi1/0/1", name="switch"))],
    )

    assert drawn(found) == {(f"?4:{chassis_of(X)}", "a.Gi1/0/1", TO_STUB)}


def test_a_name_in_another_domain_is_another_name() -> None:
    """A first label alone joins nothing where both sides have a domain."""
    said = Neighbour("7", octets("b.north.example"), "5", octets("Gi1/0/1"))
    tables = [device("a", *PORTS, mac=A), device("b.south.example", *PORTS)]
    found = Resolver.of(tables, [row("a", "Gi1/0/1", said)])
    assert drawn(found) == {(f"?7:{octets('b.north.example')}", "a.Gi1/0/1", TO_STUB)}

    found.after(device("b", *PORTS), [])

    assert drawn(found) == {("a.Gi1/0/1", "b.Gi1/0/1", ONE_SIDED)}


def test_an_address_of_a_router_group_names_nobody() -> None:
    """VRRP, HSRP and GLBP addresses are shared, so they are never a mark."""
    shared = "00:00:5e:00:01:0a"
    found = Resolver.of(
        [device("a", *PORTS, mac=A), device("b", PortRow("Gi1/0/1", mac=shared))],
        [row("a", "Gi1/0/1", Neighbour("4", chassis_of(shared), "5", octets("Gi1/0/1")))],
    )

    assert {link[2] for link in drawn(found)} == {TO_STUB}


def test_a_cable_from_a_device_to_itself_is_a_link() -> None:
    """As seen in a recorded network: one device, two ports."""
    rows = [row("a", "Gi1/0/3", lldp(A, "Gi1/0/4")), row("a", "Gi1/0/4", lldp(A, "Gi1/0/3"))]

    assert drawn(Resolver.of([device("a", *PORTS, mac=A)], rows)) == {("a.Gi1/0/3", "a.Gi1/0/4", CONFIRMED)}


# ARP


def routed(name: str, mac: str, address: str, *arp: ArpRow) -> tuple[PortRow, ...]:
    """Ports of a router with one address."""
    del name, arp
    return (PortRow("Gi1/0/1", mac=mac, addresses=(address,)), PortRow("Vlan1", mac=mac, physical=False))


@pytest.mark.parametrize(("length", "links"), [(30, 1), (31, 1), (29, 0), (24, 0)])
def test_arp_infers_links_only_on_subnets_of_two(length: int, links: int) -> None:
    """On /30, /31 and /127 ARP on both ends may create a link where no protocol speaks; on larger ones never."""
    a = device("a", *routed("a", A, f"10.0.0.0/{length}"))
    b = device("b", *routed("b", B, f"10.0.0.1/{length}"))
    a = replace(a, arp=(ArpRow("Gi1/0/1", "10.0.0.1", B),))
    b = replace(b, arp=(ArpRow("Gi1/0/1", "10.0.0.0", A),))
    found = Resolver.of([a, b], [])

    assert len(drawn(found)) == links
    assert len(drawn(Resolver.of([a, replace(b, arp=())], []))) == 0, "without the mirror nothing is inferred"


def test_arp_infers_nothing_where_a_protocol_speaks() -> None:
    """An inferred link never stands beside what LLDP says."""
    a = replace(device("a", *routed("a", A, "10.0.0.0/31"), mac=A), arp=(ArpRow("Gi1/0/1", "10.0.0.1", B),))
    b = replace(device("b", *routed("b", B, "10.0.0.1/31"), mac=B), arp=(ArpRow("Gi1/0/1", "10.0.0.0", A),))
    found = Resolver.of([a, b], [row("a", "Gi1/0/1", lldp(X, "1"))])

    assert {link[2] for link in drawn(found)} == {TO_STUB}
