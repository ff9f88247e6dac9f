"""What hosts hear of their switches, asked of a live simulator: each host by itself, and nothing else lost by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from driftline.collectors.capture import Capture
from driftline.collectors.told import Told
from driftline.collectors.visit import Outcome, Visited
from driftline.collectors.vsphere import hints
from driftline.collectors.vsphere.asks import Asked
from driftline.collectors.vsphere.heard import told_by_hosts
from driftline.graph.model.compute import HypervisorHost
from driftline.graph.model.neighbours import Neighbour, Protocol
from driftline.graph.model.observed import Observation
from tests.collectors.vsphere.reader import edited, go, incomplete, items, observed, target
from tests.lab.control import Fault, typed
from tests.lab.fixtures import Vcsim

pytestmark = [pytest.mark.vcsim, pytest.mark.usefixtures("honest")]

CDP: dict[str, Any] = {
    "device": "vmnic0",
    "connectedSwitchPort": {
        "devId": "leaf1.example.com",
        "portId": "GigabitEthernet1/0/1",
        "systemName": "leaf1",
        "address": "10.0.0.1",
        "mgmtAddr": "0.0.0.0",  # noqa: S104 -- how a switch says that it has none
        "hardwarePlatform": "cisco WS-C3850",
        "deviceCapability": {"networkSwitch": True, "router": False},
    },
}
LLDP: dict[str, Any] = {
    "device": "vmnic2",
    "lldpInfo": {
        "chassisId": "00:1c:73:10:01:00",
        "portId": "Ethernet7",
        "timeToLive": 120,
        "parameter": [
            {"key": "System Name", "value": typed("string", "leaf2")},
            {"key": "Port Description", "value": typed("string", "to esx")},
            {"key": "Management Address", "value": typed("string", "10.0.0.2")},
            {"key": "MTU", "value": typed("int", 9216)},
        ],
    },
}


@dataclass
class Hosts:
    """Hosts of the simulator, by reference, of which the first two hear something."""

    refs: list[str]
    lab: Vcsim

    def away(self, ref: str, state: str) -> None:
        """Bring a host into a state of connection."""
        self.lab.control.set("HostSystem", ref, "runtime.connectionState", state)


@pytest.fixture
def hosts(vcsim: Vcsim, seen: Observation) -> Iterator[Hosts]:
    """Two hosts hear something; afterwards nobody does."""
    one = Hosts(sorted(host.moref for host in items(seen, HypervisorHost)), vcsim)
    for ref in one.refs[:2]:
        vcsim.control.hints(ref, CDP, LLDP, {"device": "vmnic3"})
    yield one
    for ref in one.refs:
        vcsim.control.hints(ref)
        one.away(ref, "connected")


def told(visited: Visited) -> dict[str, Told]:
    """What hosts say, by reference of the host."""
    return {one.device.values[0]: one for one in told_by_hosts(visited.capture)}


def test_each_connected_host_is_asked_once_and_tells_what_its_cards_hear(vcsim: Vcsim, hosts: Hosts) -> None:
    """One ask for a host, one row for a card and protocol; a card that hears nothing has none."""
    visited = go(target(vcsim))
    found = told(visited)

    assert sorted(found) == hosts.refs
    assert len(list(visited.capture.named(Asked.NETWORK_HINTS))) == len(hosts.refs)
    one = found[hosts.refs[0]]
    assert one.table.host
    assert [port.name for port in one.table.ports] == ["vmnic0", "vmnic1", "vmnic2", "vmnic3"]
    assert all(port.mac.startswith("e4:43:4b:") for port in one.table.ports)
    heard = {(row.port, row.protocol): row.heard for row in one.rows if row.heard}
    assert heard == {
        ("vmnic0", Protocol.CDP): (
            Neighbour(
                chassis_id=b"leaf1.example.com".hex(),
                port_id=b"GigabitEthernet1/0/1".hex(),
                name="leaf1",
                addresses=("10.0.0.1",),
                capabilities=("switch",),
                platform="cisco WS-C3850",
            ),
        ),
        ("vmnic2", Protocol.LLDP): (
            Neighbour(
                chassis_subtype="4",
                chassis_id="001c73100100",
                port_id=b"Ethernet7".hex(),
                port_descr="to esx",
                name="leaf2",
                addresses=("10.0.0.2",),
            ),
        ),
    }
    assert {row.port for row in one.rows} == {"vmnic0", "vmnic2"}
    assert not found[hosts.refs[2]].rows


@pytest.mark.parametrize("state", ["disconnected", "notResponding"])
def test_a_host_that_is_away_is_not_asked_and_says_nothing(vcsim: Vcsim, hosts: Hosts, state: str) -> None:
    """What it heard before is neither repeated nor taken back."""
    hosts.away(hosts.refs[0], state)
    visited = go(target(vcsim))

    assert sorted(told(visited)) == hosts.refs[1:]
    assert len(list(visited.capture.named(Asked.NETWORK_HINTS))) == len(hosts.refs) - 1


def test_a_host_that_refuses_costs_its_own_hints_only(vcsim: Vcsim, hosts: Hosts, seen: Observation) -> None:
    """The others answer, every item is read, the visit is complete, and the refusal is noted."""
    vcsim.control.faults(Fault(method="QueryNetworkHint", fault="HostConfigFault"))
    visited = go(target(vcsim))
    now = observed(visited.capture)

    assert len(told(visited)) == len(hosts.refs) - 1
    assert visited.after(now.coverage) is Outcome.COMPLETE
    assert incomplete(now) == set()
    assert sorted(map(repr, now.items)) == sorted(map(repr, seen.items))
    assert [(one.ask, one.why) for one in now.unread] == [("network hints", "HostConfigFault")]


def test_hosts_that_hang_end_with_the_time_for_hints(
    vcsim: Vcsim, hosts: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No host keeps the visit longer than its own time, all of them not longer than the time for all."""
    monkeypatch.setattr(hints, "HOST_SECONDS", 0.3)
    monkeypatch.setattr(hints, "SECONDS", 1)
    vcsim.control.paging(delay_ms={"QueryNetworkHint": 20_000})
    visited = go(target(vcsim))

    assert told(visited) == {}
    assert visited.after(observed(visited.capture).coverage) is Outcome.COMPLETE
    assert visited.seconds < 10
    assert [entry.ask for entry in visited.capture.entries][-1] == Asked.LOGOUT
    assert hosts.refs


def test_a_session_that_is_lost_while_hosts_are_asked_costs_the_hints(vcsim: Vcsim, hosts: Hosts) -> None:
    """They come last: nothing else is left to lose."""
    vcsim.control.faults(Fault(method="QueryNetworkHint", fault="NotAuthenticated", times=0))
    visited = go(target(vcsim))

    assert told(visited) == {}
    assert visited.after(observed(visited.capture).coverage) is Outcome.COMPLETE
    assert len([entry for entry in visited.capture.entries if entry.ask == Asked.LOGIN]) == 1
    assert hosts.refs


def test_a_damaged_answer_says_nothing(vcsim: Vcsim, hosts: Hosts) -> None:
    """Half an answer is no answer; a capture of a time before hosts were asked says nothing of them."""
    capture = go(target(vcsim)).capture

    def halved(_at: int, entry: Any, body: bytes) -> tuple[Any, bytes]:  # noqa: ANN401 -- an entry
        return entry, body[: len(body) // 2] if entry.ask == Asked.NETWORK_HINTS else body

    def older(_at: int, entry: Any, body: bytes) -> tuple[Any, bytes] | None:  # noqa: ANN401 -- an entry
        return None if entry.ask in {Asked.NETWORK_HINTS, Asked.NETWORK_SYSTEMS} else (entry, body)

    whole: Capture = capture
    assert len(list(told_by_hosts(whole))) == len(hosts.refs)
    assert list(told_by_hosts(edited(whole, halved))) == []
    assert list(told_by_hosts(edited(whole, older))) == []
    said = [sorted(map(repr, observed(one).items)) for one in (whole, edited(whole, older))]
    assert said[0] == said[1]
