"""Moving a recording to another time keeps its order, its pace inside a visit, and what is one instant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.timeline import Timeline

T = 1_790_000_000_000
W = 1_772_438_400_000


@pytest.fixture(scope="module")
def timeline() -> Timeline:
    """A visit of two seconds on Monday at eight, another one a day later, ten seconds after it in truth."""
    made = Timeline()
    for real, told in ((T, W), (T + 2_000, W + 2_000), (T + 12_000, W + 86_400_000), (T + 14_000, W + 86_402_000)):
        made.anchor(real, told)
    return made


@given(st.integers(T - 3_600_000, T + 100_000), st.integers(T - 3_600_000, T + 100_000))
def test_order_stays(timeline: Timeline, one: int, other: int) -> None:
    """What came first is told first."""
    assert (timeline.when(one) <= timeline.when(other)) == (one <= other) or timeline.when(one) == timeline.when(other)


@given(st.integers(0, 2_000), st.integers(0, 2_000))
def test_inside_a_visit_time_runs_as_it_ran(timeline: Timeline, one: int, other: int) -> None:
    """Differences inside a visit are those of the recording, so that the clock offset of a source stays."""
    for start in (T, T + 12_000):
        assert timeline.when(start + one) - timeline.when(start + other) == one - other


def test_between_visits_time_is_stretched(timeline: Timeline) -> None:
    """Half of the way is half of the day."""
    assert timeline.when(T + 7_000) == W + 2_000 + (86_400_000 - 2_000) // 2


def test_what_is_older_than_the_recording_is_a_fact_of_the_estate(timeline: Timeline) -> None:
    """The birth of a machine stays; the last minutes of the log before the first visit move with it."""
    assert timeline.when(T - 90 * 86_400_000) == T - 90 * 86_400_000
    assert timeline.when(T - 600_000) == W - 600_000


def test_every_instant_of_a_text_is_moved(timeline: Timeline) -> None:
    """With a fraction, without, with an offset; other texts stay as they are."""
    text = b"<a>2026-09-21T14:13:20Z</a> 2026-09-21T16:13:21.5000004+02:00 2018-05-03T01:02:03Z 2026-09-21"
    moved = b"<a>2026-03-02T08:00:00.000Z</a> 2026-03-02T08:00:01.500Z 2018-05-03T01:02:03Z 2026-09-21"
    assert timeline.text(text) == moved


def test_anchors_out_of_order_are_refused(timeline: Timeline) -> None:
    """A map that is not monotone would tell effects before causes."""
    with pytest.raises(ValueError, match="is not after"):
        timeline.anchor(T + 15_000, W + 86_402_000)
