"""After a visit only what can have changed is resolved again, and it comes to what a full run comes to (D42)."""

from __future__ import annotations

from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from driftline.collectors.network.links import Resolver
from driftline.graph.model.neighbours import ArpRow, Heard, Neighbour, NeighbourRow, PortRow, PortTable
from driftline.graph.model.observed import Status
from driftline.graph.model.values import Ms
from tests.collectors.network.links.wires import (
    CONFIRMED,
    DEVICE_ONLY,
    LLDP,
    chassis_of,
    device,
    drawn,
    mac_of,
    octets,
    row,
)

HOSTS = ("a", "b", "c")
PORTS = ("1", "2", "3")
TIMES = st.integers(1, 4).map(lambda n: n * 10)
MACS = st.integers(1, 5).map(mac_of)
"""Few marks of each kind, so that they are shared, missing, and change hands."""


@st.composite
def port_rows(draw: st.DrawFn) -> tuple[PortRow, ...]:
    """Ports of a device."""
    names = draw(st.sampled_from((PORTS, PORTS, PORTS, PORTS[:2], ())))
    alias, index = st.sampled_from(("", "x", "y")), st.none() | st.integers(1, 3)
    net = st.sampled_from(((), ("10.0.0.0/31",), ("10.0.0.1/31",), ("10.0.0.2/31",)))
    announced = st.sampled_from(((), (f"5:{octets('1')}",), (f"5:{octets('2')}",)))
    return tuple(
        PortRow(
            n, alias=draw(alias), mac=draw(MACS), if_index=draw(index), addresses=draw(net), announced=draw(announced)
        )
        for n in names
    )


@st.composite
def tables(draw: st.DrawFn, host: str) -> PortTable:
    """What a device says of itself in a visit."""
    own = mac_of(HOSTS.index(host) + 1)
    mac = draw(st.sampled_from((own, own, own, "", mac_of(1))))
    name = draw(st.sampled_from((host, host, "twin", "")))
    arp = draw(st.lists(st.builds(ArpRow, st.sampled_from(PORTS), st.just("10.0.0.1"), MACS), max_size=2))
    start = draw(TIMES)
    complete = draw(st.none() | st.just(Ms(start)))
    heard = (Heard(LLDP, Status.COMPLETE if complete else Status.PARTIAL, Ms(start), Ms(start), complete),)
    made = device(host, *draw(port_rows()), mac=mac)
    return replace(made, names=(name,) if name else (), arp=tuple(arp), heard=heard)


@st.composite
def neighbours(draw: st.DrawFn) -> Neighbour:
    """An announcement by somebody."""
    kind = draw(st.sampled_from(("4", "4", "4", "7")))
    chassis = chassis_of(draw(MACS)) if kind == "4" else octets(draw(st.sampled_from((*HOSTS, "twin"))))
    subtype = draw(st.sampled_from(("1", "3", "5", "5", "5", "7")))
    port = chassis_of(draw(MACS)) if subtype == "3" else octets(draw(st.sampled_from((*PORTS, "x"))))
    return Neighbour(kind, chassis, subtype, port, name=draw(st.sampled_from(("", *HOSTS))))


@st.composite
def visits(draw: st.DrawFn) -> tuple[PortTable, tuple[NeighbourRow, ...]]:
    """One device as it is read once."""
    host = draw(st.sampled_from(HOSTS))
    places = draw(st.sampled_from((PORTS, PORTS, (*PORTS, None), PORTS[:1])))
    heard = st.lists(neighbours(), max_size=2) | st.lists(neighbours(), min_size=1, max_size=1)
    rows = (row(host, place, *draw(heard), since=draw(TIMES), read=draw(TIMES)) for place in places)
    return draw(tables(host)), tuple(rows)


@settings(max_examples=150, deadline=None)
@given(st.lists(visits(), min_size=1, max_size=10), st.randoms(use_true_random=False))
def test_any_order_of_visits_comes_to_what_a_full_run_comes_to(
    told: list[tuple[PortTable, tuple[NeighbourRow, ...]]], dice: Random
) -> None:
    """For any order of visits and any shuffling the incremental result equals the full run."""
    resolver = Resolver()
    last: dict[str, tuple[PortTable, tuple[NeighbourRow, ...]]] = {}
    for table, rows in told:
        last[table.device] = (table, rows)
        resolver.after(table, rows)

    newest = list(last.values())
    dice.shuffle(newest)
    shuffled = [one for _, own in newest for one in own]
    dice.shuffle(shuffled)

    assert resolver.picture == Resolver.of([table for table, _ in newest], shuffled).picture


@settings(max_examples=60, deadline=None)
@given(st.lists(visits(), min_size=1, max_size=8))
def test_a_visit_tells_every_port_whose_links_changed(
    told: list[tuple[PortTable, tuple[NeighbourRow, ...]]],
) -> None:
    """What a visit returns covers every link that came, went, or has another state."""
    resolver = Resolver()
    for table, rows in told:
        before = dict(resolver.picture.links)
        dirty = resolver.after(table, rows)
        after = resolver.picture.links
        changed = {ends for ends in {*before, *after} if before.get(ends) != after.get(ends)}
        assert all(any((end.device, end.port) in dirty for end in ends) for ends in changed)


def test_a_port_two_steps_away_is_resolved_again() -> None:
    """A third device takes the name by which one row was found; that settles what the far port says of another."""
    ours, theirs = mac_of(7), mac_of(8)
    near = device("a", PortRow("1", mac=ours), PortRow("2", mac=ours), mac=mac_of(1))
    far = replace(device("b", PortRow("1", mac=theirs), PortRow("2", mac=theirs), mac=mac_of(2)), names=("twin",))
    to_near = Neighbour("4", chassis_of(mac_of(1)), "3", chassis_of(ours))
    rows = [
        row("a", "1", Neighbour("4", chassis_of(mac_of(2)), "3", chassis_of(theirs))),
        row("a", "2", Neighbour("7", octets("twin"), "3", chassis_of(theirs))),
        row("b", "1", to_near),
    ]
    resolver = Resolver.of([near, far], rows)
    assert drawn(resolver) == {("a.1", "b", DEVICE_ONLY), ("a.2", "b", DEVICE_ONLY), ("a", "b.1", DEVICE_ONLY)}

    third = replace(device("c"), names=("twin",))
    resolver.after(third, [])

    assert drawn(resolver) == {("a.1", "b.1", CONFIRMED)}
    assert resolver.picture == Resolver.of([near, far, third], rows).picture
