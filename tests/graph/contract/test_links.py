"""Links and what is reached by them, now and then."""

import pytest

from driftline.graph.errors import Undeclared
from driftline.graph.model.values import Micros
from driftline.graph.store import Closure, Direction, Link, Store
from tests.graph.contract.estate import Hand, box, link, new

OUT, IN = Direction.OUT, Direction.IN


@pytest.fixture
def chain(hand: Hand) -> Hand:
    """A -> b -> c -> d -> b, and a -> e (of another type)."""
    hand.write(create=tuple(new(name) for name in "abcde"))
    ring = (link("a", "b"), link("b", "c"), link("c", "d"), link("d", "b"), link("a", "e", "NEXT_TO"))
    hand.write(open=ring)
    return hand


@pytest.mark.usefixtures("chain")
def test_links_of_many_items_come_ordered(store: Store) -> None:
    """One row per (src, type, dst), in both directions, by type if asked."""
    rows = store.links([box("d"), box("a")], OUT)

    assert [(row.src, row.type, row.dst) for row in rows] == [
        (box("a"), "FEEDS", box("b")),
        (box("a"), "NEXT_TO", box("e")),
        (box("d"), "FEEDS", box("b")),
    ]
    assert [row.src for row in store.links([box("b")], IN)] == [box("a"), box("d")]
    assert [row.dst for row in store.links([box("a")], OUT, ["NEXT_TO"])] == [box("e")]
    assert store.links([box("a")], IN) == []
    assert store.links([box("nobody")], OUT) == []


def test_a_link_lives_until_its_last_source_ends_it(store: Store, chain: Hand) -> None:
    """Links belong to sources; reads collapse them."""
    second = chain.write(open=(link("a", "b", source="b"),))
    third = chain.write(close=(link("a", "b", source="a"),))
    fourth = chain.write(close=(link("a", "b", source="b"),))

    def seen(at: int | None, source: str | None = None) -> list[tuple[tuple[str, ...], int]]:
        when = None if at is None else Micros(at)
        return [(row.sources, row.since) for row in store.links([box("a")], OUT, ["FEEDS"], source=source, at=when)]

    assert seen(second - 1) == [(("a",), 1_001)]
    assert seen(second) == [(("a", "b"), 1_001)]
    assert seen(third) == [(("b",), second)]
    assert seen(fourth) == seen(None) == []
    assert seen(third, "a") == []
    assert seen(second, "a") == [(("a",), 1_001)]
    assert seen(1_000) == []


def test_a_link_may_be_closed_and_opened_at_once(store: Store, chain: Hand) -> None:
    """Close comes before open in one batch."""
    at = chain.write(close=(link("a", "b"),), open=(link("a", "b"),))

    assert store.links([box("a")], OUT, ["FEEDS"]) == [Link(box("a"), "FEEDS", box("b"), ("a",), at)]
    assert [row.since for row in store.links([box("a")], OUT, ["FEEDS"], at=Micros(at - 1))] == [1_001]


@pytest.mark.usefixtures("chain")
def test_closure_gives_the_least_depth_and_survives_a_cycle(store: Store) -> None:
    """Starts are at depth 0, also on a cycle."""
    assert depths(store.closure([box("a")], OUT)) == {"a": 0, "b": 1, "e": 1, "c": 2, "d": 3}
    assert depths(store.closure([box("b")], OUT)) == {"b": 0, "c": 1, "d": 2}
    assert depths(store.closure([box("b")], IN)) == {"b": 0, "a": 1, "d": 1, "c": 2}
    assert depths(store.closure([box("a"), box("d")], OUT)) == {"a": 0, "d": 0, "b": 1, "e": 1, "c": 2}
    assert depths(store.closure([box("a")], OUT, ["FEEDS"])) == {"a": 0, "b": 1, "c": 2, "d": 3}
    assert depths(store.closure([box("a")], OUT, ["NEXT_TO", "LOCATED_AT"])) == {"a": 0, "e": 1}
    assert depths(store.closure([box("a")], OUT, depth=0)) == {"a": 0}
    assert depths(store.closure([box("a")], OUT, depth=2)) == {"a": 0, "b": 1, "e": 1, "c": 2}
    assert store.closure([box("a")], OUT).truncated is False


def test_an_item_linked_to_itself_is_reached_once(store: Store, hand: Hand) -> None:
    """A self link ends where it began."""
    hand.write(create=(new("x"),))
    hand.write(open=(link("x", "x"),))

    assert depths(store.closure([box("x")], OUT)) == {"x": 0}


def test_closure_is_cut_by_depth_then_key(store: Store, hand: Hand) -> None:
    """The same items on both stores, and the cut is said."""
    hand.write(create=tuple(new(name) for name in ("x", "z", "é", "Z", "m", "deep")))
    hand.write(open=tuple(link("x", name) for name in ("é", "z", "Z", "m")))
    hand.write(open=(link("Z", "deep"),))

    def cut(limit: int) -> tuple[list[str], bool]:
        found = store.closure([box("x")], OUT, limit=limit)
        return sorted(depths(found)), found.truncated

    assert cut(1) == (["x"], True)
    assert cut(3) == (["Z", "m", "x"], True)
    assert cut(5) == (["Z", "m", "x", "z", "é"], True)
    assert cut(6) == (["Z", "deep", "m", "x", "z", "é"], False)


def test_closure_then_uses_the_links_of_then(store: Store, chain: Hand) -> None:
    """A start that did not exist at that instant is left out."""
    before = chain.write(create=(new("late"),))
    chain.write(close=(link("b", "c"),), open=(link("b", "late"),))

    assert depths(store.closure([box("a")], OUT, ["FEEDS"])) == {"a": 0, "b": 1, "late": 2}
    assert depths(store.closure([box("a")], OUT, ["FEEDS"], at=before)) == {"a": 0, "b": 1, "c": 2, "d": 3}
    assert depths(store.closure([box("late"), box("a")], IN, at=Micros(before - 1))) == {"a": 0}
    assert store.closure([box("nobody")], OUT) == Closure({}, truncated=False)
    assert store.closure([], OUT) == Closure({}, truncated=False)


def test_an_ended_item_is_in_no_closure_and_its_links_are_past(store: Store, chain: Hand) -> None:
    """A tombstone needs its links closed in the same batch."""
    at = chain.write(tombstone=(box("c"),), close=(link("b", "c"), link("c", "d")))

    assert depths(store.closure([box("a"), box("c")], OUT, ["FEEDS"])) == {"a": 0, "b": 1}
    assert depths(store.closure([box("c")], OUT, at=at)) == {}
    assert depths(store.closure([box("c")], OUT, at=Micros(at - 1))) == {"c": 0, "d": 1, "b": 2}
    assert store.links([box("c")], OUT) == []


def test_a_type_of_link_must_be_declared(store: Store) -> None:
    """Names reach a statement only from the model."""
    with pytest.raises(Undeclared, match="MADE_UP"):
        store.links([box("x")], OUT, ["MADE_UP"])
    with pytest.raises(Undeclared, match="MADE_UP"):
        store.closure([box("x")], OUT, ["MADE_UP"])


def test_depth_is_bounded(store: Store) -> None:
    """Nobody walks an estate by accident."""
    with pytest.raises(ValueError, match="17"):
        store.closure([box("x")], OUT, depth=17)


def depths(found: Closure) -> dict[str, int]:
    """Names instead of keys."""
    return {key.removeprefix("box:"): depth for key, depth in found.depth.items()}
