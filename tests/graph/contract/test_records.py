"""Records: revisions, filters, pages, references."""

from typing import Any

import pytest

from driftline.graph.errors import Undeclared
from driftline.graph.model.values import Micros
from driftline.graph.store import Compare, Cond, Cursor, Row, Store
from tests.graph.contract.estate import Hand, box, ids, new, note, paper, ruling

EQ, NE, LT, LE, GT, GE, IN = Compare


@pytest.fixture
def noted(hand: Hand) -> Hand:
    """Two boxes and six notes; some say neither actor nor grave."""
    hand.write(create=(new("x"), new("y")))
    hand.write(
        records=(
            note("n1", "x", seen_ms=10, actor="ada", grave=True, weight=1.0),
            note("n2", "x", seen_ms=20, actor="bob", grave=False, weight=0.5),
            note("n3", "y", seen_ms=20, actor="ada", weight=2.5),
            note("n4", "y", seen_ms=20),
            note("n5", "y", seen_ms=30, actor="Ünï"),
            note("n6", "x", seen_ms=5),
        )
    )
    return hand


@pytest.mark.usefixtures("noted")
@pytest.mark.parametrize(
    ("cond", "found"),
    [
        (Cond("seen_ms", EQ, 20), "234"),
        (Cond("seen_ms", LT, 20), "16"),
        (Cond("seen_ms", LE, 20), "12346"),
        (Cond("seen_ms", GT, 20), "5"),
        (Cond("seen_ms", GE, 20), "2345"),
        (Cond("seen_ms", IN, (5, 30, 31)), "56"),
        (Cond("seen_ms", IN, ()), ""),
        (Cond("actor", EQ, "ada"), "13"),
        (Cond("actor", EQ, "ADA"), ""),
        (Cond("actor", IN, ["bob", "Ünï"]), "25"),
        (Cond("actor", GT, "ada"), "25"),
        (Cond("grave", EQ, value=True), "1"),
        (Cond("grave", EQ, value=False), "2"),
        (Cond("grave", IN, (True, False)), "12"),
        (Cond("weight", EQ, 1.0), "1"),
        (Cond("weight", GE, 1.0), "13"),
        (Cond("ci", EQ, box("y")), "345"),
        (Cond("ci", IN, (box("x"), box("nobody"))), "126"),
        (Cond("id", EQ, "n4"), "4"),
        (Cond("id", IN, ("n4", "n9", "n1")), "14"),
        (Cond("id", GT, "n4"), "56"),
    ],
    ids=str,
)
def test_each_comparison(store: Store, cond: Cond, found: str) -> None:
    """A note that does not say the field meets no condition on it."""
    assert ids(store, "Note", cond) == [f"n{digit}" for digit in found]
    assert store.count("Note", None, [cond]) == {None: len(found)}


@pytest.mark.usefixtures("noted")
def test_not_equal_narrows_what_another_field_selects(store: Store) -> None:
    """It serves no question alone."""
    assert ids(store, "Note", Cond("ci", EQ, box("y")), Cond("actor", NE, "ada")) == ["n5"]
    assert ids(store, "Note", Cond("seen_ms", NE, 20), Cond("seen_ms", GT, 5)) == ["n1", "n5"]
    with pytest.raises(Undeclared):
        store.find("Note", [Cond("actor", NE, "ada")])


@pytest.mark.usefixtures("noted")
def test_conditions_are_joined_by_and(store: Store) -> None:
    """Each narrows."""
    assert ids(store, "Note", Cond("ci", EQ, box("y")), Cond("seen_ms", GT, 20)) == ["n5"]
    assert ids(store, "Note", Cond("actor", EQ, "ada"), Cond("seen_ms", LE, 20), Cond("seen_ms", GT, 10)) == ["n3"]


@pytest.mark.usefixtures("noted")
def test_order_is_by_field_then_id_and_the_unsaid_come_first(store: Store) -> None:
    """Texts by code point."""
    assert ids(store, "Note", order="seen_ms") == ["n6", "n1", "n2", "n3", "n4", "n5"]
    assert ids(store, "Note", order="actor") == ["n4", "n6", "n1", "n3", "n2", "n5"]
    assert ids(store, "Note", order="weight") == ["n4", "n5", "n6", "n2", "n1", "n3"]
    assert ids(store, "Note", order="grave") == ["n3", "n4", "n5", "n6", "n2", "n1"]


@pytest.mark.usefixtures("noted")
@pytest.mark.parametrize("order", [None, "id", "seen_ms", "actor", "grave", "weight", "ci"])
@pytest.mark.parametrize("size", [1, 2, 5, 6, 7])
def test_pages_have_no_gap_and_no_repeat(store: Store, order: str | None, size: int) -> None:
    """Also under equal and missing values of the order field."""
    whole = ids(store, "Note", order=order)
    pages: list[str] = []
    after: Cursor | None = None
    while rows := store.find("Note", order=order, after=after, limit=size):
        assert len(rows) <= size
        pages += [row.id for row in rows]
        after = Cursor(rows[-1].id if order in {None, "id"} else rows[-1].body.get(str(order)), rows[-1].id)

    assert pages == whole
    assert sorted(pages) == ["n1", "n2", "n3", "n4", "n5", "n6"]


@pytest.mark.usefixtures("noted")
@pytest.mark.parametrize("order", [None, "id", "seen_ms", "actor", "grave", "weight", "ci"])
@pytest.mark.parametrize("size", [1, 4, 6])
def test_descending_pages_are_the_ascending_ones_backwards(store: Store, order: str | None, size: int) -> None:
    """Equal values by id backwards, and what is not said last; without gap or repeat."""
    pages: list[str] = []
    after: Cursor | None = None
    while rows := store.find("Note", order=order, descending=True, after=after, limit=size):
        pages += [row.id for row in rows]
        after = Cursor(rows[-1].id if order in {None, "id"} else rows[-1].body.get(str(order)), rows[-1].id)

    assert pages == ids(store, "Note", order=order)[::-1]


def test_what_was_known_is_read_backwards_too(store: Store, noted: Hand) -> None:
    """Newest and older revisions in one order, the newest first."""
    at = noted.write(records=tuple(note(f"n{n}", "x", seen_ms=100 - n) for n in (1, 3, 5)))
    known = Micros(at - 1)
    whole = [row.id for row in store.find("Note", order="seen_ms", descending=True, known_at=known)]
    after = Cursor(20, "n3")
    rest = store.find("Note", order="seen_ms", descending=True, after=after, limit=2, known_at=known)

    assert whole == ["n5", "n4", "n3", "n2", "n1", "n6"]
    assert [row.id for row in rest] == ["n2", "n1"]


@pytest.mark.usefixtures("noted")
def test_items_are_read_backwards(store: Store) -> None:
    """By key."""
    assert [row.id for row in store.find("Box", descending=True)] == [box("y"), box("x")]


@pytest.mark.usefixtures("noted")
def test_a_page_keeps_the_filter(store: Store) -> None:
    """Filter, order and page together."""
    where = [Cond("ci", EQ, box("y"))]
    (first,) = store.find("Note", where, order="seen_ms", limit=1)
    rest = store.find("Note", where, order="seen_ms", after=Cursor(20, first.id))
    assert [first.id, *(row.id for row in rest)] == ["n3", "n4", "n5"]


def test_every_revision_is_found_as_it_was_known(store: Store, noted: Hand) -> None:
    """``recorded`` <= K < ``superseded``; without K the newest."""
    second = noted.write(records=(note("n1", "x", seen_ms=99, actor="eve"),))
    third = noted.write(records=(note("n1", "y", seen_ms=7, text="Grüße"),))

    def known(at: int | None, *where: Cond) -> list[Row]:
        return store.find("Note", [Cond("id", EQ, "n1"), *where], known_at=None if at is None else Micros(at))

    first = {"id": "n1", "ci": box("x"), "seen_ms": 10, "actor": "ada", "grave": True, "weight": 1.0}
    latest = {"id": "n1", "ci": box("y"), "seen_ms": 7, "text": "Grüße"}
    middle = {"id": "n1", "ci": box("x"), "seen_ms": 99, "actor": "eve"}
    assert known(1_000) == []
    assert known(1_001) == [Row("Note", "n1", first, Micros(1_001), second)]
    assert known(second) == [Row("Note", "n1", middle, second, third)]
    assert known(third) == known(None) == [Row("Note", "n1", latest, third)]
    assert known(second, Cond("actor", EQ, "eve")) == known(second)
    assert known(third, Cond("actor", EQ, "eve")) == []
    assert ids(store, "Note", order="seen_ms", known_at=second)[-1] == "n1"
    assert ids(store, "Note", order="seen_ms", known_at=Micros(1_001)) == ["n6", "n1", "n2", "n3", "n4", "n5"]
    assert store.count("Note", "actor", known_at=second) == {None: 2, "ada": 1, "bob": 1, "eve": 1, "Ünï": 1}


def test_pages_of_what_was_known(store: Store, noted: Hand) -> None:
    """Newest and older revisions in one order."""
    at = noted.write(records=tuple(note(f"n{n}", "x", seen_ms=100 - n) for n in (1, 3, 5)))
    whole = ids(store, "Note", order="seen_ms", known_at=Micros(at - 1))
    pages: list[str] = []
    after: Cursor | None = None
    while rows := store.find("Note", order="seen_ms", after=after, limit=2, known_at=Micros(at - 1)):
        pages += [row.id for row in rows]
        after = Cursor(rows[-1].body["seen_ms"], rows[-1].id)

    assert pages == whole == ["n6", "n1", "n2", "n3", "n4", "n5"]


def test_overwriting_leaves_no_revision_and_keeps_recorded(store: Store, noted: Hand) -> None:
    """Read times of an unchanged coverage are no news (decision D24)."""
    noted.write(records=(note("n1", "y", overwrite=True, seen_ms=11), note("n7", overwrite=True)))

    assert store.find("Note", [Cond("id", EQ, "n1")]) == [
        Row("Note", "n1", {"id": "n1", "ci": box("y"), "seen_ms": 11}, Micros(1_001))
    ]
    assert ids(store, "Note", Cond("actor", EQ, "ada")) == ["n3"]
    assert ids(store, "Note", Cond("id", EQ, "n1"), known_at=Micros(1_001)) == ["n1"]
    assert store.find("Note", [Cond("id", EQ, "n7")])[0].recorded == 1_002


@pytest.mark.usefixtures("noted")
def test_counts_by_a_field(store: Store) -> None:
    """``None`` counts those that do not say it."""
    assert store.count("Note") == {None: 6}
    assert store.count("Note", "seen_ms") == {5: 1, 10: 1, 20: 3, 30: 1}
    assert store.count("Note", "actor") == {None: 2, "ada": 2, "bob": 1, "Ünï": 1}
    assert store.count("Note", "grave") == {None: 4, True: 1, False: 1}
    assert {type(value) for value in store.count("Note", "grave")} == {type(None), bool}
    assert store.count("Note", "ci", [Cond("seen_ms", GT, 10)]) == {box("x"): 1, box("y"): 3}
    assert store.count("Ruling", "judge") == {}


def test_references_are_filtered_from_both_sides(store: Store, noted: Hand) -> None:
    """A reference to many is met by any one of its ids; older revisions keep theirs."""
    noted.write(records=(paper("p"), ruling("r1", "n1", ("n2", "p")), ruling("r2", "n1", ("n3",)), ruling("r3")))
    at = noted.write(records=(ruling("r1", "n2", ("n3",)),))

    assert ids(store, "Ruling", Cond("note", EQ, "n1")) == ["r2"]
    assert ids(store, "Ruling", Cond("note", EQ, "n1"), known_at=Micros(at - 1)) == ["r1", "r2"]
    assert ids(store, "Ruling", Cond("cites", EQ, "n3")) == ["r1", "r2"]
    assert ids(store, "Ruling", Cond("cites", EQ, "p")) == []
    assert ids(store, "Ruling", Cond("cites", EQ, "p"), known_at=Micros(at - 1)) == ["r1"]
    assert ids(store, "Ruling", Cond("cites", IN, ("p", "n2", "n3")), known_at=Micros(at - 1)) == ["r1", "r2"]
    assert store.count("Ruling", "note") == {None: 1, "n1": 1, "n2": 1}


def test_overwriting_a_reference_to_many_forgets_the_old_ones(store: Store, noted: Hand) -> None:
    """The list of the newest revision is replaced."""
    noted.write(records=(ruling("r", "n1", ("n2", "n3")),))
    again = ruling("r", "n1", ("n3", "n4"))
    noted.write(records=(type(again)(again.kind, again.id, again.body, overwrite=True),))

    assert [ids(store, "Ruling", Cond("cites", EQ, one)) for one in ("n2", "n3", "n4")] == [[], ["r"], ["r"]]


@pytest.mark.usefixtures("noted")
@pytest.mark.parametrize(
    "question",
    [
        {"kind": "Note", "where": [Cond("text", EQ, "x")]},
        {"kind": "Note", "order": "text"},
        {"kind": "Note", "order": "unheard"},
        {"kind": "Unheard"},
        {"kind": "Ruling", "where": [Cond("group", EQ, 1)]},
        {"kind": "Ruling", "order": "group"},
        {"kind": "Ruling", "order": "cites"},
        {"kind": "Ruling", "where": [Cond("cites", GT, "a")]},
        {"kind": "Note", "where": [Cond("seen_ms", EQ, "20")]},
        {"kind": "Note", "where": [Cond("seen_ms", EQ, value=True)]},
        {"kind": "Note", "where": [Cond("seen_ms", IN, (1, 1.0))]},
        {"kind": "Box", "where": [Cond("size_bytes", EQ, 1)]},
        {"kind": "Box", "known_at": 1_000},
    ],
    ids=str,
)
def test_what_no_declared_path_serves_is_refused(store: Store, question: dict[str, Any]) -> None:
    """No question scans a table by accident."""
    with pytest.raises(Undeclared) as told:
        store.find(**question)
    assert "\n" not in str(told.value)
    if "order" not in question:
        with pytest.raises(Undeclared):
            store.count(**question)


def test_a_second_field_of_an_order_may_narrow_and_sort(store: Store, hand: Hand) -> None:
    """The first field selects."""
    hand.write(records=tuple(ruling(f"r{n}", judge="j" if n else "k", group=9 - n) for n in range(4)))

    assert ids(store, "Ruling", Cond("judge", EQ, "j"), order="group") == ["r3", "r2", "r1"]
    assert ids(store, "Ruling", Cond("judge", EQ, "j"), Cond("group", LT, 8)) == ["r2", "r3"]


def test_items_are_found_by_key_and_title(store: Store, hand: Hand) -> None:
    """Living ones, with their values; the kind keeps apart what has the same title."""
    hand.write(create=(new("x", name="one", tags=("a",)), new("y", name="two"), new("z", name="one"), new("q")))
    hand.write(create=(new("s", kind="Site", code="one"),))
    hand.write(tombstone=(box("z"),))

    assert store.find("Box", [Cond("name", EQ, "one")]) == [
        Row("Box", box("x"), {"name": "one", "tags": ("a",)}, Micros(1_000))
    ]
    assert ids(store, "Box", Cond("key", GT, box("x"))) == [box("y")]
    assert ids(store, "Box", Cond("key", IN, (box("x"), box("z"), box("s")))) == [box("x")]
    assert ids(store, "Box", order="name") == [box("q"), box("x"), box("y")]
    assert ids(store, "Box", order="name", after=Cursor(None, box("q")), limit=1) == [box("x")]
    assert ids(store, "Box", order="name", after=Cursor("one", box("x"))) == [box("y")]
    assert ids(store, "Box", order="key", after=Cursor(box("q"), box("q"))) == [box("x"), box("y")]
    assert store.count("Box", "name") == {None: 1, "one": 1, "two": 1}
    assert store.count("Box", None, [Cond("name", EQ, "one")]) == {None: 1}
    assert store.count("Site", "code") == {"one": 1}
