"""Links of four recorded networks against their truth (network.md 13, row 8)."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from driftline.collectors.network.links import Resolver
from driftline.graph.model.neighbours import Certainty, NeighbourRow, PortTable
from tests.collectors.network.links.suzieq import FOLDER, SPACES, Network, load
from tests.recorded import ABSENT

pytestmark = pytest.mark.skipif(not FOLDER.exists(), reason=f"{ABSENT}: {FOLDER}")

Directed = set[tuple[str, str, str, str]]

LLDP_ADJACENCIES = {"dual-bgp": 44, "ospf-single": 28, "eos": 36, "nxos": 36}
ROUTED = {"dual-bgp": 14, "ospf-single": 12, "eos": 14, "nxos": 14}
"""Routed links that ARP and MAC addresses alone show."""


@pytest.fixture(scope="module", params=SPACES)
def space(request: pytest.FixtureRequest) -> str:
    """Name of a network."""
    return str(request.param)


@pytest.fixture(scope="module")
def network(space: str) -> Network:
    """Its rows."""
    return load(space)


def both_ways(resolver: Resolver, *states: Certainty) -> Directed:
    """Links from each of their ends."""
    pairs = [link.ends for link in resolver.picture.links.values() if not states or link.state in states]
    return {(a.device, a.port, b.device, b.port) for one, other in pairs for a, b in ((one, other), (other, one))}


def shuffled(network: Network, seed: int) -> tuple[list[PortTable], list[NeighbourRow]]:
    """The same rows in another order, inside and out."""
    dice = random.Random(seed)  # noqa: S311 -- an order of rows, no secret
    tables = [replace(t, ports=tuple(dice.sample(t.ports, len(t.ports)))) for t in network.tables]
    rows = [replace(r, heard=tuple(dice.sample(r.heard, len(r.heard)))) for r in network.rows]
    return dice.sample(tables, len(tables)), dice.sample(rows, len(rows))


def test_every_adjacency_of_the_truth_is_drawn_and_no_other(network: Network, space: str) -> None:
    """Every directed LLDP adjacency, both sides agreeing, and 0 false links; a shared segment is no cable."""
    lldp = {edge[1:] for edge in network.truth if edge[0] == "lldp"}
    cables = {edge[1:] for edge in network.truth if edge[1:3] not in network.shared}

    found = Resolver.of(network.tables, network.rows)

    assert len(lldp) == LLDP_ADJACENCIES[space]
    assert lldp <= both_ways(found, Certainty.CONFIRMED)
    assert both_ways(found) == cables
    assert not found.picture.disputes


def test_shuffled_and_resolved_twice_is_the_same(network: Network) -> None:
    """Order of devices, rows, ports and announcements means nothing; so does taking a device in again."""
    once = Resolver.of(network.tables, network.rows)

    for seed in range(5):
        tables, rows = shuffled(network, seed)
        again = Resolver.of(tables, rows)
        for table in tables:
            again.after(table, [row for row in rows if row.device == table.device])
        assert again.picture == once.picture


def test_without_neighbour_protocols_arp_shows_the_routed_links(network: Network, space: str) -> None:
    """Without LLDP rows: routed links by ARP and MAC address, 0 false."""
    cables = {edge[1:] for edge in network.truth}

    found = both_ways(Resolver.of(network.tables, ()), Certainty.INFERRED)

    assert found <= cables
    assert len(found) == 2 * ROUTED[space]


def test_arp_is_a_second_witness_of_links_that_lldp_shows(network: Network, space: str) -> None:
    """ARP on both ends that knows the other end stands among the evidence."""
    links = Resolver.of(network.tables, network.rows).picture.links.values()

    assert sum(any("|arp|" in proof for proof in link.evidence) for link in links) == ROUTED[space]


@pytest.mark.parametrize("space", ["nxos"], scope="module")
def test_devices_on_one_management_segment_are_members_of_it(network: Network) -> None:
    """CDP over a shared segment: 56 adjacencies of 8 devices are one segment and no link."""
    (segment,) = Resolver.of(network.tables, network.rows).picture.segments.values()

    assert {(end.device, end.port) for end in segment.members} == network.shared
    assert len(network.shared) == 8
