"""What each source said last, apart from the others; and people, apart from everything."""

from driftline.graph.store import Family, PersonRow, Store
from tests.graph.contract.estate import Hand, box, new, sighting


def test_each_source_has_its_own_sighting_of_an_item(store: Store, hand: Hand) -> None:
    """A's repeat after B's word compares equal to A's own last words."""
    hand.write(create=(new("x", name="one"),), sighted=(sighting("x", "a", "da"),))
    said = (
        sighting("x", "a", "da", said={"name": "one", "tags": ("t",)}),
        sighting("x", "b", "db", said={"name": "two"}),
    )
    hand.write(sighted=said)

    assert store.digests("a", [box("x"), box("y")]) == {box("x"): sighting("x", "a", "da")}
    assert store.digests("b", [box("x")]) == {box("x"): sighting("x", "b", "db")}
    assert store.digests("c", [box("x")]) == {}
    assert store.sightings([box("x"), box("y")]) == {box("x"): said}


def test_the_digest_of_links_is_empty_until_they_are_written(store: Store, hand: Hand) -> None:
    """A crash between items and links leaves a mark: the next visit completes them."""
    hand.write(create=(new("x"),), sighted=(sighting("x"),))
    assert store.digests("a", [box("x")])[box("x")].links == ""

    hand.write(sighted=(sighting("x", links="l1"),))

    assert store.digests("a", [box("x")])[box("x")].links == "l1"


def test_absence_is_counted_per_source(store: Store, hand: Hand) -> None:
    """``missed`` and ``missed_since_ms`` come back as written, zero stays zero."""
    hand.write(create=(new("x"),), sighted=(sighting("x", "a", missed=2, missed_since_ms=77), sighting("x", "b")))

    (missed, _) = store.sightings([box("x")])[box("x")]
    assert (missed.missed, missed.missed_since_ms) == (2, 77)
    assert store.digests("b", [box("x")])[box("x")].missed_since_ms is None


def test_members_are_the_living_of_one_kind_and_source(store: Store, hand: Hand) -> None:
    """Ordered by key, missed ones included, ended ones not."""
    hand.write(create=tuple(new(name) for name in ("z", "a", "é", "B", "gone", "other")))
    seen = tuple(sighting(name, missed=1, said={}) for name in ("z", "a", "é", "B", "gone"))
    hand.write(sighted=(*seen, sighting("other", "b")))
    hand.write(tombstone=(box("gone"),))

    found = list(store.members("a", "Box"))
    assert [row.ci for row in found] == [box("B"), box("a"), box("z"), box("é")]
    assert found[0] == sighting("B", missed=1)
    assert list(store.members("a", "Site")) == []
    assert list(store.members("nobody", "Box")) == []


def test_ended_items_have_no_digest_but_keep_their_sightings(store: Store, hand: Hand) -> None:
    """Sightings of the ended are for people and for revival."""
    hand.write(create=(new("x"),), sighted=(sighting("x"),))
    hand.write(tombstone=(box("x"),))

    assert store.digests("a", [box("x")]) == {}
    assert store.sightings([box("x")]) == {box("x"): (sighting("x"),)}


def test_a_source_can_fall_silent(store: Store, hand: Hand) -> None:
    """Removing a sighting leaves the others."""
    hand.write(create=(new("x"),), sighted=(sighting("x", "a"), sighting("x", "b")))
    hand.write(unsighted=(("a", box("x")),))

    assert [row.source for row in store.sightings([box("x")])[box("x")]] == ["b"]


def test_persons_are_kept_apart_and_can_be_erased(store: Store, hand: Hand) -> None:
    """Personal fields are joined at output, overwritten in place and have no history."""
    ada = PersonRow("p1", "login", "ada"), PersonRow("p1", "mail", "ada@example.org"), PersonRow("p2", "login", "bob")
    hand.write(persons=ada)
    hand.write(persons=(PersonRow("p1", "mail", None), PersonRow("p2", "login", "bo'b")))

    assert store.persons(["p1", "p2", "p3"]) == {"p1": {"login": "ada"}, "p2": {"login": "bo'b"}}
    assert [row.row["value"] for row in store.export((Family.PERSON,))] == ["ada", "bo'b"]
    hand.write(persons=(PersonRow("p1", "login", None), PersonRow("p9", "login", None)))
    assert store.persons(["p1", "p9"]) == {}
