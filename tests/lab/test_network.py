"""The network of tests does what ``README.md`` says."""

import pytest

from tests.lab import process
from tests.lab.network import CABLES, COMMUNITY, Network, address_of, network

pytestmark = pytest.mark.lab

SYS_NAME, IF_ALIAS = "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.31.1.1.1.18"


def asked(lab: Network, node: str, oid: str) -> str:
    """What an agent answers, read from where all of them are reached."""
    words = ["snmpbulkwalk", "-v2c", f"-c{COMMUNITY}", "-On", "-Oq", address_of(node), oid]
    return process.run(lab.inside(words), {"MIBS": ""})


def test_every_cable_is_told_from_both_ends(lab_network: Network) -> None:
    """Six cables are twelve directed adjacencies."""
    assert lab_network.adjacencies() == {end for cable in CABLES for end in cable.directions()}


def test_a_cut_cable_is_forgotten_and_a_mended_one_comes_back(lab_network: Network) -> None:
    """Both ends forget it, and no other."""
    lab_network.cut(CABLES[0])
    lab_network.settle(CABLES[1:])
    lab_network.mend(CABLES[0])
    lab_network.settle()


def test_a_new_name_is_told_by_the_agent_and_by_the_neighbours(lab_network: Network) -> None:
    """The host name changes everywhere at once."""
    lab_network.rename("spine2", "spine9")
    try:
        assert "spine9" in asked(lab_network, "spine2", SYS_NAME)
        lab_network.settle(called={"spine2": "spine9"})
    finally:
        lab_network.rename("spine2", "spine2")
        lab_network.settle()


def test_a_description_is_told_by_the_agent(lab_network: Network) -> None:
    """Of the port that was described."""
    lab_network.describe("leaf2", "swp3", "rack 7")

    assert '"rack 7"' in asked(lab_network, "leaf2", IF_ALIAS)


def test_nothing_of_it_is_left() -> None:
    """Neither namespaces nor files."""
    one = network("dltest")
    one.up()
    one.down()

    assert not one.folder.exists()
    assert "dltest-" not in process.run(["ip", "netns", "list"])
