"""Targets are proposed, never added; and nothing outside the networks of the site is ever contacted."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from ipaddress import ip_network
from pathlib import Path

import pytest

from driftline.api.discovery import Candidate, Known, by_neighbours, in_networks
from driftline.api.linking import Linking
from driftline.api.site import NoSuch, Site
from driftline.api.visit.order import Order
from driftline.collectors.network.snmp.recorded import Recording
from driftline.collectors.network.snmp.replay_agent import ReplayAgent
from driftline.config import Settings, SnmpCommunity
from driftline.diff.policy import Policy
from tests.api.cabling import switch
from tests.collectors.network.memory import NetworkMemory
from tests.collectors.network.visiting import system
from tests.collectors.network.walks import device

NOBODY = Known(frozenset(), frozenset(), frozenset({"sw1"}))
INSIDE, OUTSIDE = "127.0.9.0/29", "127.0.9.9"


def site(folder: Path) -> Site:
    """A site of six addresses, with one community."""
    account = SnmpCommunity.model_validate({"kind": "snmp", "community": "plain:public"})
    networks = (ip_network(INSIDE),)
    return Site(Settings(captures=folder / "captures", networks=networks, credentials={"com": account}), {})


def search(
    folder: Path, agents: dict[str, bytes], networks: Sequence[str] = (), known: Known = NOBODY
) -> list[Candidate]:
    """What a search finds among agents at addresses of this machine, each with its engine id."""

    async def look() -> list[Candidate]:
        async with AsyncExitStack() as stack:
            port = 0
            for address, engine_id in agents.items():
                agent = ReplayAgent(Recording.of(system(engine_id=engine_id)))
                await agent.start(address, port)
                stack.callback(agent.close)
                port = agent.address.port
            wanted = [ip_network(text) for text in networks]
            with silent(port):
                return await in_networks(site(folder), wanted, ["com"], known, port=port, per_second=500)

    return asyncio.run(look())


@contextmanager
def silent(port: int) -> Iterator[None]:
    """An address beside the site's networks hears nothing for the block."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.bind((OUTSIDE, port))
        door.settimeout(0)
        yield
        with pytest.raises(BlockingIOError):
            door.recv(1)


def test_what_answers_inside_the_networks_is_proposed(tmp_path: Path) -> None:
    """With a name that is free, and the line for the configuration; who is outside is not even asked."""
    found = search(tmp_path, {"127.0.9.1": b"one-engine", "127.0.9.3": b"two-engine"})
    assert [(one.name, one.address.partition(":")[0], one.credential) for one in found] == [
        ("sw1-2", "127.0.9.1", "com"),
        ("sw1-3", "127.0.9.3", "com"),
    ]
    assert found[0].snippet == (
        f'- {{name: sw1-2, collector: network, address: "{found[0].address}", credential: com}}'
    )
    assert list(tmp_path.iterdir()) == [], "nothing is written"


def test_one_device_at_two_addresses_is_one_proposal(tmp_path: Path) -> None:
    """Its engine id tells."""
    (found,) = search(tmp_path, {"127.0.9.1": b"one-engine", "127.0.9.2": b"one-engine"})
    assert (found.address.partition(":")[0], found.also) == ("127.0.9.1", ("127.0.9.2",))


def test_a_device_that_is_read_is_not_proposed(tmp_path: Path) -> None:
    """By its address, or by its engine id at another address."""
    known = Known(frozenset({"127.0.9.1"}), frozenset({b"two-engine".hex()}), frozenset())
    assert search(tmp_path, {"127.0.9.1": b"one-engine", "127.0.9.2": b"two-engine"}, known=known) == []


@pytest.mark.parametrize("network", ["127.0.9.0/28", "127.0.9.9/32", "10.0.0.0/8", "::/0"])
def test_a_network_outside_those_of_the_site_is_refused_and_nothing_is_sent(tmp_path: Path, network: str) -> None:
    """All of it must lie inside."""
    with pytest.raises(NoSuch, match="not inside the networks"):
        search(tmp_path, {"127.0.9.1": b"one-engine"}, [network])


def test_a_site_without_networks_is_not_searched(tmp_path: Path) -> None:
    """An allow-list that is not there allows nothing here."""
    bare = Site(Settings(captures=tmp_path / "captures"), {})
    with pytest.raises(NoSuch, match="lists no networks"):
        asyncio.run(in_networks(bare, [], ["com"], NOBODY))


def test_too_many_addresses_and_unknown_credentials_are_refused(tmp_path: Path) -> None:
    """A search is no scan of everything."""
    wide = site(tmp_path)
    wide.settings = wide.settings.model_copy(update={"networks": (ip_network("10.0.0.0/8"),)})
    with pytest.raises(NoSuch, match="16,777,216 addresses are too many"):
        asyncio.run(in_networks(wide, [], ["com"], NOBODY))
    with pytest.raises(NoSuch, match="no SNMP credential"):
        asyncio.run(in_networks(site(tmp_path), [], ["nobody"], NOBODY))


def test_whom_devices_hear_and_nobody_reads_is_proposed(tmp_path: Path) -> None:
    """By the address that it announces; who is read already is not."""
    memory = NetworkMemory.at(tmp_path)
    manage = {(0, 1, 1, 1, 4, 10, 9, 9, 2): {3: 2, 4: 1}, (0, 2, 1, 1, 4, 10, 9, 9, 3): {3: 2, 4: 1}}
    heard = switch(1, {1: (2, "Gi1/0/1"), 2: (3, "Gi1/0/1")}, lldpRemManAddrTable=manage)
    capture_links(memory, heard, "sw1")
    found = by_neighbours(memory.store, NOBODY)
    assert [(one.name, one.address, one.found_by, one.credential) for one in found] == [
        ("sw2", "10.9.9.2", "sw1 / Gi1/0/1 (lldp)", ""),
        ("sw3", "10.9.9.3", "sw1 / Gi1/0/2 (lldp)", ""),
    ]
    capture_links(memory, switch(2, {1: (1, "Gi1/0/1")}), "sw2")
    assert [one.name for one in by_neighbours(memory.store, NOBODY)] == ["sw3"]


def capture_links(memory: NetworkMemory, said: dict[str, object], target: str) -> None:
    """A visit, and the rows of neighbours that it brings."""
    report = memory.visit(said, target)
    run = report.run
    order = Order(
        run.id, target, "network", run.capture or "", run.started_ms, run.ended_ms or run.started_ms, Policy(), str
    )
    with memory.store.lease("links") as lease:
        Linking(memory.store, lease).after(order, device(said, target=target))
