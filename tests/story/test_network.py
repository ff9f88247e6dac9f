"""A network of real agents is read and changed: on both stores, exactly what was done is told and judged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.api.program import Program
from tests.lab.door import door
from tests.lab.fixtures import Neo4jServer
from tests.lab.network import CABLES, Cable, Network
from tests.story.operator import Operator, settings, told

pytestmark = pytest.mark.lab

CUT = CABLES[0]
"""Between leaf1 and spine1."""


@pytest.fixture(scope="module", params=["sqlite", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def operator(
    request: pytest.FixtureRequest, lab_network: Network, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Operator]:
    """Somebody who has visited the whole network twice, with a store of each kind."""
    program = Program(tmp_path_factory.mktemp("operator"), lab_network.inside([]))
    with ExitStack() as stack:
        store, secrets = {"kind": "sqlite"}, {}
        if request.param == "neo4j":
            server: Neo4jServer = request.getfixturevalue("neo4j_server")
            server.empty()
            stack.enter_context(door(lab_network.space(), int(server.uri.rpartition(":")[2])))
            store = {"kind": "neo4j", "url": server.uri, "user": server.user, "password": "env:NEO4J"}
            secrets = {"NEO4J": server.password}
        program.configure(**settings(lab_network, store))
        one = Operator.of(program, **secrets)
        one.visit()
        yield one


def ends(*cables: Cable) -> set[frozenset[tuple[str, str]]]:
    """Cables as their two ends."""
    return {frozenset(((one.a, one.a_port), (one.b, one.b_port))) for one in cables}


def test_every_adjacency_and_every_cable_is_in_the_store(operator: Operator) -> None:
    """Row 7: 12 of 12 directed adjacencies and 6 links, by v2c and v3."""
    assert operator.adjacencies() == {end for cable in CABLES for end in cable.directions()}
    assert operator.links() == ends(*CABLES)


def test_a_network_that_did_not_change_has_no_changes(operator: Operator) -> None:
    """Read again: nothing is told."""
    assert operator.visit() == []


def test_a_cut_cable_is_two_neighbours_less_and_two_ports_down(operator: Operator, lab_network: Network) -> None:
    """Row 7: a cut shows as 2 missing directed adjacencies and the oper state of its 2 ports, 0 other changes."""
    lab_network.cut(CUT)
    try:
        lab_network.settle(CABLES[1:])
        changes = operator.visit()
        left = {end for cable in CABLES[1:] for end in cable.directions()}
        cut = (operator.adjacencies(), operator.links())
    finally:
        lab_network.mend(CUT)
        lab_network.settle()
    mended = operator.visit()

    ports = {("leaf1 / swp1", "oper_up", "set"), ("spine1 / swp1", "oper_up", "set")}
    (link,) = told(changes) - ports
    assert told(changes) == {*ports, link}
    assert link[1:] == ("connected_to", "unrelate")
    assert cut == (left, ends(*CABLES[1:]))
    assert [row["verdict"] for row in changes] == [None] * 3, "nobody answers for a cable that broke"
    assert told(mended) == {*ports, (link[0], "connected_to", "relate")}
    assert operator.adjacencies() == {end for cable in CABLES for end in cable.directions()}
    assert operator.links() == ends(*CABLES)


def test_what_was_done_is_told_exactly_and_judged_by_the_request_for_it(
    operator: Operator, lab_network: Network
) -> None:
    """Rename a host, add an address, change a description; one request covers one of them. Nobody is named."""
    operator.request("CHG-PORT", "leaf1", "interface/alias", "uplink to the spine")
    operator.visit()
    lab_network.rename("host1", "host9")
    lab_network.ip("leaf2", "addr", "add", "10.99.77.1/24", "dev", "swp2")
    lab_network.describe("leaf1", "swp1", "uplink to the spine")
    try:
        lab_network.settle(called={"host1": "host9"})
        changes = operator.visit()
    finally:
        lab_network.rename("host1", "host1")
        lab_network.ip("leaf2", "addr", "del", "10.99.77.1/24", "dev", "swp2")
        lab_network.describe("leaf1", "swp1", "to spine1:swp1")
        lab_network.settle()

    assert told(changes) == {
        ("host9", "name", "set"),
        ("leaf2 / swp2 / 10.99.77.1", "", "create"),
        ("leaf1 / swp1", "alias", "set"),
    }
    verdicts = {row["path"]: (row["verdict"], row["rule"], row["rfc_number"]) for row in changes}
    assert verdicts == {
        "name": ("UNAPPROVED", "R13", None),
        "": ("UNAPPROVED", "R13", None),
        "alias": ("AUTHORISED", "R10", "CHG-PORT"),
    }
    assert {(row["actor"], row["actor_how"]) for row in changes} == {(None, "unknown")}
    for row in changes:
        assert "no syslog" in operator.why(row), "the verdict names the feed that is missing"
    back, later = told(operator.visit()), told(operator.visit())
    assert later == {("leaf2 / swp2 / 10.99.77.1", "", "delete")}, "twice missed is gone (decision D3)"
    assert back | later == {
        ("host1", "name", "set"),
        ("leaf2 / swp2 / 10.99.77.1", "", "delete"),
        ("leaf1 / swp1", "alias", "set"),
    }
