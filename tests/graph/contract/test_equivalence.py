"""After any history, both stores hold the same facts and answer every question alike; and rightly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from random import Random

import pytest

from driftline.graph.dump import dump
from driftline.graph.model.values import Key, Micros
from driftline.graph.store import Compare, Cond, Direction, Store
from tests.graph.contract.estate import Place, box
from tests.graph.contract.history import BEGIN, NAMES, SOURCES, Estate, batches, seeded

STEPS = 500
KEYS = [*(box(name) for name in NAMES), box("nobody")]


def live(store: Store, seed: int, steps: int) -> list[Estate]:
    """Apply a history and return the estate after each batch."""
    estates = []
    with store.lease("history") as lease:
        for batch, estate in batches(seed, steps):
            assert store.apply(replace(batch, fence=lease.fence)) is True
            estates.append(estate)
    return estates


@pytest.mark.slow
def test_two_stores_with_one_history_are_equal_in_every_answer(place: Place, spare: Place) -> None:
    """500 random steps: byte-equal facts, and equal answers to every primitive for random instants."""
    store, plain = place.open(), spare.open()
    estates = live(store, 7, STEPS)
    live(plain, 7, STEPS)

    assert list(dump(store, facts=True)) == list(dump(plain, facts=True))
    random = seeded(8)
    for step in sorted(random.sample(range(STEPS), 25)):
        at = Micros(BEGIN + step)
        assert answers(store, at, seeded(step)) == answers(plain, at, seeded(step))
        agrees(store, estates[step], at)
    assert now(store) == now(plain)
    agrees(store, estates[-1], None)


@pytest.mark.parametrize("seed", range(4))
def test_every_past_instant_is_read_as_it_was_when_it_was_now(store: Store, seed: int) -> None:
    """What is read of an instant is what was current then, however much came after."""
    estates = live(store, seed, 40)

    for step, estate in enumerate(estates):
        agrees(store, estate, Micros(BEGIN + step))
    agrees(store, estates[-1], None)


def agrees(store: Store, estate: Estate, at: Micros | None) -> None:
    """Hold items, links, notes and what is reached against the plain memory."""
    living = {key: item for key, item in estate.items.items() if item.lives}
    read = {key: state for key, state in store.read(KEYS, at=at).items() if state.deleted is None}
    assert set(read) == set(living)
    for key, item in living.items():
        told = {name: (since, by) for name, (_, since, by) in item.attrs.items()}
        attrs = {name: value for name, (value, _, _) in item.attrs.items()}
        assert read[key].attrs == attrs
        assert {name: type(value) for name, value in read[key].attrs.items()} == {n: type(v) for n, v in attrs.items()}
        assert read[key].meta == {name: one for name, one in told.items() if one != (item.created, item.source)}
    said = {(one.src, one.type, one.dst, by) for one in store.links(KEYS, Direction.OUT, at=at) for by in one.sources}
    assert said == {(one.src, one.type, one.dst, one.source) for one in estate.links}
    assert store.closure(KEYS[:2], Direction.OUT, depth=4, at=at).depth == reached(estate, KEYS[:2], 4)
    then = {
        name: [body for recorded, body in told if at is None or recorded <= at] for name, told in estate.notes.items()
    }
    assert {row.id: row.body for row in store.find("Note", known_at=at)} == {
        name: told[-1] for name, told in then.items()
    }


def reached(estate: Estate, start: list[Key], depth: int) -> Mapping[Key, int]:
    """Breadth first over a set of pairs."""
    found = {key: 0 for key in start if key in estate.items and estate.items[key].lives}
    pairs = {(one.src, one.dst) for one in estate.links}
    for distance in range(1, depth + 1):
        found = {dst: distance for src, dst in pairs if src in found and dst not in found} | found
    return found


def answers(store: Store, at: Micros, random: Random) -> list[object]:
    """Every question that takes an instant, with random options."""
    start = random.sample(KEYS, 3)
    way = random.choice((Direction.OUT, Direction.IN))
    source, limit = random.choice(SOURCES), random.choice((1, 4, 100))
    return [
        store.read(KEYS, at=at),
        store.links(KEYS, way, at=at),
        store.links(start, way, ["FEEDS"], source=source, at=at),
        store.closure(start, way, random.choice(((), ("FEEDS",))), depth=random.randrange(7), at=at, limit=limit),
        store.revisions(KEYS, since=at, until=Micros(at + random.randrange(50))),
        store.revisions(KEYS, attr="name", until=at),
        store.find("Note", order=random.choice(("seen_ms", "actor", "weight", None)), known_at=at),
        store.find("Note", [Cond("ci", Compare.IN, tuple(start))], known_at=at),
        store.find("Ruling", [Cond("cites", Compare.EQ, f"note-{random.randrange(40)}")], known_at=at),
        store.count("Note", "actor", known_at=at),
        list(store.export(at=at)),
    ]


def now(store: Store) -> list[object]:
    """Every question about the present."""
    return [
        store.read(KEYS),
        [store.digests(source, KEYS) for source in SOURCES],
        [list(store.members(source, "Box")) for source in SOURCES],
        store.sightings(KEYS),
        [store.links(KEYS, way) for way in Direction],
        [store.closure(KEYS[:3], way) for way in Direction],
        store.revisions(KEYS),
        [store.find("Box", order=order) for order in ("key", "name")],
        [store.find("Note", order=order) for order in ("id", "seen_ms", "actor", "grave", "weight", "ci")],
        [store.count("Note", by) for by in (None, "ci", "actor", "grave", "weight")],
        store.count("Box", "name"),
        store.persons([f"p{number}" for number in range(6)]),
    ]
