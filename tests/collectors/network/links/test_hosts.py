"""On which port a host stands (network.md 7.7)."""

from __future__ import annotations

from dataclasses import replace

from driftline.collectors.network.links import Resolver
from driftline.collectors.network.links.hosts import Learned
from driftline.graph.model.neighbours import PortRow, PortTable, Station
from tests.collectors.network.links.wires import device, lldp, mac_of, row

A, B, HOST = mac_of(1), mac_of(2), mac_of(50)
PORTS = (PortRow("1"), PortRow("2"), PortRow("9", lag="Po1"), PortRow("Po1", physical=False))


def switch(name: str, mac: str, learned: dict[str, list[int]], **more: tuple[str, ...]) -> PortTable:
    """A switch with what it learned, by port."""
    stations = tuple(Station(port, mac_of(n), 10) for port, numbers in learned.items() for n in numbers)
    return replace(device(name, *PORTS, mac=mac, **more), stations=stations)  # type: ignore[arg-type]  # only mlag


def stand(resolver: Resolver) -> tuple[tuple[str, str], ...]:
    """Ports of the host."""
    learned = Learned()
    for table in resolver.tables.values():
        learned.learn(table)
    found = learned.stands([HOST], resolver.leads_on).get(HOST)
    return found.ports if found else ()


def test_a_host_stands_on_the_port_without_a_switch_behind_it() -> None:
    """The port with no infrastructure neighbour, though it learned more addresses."""
    tables = [switch("a", A, {"1": [50, 51, 52]}), switch("b", B, {"2": [50]})]
    rows = [row("b", "2", lldp(A, "2")), row("a", "2", lldp(B, "2"))]

    assert stand(Resolver.of(tables, rows)) == (("a", "1"),)


def test_behind_an_aggregate_whose_member_hears_a_switch_is_no_host() -> None:
    """The forwarding table speaks of the aggregate, LLDP of its members."""
    tables = [switch("a", A, {"1": [50, 51]}), switch("b", B, {"Po1": [50]})]

    assert stand(Resolver.of(tables, [row("b", "9", lldp(A, "2"))])) == (("a", "1"),)


def test_of_several_ports_the_one_with_the_fewest_addresses() -> None:
    """Fewest MACs; a tie is left open."""
    few, many = {"1": [50, 51]}, {"1": [50, 51, 52]}

    assert stand(Resolver.of([switch("a", A, many), switch("b", B, few)], [])) == (("b", "1"),)
    assert stand(Resolver.of([switch("a", A, few), switch("b", B, few)], [])) == ()


def test_two_ports_only_of_one_multi_chassis_pair() -> None:
    """Two ports only if both belong to one MLAG pair (one MAC on two vPC switches, snmp-info #314)."""
    learned = {"Po1": [50]}
    pair = [switch("a", A, learned, mlag=("02:aa",)), switch("b", B, learned, mlag=("02:aa",))]

    assert stand(Resolver.of(pair, [])) == (("a", "Po1"), ("b", "Po1"))


def test_a_learned_address_never_joins_two_switches() -> None:
    """FDB alone never creates a switch-to-switch link."""
    a, b = device("a", *PORTS, mac=A), device("b", *PORTS, mac=B)
    both = [
        replace(a, stations=(Station("1", B, 1),)),
        replace(b, stations=(Station("1", A, 1),)),
    ]

    assert not Resolver.of(both, []).picture.links


def test_an_address_of_an_undeclared_vlan_is_flagged() -> None:
    """MACs on VLANs missing from the VLAN table and VLAN 0 are kept, flagged (netdisco #1278, #1108)."""
    learned = Learned()
    learned.learn(replace(device("a", *PORTS), stations=(Station("1", HOST, 0, "VLAN 0"),)))

    assert learned.stands([HOST], lambda _: False)[HOST].evidence == (f"a|fdb|1|{HOST} (vlan?)",)


def test_learning_again_replaces_what_was_learned() -> None:
    """What a device does not hold any more is gone."""
    learned = Learned()
    learned.learn(switch("a", A, {"1": [50], "2": [51]}))
    touched = learned.learn(switch("a", A, {"2": [51]}))

    assert touched == {HOST, mac_of(51)}
    assert learned.stands([HOST], lambda _: False) == {}
