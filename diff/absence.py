"""Absence is not deletion: when a thing that a source no longer shows is gone, missing, or only hidden.

A thing is gone when the source's own log says so, or, where the source keeps no such log, after several complete visits
in a row without it. Where there is a log without a hole that does not say so, it is missing, and most likely hidden by
a permission (decision D3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from driftline.diff.attribution import CiEvent, gapless, span_of
from driftline.diff.policy import Policy
from driftline.graph.model.facts import Sighting
from driftline.graph.model.observed import Act, Clock, FeedCoverage
from driftline.graph.model.values import Ms


class Fate(StrEnum):
    """What an absence means."""

    MISSED = "missed"
    VANISHED = "vanished"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Log:
    """What a source's log says of one CI, this visit's events and remembered ones, and for which time it was read.

    ``feed``: everything read so far, ``None``: nothing. ``complete``: the source logs the removal of such things.
    """

    events: Sequence[CiEvent] = ()
    feed: FeedCoverage | None = None
    clock: Clock | None = None
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Absence:
    """The fate of one CI, and when it was first absent. ``logged``: the source's own log says that it was removed."""

    fate: Fate
    until_ms: Ms
    logged: bool = False


def fate(
    own: Sighting,
    read_end_ms: Ms,
    after_ms: Ms | None,
    log: Log,
    policy: Policy,
) -> Absence:
    """Decide what one complete visit without the CI means.

    Args:
        own: the source's sighting so far.
        read_end_ms: end of the visit that lacks it.
        after_ms: start of the last complete reading that had it; ``None``: there was none.
        log: what the source's log says.
        policy: how many absences it takes.
    """
    until = own.missed_since_ms if own.missed and own.missed_since_ms is not None else read_end_ms
    removals = (span_of(event, log.clock, policy) for event in log.events if event.act is Act.REMOVED)
    if after_ms is not None and any(latest > after_ms for _, latest in removals):
        return Absence(Fate.GONE, until, logged=True)
    enough = own.missed + 1 >= policy.absences_needed
    if log.complete and after_ms is not None and gapless(log.feed, (after_ms, until)):
        return Absence(Fate.VANISHED if enough else Fate.MISSED, until)
    return Absence(Fate.GONE if enough else Fate.MISSED, until)


def mass_loss(lost: int, members: int, policy: Policy) -> bool:
    """Whether so many of a kind vanished in one visit that the collector is suspect, not the estate."""
    return lost > max(policy.mass_loss_count, members * policy.mass_loss_percent / 100)
