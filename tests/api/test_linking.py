"""Links in the memory: drawn after every visit, changed only where the estate changed (network.md 7, D42)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from driftline.api.linking import Linked, Linking
from driftline.api.model import MODEL
from driftline.diff.policy import Policy
from driftline.graph.dump import dump
from driftline.graph.model.values import Key, Micros
from driftline.graph.sqlite import SqliteStore
from driftline.graph.store import Batch, Direction, LinkId
from tests.api.cabling import HOUR, LOCAL, NAMES, Net, cut, switch
from tests.collectors.network.samples import mac, ports
from tests.collectors.network.walks import START, device, shifted


@pytest.fixture
def net(tmp_path: Path) -> Iterator[Net]:
    """A new memory."""
    clock = [0]
    store = SqliteStore.open(tmp_path / "store.db", MODEL, clock=lambda: Micros(clock[0]))
    yield Net(store, clock)
    store.close()


def told(linked: Linked) -> list[tuple[str, str, int, int]]:
    """Changes: path, op, and the interval in hours since the start."""
    return [(c.path, c.op.value, (c.lower_ms - START) // HOUR, (c.upper_ms - START) // HOUR) for c in linked.changes]


def pair_up(net: Net) -> None:
    """Two switches, one cable, both read."""
    net.visit(1, switch(1, {1: (2, "Gi1/0/2")}))
    net.visit(2, switch(2, {2: (1, "Gi1/0/1")}))


def test_a_cable_is_drawn_once_between_its_ports(net: Net) -> None:
    """CONNECTED_TO between Interface CIs, symmetric, kept once, confirmed; the first readings are inventory."""
    pair_up(net)

    assert net.ties() == {("sw1 Gi1/0/1", "sw2 Gi1/0/2")}
    assert net.states() == {"confirmed": 1}
    assert not net.store.find("Change")


def test_a_stub_is_drawn_and_upgraded_in_place(net: Net) -> None:
    """No hit: a stub item keyed by chassis, which becomes the device when it is polled; nobody is accused."""
    net.visit(1, switch(1, {1: (2, "Gi1/0/2"), 2: (2, "Gi1/0/1")}))
    stubs = [row.id for row in net.store.find("NetworkDevice")]
    assert net.ties() == {("sw1 Gi1/0/1", "sw2"), ("sw1 Gi1/0/2", "sw2")}
    assert len(stubs) == 2

    found = net.visit(2, switch(2))

    assert {row.id for row in net.store.find("NetworkDevice")} == set(stubs)
    assert net.ties() == {("sw1 Gi1/0/1", "sw2 Gi1/0/2"), ("sw1 Gi1/0/2", "sw2 Gi1/0/1")}
    assert found.changes == ()


def test_a_cut_cable_is_one_change_with_an_interval(net: Net) -> None:
    """A link goes only when no complete table shows it any more; the interval opens at the last reading that did."""
    pair_up(net)
    first = net.visit(1, switch(1))
    assert net.ties() == {("sw1 Gi1/0/1", "sw2 Gi1/0/2")}, "the other end was not read since"
    assert net.findings() == ["mirror_missing"]

    second = net.visit(2, switch(2))

    assert net.ties() == set()
    assert told(first) == []
    assert told(second) == [("connected_to", "unrelate", 2, 4)]
    assert net.findings() == []
    assert not any(row.body["drawn"] for row in net.store.find("LinkProof"))


def test_a_new_cable_is_one_change(net: Net) -> None:
    """It came after the last complete reading that lacked it; the second end only confirms it."""
    net.visit(1, switch(1))
    net.visit(2, switch(2))

    first = net.visit(1, switch(1, {3: (2, "Gi1/0/3")}))
    second = net.visit(2, switch(2, {3: (1, "Gi1/0/3")}))

    assert told(first) == [("connected_to", "relate", 1, 3)]
    assert told(second) == []
    assert net.states() == {"confirmed": 1}


def test_a_recabled_port_is_an_old_link_that_goes_and_a_new_one(net: Net) -> None:
    """Recabling is seen from the end that was read; both changes name both devices for the scope of a request."""
    pair_up(net)
    net.visit(3, switch(3))

    found = net.visit(1, switch(1, {1: (3, "Gi1/0/1")}))

    assert net.ties() == {("sw1 Gi1/0/1", "sw3 Gi1/0/1")}
    assert sorted(change.op.value for change in found.changes) == ["relate", "unrelate"]
    devices = {row.id for row in net.store.find("NetworkDevice")}
    assert all(len(devices & set(change.owners)) == 2 for change in found.changes)


@pytest.mark.parametrize("table", ["lldpRemTable", "lldpLocPortTable", "ifTable", "ifXTable"])
def test_what_could_not_be_read_takes_no_link_away(net: Net, table: str) -> None:
    """A link that a cut table lacks stays, and is no change."""
    pair_up(net)
    before = net.ties()

    found = [net.visit(n, switch(n), change=cut(table)) for n in (1, 2)]

    assert net.ties() == before
    assert [told(one) for one in found] == [[], []]


def test_an_agent_without_its_lldp_part_has_not_lost_its_neighbours(net: Net) -> None:
    """After a restart the tables may be empty and complete before the part that fills them is up."""
    pair_up(net)
    silent = {name: value for name, value in switch(1).items() if not name.startswith("lldp")}

    net.visit(1, silent)
    net.visit(2, switch(2))

    assert net.ties() == {("sw1 Gi1/0/1", "sw2 Gi1/0/2")}


def test_a_restart_that_numbers_ports_anew_changes_nothing(net: Net) -> None:
    """An ifIndex and an LLDP port number hold inside one visit (pitfall 13)."""
    pair_up(net)
    moved = {**switch(1), **ports(*NAMES, first=40)}
    moved["lldpLocPortTable"] = {(n + 60,): row for (n,), row in LOCAL.items()}
    moved["lldpRemTable"] = {
        (0, port + 60, 9): row for (_, port, _), row in switch(1, {1: (2, "Gi1/0/2")})["lldpRemTable"].items()
    }

    found = net.visit(1, moved)

    assert told(found) == []
    assert net.states() == {"confirmed": 1}


def test_links_are_judged_only_where_the_policy_says_so(net: Net) -> None:
    """Runtime by default, offered as a controlled path."""
    pair_up(net)
    net.visit(1, switch(1))
    assert [c.judged for c in net.visit(2, switch(2)).changes] == [False]

    net.policy = Policy(cabling=True)
    judged = net.visit(1, switch(1, {2: (2, "Gi1/0/1")}))

    assert [v.verdict.value for v in judged.verdicts] == ["UNAPPROVED"]


def test_three_on_one_port_are_a_segment(net: Net) -> None:
    """A Segment item with its members, no pairwise links; it ends with the last of them."""
    extra = {(0, 1, n): {4: 4, 5: mac(n * 256), 6: 5, 7: b"Gi1/0/1", 8: b"", 9: f"sw{n}".encode()} for n in (2, 3)}
    net.visit(1, switch(1, lldpRemTable=extra))
    net.visit(2, switch(2))
    assert net.ties() == set()
    assert net.ties("JOINS") == {("segment", "sw1 Gi1/0/1"), ("segment", "sw2 Gi1/0/1"), ("segment", "sw3")}
    (segment,) = net.store.find("Segment")

    net.visit(3, switch(3))
    assert [row.id for row in net.store.find("Segment")] == [segment.id], "one more member, the same segment"

    net.visit(1, switch(1, {1: (2, "Gi1/0/1")}))
    assert net.store.find("Segment") == []
    assert net.ties() == {("sw1 Gi1/0/1", "sw2 Gi1/0/1")}


def test_aggregates_whose_members_are_cabled_are_joined(net: Net) -> None:
    """Two links and one relation of the aggregates."""
    lag = {
        **ports(*NAMES, "Po1"),
        "dot3adAggPortTable": {(n,): {12: 4, 13: 4} for n in (1, 2)},
    }
    lag["ifTable"][4,] |= {3: 161}
    for own, far in ((1, 2), (2, 1)):
        net.visit(own, {**switch(own, {1: (far, "Gi1/0/1"), 2: (far, "Gi1/0/2")}), **lag})

    assert len(net.ties()) == 2
    assert net.ties("BUNDLED_WITH") == {("sw1 Po1", "sw2 Po1")}


def test_a_host_is_joined_to_the_port_that_learned_its_card(net: Net) -> None:
    """Hosts of vSphere by the MAC address of the card and the forwarding table; whichever was read first."""
    card = mac(0x777)
    learned: dict[str, Any] = {
        "dot1dBasePortTable": {(31,): {2: 1}},
        "dot1dTpFdbTable": {tuple(card): {2: 31, 3: 3}},
    }
    net.host(card.hex())
    net.visit(1, switch(1, **learned))
    assert net.ties() == {("host vmnic0", "sw1 Gi1/0/1")}
    assert net.states() == {"fdb": 1}

    net.visit(1, switch(1, dot1dBasePortTable={(31,): {2: 1}}))
    assert net.ties() == {("host vmnic0", "sw1 Gi1/0/1")}, "a silent host is still plugged in"

    found = net.visit(1, switch(1, dot1dBasePortTable={(31,): {2: 2}}, dot1dTpFdbTable=learned["dot1dTpFdbTable"]))
    assert net.ties() == {("host vmnic0", "sw1 Gi1/0/2")}
    assert found.changes == ()


def test_a_host_that_announces_itself_is_joined_by_that(net: Net) -> None:
    """LLDP of a host names its card: it becomes no stub, and outdoes learned addresses."""
    card = mac(0x777)
    said = {(0, 2, 1): {4: 4, 5: card, 6: 3, 7: card, 8: b"", 9: b"esx1"}}
    net.visit(1, switch(1, lldpRemTable=said))
    assert ("sw1 Gi1/0/2", "esx1") in net.ties()

    net.host(card.hex())

    assert net.ties() == {("host vmnic0", "sw1 Gi1/0/2")}
    assert [row.body["name"] for row in net.store.find("NetworkDevice")] == ["sw1"]


def test_resolving_everything_anew_changes_nothing(net: Net) -> None:
    """A full run nightly must change nothing."""
    pair_up(net)
    net.visit(3, switch(3, {1: (1, "Gi1/0/3"), 2: (9, "x")}))
    net.host(mac(0x777).hex())
    before = list(dump(net.store, facts=True))

    found = net.whole()

    assert found.written == 0
    assert list(dump(net.store, facts=True)) == before


def test_a_visit_sent_again_writes_nothing(net: Net) -> None:
    """After a crash between the visit and its links the same capture is sent again."""
    pair_up(net)
    capture = shifted(device(switch(1, {1: (2, "Gi1/0/2")}), target="sw1"), HOUR)
    order = net.order("network", "sw1", capture.id, capture.start_ms, capture.end_ms)
    before = net.ties()
    net.linking = None
    with net.store.lease("test") as lease:
        assert Linking(net.store, lease).after(order, capture).changes == ()
    assert net.ties() == before


def test_what_was_torn_off_is_put_back_on_the_next_day(net: Net) -> None:
    """The full run repairs a link that the end of another source's item closed."""
    pair_up(net)
    (link,) = net.store.links([Key(row.id) for row in net.store.find("Interface")], Direction.OUT, ["CONNECTED_TO"])
    with net.store.lease("test") as lease:
        torn = (LinkId(link.src, link.type, link.dst, "links"),)
        net.store.apply(Batch(id="torn", at=lease.now(), run="torn", source="x", fence=lease.fence, close=torn))
    net.visit(3, switch(3))
    assert net.ties() == set()

    net.visits += 24
    found = net.visit(3, switch(3))

    assert net.ties() == {("sw1 Gi1/0/1", "sw2 Gi1/0/2")}
    assert found.changes == ()
