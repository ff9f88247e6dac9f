"""Every due time of a target has exactly one row, whatever stops, hangs, or turns the clock back."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from driftline.api.beat import Beat
from driftline.api.ops import Ops, Slot, State
from driftline.api.schedule import Schedule
from driftline.config import Target
from driftline.graph.errors import StoreDamaged, StoreLocked
from driftline.graph.model.values import Ms

HOUR = 3_600_000
BEGIN = Ms(1_770_000_000_000)
BEAT = Beat.of("vc", timedelta(hours=1))


@contextmanager
def book() -> Iterator[Ops]:
    """An empty book."""
    with TemporaryDirectory() as folder, Ops.open(Path(folder) / "ops.db") as ops:
        yield ops


def covered(rows: Sequence[Slot], period_ms: int = HOUR) -> list[int]:
    """Every due time that a row covers, in order, as often as it is covered."""
    return sorted(at for row in rows for at in range(row.first_ms, row.last_ms + 1, period_ms))


@given(
    st.lists(
        st.tuples(st.integers(-2 * HOUR, 9 * HOUR), st.sampled_from(["done", "hangs", "killed"])),
        min_size=1,
        max_size=40,
    )
)
@settings(max_examples=200, deadline=None)
def test_every_due_time_stands_in_exactly_one_row(steps: list[tuple[int, str]]) -> None:
    """A month of wakes, restarts, visits that hang and clocks set back: no due time is lost, none stands twice."""
    now = BEGIN
    with book() as ops:
        for step, fate in steps:
            now = Ms(now + step)
            slot = ops.due("vc", BEAT, now)
            if slot:
                ops.begin(slot, now)
                event(fate)
            if slot and fate == "done":
                ops.end(slot, State.COMPLETE, "", now)
            if fate == "killed":
                ops.cut(now)
        rows = ops.slots("vc", 10_000)
    due = covered(rows)
    assert due == list(range(due[0], due[-1] + 1, BEAT.period_ms))
    assert sum(row.count for row in rows) == len(due)
    assert sum(row.state in {State.QUEUED, State.RUNNING} for row in rows) <= 1


def test_missed_due_times_share_a_row_and_are_caught_up_once() -> None:
    """After five hours of silence: one row of four missed times, and one visit."""
    with book() as ops:
        first = ops.due("vc", BEAT, BEGIN)
        assert first is not None
        ops.end(first, State.COMPLETE, "", BEGIN)
        later = Ms(BEGIN + 5 * HOUR)
        assert ops.due("vc", BEAT, later) is not None
        assert ops.due("vc", BEAT, later) is None
        states = [(row.state, row.count) for row in ops.slots("vc")]
    assert states == [(State.QUEUED, 1), (State.MISSED, 4), (State.COMPLETE, 1)]


def test_a_visit_that_still_runs_lets_the_next_one_be_skipped() -> None:
    """One visit of a target at a time; the row says since when the other one runs."""
    with book() as ops:
        slot = ops.due("vc", BEAT, BEGIN)
        assert slot is not None
        assert ops.due("vc", BEAT, Ms(BEGIN + HOUR)) is None
        skipped = ops.slots("vc")[0]
    assert (skipped.state, skipped.reason) == (State.SKIPPED, f"still running since {slot.first_ms}")


def test_a_target_that_refused_is_not_asked_again_on_the_same_terms() -> None:
    """A login tried every hour locks the account; other terms are tried at once."""
    with book() as ops:
        ops.refuse("vc", "these terms", BEGIN)
        assert ops.refused("vc", "these terms") == BEGIN
        assert ops.refused("vc", "other terms") is None
        assert ops.due("vc", BEAT, BEGIN, refused="refused before") is None
        assert ops.slots("vc")[0].state is State.REFUSED


def test_a_source_belongs_to_the_target_that_reached_it_first() -> None:
    """Until that target is taken out of the configuration (decision D30)."""
    with book() as ops:
        assert ops.claim("a", "vcenter-1", ["a", "b"]) == "a"
        assert ops.claim("b", "vcenter-1", ["a", "b"]) == "a"
        assert ops.claim("b", "vcenter-1", ["b"]) == "b"


def test_a_change_of_the_period_loses_no_due_time() -> None:
    """The new beat goes on after the last due time of the old one."""
    often = Beat.of("vc", timedelta(minutes=10))
    with book() as ops:
        first = ops.due("vc", BEAT, BEGIN)
        assert first is not None
        ops.end(first, State.COMPLETE, "", BEGIN)
        assert ops.due("vc", often, Ms(BEGIN + HOUR)) is not None
        rows = ops.slots("vc")
    ends = sorted((row.first_ms, row.last_ms) for row in rows)
    assert all(before[1] < after[0] for before, after in pairwise(ends))


def test_two_schedules_on_one_book_are_refused(tmp_path: Path) -> None:
    """The second one ends before it does anything."""
    with Ops.open(tmp_path / "ops.db"), pytest.raises(StoreLocked, match="another driftline serve"):
        Ops.open(tmp_path / "ops.db").__enter__()


def test_a_book_that_is_none_says_so(tmp_path: Path) -> None:
    """One line, and what to do."""
    (tmp_path / "ops.db").write_bytes(b"something else entirely" * 500)
    with pytest.raises(StoreDamaged, match="move it away"):
        Ops.open(tmp_path / "ops.db").__enter__()


@given(st.text(min_size=1, max_size=20), st.integers(1, 10_000_000), st.integers(0, 10**13))
def test_the_offset_of_a_target_is_fixed_and_inside_its_period(name: str, seconds: int, now: int) -> None:
    """The same name gives the same beat, and the last due time is never more than a period ago."""
    beat = Beat.of(name, timedelta(seconds=seconds))
    assert beat == Beat.of(name, timedelta(seconds=seconds))
    assert 0 <= beat.offset_ms < beat.period_ms
    assert 0 <= now - beat.last(now) < beat.period_ms
    assert (beat.last(now) - beat.offset_ms) % beat.period_ms == 0


def test_targets_spread_over_the_period() -> None:
    """Of a thousand targets no tenth of the hour has more than twice its share."""
    tenths = [Beat.of(f"vc-{n}", timedelta(hours=1)).offset_ms * 10 // HOUR for n in range(1_000)]
    assert max(tenths.count(tenth) for tenth in range(10)) < 200


def test_the_clock_wakes_every_target_at_its_due_times() -> None:
    """Live, with a period of a second: a visit that lasts longer is never doubled, and a stop cuts it."""

    async def scene(ops: Ops) -> list[Slot]:
        visited: list[Slot] = []

        async def visit(_target: Target, slot: Slot) -> None:
            ops.begin(slot, now())
            visited.append(slot)
            try:
                await asyncio.sleep(0 if len(visited) < 3 else 60)
                ops.end(slot, State.COMPLETE, "", now())
            except asyncio.CancelledError:
                ops.end(slot, State.CANCELLED, "stopped", now())
                raise

        target = Target(name="vc", collector="vsphere", address="x", credential="c", every=timedelta(seconds=1))
        schedule = Schedule(ops, [target], now, visit)
        schedule.start()
        await asyncio.sleep(5)
        await schedule.stop(timedelta(seconds=0.1))
        schedule.wake(target)
        return visited

    with book() as ops:
        visited = asyncio.run(scene(ops))
        rows = ops.slots("vc", 100)
    assert len(visited) == 3
    assert [row.state for row in rows if row.first_ms == visited[2].first_ms] == [State.CANCELLED]
    assert sum(row.state is State.SKIPPED for row in rows) >= 1
    due = covered(rows, 1_000)
    assert due == list(range(due[0], due[-1] + 1, 1_000))


def now() -> Ms:
    """The time of this machine."""
    return Ms(time.time_ns() // 1_000_000)
