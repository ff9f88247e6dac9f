"""Hosts of a live vCenter joined to switch ports by what their cards hear, and what the switches say (network.md 7)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from driftline.api.linking import Linked
from driftline.api.model import MODEL
from driftline.graph.dump import dump
from driftline.graph.model.compute import HypervisorHost
from driftline.graph.model.hardware import Nic
from driftline.graph.model.values import Key, Micros
from driftline.graph.questions.impact import impact
from driftline.graph.questions.switch_ports import switch_ports
from driftline.graph.questions.viewer import Viewer
from driftline.graph.sqlite import SqliteStore
from tests.api.cabling import Net, switch
from tests.collectors.network.samples import mac
from tests.collectors.vsphere.reader import go, item, items, read, target
from tests.lab.control import typed
from tests.lab.fixtures import Vcsim, VcsimFactory

pytestmark = pytest.mark.vcsim
Hint = dict[str, Any]


def lldp(card: str, number: int, port: str) -> Hint:
    """A card that hears a switch by LLDP."""
    name = {"key": "System Name", "value": typed("string", f"sw{number}")}
    chassis = mac(number * 256).hex(":")
    return {
        "device": card,
        "lldpInfo": {"chassisId": chassis, "portId": port, "timeToLive": 120, "parameter": [name]},
    }


def cdp(card: str, number: int, port: str) -> Hint:
    """A card that hears a switch by CDP."""
    return {"device": card, "connectedSwitchPort": {"devId": f"sw{number}.example.com", "portId": port}}


@dataclass
class Racks:
    """Hosts of a vCenter and switches, read into one memory."""

    lab: Vcsim
    net: Net
    hosts: list[str]
    cards: dict[str, str]

    def hears(self, *hints: Hint, host: int = 0) -> None:
        """What a host hears from now on."""
        self.lab.control.hints(self.hosts[host], *hints)

    def away(self, host: int = 0) -> None:
        """A host does not answer any more."""
        self.lab.control.set("HostSystem", self.hosts[host], "runtime.connectionState", "notResponding")

    def read(self) -> Linked:
        """Visit the vCenter."""
        return self.net.vcenter(go(target(self.lab)).capture)

    def learned(self, card: str, port: int) -> dict[str, Any]:
        """A forwarding table that has a card of the first host on a port."""
        address = bytes.fromhex(self.cards[card].replace(":", ""))
        return {"dot1dBasePortTable": {(31,): {2: port}}, "dot1dTpFdbTable": {tuple(address): {2: 31, 3: 3}}}

    def announced(self, card: str, port: int) -> dict[str, Any]:
        """A neighbour table that has a card of the first host on a port."""
        address = bytes.fromhex(self.cards[card].replace(":", ""))
        return {"lldpRemTable": {(0, port, 1): {4: 4, 5: address, 6: 3, 7: address, 8: b"", 9: b"esx"}}}


@pytest.fixture(scope="module")
def lab(vcsim_factory: VcsimFactory) -> Vcsim:
    """A small vCenter."""
    return vcsim_factory("-clusters=1", "-hosts=2", "-vms=2", "-datastores=1", "-seed=41")


@pytest.fixture
def racks(lab: Vcsim, tmp_path: Path) -> Iterator[Racks]:
    """A new memory; nobody hears anything."""
    seen = read(lab)
    hosts = sorted(host.moref for host in items(seen, HypervisorHost))
    cards = {str(c.device): str(c.mac) for c in items(seen, Nic) if c.server.values[0] == hosts[0]}
    clock = [0]
    store = SqliteStore.open(tmp_path / "store.db", MODEL, clock=lambda: Micros(clock[0]))
    yield Racks(lab, Net(store, clock), hosts, cards)
    store.close()
    for host in hosts:
        lab.control.hints(host)
        lab.control.set("HostSystem", host, "runtime.connectionState", "connected")


@pytest.mark.parametrize("said", [lldp, cdp])
def test_a_card_is_joined_to_the_port_that_it_hears(racks: Racks, said: Any) -> None:  # noqa: ANN401 -- either protocol
    """Host side, one witness; a switch that hears no host misses nothing, and the first reading is inventory."""
    racks.hears(said("vmnic0", 1, "Gi1/0/1"))
    racks.net.visit(1, switch(1))
    found = racks.read()

    assert racks.net.ties() == {("host vmnic0", "sw1 Gi1/0/1")}
    assert racks.net.states() == {"one_sided": 1}
    assert racks.net.findings() == []
    assert found.changes == ()
    (proof,) = racks.net.store.find("LinkProof")
    assert said.__name__ in proof.body["evidence"][0]


def test_the_switch_that_is_read_later_takes_the_place_of_the_stub(racks: Racks) -> None:
    """A switch that nobody has read is a stub, keyed as the host names it."""
    racks.hears(lldp("vmnic0", 1, "Gi1/0/1"))
    racks.read()
    assert racks.net.ties() == {("host vmnic0", "sw1")}
    assert racks.net.states() == {"to_stub": 1}

    racks.net.visit(1, switch(1))

    assert racks.net.ties() == {("host vmnic0", "sw1 Gi1/0/1")}
    assert len(racks.net.store.find("NetworkDevice")) == 1


@pytest.mark.parametrize("witness", ["learned", "announced"])
@pytest.mark.parametrize("order", ["host first", "switch first"])
def test_host_and_switch_that_agree_are_two_witnesses(racks: Racks, witness: str, order: str) -> None:
    """A learned address, or what the switch heard: the link is confirmed, whoever is read first."""
    racks.hears(lldp("vmnic0", 1, "Gi1/0/2"))
    said = switch(1, **getattr(racks, witness)("vmnic0", 2))
    racks.read()  # cards are known
    if order == "host first":
        racks.net.visit(1, said)
    else:
        racks.net.visit(1, said)
        racks.read()

    assert racks.net.ties() == {("host vmnic0", "sw1 Gi1/0/2")}
    assert racks.net.states() == {"confirmed": 1}
    drawn = [row.body["evidence"] for row in racks.net.store.find("LinkProof") if row.body["drawn"]]
    assert len(drawn[0]) == 2


def test_host_and_switch_that_disagree_are_a_conflict_and_no_link(racks: Racks) -> None:
    """The port hears another switch, the card hears the port: both cannot be true."""
    racks.hears(lldp("vmnic0", 1, "Gi1/0/1"))
    racks.net.visit(2, switch(2))
    racks.read()
    racks.net.visit(1, switch(1, {1: (2, "Gi1/0/2")}))
    racks.read()

    assert racks.net.findings() == ["conflict"]
    assert not any("vmnic0" in end for tie in racks.net.ties() for end in tie)


def test_what_a_card_hears_outdoes_where_its_address_was_learned(racks: Racks) -> None:
    """A kernel port borrows the address of the first card and leaves by any other, so this is no contradiction."""
    racks.hears(lldp("vmnic0", 1, "Gi1/0/1"))
    racks.read()
    racks.net.visit(1, switch(1, **racks.learned("vmnic0", 3)))

    assert racks.net.ties() == {("host vmnic0", "sw1 Gi1/0/1")}
    assert racks.net.states() == {"one_sided": 1}
    assert racks.net.findings() == []


def test_a_card_without_hint_keeps_its_link(racks: Racks) -> None:
    """A switch that restarts, or a link that is down, is no cable that was pulled."""
    racks.hears(lldp("vmnic0", 1, "Gi1/0/1"), lldp("vmnic2", 1, "Gi1/0/2"))
    racks.net.visit(1, switch(1))
    racks.read()
    before = racks.net.ties()

    racks.hears({"device": "vmnic0"}, lldp("vmnic2", 1, "Gi1/0/2"))
    found = racks.read()

    assert racks.net.ties() == before == {("host vmnic0", "sw1 Gi1/0/1"), ("host vmnic2", "sw1 Gi1/0/2")}
    assert found.changes == ()


def test_a_host_that_is_away_keeps_its_links(racks: Racks) -> None:
    """It was not asked, which says nothing."""
    racks.hears(lldp("vmnic0", 1, "Gi1/0/1"))
    racks.net.visit(1, switch(1))
    racks.read()
    racks.away()
    found = racks.read()

    assert racks.net.ties() == {("host vmnic0", "sw1 Gi1/0/1")}
    assert found.changes == ()


def test_a_card_that_is_plugged_in_elsewhere_is_two_changes(racks: Racks) -> None:
    """The old cable goes and the new one comes between the reading that showed the old and the one after it."""
    racks.hears(lldp("vmnic0", 1, "Gi1/0/1"))
    racks.net.visit(1, switch(1))
    racks.read()
    racks.hears(lldp("vmnic0", 1, "Gi1/0/2"))
    found = racks.read()

    assert racks.net.ties() == {("host vmnic0", "sw1 Gi1/0/2")}
    assert sorted(c.op.value for c in found.changes) == ["relate", "unrelate"]
    assert len({(c.lower_ms, c.upper_ms) for c in found.changes}) == 1


def test_a_protocol_that_is_turned_on_or_exchanged_is_no_change(racks: Racks) -> None:
    """CDP gives way to LLDP: the same port by other words."""
    racks.net.visit(1, switch(1))
    racks.read()
    racks.hears(cdp("vmnic0", 1, "GigabitEthernet1/0/1"))
    first = racks.read()
    racks.hears(lldp("vmnic0", 1, "Gi1/0/1"))
    second = racks.read()

    assert racks.net.ties() == {("host vmnic0", "sw1 Gi1/0/1")}
    assert (first.changes, second.changes) == ((), ())
    assert len([row for row in racks.net.store.find("NeighbourRow") if row.body.get("heard")]) == 1


def test_several_hosts_that_hear_one_port_are_joined_to_none(racks: Racks) -> None:
    """Something between them passes on what is meant for one neighbour; when one is moved, the other is joined."""
    racks.net.visit(1, switch(1))
    for host in (0, 1):
        racks.hears(cdp("vmnic0", 1, "Gi1/0/1"), host=host)
    racks.read()
    assert racks.net.ties() == set()
    assert racks.net.findings() == ["conflict"]

    racks.hears(cdp("vmnic0", 1, "Gi1/0/2"), host=1)
    racks.read()

    assert racks.net.ties() == {("host vmnic0", "sw1 Gi1/0/1"), ("host vmnic0", "sw1 Gi1/0/2")}
    assert racks.net.findings() == []


def test_cards_of_one_host_that_hear_one_port_are_joined_to_it(racks: Racks) -> None:
    """They are partitions of one card."""
    racks.net.visit(1, switch(1))
    racks.hears(cdp("vmnic0", 1, "Gi1/0/1"), cdp("vmnic1", 1, "Gi1/0/1"))
    racks.read()

    assert racks.net.ties() == {("host vmnic0", "sw1 Gi1/0/1"), ("host vmnic1", "sw1 Gi1/0/1")}


def test_a_host_that_took_the_port_of_one_that_is_away_is_joined(racks: Racks) -> None:
    """Of two that heard a port one after the other, the later one is there."""
    racks.net.visit(1, switch(1))
    racks.hears(lldp("vmnic0", 1, "Gi1/0/1"))
    racks.read()
    racks.away()
    racks.hears(lldp("vmnic1", 1, "Gi1/0/1"), host=1)
    racks.read()

    assert racks.net.ties() == {("host vmnic1", "sw1 Gi1/0/1")}
    assert racks.net.findings() == []


def test_resolving_everything_anew_changes_nothing(racks: Racks) -> None:
    """A full run nightly must change nothing, with every kind of evidence there is."""
    racks.hears(lldp("vmnic0", 1, "Gi1/0/1"), lldp("vmnic2", 9, "x"))
    racks.hears(cdp("vmnic1", 2, "Gi1/0/3"), host=1)
    racks.net.visit(1, switch(1, {3: (2, "Gi1/0/1")}, **racks.learned("vmnic3", 2)))
    racks.net.visit(2, switch(2, {1: (1, "Gi1/0/3")}))
    racks.read()
    racks.hears(cdp("vmnic1", 2, "Gi1/0/2"), host=1)
    racks.read()
    racks.net.visit(1, switch(1, {3: (2, "Gi1/0/1")}, **racks.learned("vmnic0", 1)))
    before = list(dump(racks.net.store, facts=True))

    assert len(racks.net.ties()) == 5
    assert racks.net.whole().written == 0
    assert list(dump(racks.net.store, facts=True)) == before


def test_the_loss_of_a_switch_reaches_the_machines_of_the_hosts_that_hear_it(racks: Racks) -> None:
    """From a live vCenter and a switch: the host, its machines, and for each machine the ports that it depends on."""
    store, everything = racks.net.store, Viewer.everything()
    racks.net.visit(1, switch(1))
    racks.hears(lldp("vmnic0", 1, "Gi1/0/1"), lldp("vmnic2", 1, "Gi1/0/2"))
    racks.read()
    (switched,) = store.find("NetworkDevice")
    found = impact(everything, store, [Key(switched.id)])

    behind = {hit.name for hit in found.items if hit.kind == "HypervisorHost" and hit.spared}
    assert behind == {item(read(racks.lab), HypervisorHost, moref=racks.hosts[0]).name}
    machines = [Key(hit.ci) for hit in found.items if hit.kind == "VirtualMachine"]
    others = {Key(row.id) for row in store.find("VirtualMachine")} - set(machines)
    assert machines
    assert all(switch_ports(everything, store, machine) for machine in machines)
    assert not any(switch_ports(everything, store, machine) for machine in others)
