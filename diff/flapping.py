"""Values that come and go: one finding for the whole back and forth instead of a verdict for each turn.

A value flaps when it was left and came back several times in a day. A third, new value is never hidden by that: it has
not been there before, so it is judged like any other change.
"""

from __future__ import annotations

from collections.abc import Sequence

from driftline.diff.baseline import Slot
from driftline.diff.findings import Disposition, dispose
from driftline.diff.policy import Policy
from driftline.diff.words import Change, Finding, State
from driftline.graph.model.values import Ms, digest


def is_flapping(history: Sequence[Change], policy: Policy) -> bool:
    """Whether the last change of a slot is one more turn of a value that keeps coming back.

    ``history``: the changes of one slot, oldest first.
    """
    return bool(history) and _returns(history, policy) >= policy.flapping_revisits


def finding_id(slot: Slot) -> str:
    """Id of the one finding of a slot."""
    return digest("finding", "flapping", slot.ci, slot.path, slot.source, slot.member)


def settle_flapping(history: Sequence[Change], existing: Sequence[Finding], as_known_ms: int) -> list[Finding]:
    """The one finding of a flapping slot, and the findings of its single turns, closed.

    ``existing``: findings of the CI.
    """
    last, turns = history[-1], {change.id for change in history}
    finding = Finding(
        id=finding_id(Slot.of(last)),
        about="flapping",
        state=State.OPEN,
        ci=last.ci,
        opened_ms=_opened(last, existing, as_known_ms),
        count=len(history),
        text=f"{last.title or last.ci}: {last.path} keeps changing between {last.old} and {last.new}.",
    )
    single = (f for f in existing if f.verdict in turns and f.state is State.OPEN)
    return [finding, *(dispose(one, Disposition.SUPERSEDED, None, as_known_ms) for one in single)]


def _returns(history: Sequence[Change], policy: Policy) -> int:
    """How often the present value was left and came back in the time that counts."""
    last, since = history[-1], history[-1].upper_ms - policy.flapping_within_ms
    recent = [change for change in history if change.upper_ms > since]
    if not last.path:  # a CI that comes and goes has no value
        return sum(change.op is last.op for change in recent) - 1
    arrivals = sum(change.new == last.new for change in recent)
    return arrivals if recent[0].old == last.new else arrivals - 1


def _opened(last: Change, existing: Sequence[Finding], as_known_ms: int) -> Ms:
    """When the flapping began to be told: an open finding keeps its date."""
    mine = finding_id(Slot.of(last))
    return next((f.opened_ms for f in existing if f.id == mine and f.state is State.OPEN), Ms(as_known_ms))
