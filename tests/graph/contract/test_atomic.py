"""A batch is written whole or not at all."""

from typing import Any

import pytest

from driftline.graph.dump import dump
from driftline.graph.errors import Conflict, StoreError
from driftline.graph.model.facts import Sighting
from driftline.graph.store import ItemChange, NewItem, PersonRow, RecordRow, Store
from tests.graph.contract.estate import Hand, box, link, new, note, paper, ruling, sighting

MISFITS: dict[str, dict[str, Any]] = {
    "an item that exists": {"create": (new("n"), new("x"))},
    "an ended item created": {"create": (new("ended"),)},
    "an item twice": {"create": (new("n"), new("n"))},
    "a change of nothing": {"change": (ItemChange(box("x"), {}, {}, ()), ItemChange(box("nobody"), {}, {}, ()))},
    "a revival of nothing": {"revive": (box("ended"), box("nobody"))},
    "a revival of the living": {"revive": (box("ended"), box("x"))},
    "the end of nothing": {"tombstone": (box("free"), box("nobody"))},
    "the end of the ended": {"tombstone": (box("free"), box("ended"))},
    "the end of an item that keeps a link": {"tombstone": (box("x"),)},
    "the end of the other end": {"tombstone": (box("y"),)},
    "a sighting of nothing": {"sighted": (sighting("free"), sighting("nobody"))},
    "a sighting under another kind": {"sighted": (Sighting("a", box("free"), "Site", "d"),)},
    "a sighting removed that is not": {"unsighted": (("a", box("x")), ("b", box("x")))},
    "a link closed that is not": {"close": (link("x", "y"), link("y", "x"))},
    "a link closed of another source": {"close": (link("x", "y", source="b"),)},
    "a link closed twice": {"close": (link("x", "y"), link("x", "y"))},
    "a link that is open": {"open": (link("y", "x"), link("x", "y"))},
    "a link opened twice": {"open": (link("y", "x"), link("y", "x"))},
    "a link from nothing": {"open": (link("y", "x"), link("nobody", "x"))},
    "a link to nothing": {"open": (link("y", "x"), link("x", "nobody"))},
    "a link to the ended": {"open": (link("x", "ended"),)},
    "a record twice": {"records": (paper("p"), paper("p"))},
    "a reference to no item": {"records": (note("n1"), note("n2", "nobody"))},
    "a reference to no record": {"records": (paper("p"), ruling("r", "no-note"))},
    "one of many references to nothing": {"records": (paper("p"), ruling("r", cites=("p", "first", "no-paper")))},
    "a reference to another kind": {"records": (paper("p"), ruling("r", "p"))},
    "a reference to nothing by overwriting": {"records": (note("first", "nobody", overwrite=True),)},
}


@pytest.fixture
def full(hand: Hand) -> Hand:
    """X -> y, a box that ended, a free one, a note."""
    hand.write(create=(new("x"), new("y"), new("ended"), new("free")), sighted=(sighting("x"),))
    hand.write(open=(link("x", "y"),), records=(note("first"),), tombstone=(box("ended"),))
    return hand


@pytest.mark.parametrize("parts", MISFITS.values(), ids=MISFITS.keys())
def test_what_does_not_fit_undoes_the_whole_batch(store: Store, full: Hand, parts: dict[str, Any]) -> None:
    """The export before equals the export after; the writer can go on."""
    before = list(dump(store))
    good = {"persons": (PersonRow("p", "login", "ada"),), "create": tuple(new(f"m{n}") for n in range(200))}
    whole = {**good, **parts} if "create" not in parts else {**parts, "create": (*good["create"], *parts["create"])}

    with pytest.raises(Conflict) as told:
        store.apply(full.batch(**whole))

    assert list(dump(store)) == before
    assert "\n" not in str(told.value)
    full.write(create=(new("after"),))


@pytest.mark.parametrize(
    "parts",
    [
        {"create": (NewItem(box("n"), "Unheard", {}, "a"),)},
        {"open": (link("y", "x", "UNHEARD"),)},
        {"records": (RecordRow("Unheard", "u", {"id": "u"}),)},
    ],
    ids=["item", "link", "record"],
)
def test_a_name_outside_the_model_is_refused(store: Store, full: Hand, parts: dict[str, Any]) -> None:
    """Names reach a statement only from the model."""
    before = list(dump(store))

    with pytest.raises(StoreError, match=r"Unheard|UNHEARD"):
        store.apply(full.batch(**parts))

    assert list(dump(store)) == before


def test_references_may_point_inside_the_batch_in_any_order(store: Store, full: Hand) -> None:
    """All records first, then all references: the verdict may come before what it cites."""
    full.write(records=(ruling("r", "n9", cites=("n9", "p9")), note("n9", "ended"), paper("p9")))

    assert [row.body["cites"] for row in store.find("Ruling")] == [["n9", "p9"]]
