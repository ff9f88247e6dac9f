"""Which port of its own a device means (network.md 7.1)."""

from __future__ import annotations

import pytest

from driftline.collectors.network.links.local_port import LocalPort, Told, indexed_port, lldp_port, named_port
from driftline.collectors.network.links.ports import Ports
from driftline.graph.model.neighbours import PortRow
from tests.collectors.network.links.wires import device, octets

JUNIPER = Ports.of(
    device(
        "ex",
        PortRow("ge-0/0/0", descr="ge-0/0/0", if_index=508, mac="02:00:00:00:00:08"),
        PortRow("ge-0/0/1", descr="ge-0/0/1", if_index=509, base_port=7, alias="to core"),
        PortRow("vlan", if_index=3, physical=False),
        PortRow("ge-0/0/2", if_index=2),
        platform="juniper",
    )
)


def test_a_port_number_is_neither_ifindex_nor_base_port() -> None:
    """Pitfall 1 (librenms #18317): the device's own table decides, even where the number looks like an ifIndex."""
    table = {2: LocalPort(2, "5", octets("ge-0/0/0"))}

    assert lldp_port(2, table, JUNIPER) == Told("ge-0/0/0", "own id")


@pytest.mark.parametrize(
    ("row", "told"),
    [
        (LocalPort(1, "1", octets("to core")), Told("ge-0/0/1", "own id")),
        (LocalPort(1, "3", "020000000008"), Told("ge-0/0/0", "own id")),
        (LocalPort(1, "7", octets("509")), Told("ge-0/0/1", "own id")),
        (LocalPort(1, "7", octets("999"), "ge-0/0/1.0"), Told("ge-0/0/1", "own description")),
    ],
    ids=["alias", "MAC", "local number", "description"],
)
def test_an_own_id_is_read_by_its_subtype(row: LocalPort, told: Told) -> None:
    """7.1 a: id by subtype, or description, against names, alias and MAC."""
    assert lldp_port(1, {1: row}, JUNIPER) == told


def test_a_number_without_a_row_is_taken_for_what_it_looks_like_only_on_a_free_physical_port() -> None:
    """7.1 b and c: base port, then ifIndex; only a physical port that no other number claims."""
    assert lldp_port(7, {}, JUNIPER) == Told("ge-0/0/1", "base port")
    assert lldp_port(2, {}, JUNIPER) == Told("ge-0/0/2", "ifIndex")
    assert lldp_port(3, {}, JUNIPER).port is None, "no physical port"
    assert lldp_port(7, {1: LocalPort(1, "5", octets("ge-0/0/1"))}, JUNIPER).port is None, "claimed by another number"
    assert lldp_port(77, {}, JUNIPER).port is None


def test_what_is_not_unique_is_not_resolved() -> None:
    """Nothing unique: unresolved, never guessed."""
    twins = Ports.of(device("a", PortRow("1", alias="x", if_index=4), PortRow("2", alias="x", if_index=4)))

    assert lldp_port(9, {9: LocalPort(9, "1", octets("x"))}, twins).port is None
    assert indexed_port(4, twins).port is None


def test_protocols_that_give_an_ifindex_or_a_name_need_no_table() -> None:
    """LLDP-V2, CDP, EDP and FDP speak of an ifIndex; a command line of a name."""
    assert indexed_port(508, JUNIPER) == Told("ge-0/0/0", "ifIndex")
    assert named_port("ge-0/0/1.0", JUNIPER) == Told("ge-0/0/1", "name")
