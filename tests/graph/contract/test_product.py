"""The suite's small model is not the product's: every kind, order and reference that the product declares is served."""

from __future__ import annotations

from driftline.api.model import MODEL
from driftline.graph.model.values import Key, Micros
from driftline.graph.store import Compare, Cond, NewItem
from tests.graph.contract.estate import Hand, Place


def test_every_declared_kind_can_be_written_and_found(place: Place) -> None:
    """An item of each kind, found by its key and title."""
    store = place.open(MODEL)
    born = tuple(NewItem(Key(f"{kind}:1"), kind, {one.title_field: "x"}, "a") for kind, one in MODEL.items.items())
    with store.lease("a test") as lease:
        Hand(store, lease).write(create=born)

    for kind, item in MODEL.items.items():
        assert [row.id for row in store.find(kind, [Cond(item.title_field, Compare.EQ, "x")])] == [f"{kind}:1"]
        assert store.count(kind) == {None: 1}


def test_every_declared_order_and_reference_is_served(place: Place) -> None:
    """Now and as it was known."""
    store = place.open(MODEL)

    asked = 0
    for kind, record in MODEL.records.items():
        for known_at in (None, Micros(1)):
            for order in (None, *(order[0] for order in record.orders)):
                assert store.find(kind, order=order, known_at=known_at) == []
            for reference in record.references:
                assert store.find(kind, [Cond(reference.name, Compare.EQ, "x")], known_at=known_at) == []
                asked += 1
    assert asked > 10
