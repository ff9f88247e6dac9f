"""Verdicts in words: one English sentence, and what would change the verdict. Data; nobody renders it again."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from driftline.diff.interval import Span, Spans
from driftline.diff.policy import DAY, HOUR, MINUTE, SECOND
from driftline.diff.predicates import Actor, Detail, Pair
from driftline.diff.table import Ruling, doubts
from driftline.diff.words import ActorHow, Change, Outcome
from driftline.graph.model.change_records import Op
from driftline.graph.model.values import Ms, as_datetime

WORDS = {
    Outcome.AUTHORISED: "approved",
    Outcome.UNPROVEN: "fits an approval, not proven",
    Outcome.EMERGENCY: "emergency, approval due",
    Outcome.RETRO: "approved afterwards",
    Outcome.OUT_OF_WINDOW: "approved, other time",
    Outcome.OUT_OF_SCOPE: "approved work, other detail",
    Outcome.UNAPPROVED: "no approval found",
    Outcome.EXPECTED: "automatic",
    Outcome.REVERTS: "put back",
    Outcome.INDETERMINATE: "cannot be judged yet",
}
"""What people read instead of the name of a verdict."""

DONE = {Op.CREATE: "was created", Op.DELETE: "was removed", Op.ORDER_ONLY: "changed order"}


@lru_cache(maxsize=10_000)
def instant(at_ms: int) -> str:
    """An instant in UTC, to the second."""
    return f"{as_datetime(Ms(at_ms)):%Y-%m-%d %H:%M:%S}Z"


def lasting(length_ms: int) -> str:
    """A length of time in its two largest units."""
    hours, rest = divmod(length_ms, HOUR)
    if length_ms >= DAY:
        return f"{hours // 24} d {hours % 24} h"
    if hours:
        return f"{hours} h {rest // MINUTE} min"
    return f"{rest // MINUTE} min" if rest >= MINUTE else f"{rest / SECOND:g} s"


def happened(change: Change) -> str:
    """What changed, and when, as far as it is known: the subject of every sentence."""
    name = change.title or change.ci
    when = f"after {instant(change.lower_ms)}, by {instant(change.upper_ms)}"
    if change.op in DONE and not change.path:
        return f"{name} {DONE[change.op]} ({when})"
    return f"{name}: {change.path} from {_text(change.old)} to {_text(change.new)} ({when})"


def sentence(change: Change, ruling: Ruling, pair: Pair | None) -> str:
    """The verdict in one sentence."""
    because = _BECAUSE[ruling.rule](ruling, pair) if pair else "no change request covers it"
    return f"{happened(change)}: {WORDS[ruling.outcome]}; {because}."


def would_change(ruling: Ruling, pair: Pair | None) -> str:
    """Which facts, if they came, would change the verdict."""
    if pair is None:
        return "A request that was approved before the change and names this CI."
    return _CURES[ruling.rule](ruling, pair)


def words(ruling: Ruling) -> str:
    """A verdict as people read it."""
    return WORDS[ruling.outcome]


def cure(rule: str) -> str:
    """Which facts would change a verdict that needs no change records."""
    return _SIFTED_CURES[rule]


def nobody(change: Change) -> str:
    """Which evidence is missing where nobody at all can be named, to follow another sentence."""
    unknown = change.actor_how is ActorHow.UNKNOWN and change.actor_why
    return f" Who did it is not known: {change.actor_why}." if unknown else ""


def _text(value: str | None) -> str:
    return "nothing" if value is None else value


def _number(pair: Pair) -> str:
    return pair.authority.rfc.number


def _approved(pair: Pair) -> str:
    return instant(pair.authority.approved_ms) if pair.authority.approved_ms is not None else "never"


def _windows(pair: Pair) -> str:
    return " and ".join(f"{instant(after)} to {instant(until)}" for after, until in _nearest(pair)) or "no window"


def _nearest(pair: Pair) -> Spans:
    """The two windows nearest to the change, in time order: a standing request has hundreds."""
    return tuple(sorted(sorted(pair.authority.usable, key=lambda window: _apart(window, pair.span))[:2]))


def _apart(window: Span, span: Span) -> int:
    return max(window[0] - span[1], span[0] - window[1], 0)


def _off(pair: Pair) -> str:
    return lasting(min((_apart(window, pair.span) for window in pair.authority.usable), default=0))


def _wrong_detail(pair: Pair) -> str:
    if pair.detail is Detail.VALUE:
        return f"{_number(pair)} expects {pair.expected}, saw {_text(pair.change.new)}"
    return f"{_number(pair)} does not list {pair.change.path or pair.change.op.value}"


def _because_outside(ruling: Ruling, pair: Pair) -> str:
    number, windows = _number(pair), _windows(pair)
    return {
        "freeze": f"{number} allows {windows}, but a freeze was in force",
        "held": f"{number} was on hold",
        "approval": f"{number} was approved at {_approved(pair)}, and no instant was in a window under that approval",
        "between": f"{number} allows it at other times, the nearest {windows}",
    }.get(ruling.reason, f"{number} allows {windows}; this was {ruling.reason} by {_off(pair)}")


def _because_later(ruling: Ruling, pair: Pair) -> str:
    if ruling.reason == "late":
        return f"{_number(pair)} was raised and approved too long afterwards"
    return f"{_number(pair)} was approved later, at {_approved(pair)}, and {_wrong_detail(pair)}"


def _because_far(ruling: Ruling, pair: Pair) -> str:
    if ruling.reason == "far":
        return f"the nearest request {_number(pair)} is {_off(pair)} away"
    return f"{_number(pair)} is approved but has no usable window"


def _who(pair: Pair) -> str:
    """Whom the evidence names; "nobody known" if it names none."""
    if pair.change.actor:
        return pair.change.actor
    return " or ".join(pair.change.candidates) or "nobody known"


def _missing(ruling: Ruling, pair: Pair) -> str:
    open_questions = {
        "time": f"the time is not known exactly enough to prove the window {_windows(pair)}",
        "actor": f"who did it is not known ({_who(pair)})",
        "version": "the approved content was not seen at approval",
    }
    return " and ".join(open_questions[doubt] for doubt in doubts(ruling))


def _settles(ruling: Ruling, _: Pair) -> str:
    cures = {
        "time": "a pair of readings just inside the window, a device stamp or an event that dates it",
        "actor": "an event that names the actor",
        "version": "the history of the request at its source",
    }
    return "Would settle it: " + "; ".join(cures[doubt] for doubt in doubts(ruling)) + "."


_BECAUSE: dict[str, Callable[[Ruling, Pair], str]] = {
    "R1": lambda _, p: f"{_number(p)} names {', '.join(p.authority.version.implementers)}, but it was {_who(p)}",
    "R2": lambda r, p: f"{_number(p)} is an emergency, to be approved by {instant(r.due_ms or 0)}",
    "R3": lambda _, p: f"emergency {_number(p)} was not approved within its term",
    "R4": lambda r, p: f"{_number(p)} was never approved (state {r.reason})",
    "R5": lambda r, p: f"{_number(p)} had lost its approval at {instant(p.authority.revoked_ms)} ({r.reason})",
    "R6": lambda _, p: f"{_number(p)} was approved at {_approved(p)}, after the change",
    "R6b": _because_later,
    "R7": _because_far,
    "R8": lambda _, p: _wrong_detail(p),
    "R9": lambda _, p: f"{_wrong_detail(p)}, and its window is {_windows(p)}",
    "R10": lambda _, p: f"{_number(p)} allows it in {_windows(p)}, approved at {_approved(p)}",
    "R11": lambda r, p: f"{_number(p)} allows it, but {_missing(r, p)}",
    "R12": _because_outside,
    "J1": lambda _, p: f"{_number(p)} and others cover together every instant at which it can have happened",
}

_CURES: dict[str, Callable[[Ruling, Pair], str]] = {
    "R1": lambda *_: "Evidence that a named implementer did it.",
    "R2": lambda *_: "Approval of the emergency, or the end of its review term.",
    "R3": lambda *_: "Approval of the emergency (it would count as approved afterwards).",
    "R4": lambda *_: "Approval (it would count as approved afterwards).",
    "R5": lambda *_: "Evidence that it happened before the approval ended.",
    "R6": lambda *_: "Evidence that it happened after the approval.",
    "R6b": lambda *_: "A request raised in time that lists this detail.",
    "R7": lambda *_: "An approved window at this time.",
    "R8": lambda *_: "An approved version that lists this detail.",
    "R9": lambda *_: "An approved version that lists this detail at this time.",
    "R10": lambda _, p: (
        f"Evidence that it happened outside {_windows(p)}"
        + (" or that somebody else did it." if p.who is not Actor.UNKNOWN and p.authority.version.implementers else ".")
    ),
    "R11": _settles,
    "R12": lambda *_: "Evidence that it happened inside the window, or a window approved beforehand for this time.",
    "J1": lambda *_: "The loss of one of the approvals that join here.",
}

_SIFTED_CURES = {
    "D0": "The next complete reading, or a person who settles it.",
    "D2": "An event of a person for the same change.",
    "D3": "Another verdict on the change that it follows from.",
    "D4": "Another verdict on the change that it undoes.",
}
