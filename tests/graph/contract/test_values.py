"""What is written is read back, with its type."""

import pytest

from driftline.graph.dump import dump
from driftline.graph.model.values import MAX_INT, Value
from driftline.graph.store import Compare, Cond, Family, ItemChange, PastValue, Store
from tests.graph.contract.estate import Hand, Site, box, ids, new

VALUES: list[Value] = [
    "",
    "text",
    "Grüße, 世界 🚚",
    "quote ' double \" backtick ` backslash \\ newline \n dollar $ {brace}",
    "null\x00inside",
    0,
    1,
    -1,
    MAX_INT,
    -MAX_INT - 1,
    1.0,
    0.1,
    -0.0,
    1e300,
    5e-324,
    1e22,
    True,
    False,
    (),
    ("",),
    ("b", "a", "Ü"),
]


@pytest.mark.parametrize("value", VALUES, ids=ascii)
def test_a_value_comes_back_with_its_type(store: Store, hand: Hand, value: Value) -> None:
    """Every row of the table of values, now and as history."""
    born = hand.write(create=(new("x", size_bytes=value),))
    assert same(store.read([box("x")])[box("x")].attrs["size_bytes"], value)

    past = PastValue("size_bytes", value, "a", born)
    hand.write(change=(ItemChange(box("x"), {"size_bytes": None}, {}, (past,)),))

    assert "size_bytes" not in store.read([box("x")])[box("x")].attrs
    assert same(store.read([box("x")], at=born)[box("x")].attrs["size_bytes"], value)
    assert [same(row.value, value) for row in store.revisions([box("x")])] == [True]


@pytest.mark.parametrize("value", [1, 1.0, True, "1"], ids=repr)
def test_equal_looking_values_stay_apart_in_the_dump(store: Store, hand: Hand, value: Value) -> None:
    """1, 1.0, True and "1" are four values."""
    hand.write(create=(new("x", size_bytes=value),))

    written = {int: ":1}", float: ":1.0}", bool: ":true}", str: ':"1"}'}
    line = next(dump(store))
    assert [kind for kind, text in written.items() if '"size_bytes"' + text in line] == [type(value)]


@pytest.mark.parametrize(
    "name", ["quote'", 'double"', "tick`", "back\\slash", "Ünï 世界", "a" * 500, "$x {y} -- /* */"]
)
def test_a_key_may_hold_any_text(store: Store, hand: Hand, name: str) -> None:
    """Keys are parameters, never part of a statement."""
    hand.write(create=(new(name, name=name), new("other")))

    assert store.read([box(name)])[box(name)].attrs == {"name": name}
    assert ids(store, "Box", Cond("name", Compare.EQ, name)) == [box(name)]
    assert store.read([box("nobody")]) == {}


def test_export_gives_exactly_the_named_columns(store: Store, hand: Hand) -> None:
    """Rows of an export hold no numbers of a store."""
    hand.write(create=(new("x", name="one"),))

    rows = list(store.export((Family.ITEM,)))
    wanted = {"key": "box:x", "kind": "Box", "attrs": {"name": "one"}, "meta": {}, "source": "a"}
    assert [dict(row.row) for row in rows] == [{**wanted, "created": 1_000, "deleted": None}]


def test_kinds_may_be_without_items(store: Store) -> None:
    """A kind that was never seen is empty, not an error."""
    assert store.find(Site.kind) == []
    assert store.count(Site.kind) == {None: 0}


def same(one: Value, other: Value) -> bool:
    """Equal with type, and zero with sign."""
    return type(one) is type(other) and repr(one) == repr(other)
