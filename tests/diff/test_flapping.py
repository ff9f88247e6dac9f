"""Flapping: n turns, one open finding, and never a third value hidden."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from driftline.diff.findings import settle
from driftline.diff.flapping import is_flapping, settle_flapping
from driftline.diff.policy import DAY, HOUR, Policy
from driftline.diff.words import Change, Finding, State
from driftline.graph.model.values import Ms
from tests.diff.world import change, judged

POLICY = Policy()


def turns(values: str, every: int = HOUR) -> list[Change]:
    """Changes of one path through these values, so far apart."""
    pairs = enumerate(itertools.pairwise(values))
    return [change(n * every, n * every + 1_000, id=f"c{n}", old=old, new=new) for n, (old, new) in pairs]


def test_a_value_that_came_back_three_times_in_a_day_flaps() -> None:
    """2.7: on at three revisits within 24 h."""
    assert not is_flapping(turns("48484"), POLICY)
    assert is_flapping(turns("4848484"), POLICY)
    assert not is_flapping(turns("4848484", every=DAY // 2), POLICY)
    assert not is_flapping([], POLICY)


def test_a_third_value_is_never_hidden() -> None:
    """A new value is a normal change, however much the others flapped."""
    assert not is_flapping(turns("48484849"), POLICY)


@given(n=st.integers(6, 30))
def test_any_number_of_turns_leaves_one_open_finding(n: int) -> None:
    """I17: n flaps, at most one open finding."""
    history, findings = turns(("48" * n)[: n + 1]), dict[str, Finding]()
    for number, turn in enumerate(history, 1):
        past = history[:number]
        told = _told(past, turn, list(findings.values()))
        findings |= {one.id: one for one in told}
    still_open = [one for one in findings.values() if one.state is State.OPEN]
    assert [(one.about, one.count) for one in still_open] == [("flapping", n)]
    assert still_open[0].opened_ms == Ms(history[5].upper_ms)


def _told(past: Sequence[Change], turn: Change, findings: list[Finding]) -> list[Finding]:
    """What a visit writes about one turn."""
    if is_flapping(past, POLICY):
        return settle_flapping(past, findings, turn.upper_ms)
    return settle(judged(turn), findings)
