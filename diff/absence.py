"""Absence is not deletion: when a thing that a source no longer shows is gone, missing, or only hidden.

A thing is gone when the source's own log says so, or, where the source keeps no such log, after several complete visits
in a row without it. Where there is a log without a hole that does not say so, it is missing, and most likely hidden by
a permission (decision D3).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from driftline.diff.attribution import CiEvent, gapless
from driftline.diff.policy import Policy
from driftline.graph.model.facts import Sighting
from driftline.graph.model.observed import Act, FeedCoverage
from driftline.graph.model.values import Ms


class Fate(StrEnum):
    """What an absence means."""

    MISSED = "missed"
    VANISHED = "vanished"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Absence:
    """The fate of one CI, and the interval (after, until] of its deletion if it is gone."""

    fate: Fate
    until_ms: Ms
    events: tuple[CiEvent, ...] = ()


def fate(
    own: Sighting,
    read_end_ms: Ms,
    after_ms: Ms | None,
    events: tuple[CiEvent, ...],
    feed: FeedCoverage | None,
    policy: Policy,
    *,
    logged: bool,
) -> Absence:
    """Decide what one complete visit without the CI means.

    Args:
        own: the source's sighting so far.
        read_end_ms: end of the visit that lacks it.
        after_ms: start of the last complete reading that had it; ``None``: there was none.
        events: the source's events about it.
        feed: how far the source's log was read; ``None``: not at all.
        policy: how many absences it takes.
        logged: whether the source logs the removal of such things.
    """
    until = own.missed_since_ms if own.missed and own.missed_since_ms is not None else read_end_ms
    removals = tuple(e for e in events if e.act is Act.REMOVED and (after_ms is None or e.at_ms > after_ms))
    if removals:
        return Absence(Fate.GONE, until, removals)
    enough = own.missed + 1 >= policy.absences_needed
    if logged and after_ms is not None and gapless(feed, (after_ms, until)):
        return Absence(Fate.VANISHED if enough else Fate.MISSED, until)
    return Absence(Fate.GONE if enough else Fate.MISSED, until)


def mass_loss(lost: int, members: int, policy: Policy) -> bool:
    """Whether so many of a kind vanished in one visit that the collector is suspect, not the estate."""
    return lost > max(policy.mass_loss_count, members * policy.mass_loss_percent / 100)
