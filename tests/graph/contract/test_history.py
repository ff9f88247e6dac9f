"""Attributes over time: now, then, and who said so."""

from driftline.graph.model.facts import Past
from driftline.graph.model.values import Micros, Value
from driftline.graph.store import GAP, ItemChange, PastValue, State, Store
from tests.graph.contract.estate import Hand, Place, box, new

X = box("x")


def test_a_birth_writes_no_history(store: Store, hand: Hand) -> None:
    """Meta names only attributes that differ from (created, source)."""
    at = hand.write(create=(new("x", name="one"),))

    assert store.read([X]) == {X: State(X, "Box", {"name": "one"}, {}, "a", at, None)}
    assert store.revisions([X]) == []


def test_an_attribute_is_changed_removed_and_added_again(store: Store, hand: Hand) -> None:
    """As-of reads between each step see what was current then, with its instant and source."""
    born = hand.write(create=(new("x", name="one", size_bytes=1),))
    second = hand.write(
        change=(change({"name": "two"}, {"name": (born + 1, "b")}, PastValue("name", "one", "a", born)),)
    )
    third = hand.write(change=(change({"name": None}, {}, PastValue("name", "two", "b", second)),))
    fourth = hand.write(change=(change({"name": "four"}, {"name": (third + 1, "a")}),))

    seen = {at: then(store, at) for at in range(born - 1, fourth + 2)}
    size = {"size_bytes": 1}
    assert seen == {
        born - 1: None,
        born: State(X, "Box", size | {"name": "one"}, {}, "a", born, None),
        second: State(X, "Box", size | {"name": "two"}, {"name": (second, "b")}, "a", born, None),
        third: State(X, "Box", size, {}, "a", born, None),
        fourth: State(X, "Box", size | {"name": "four"}, {"name": (fourth, "a")}, "a", born, None),
        fourth + 1: State(X, "Box", size | {"name": "four"}, {"name": (fourth, "a")}, "a", born, None),
    }
    assert store.read([X])[X] == seen[fourth]


def test_history_carries_source_and_run(store: Store, hand: Hand) -> None:
    """A past value knows who said it and which run ended it."""
    born = hand.write(create=(new("x", name="one"),))
    at = hand.write(change=(change({"name": "two"}, {"name": (born + 1, "a")}, PastValue("name", "one", "a", born)),))

    assert store.revisions([X]) == [Past(X, "name", "one", "a", born, at, "run-2")]


def test_revisions_are_those_true_in_the_interval(store: Store, hand: Hand) -> None:
    """Half-open on both sides: [since, until) of the value against [since, until) of the question."""
    for name in ("x", "y"):
        hand.write(create=(new(name, name="0", size_bytes=0),))
    told = [hand.write(change=(step("x", n), step("y", n))) for n in range(3)]

    both = store.revisions([box("y"), X], attr="name")
    assert [(row.ci, row.attr, row.value) for row in both] == [(box(n), "name", str(v)) for n in "xy" for v in range(3)]
    middle = store.revisions([X], since=told[0], until=told[1])
    assert [(row.attr, row.value) for row in middle] == [("name", "1"), ("size_bytes", 1)]
    assert store.revisions([X], attr="size_bytes", since=told[2]) == []
    assert [row.value for row in store.revisions([X], attr="size_bytes", since=told[1])] == [2]
    assert store.revisions([X], until=Micros(1_000)) == []
    assert store.revisions([], attr="name") == []


def test_a_tombstone_takes_the_item_out_of_every_current_read(store: Store, hand: Hand) -> None:
    """The row stays for identity and history; ``read`` without an instant still shows it, ended."""
    born = hand.write(create=(new("x", name="one"), new("y")))
    ended = hand.write(tombstone=(X,))

    assert store.read([X])[X] == State(X, "Box", {"name": "one"}, {}, "a", born, ended)
    assert [row.id for row in store.find("Box")] == [box("y")]
    assert store.count("Box") == {None: 1}
    assert store.count("Box", "name") == {None: 1}
    assert then(store, ended - 1) == State(X, "Box", {"name": "one"}, {}, "a", born, None)
    assert then(store, ended) is None


def test_revival_writes_the_gap_to_the_past(store: Store, hand: Hand) -> None:
    """An as-of read inside the gap finds nothing; before and after it finds the item."""
    born = hand.write(create=(new("x", name="one"),))
    ended = hand.write(tombstone=(X,))
    hand.write(create=(new("y"),))
    back = hand.write(revive=(X,))

    assert [then(store, at) is not None for at in (born, ended - 1, ended, back - 1, back)] == [
        True,
        True,
        False,
        False,
        True,
    ]
    assert store.revisions([X]) == [Past(X, GAP, value=True, source="a", since=ended, until=back, run="run-4")]
    assert store.read([X])[X].deleted is None
    assert [row.id for row in store.find("Box")] == [X, box("y")]


def test_an_item_may_be_revived_and_changed_at_once(store: Store, hand: Hand) -> None:
    """Change comes before revive in one batch."""
    born = hand.write(create=(new("x", name="one"),))
    hand.write(tombstone=(X,))
    back = hand.write(
        revive=(X,), change=(change({"name": "two"}, {"name": (born + 2, "a")}, PastValue("name", "one", "a", born)),)
    )

    assert then(store, born) == State(X, "Box", {"name": "one"}, {}, "a", born, None)
    assert then(store, back) == State(X, "Box", {"name": "two"}, {"name": (back, "a")}, "a", born, None)


def test_time_rises_even_if_the_clock_stands_or_goes_back(place: Place, store: Store, hand: Hand) -> None:
    """``at`` = max(clock, last + 1)."""
    first = hand.write(create=(new("x"),))
    second = hand.write(create=(new("y"),))
    place.clock.now = Micros(10)
    third = hand.write(create=(new("z"),))
    place.clock.now = Micros(5_000)
    fourth = hand.write(create=(new("q"),))

    assert (first, second, third, fourth) == (1_000, 1_001, 1_002, 5_000)
    assert store.health().at == 5_000


def then(store: Store, at: int) -> State | None:
    """The box at an instant."""
    return store.read([X], at=Micros(at)).get(X)


def change(attrs: dict[str, str | None], meta: dict[str, tuple[int, str]], *past: PastValue) -> ItemChange:
    """A change of the box."""
    return ItemChange(X, attrs, {name: (Micros(since), by) for name, (since, by) in meta.items()}, past)


def step(name: str, number: int) -> ItemChange:
    """The next value of both attributes; the store's time begins at 1,000 and rises by one."""
    since = Micros((1_000 if name == "x" else 1_001) if number == 0 else 1_001 + number)
    old: dict[str, Value] = {"name": str(number), "size_bytes": number}
    past = tuple(PastValue(attr, value, "a", since) for attr, value in old.items())
    told = (Micros(1_002 + number), "a")
    return ItemChange(box(name), {"name": str(number + 1), "size_bytes": number + 1}, dict.fromkeys(old, told), past)
