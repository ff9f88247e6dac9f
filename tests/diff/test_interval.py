"""Half-open intervals, clocks and stamps."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftline.diff.interval import (
    Span,
    Spans,
    covers,
    distance,
    intersect,
    meets,
    narrow_by_stamp,
    overlap,
    stamped,
    subtract,
    union,
)
from driftline.graph.model.declare import Ref
from driftline.graph.model.observed import Clock, Stamp
from driftline.graph.model.values import Ms

SPANS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=4)
VM = Ref("VirtualMachine", "moref", ("vm-1",))


def instants(spans: Spans) -> set[int]:
    """Every instant of a set."""
    return {at for after, until in spans for at in range(after + 1, until + 1)}


@given(these=SPANS, those=SPANS, span=st.tuples(st.integers(0, 10), st.integers(1, 10)).map(lambda s: (s[0], sum(s))))
def test_sets_of_spans_are_sets_of_instants(these: list[Span], those: list[Span], span: Span) -> None:
    """Every operation agrees with the same operation on plain sets of instants."""
    one, other = union(these), union(those)
    assert instants(one) == {at for a, b in these for at in range(a + 1, b + 1)}
    assert instants(intersect(one, other)) == instants(one) & instants(other)
    assert instants(subtract(one, other)) == instants(one) - instants(other)
    assert covers(one, span) == (instants((span,)) <= instants(one))
    assert meets(one, span) == bool(instants((span,)) & instants(one))
    assert overlap(one, span) == len(instants((span,)) & instants(one))


@given(spans=SPANS)
def test_a_union_is_sorted_and_its_spans_do_not_touch(spans: list[Span]) -> None:
    """What is one stretch of time is one span."""
    merged = union(spans)
    assert all(after < until for after, until in merged)
    assert all(before[1] < after[0] for before, after in pairwise(merged))


@pytest.mark.parametrize(("instant", "expected"), [(101, 0), (110, 0), (100, 1), (95, 6), (111, 1), (120, 10)])
def test_distance_is_to_the_nearest_instant(instant: int, expected: int) -> None:
    """The lower end itself is outside."""
    assert distance((100, 110), instant) == expected


def test_a_time_of_the_source_is_converted_and_widened() -> None:
    """(t - q - e, t + q + e] by our clock; an unmeasured clock has the error of the policy."""
    assert stamped(1_000, Clock(300, 20), unmeasured_ms=500, resolution_ms=10) == (670, 730)
    assert stamped(1_000, None, unmeasured_ms=500) == (499, 1501)


@pytest.mark.parametrize(
    ("at", "only_one", "expected"),
    [
        (105, False, ((100, 107), False)),
        (105, True, ((103, 107), False)),
        (98, False, ((100, 110), True)),
        (99, False, ((100, 101), False)),
        (113, True, ((100, 110), True)),
        (113, False, ((100, 110), False)),
    ],
)
def test_a_stamp_lowers_the_end_and_lifts_the_start_only_if_it_is_alone(
    at: int,
    only_one: bool,  # noqa: FBT001 -- a column of the table
    expected: tuple[Span, bool],
) -> None:
    """3.2: a stamp dates the latest change only; one that did not move contradicts."""
    stamp = Stamp(VM, Ms(at))
    assert narrow_by_stamp((100, 110), stamp, Clock(0, 1), unmeasured_ms=0, only_one=only_one) == expected
