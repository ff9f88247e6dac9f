"""The reverse question: was what was approved also done? Asked of an approved version once its windows are over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from driftline.diff.authority import Authority
from driftline.diff.predicates import lists, prints
from driftline.diff.scope import Reach
from driftline.diff.words import (
    Change,
    Finding,
    Flag,
    Fulfilled,
    Fulfilment,
    ItemFulfilment,
    ItemState,
    Outcome,
    State,
    Verdict,
)
from driftline.graph.model.change_records import ExpectedChange
from driftline.graph.model.values import Key, Ms, digest

Judged = tuple[Change, Verdict]

COUNTS: Final = frozenset({Outcome.AUTHORISED, Outcome.UNPROVEN, Outcome.OUT_OF_WINDOW, Outcome.EMERGENCY})
"""Verdicts of a change that carries out the request it is linked to."""

DONE_CODES: Final = frozenset({"successful", "success", "implemented"})
"""Close codes, case-folded, that say that the work was done."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What can be said of the CIs of a request, apart from changes.

    ``shown``: CIs that some source shows. ``read_after``: CIs that were read completely after the last window.
    ``before``: values known from before the first window, per (CI, path), with the id of the capture that shows them.
    """

    shown: frozenset[Key] = frozenset()
    read_after: frozenset[Key] = frozenset()
    before: Mapping[tuple[Key, str], tuple[str | None, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Wanted:
    ci: Key
    line: ExpectedChange


@dataclass(frozen=True, slots=True)
class _Part:
    wanted: _Wanted
    state: ItemState
    by: Change | None = None
    cites: tuple[str, ...] = ()


def fulfil(authority: Authority, judged: Sequence[Judged], sight: Sight, as_known_ms: int) -> Fulfilment | None:
    """How far an approved version was carried out; ``None`` for one that was never approved.

    ``judged``: every judged change of the CIs in scope and of their parts, oldest first.
    """
    if authority.approved_ms is None:
        return None
    parts = [_part(authority, wanted, judged, sight) for wanted in _wanted(authority)]
    extras = tuple(c.id for c, v in judged if v.verdict is Outcome.OUT_OF_SCOPE and v.rfc == authority.rfc.id)
    state = _state(authority, parts, judged, extras, as_known_ms)
    return Fulfilment(
        id=authority.version.id,
        rfc=authority.rfc.id,
        version=authority.version.id,
        state=state,
        parts=tuple(ItemFulfilment(p.wanted.ci, p.wanted.line.path, p.state, p.cites) for p in parts),
        extras=extras,
        as_known_ms=Ms(as_known_ms),
        sentence=_sentence(authority, state, parts),
    )


def contradiction(authority: Authority, fulfilment: Fulfilment) -> Finding | None:
    """The finding for a request that was closed as successful although nothing was done."""
    if authority.close_code.casefold() not in DONE_CODES or fulfilment.state is not Fulfilled.NOT_IMPLEMENTED:
        return None
    return Finding(
        id=digest("finding", "fulfilment", fulfilment.id),
        about="fulfilment",
        state=State.OPEN,
        rfc=fulfilment.rfc,
        opened_ms=fulfilment.as_known_ms,
        text=f"{authority.rfc.number} was closed as {authority.close_code}, but nothing of it was done.",
    )


def _wanted(authority: Authority) -> list[_Wanted]:
    """Every expected line on every CI it means; without lines: any change on every CI."""
    lines = authority.version.expected or (ExpectedChange("*"),)
    cis = sorted(authority.scope.cis)
    return [_Wanted(ci, line) for line in lines for ci in cis if line.ci in {None, ci}]


def _part(authority: Authority, wanted: _Wanted, judged: Sequence[Judged], sight: Sight) -> _Part:
    """What became of one expected line on one CI."""
    done = next((c for c, v in judged if _carries_out(authority, v) and _is(wanted, c)), None)
    if done is not None:
        return _Part(wanted, ItemState.MET, done, (done.id,))
    value, capture = sight.before.get((wanted.ci, wanted.line.path), (None, ""))
    if capture and wanted.line.value is not None and prints(wanted.line.value, value):
        return _Part(wanted, ItemState.ALREADY_TRUE, cites=(capture,))
    seen = wanted.ci in sight.shown and wanted.ci in sight.read_after
    return _Part(wanted, ItemState.MISSING if seen else ItemState.UNOBSERVABLE)


def _carries_out(authority: Authority, verdict: Verdict) -> bool:
    """Whether a change with this verdict is work of the request; putting back the authorised value is, too."""
    if verdict.verdict is Outcome.REVERTS:
        return True
    linked = verdict.version == authority.version.id
    forgiven = verdict.verdict is Outcome.RETRO and Flag.POLICY_OK in verdict.flags
    return linked and (forgiven or verdict.verdict in COUNTS)


def _is(wanted: _Wanted, change: Change) -> bool:
    if wanted.ci != change.ci and wanted.ci not in change.owners:
        return False
    if not lists(wanted.line, change, Reach.EXACT if wanted.ci == change.ci else Reach.OWNED):
        return False
    return wanted.line.value is None or prints(wanted.line.value, change.new or change.old)


def _state(
    authority: Authority, parts: Sequence[_Part], judged: Sequence[Judged], extras: Sequence[str], as_known_ms: int
) -> Fulfilled:
    """First match, in the order in which the states are listed."""
    if authority.usable and as_known_ms <= authority.usable[-1][1]:
        return Fulfilled.NOT_DUE
    if not parts or any(part.state is ItemState.UNOBSERVABLE for part in parts) or _unresolved(authority):
        return Fulfilled.UNVERIFIABLE
    met = [part for part in parts if part.by is not None]
    if met and (undone := _undone(authority, met, judged)):
        return undone
    missing = sum(part.state is ItemState.MISSING for part in parts)
    if missing == len(parts):
        return Fulfilled.NOT_IMPLEMENTED
    if missing:
        return Fulfilled.PARTIALLY_IMPLEMENTED
    return Fulfilled.WITH_EXTRAS if extras else Fulfilled.IMPLEMENTED


def _unresolved(authority: Authority) -> bool:
    return any(item.unresolved for item in authority.version.scope)


def _undone(authority: Authority, met: Sequence[_Part], judged: Sequence[Judged]) -> Fulfilled | None:
    """Whether the values went back: all of them as a declared back-out, or any of them without authority."""
    backs = [(part, _back(part, judged)) for part in met]
    returned = [(part, back) for part, back in backs if back is not None]
    if len(returned) == len(met) and all(_declared(authority, part, back[0]) for part, back in returned):
        return Fulfilled.BACKED_OUT
    if any(back[1].verdict is Outcome.UNAPPROVED for _, back in returned):
        return Fulfilled.REVERTED
    return None


def _back(part: _Part, judged: Sequence[Judged]) -> Judged | None:
    """The later change that took the value away again, to the old one or to the back-out value."""
    work, line = part.by, part.wanted.line
    for change, verdict in judged:
        if work is None or (change.ci, change.path) != (work.ci, work.path) or change.upper_ms <= work.upper_ms:
            continue
        if change.new == work.old or (line.backout_value is not None and prints(line.backout_value, change.new)):
            return change, verdict
    return None


def _declared(authority: Authority, part: _Part, back: Change) -> bool:
    line = part.wanted.line
    return authority.backed_out or (line.backout_value is not None and prints(line.backout_value, back.new))


def _sentence(authority: Authority, state: Fulfilled, parts: Sequence[_Part]) -> str:
    done = sum(part.state in {ItemState.MET, ItemState.ALREADY_TRUE} for part in parts)
    words = state.value.replace("_", " ").lower()
    return f"{authority.rfc.number}: {words}; {done} of {len(parts)} expected changes are there."
