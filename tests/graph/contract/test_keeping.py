"""Out of one store and into another; what is refused at the door."""

import json

import pytest

from driftline.graph import copy, dump
from driftline.graph.errors import Conflict, StoreDamaged
from driftline.graph.model.declare import Record, record, refers, says
from driftline.graph.model.schema import Model
from driftline.graph.model.values import Micros
from driftline.graph.store import (
    ESTATE,
    FACTS,
    SCHEMA,
    Compare,
    Cond,
    Family,
    ItemChange,
    PastValue,
    PersonRow,
    Store,
    StoreRow,
)
from tests.graph.contract.estate import (
    LINKS,
    MODEL,
    Box,
    Hand,
    Place,
    box,
    ids,
    link,
    new,
    note,
    paper,
    ruling,
    sighting,
)


def fill(store: Store) -> None:
    """A row of every family."""
    with store.lease("fill") as lease:
        hand = Hand(store, lease)
        born = hand.write(create=(new("x", name="o'ne", ratio=1.0, tags=("ü",), up=True), new("y"), new("z")))
        hand.write(
            change=(
                ItemChange(
                    box("x"), {"name": "two"}, {"name": (lease.now(), "b")}, (PastValue("name", "o'ne", "a", born),)
                ),
            ),
            sighted=(
                sighting("x", said={"name": "two", "tags": ("ü",)}),
                sighting("x", "b", missed=1, missed_since_ms=5),
            ),
            open=(link("x", "y"), link("x", "y", source="b"), link("y", "x", "NEXT_TO")),
            records=(note("n1"), note("n2", weight=2.0), paper("p", order="o"), ruling("r", "n1", ("n2", "p"))),
            persons=(PersonRow("p1", "login", "ada"),),
        )
        hand.write(
            close=(link("x", "y"),),
            records=(note("n1", "y", actor="ada"), ruling("r", "n2", ("n1",))),
            tombstone=(box("z"),),
        )
        hand.write(revive=(box("z"),))


def test_an_export_loaded_elsewhere_exports_the_same_bytes(place: Place, spare: Place) -> None:
    """Into the other store and back, keeping all times."""
    first, second = place.open(), spare.open()
    fill(first)
    lines = list(dump.dump(first))
    assert {json.loads(line)["family"] for line in lines} == set(Family)

    second.load(dump.whole(lines))

    assert list(dump.dump(second)) == lines
    assert [second.read([box("x"), box("z")], at=at) for at in times(second)] == [
        first.read([box("x"), box("z")], at=at) for at in times(first)
    ]


def test_a_store_can_be_filled_from_an_export(place: Place, spare: Place) -> None:
    """The other direction, and the writer goes on with fence and time where the old store stood."""
    second, first = place.open(), spare.open()
    fill(first)
    with first.lease("again") as old:
        pass

    second.load(dump.whole(dump.dump(first)))

    assert list(dump.dump(second)) == list(dump.dump(first))
    with second.lease("new") as lease:
        assert lease.fence > old.fence
        hand = Hand(second, lease)
        assert second.apply(hand.batch(id="batch-1")) is False
        assert hand.write(create=(new("late"),), id="late") == 1_004


def test_a_copy_is_proved_by_its_prints(place: Place, spare: Place) -> None:
    """Rows and sums of each family are equal, and the copy opens."""
    first, second = spare.open(), place.open()
    fill(first)

    prints = copy.copy(first, second)

    assert prints == copy.fingerprint(first.export(copy.ROWS)) == copy.fingerprint(second.export(copy.ROWS))
    assert set(prints) == set(copy.ROWS)
    assert list(dump.dump(place.open(), facts=True)) == list(dump.dump(first, facts=True))


def test_a_print_tells_rows_apart_and_ignores_their_order(store: Store) -> None:
    """A row lost, changed or twice shows."""
    fill(store)
    rows = list(store.export(copy.ROWS))
    changed = StoreRow(rows[0].family, {**rows[0].row, "source": "c"})

    whole = copy.fingerprint(rows)
    assert copy.fingerprint(reversed(rows)) == whole
    assert copy.fingerprint(rows[1:]) != whole
    assert copy.fingerprint([*rows, rows[0], rows[0]]) != whole
    assert copy.fingerprint([changed, *rows[1:]]) != whole


def test_an_interrupted_copy_does_not_open(place: Place, spare: Place) -> None:
    """The schema is written last: a target without it is unusable by design."""
    first, second = spare.open(), place.open()
    fill(first)
    rows = [row for row in first.export() if row.family is not Family.BOOK]

    second.load(rows[: len(rows) // 2])

    with pytest.raises(StoreDamaged, match="again") as told:
        place.open()
    assert "\n" not in str(told.value)


def test_only_an_empty_store_can_be_loaded(store: Store, spare: Place) -> None:
    """A store that holds anything is left alone."""
    fill(store)
    before = list(dump.dump(store))

    with pytest.raises(Conflict):
        store.load(spare.open().export())
    assert list(dump.dump(store)) == before


def test_the_facts_form_forgets_how_the_facts_came(place: Place, spare: Place) -> None:
    """Other runs, batches and fences, equal facts (decision D22)."""
    first, second = place.open(), spare.open()
    fill(first)
    with second.lease("before"):
        pass
    fill(second)
    with second.lease("after") as lease:
        assert second.apply(Hand(second, lease).batch(id="empty")) is True

    lines = list(dump.dump(first, facts=True))
    assert lines == list(dump.dump(second, facts=True))
    assert list(dump.dump(first)) != list(dump.dump(second))
    assert not any('"run"' in line for line in lines)
    assert {json.loads(line)["family"] for line in lines} == set(FACTS)


def test_a_dump_that_is_not_whole_is_told_by_its_line(store: Store) -> None:
    """Of facts only, cut, or no dump at all: it cannot be loaded."""
    fill(store)
    whole = list(dump.dump(store))
    assert list(dump.whole(whole)) == [StoreRow(row.family, row.row) for row in store.export()]

    for lines, line, why in (
        (dump.dump(store, facts=True), 4, "facts"),
        (whole[:-1], len(whole) - 1, "cut"),
        ([*whole[:2], "{}"], 3, "not a row"),
        ([whole[0], "half a li"], 2, "not a row"),
        ([], 0, "cut"),
    ):
        with pytest.raises(ValueError, match=f"^line {line}: .*{why}"):
            list(dump.whole(lines))


def test_an_export_at_an_instant_is_the_estate_then(store: Store) -> None:
    """Items, links and records as they were; what has no instant is left out."""
    fill(store)
    now = [row for row in store.export(ESTATE) if row.row.get("deleted") is None]
    assert list(store.export(at=store.health().at)) == now

    then = list(store.export(at=Micros(1_001)))
    assert [row.row["key"] for row in then if row.family is Family.ITEM] == [box("x"), box("y"), box("z")]
    assert then[0].row["attrs"]["name"] == "two"
    assert [row.row["source"] for row in then if row.family is Family.LINK] == ["a", "b", "a"]
    assert [row.row["body"].get("actor") for row in then if row.row.get("kind") == "Note"] == [None, None]
    assert list(store.export(at=Micros(999))) == []


def test_an_export_does_not_see_what_is_written_meanwhile(store: Store) -> None:
    """Consistent and streamed."""
    with store.lease("writer") as lease:
        hand = Hand(store, lease)
        hand.write(create=tuple(new(f"x{n:04}") for n in range(2_500)))
        rows = store.export((Family.ITEM, Family.RECORD))
        first = next(rows)
        hand.write(create=(new("x9999"),), records=(note("n", "x0000"),))

        assert first.row["key"] == box("x0000")
        assert sum(1 for _ in rows) == 2_499


def test_a_store_opens_with_a_model_that_grew(place: Place) -> None:
    """A new kind, record, or field in an order is no migration, and old records are found by it."""

    @record()
    class Note(Record):
        """The note before it was found by time."""

        id: str = says("Id.")
        ci: str = refers("ON", "The box.")
        seen_ms: int = says("When.", unit="ms")

    before = place.open(Model.of((Box,), (Note,), LINKS))
    with before.lease("old") as lease:
        Hand(before, lease).write(create=(new("x"),), records=(note("n", seen_ms=7), note("m", seen_ms=3)))
    before.close()

    after = place.open(MODEL)
    assert ids(after, "Note", order="seen_ms") == ["m", "n"]
    assert ids(after, "Note", Cond("seen_ms", Compare.GT, 3), known_at=Micros(1_000)) == ["n"]
    with after.lease("new") as lease:
        Hand(after, lease).write(records=(paper("p"), ruling("r", "n", ("p",))), open=(link("x", "x"),), id="later")
    assert ids(after, "Ruling", Cond("cites", Compare.EQ, "p")) == ["r"]


def test_health_describes_the_store(store: Store) -> None:
    """Kind, version, schema, time and counts, for people."""
    fill(store)

    health = store.health()
    assert health.kind in {"sqlite", "neo4j"}
    assert (health.schema, health.at) == (SCHEMA, 1_003)
    wanted = {"item": 3, "past": 2, "sighting": 2, "link": 2, "link_past": 1, "person": 1, "batch": 4, "record_past": 2}
    assert {name: health.counts[name] for name in wanted} == wanted
    assert (health.counts["record"], health.counts["Note"], health.counts["Ruling"]) == (4, 2, 1)


def test_a_current_store_needs_no_migration(store: Store) -> None:
    """``migrate`` returns the version that was there."""
    assert store.migrate() == SCHEMA


def times(store: Store) -> list[Micros]:
    """All instants of a filled store, and one on each side."""
    return [Micros(one) for one in range(999, store.health().at + 2)]
