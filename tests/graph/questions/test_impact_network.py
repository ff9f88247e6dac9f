"""What fails with a switch or a port of one: the hosts plugged in there and what runs on them, on both stores.

sw1 and sw2 are cabled to each other. Hosts a and b have a card on each, host c on sw1 alone, host d on sw2 alone; all
cards are uplinks of the distributed switch ``dvs``. Host c also has a switch of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from driftline.graph.model.values import Key, Value
from driftline.graph.questions.impact import ImpactOf, impact
from driftline.graph.questions.item import item
from driftline.graph.questions.viewer import Viewer
from tests.graph.questions.conftest import Estate

ALL = Viewer.everything()


@dataclass
class Site:
    """The estate by short names."""

    estate: Estate

    def add(self, kind: str, name: str, key: str, owner: str = "", /, **said: Any) -> Key:  # noqa: ANN401 -- values of any field
        """A CI, part of another."""
        ci = self.estate.keys[name] = self.estate.add(kind, f"{key}:{name}", **said)
        if owner:
            self.join(name, "PART_OF", owner)
        return ci

    def join(self, src: str, type_: str, dst: str) -> None:
        """A link."""
        self.estate.join(self.estate.keys[src], type_, self.estate.keys[dst])

    def host(self, name: str, **cards: str) -> None:
        """A hypervisor on its server, each card plugged into a port."""
        self.add("Server", f"server {name}", "vendor_serial", serial=name)
        self.add("HypervisorHost", f"host {name}", "moref", name=name)
        self.join(f"host {name}", "RUNS_ON", f"server {name}")
        for card, port in cards.items():
            self.add("Nic", f"{name} {card}", "device", f"server {name}", device=card)
            self.join("dvs", "UPLINKS_TO", f"{name} {card}")
            if port:
                self.join(f"{name} {card}", "CONNECTED_TO", port)

    def machine(self, name: str, host: str, *groups: str) -> None:
        """A machine on a host, with a card in each port group."""
        self.add("VirtualMachine", name, "moref", name=name)
        self.join(name, "RUNS_ON", f"host {host}")
        for at, group in enumerate(groups):
            self.add("VirtualNic", f"{name} nic{at}", "device_key", name, label=f"nic{at}")
            self.join(f"{name} nic{at}", "ATTACHED_TO", group)

    def fails(self, *names: str) -> ImpactOf:
        """What fails with these."""
        return impact(ALL, self.estate.store, [self.estate.keys[name] for name in names])

    def hits(self, found: ImpactOf) -> dict[str, str]:
        """Short names of what is hit, and whether it may be spared."""
        names = {ci: name for name, ci in self.estate.keys.items()}
        return {names[hit.ci]: "spared" if hit.spared else "lost" for hit in (*found.items, *found.services)}

    def path(self, found: ImpactOf, name: str) -> list[str]:
        """Types of links on the way to one, from the start."""
        (hit,) = (hit for hit in (*found.items, *found.services) if hit.ci == self.estate.keys[name])
        return [step.type for step in hit.path]

    def ports(self, name: str) -> set[tuple[str, str, str | None, bool | None]]:
        """Switch ports of a machine: uplink, port, VLAN, whether it is carried."""
        facts = item(ALL, self.estate.store, self.estate.keys[name])
        assert facts
        return {(one.uplink.name, one.port.name, one.vlan, one.carried) for one in facts.ports}


@pytest.fixture
def site(estate: Estate) -> Site:
    """The site."""
    one = Site(estate)
    for switch in ("sw1", "sw2"):
        one.add("NetworkDevice", switch, "base_mac", name=switch)
        for port in ("1", "2", "3", "9"):
            one.add("Interface", f"{switch}/{port}", "name", switch, name=f"{switch}/{port}")
    one.join("sw1/9", "CONNECTED_TO", "sw2/9")
    one.add("VirtualSwitch", "dvs", "uuid", name="dvs")
    one.add("PortGroup", "app", "portgroup_key", "dvs", name="app", vlan="10")
    one.host("a", vmnic0="sw1/1", vmnic1="sw2/1")
    one.host("b", vmnic0="sw1/2", vmnic1="sw2/2")
    one.host("c", vmnic0="sw1/3")
    one.host("d", vmnic0="sw2/3", vmnic1="")
    for name in "abcd":
        one.machine(f"vm-{name}", name, "app")
    one.add("Service", "shop", "name", name="shop")
    one.join("shop", "RELIES_ON", "vm-c")
    return one


def test_a_switch_takes_the_hosts_and_machines_behind_it(site: Site) -> None:
    """A host with a card elsewhere may be spared, one with all its cards there is lost, and so is what runs on it."""
    hits = site.hits(site.fails("sw1"))

    assert {name: hits.get(name) for name in ("host a", "vm-a", "host b", "vm-b")} == dict.fromkeys(
        ("host a", "vm-a", "host b", "vm-b"), "spared"
    )
    assert {name: hits.get(name) for name in ("host c", "vm-c", "shop")} == dict.fromkeys(
        ("host c", "vm-c", "shop"), "lost"
    )


def test_a_switch_takes_no_other_switch_and_nothing_behind_that(site: Site) -> None:
    """Peers among switches are informational, and a virtual switch of many hosts carries no loss between them."""
    hits = site.hits(site.fails("sw1"))

    assert not [name for name in hits if name.startswith(("sw2", "host d", "server d", "vm-d", "d "))]


def test_a_port_takes_only_what_is_plugged_into_it(site: Site) -> None:
    """One port: one host, spared by its other card."""
    hits = site.hits(site.fails("sw1/1"))

    assert {name for name in hits if name.startswith(("host", "vm-"))} == {"host a", "vm-a", "vm-a nic0"}
    assert hits["vm-a"] == "spared"
    assert hits["a vmnic0"] == "lost"


def test_uplinks_that_share_their_loss_are_no_redundancy(site: Site) -> None:
    """Both switches at once: nothing of a host is left, though each link for itself is redundant."""
    assert {site.hits(site.fails("sw1", "sw2"))[name] for name in ("vm-a", "vm-b", "vm-c")} == {"lost"}
    assert site.hits(site.fails("sw1", "sw2"))["vm-d"] == "spared", "its second card is plugged into nothing known"


def test_the_way_from_a_machine_to_its_switch_can_be_walked(site: Site) -> None:
    """VM, card, port group, virtual switch, uplink, port, switch; the shortest way goes through the host."""
    found = site.fails("sw1")

    way = ["PART_OF", "CONNECTED_TO", "UPLINKS_TO", "PART_OF", "ATTACHED_TO"]
    assert site.path(found, "vm-a nic0") == way
    assert site.path(found, "vm-a") == ["PART_OF", "CONNECTED_TO", "HAS_PART", "RUNS_ON", "RUNS_ON"]
    only = site.fails("dvs")
    assert site.path(only, "vm-d") == ["PART_OF", "ATTACHED_TO", "HAS_PART"]


def test_a_distributed_switch_takes_the_machines_of_all_its_hosts(site: Site) -> None:
    """What loses the switch itself is not saved by where it runs; a second card elsewhere may spare a machine."""
    site.add("PortGroup", "other", "moref", name="other")
    site.machine("vm-e", "d", "app", "other")
    hits = site.hits(site.fails("dvs"))

    assert {hits[f"vm-{name}"] for name in "abcd"} == {"lost"}
    assert hits["vm-e"] == "spared"


def test_a_machine_on_a_host_s_own_switch_is_found_by_the_name_of_its_network(site: Site) -> None:
    """A vCenter gathers equal port groups of many hosts under one name: only machines of this host hang on its own."""
    site.add("PortGroup", "network", "moref", name="VM Network")
    for host in "cd":
        site.add("VirtualSwitch", f"vSwitch0 {host}", "name", f"host {host}", name="vSwitch0")
        site.add("PortGroup", f"group {host}", "name", f"vSwitch0 {host}", name="VM Network", vlan="20")
        site.add("Nic", f"{host} vmnic8", "device", f"server {host}", device="vmnic8")
        site.join(f"vSwitch0 {host}", "UPLINKS_TO", f"{host} vmnic8")
        site.machine(f"old-{host}", host, "network")
    site.join("c vmnic8", "CONNECTED_TO", "sw1/2")
    found = site.fails("sw1/2")

    assert site.path(found, "old-c nic0") == ["CONNECTED_TO", "UPLINKS_TO", "PART_OF", "ATTACHED_TO"]
    assert site.hits(found)["old-c"] == "lost", "the only uplink of the switch of its only card"
    assert site.hits(found)["vm-c"] == "spared"
    assert "old-d" not in site.hits(found)


def test_a_machine_names_the_switch_ports_and_vlans_it_depends_on(site: Site) -> None:
    """Over the uplinks of its own host alone, though the switch has uplinks on many."""
    assert site.ports("vm-a") == {("a / vmnic0", "sw1 / sw1/1", "10", None), ("a / vmnic1", "sw2 / sw2/1", "10", None)}
    assert site.ports("vm-d") == {("d / vmnic0", "sw2 / sw2/3", "10", None)}


@pytest.mark.parametrize(
    ("said", "carried"),
    [
        ({"tagged_vlans": "5,10-20"}, True),
        ({"tagged_vlans": "5,11-20"}, False),
        ({"tagged_vlans": "5", "untagged_vlan": 10}, None),
        ({"untagged_vlan": 1}, None),
    ],
)
def test_a_vlan_is_not_carried_only_where_the_port_lists_what_it_carries(
    site: Site, said: dict[str, Value], *, carried: bool | None
) -> None:
    """What a port does not say is not known; of an aggregate's member the aggregate says it."""
    site.add("Interface", "sw1/po1", "name", "sw1", name="sw1/po1", **said)
    site.join("sw1/3", "MEMBER_OF", "sw1/po1")

    assert {one[3] for one in site.ports("vm-c")} == {carried}


def test_a_machine_on_a_host_s_own_switch_names_its_ports(site: Site) -> None:
    """By the name of its network, and the VLAN of this host's port group."""
    site.add("PortGroup", "network", "moref", name="VM Network")
    site.add("VirtualSwitch", "vSwitch0", "name", "host c", name="vSwitch0")
    site.add("PortGroup", "group c", "name", "vSwitch0", name="VM Network", vlan="20")
    site.join("vSwitch0", "UPLINKS_TO", "c vmnic0")
    site.machine("old-c", "c", "network")

    assert site.ports("old-c") == {("c / vmnic0", "sw1 / sw1/3", "20", None)}
