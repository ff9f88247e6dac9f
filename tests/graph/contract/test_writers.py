"""One writer at a time, and every batch once."""

import threading

import pytest

from driftline.graph.dump import dump
from driftline.graph.errors import Conflict, FenceLost, StoreLocked
from driftline.graph.store import Family, Store
from tests.graph.contract.estate import Hand, Place, box, new


def test_a_batch_sent_again_does_nothing(store: Store, hand: Hand) -> None:
    """The id decides, whatever else the batch says."""
    batch = hand.batch(create=(new("x"),))
    assert store.apply(batch) is True
    before = list(dump(store))

    assert store.apply(batch) is False
    assert store.apply(hand.batch(id=batch.id, create=(new("x"), new("y")))) is False
    assert list(dump(store)) == before


def test_a_batch_is_known_after_opening_again(place: Place, store: Store) -> None:
    """A writer that died and came back sends its last batch again under its new fence."""
    with store.lease("first") as lease:
        assert store.apply(Hand(store, lease).batch(id="b", create=(new("x"),))) is True
    store.close()

    again = place.open()
    with again.lease("second") as lease:
        assert again.apply(Hand(again, lease).batch(id="b", create=(new("x"),))) is False
        assert lease.now() == 1_001


@pytest.mark.parametrize("at", [999, 1_000])
def test_time_must_rise(store: Store, hand: Hand, at: int) -> None:
    """A batch that is not later than the last one is a conflict."""
    hand.write(create=(new("x"),))

    with pytest.raises(Conflict):
        store.apply(hand.batch(at=at, create=(new("y"),)))
    assert set(store.read([box("x"), box("y")])) == {box("x")}


def test_a_second_writer_is_refused_with_the_name_of_the_first(place: Place, hand: Hand) -> None:
    """The one line says who holds it, and the first goes on."""
    other = place.open()

    with pytest.raises(StoreLocked, match="the test") as told, other.lease("the other"):
        pass

    assert "\n" not in str(told.value)
    hand.write(create=(new("x"),))


def test_a_lease_cannot_be_taken_twice_by_one_handle(store: Store, hand: Hand) -> None:
    """Two threads of one program are two writers too."""
    with pytest.raises(StoreLocked, match="the test"), store.lease("again"):
        pass
    hand.write(create=(new("x"),))


def test_fences_rise_over_handles(place: Place, store: Store) -> None:
    """Every lease outdates all before it."""
    with store.lease("first") as one:
        pass
    with place.open().lease("second") as two:
        pass
    with store.lease("third") as three:
        pass

    assert one.fence < two.fence < three.fence


def test_a_batch_under_an_old_fence_is_refused(place: Place, store: Store) -> None:
    """A writer that slept through its lease cannot write."""
    with store.lease("first") as lease:
        old = Hand(store, lease).batch(create=(new("x"),))
    other = place.open()
    with other.lease("second"), pytest.raises(FenceLost):
        other.apply(old)
    with pytest.raises(FenceLost):
        store.apply(old)
    assert store.read([box("x")]) == {}


def test_nothing_is_written_without_a_lease(store: Store) -> None:
    """Not even under the newest fence."""
    with store.lease("first") as lease:
        batch = Hand(store, lease).batch(create=(new("x"),))

    with pytest.raises(FenceLost):
        store.apply(batch)
    assert store.read([box("x")]) == {}


def test_a_lease_ends_with_an_error_in_its_block(store: Store) -> None:
    """The next writer need not wait."""
    with pytest.raises(ZeroDivisionError), store.lease("first"):
        raise ZeroDivisionError
    with store.lease("second") as lease:
        Hand(store, lease).write(create=(new("x"),))


def test_another_handle_exports_while_the_first_writes(place: Place, hand: Hand) -> None:
    """An export holds whole batches only: of each pair that was written together both or none."""
    reader = place.open()
    sizes: list[int] = []
    done = threading.Event()

    def read() -> None:
        while not done.is_set():
            sizes.append(sum(1 for row in reader.export((Family.ITEM,))))

    thread = threading.Thread(target=read)
    thread.start()
    for number in range(20):
        hand.write(create=(new(f"x{number}", size_bytes=1), new(f"y{number}", size_bytes=1)))
    done.set()
    thread.join()

    assert sizes
    assert [size for size in sizes if size % 2] == []
    assert len(reader.find("Box")) == 40


def test_many_threads_read_through_one_handle(store: Store, hand: Hand) -> None:
    """The service asks from its pool of workers."""
    hand.write(create=tuple(new(f"x{n}") for n in range(50)))
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(len(store.find("Box")))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert found == [50] * 8
