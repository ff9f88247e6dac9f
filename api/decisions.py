"""What people decide: accept, waive, assign or reopen a finding, sign a baseline. Each is one batch under the lease.

A decision that moves the baseline judges again what rests on it, in the same batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from driftline.api.judging import judge_changes, records_in
from driftline.api.visit.context import rows_of
from driftline.diff.explain import WORDS
from driftline.diff.findings import Disposition, dispose, reopen
from driftline.diff.policy import Policy
from driftline.diff.words import Baseline, Change, Finding, Outcome, State, Verdict, Waiver
from driftline.graph.model.declare import Record
from driftline.graph.model.values import Ms, digest
from driftline.graph.store import Batch, Lease, RecordRow, Store

SOURCE = "people"
NEEDS_MORE = frozenset({Outcome.OUT_OF_SCOPE, Outcome.UNAPPROVED, Outcome.EMERGENCY})
"""Verdicts that a nod does not settle: they need a waiver with an end, or an approval."""


class CannotDecide(Exception):
    """The decision does not fit what it is about; the text says why and what fits. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Decider:
    """Who decides, when, and by which policy the rest is judged again."""

    by: str
    at_ms: Ms
    policy: Policy


@dataclass(frozen=True, slots=True)
class Decided:
    """What a decision wrote: the findings as they are now, and the verdicts that became others."""

    findings: tuple[Finding, ...]
    verdicts: tuple[Verdict, ...] = ()


def accept(store: Store, lease: Lease, decider: Decider, ids: Sequence[str], reason: str = "") -> Decided:
    """Close findings as seen and in order; a change without proof, or at another time, enters the baseline by it.

    Raises:
        CannotDecide: a finding is unknown or closed, or nothing approved its change (that is for a waiver).
    """
    found = _found(store, ids, State.OPEN)
    verdicts = {v.id: v for v in records_in(store, Verdict, "id", {f.verdict for f in found if f.verdict})}
    for one in found:
        verdict = verdicts.get(one.verdict or "")
        if verdict is not None and verdict.verdict in NEEDS_MORE:
            word = WORDS[verdict.verdict]
            raise CannotDecide(f'finding {one.id}: "{word}" cannot be accepted; waive it, or have its request approved')
    closed = [replace(dispose(one, Disposition.ACCEPTED, decider.by, decider.at_ms), reason=reason) for one in found]
    return _settle(store, lease, decider, f"accept {reason}", closed)


def waive(
    store: Store, lease: Lease, decider: Decider, ids: Sequence[str], *, until_ms: Ms, authority: str, reason: str
) -> Decided:
    """Accept the values of these findings until an instant, on somebody's authority; the drift returns after that.

    Raises:
        CannotDecide: a finding is unknown or closed, is about no change, or the waiver would end before it begins.
    """
    if until_ms <= decider.at_ms:
        raise CannotDecide("a waiver ends in the future; give a later time")
    found = _found(store, ids, State.OPEN)
    changes = {c.id: c for c in records_in(store, Change, "id", {f.verdict for f in found if f.verdict})}
    if lost := [one.id for one in found if one.verdict not in changes]:
        raise CannotDecide(f"finding {lost[0]}: is about no change, so there is no value to waive")
    waivers = [
        Waiver(
            id=digest("waiver", c.ci, c.path, "" if c.new is None else f"={c.new}", authority, str(decider.at_ms)),
            ci=c.ci,
            path=c.path,
            value=c.new,
            authority=authority,
            reason=reason,
            after_ms=decider.at_ms,
            until_ms=until_ms,
        )
        for c in changes.values()
    ]
    closed = [replace(dispose(one, Disposition.WAIVED, decider.by, decider.at_ms), reason=reason) for one in found]
    _write(store, lease, f"waive {reason}", decider, [*waivers, *closed])
    return Decided(tuple(closed))


def assign(store: Store, lease: Lease, decider: Decider, ids: Sequence[str], owner: str) -> Decided:
    """Say whose turn it is.

    Raises:
        CannotDecide: a finding is unknown or closed.
    """
    moved = [replace(one, owner=owner) for one in _found(store, ids, State.OPEN)]
    _write(store, lease, f"assign {owner}", decider, moved)
    return Decided(tuple(moved))


def open_again(store: Store, lease: Lease, decider: Decider, ids: Sequence[str]) -> Decided:
    """Take a decision back: the finding is open again, its waiver ends now, and what was judged by it is judged again.

    Raises:
        CannotDecide: a finding is unknown or open.
    """
    found = _found(store, ids, State.CLOSED)
    waived = {one.verdict for one in found if one.disposition == Disposition.WAIVED and one.verdict}
    changes = records_in(store, Change, "id", waived)
    ended = [replace(w, until_ms=decider.at_ms) for w in _waivers(store, changes, decider.at_ms)]
    opened = [reopen(one, decider.at_ms) for one in found]
    return _settle(store, lease, decider, "reopen", opened, ended)


def sign(store: Store, lease: Lease, decider: Decider, source: str, as_of_ms: Ms, note: str = "") -> Baseline:
    """Vouch for the state of a source as it was at an instant.

    Raises:
        CannotDecide: the instant has not come yet.
    """
    if as_of_ms > decider.at_ms:
        raise CannotDecide("a baseline is signed as of a time that is over")
    signed = Baseline(
        id=f"baseline:{source}:{as_of_ms}",
        source=source,
        as_of_ms=as_of_ms,
        signed_by=decider.by,
        signed_ms=decider.at_ms,
        note=note,
    )
    _write(store, lease, f"sign {source}", decider, [signed])
    return signed


def _settle(
    store: Store,
    lease: Lease,
    decider: Decider,
    what: str,
    findings: Sequence[Finding],
    more: Sequence[Record] = (),
) -> Decided:
    """Write findings and what judging comes to with them."""
    changes = records_in(store, Change, "id", {one.verdict for one in findings if one.verdict})
    judged = judge_changes(store, changes, decider.policy, decider.at_ms, decided=findings)
    ours = {one.id for one in findings}
    moved = [one for one in judged.findings if one.id not in ours]
    _write(store, lease, what, decider, [*more, *judged.verdicts, *findings, *moved])
    return Decided(tuple(findings), tuple(judged.verdicts))


def _found(store: Store, ids: Sequence[str], state: State) -> list[Finding]:
    found = {one.id: one for one in records_in(store, Finding, "id", ids)}
    if lost := [one for one in ids if one not in found]:
        raise CannotDecide(f"no finding {lost[0]}; see driftline drift list")
    if wrong := [one for one in found.values() if one.state is not state]:
        raise CannotDecide(f"finding {wrong[0].id} is {wrong[0].state.value}{_how(wrong[0])}")
    return [found[one] for one in dict.fromkeys(ids)]


def _how(one: Finding) -> str:
    return f" ({one.disposition} by {one.disposed_by or 'a later fact'})" if one.disposition else ""


def _waivers(store: Store, changes: Sequence[Change], at_ms: Ms) -> list[Waiver]:
    slots = {(c.ci, c.path, c.new) for c in changes}
    mine = records_in(store, Waiver, "ci", {c.ci for c in changes})
    return [w for w in mine if (w.ci, w.path, w.value) in slots and w.after_ms < at_ms <= w.until_ms]


def _write(store: Store, lease: Lease, what: str, decider: Decider, facts: Sequence[Record]) -> None:
    at = lease.now()
    rows: list[RecordRow] = rows_of(facts)
    batch = Batch(
        id=digest("decision", what, decider.by, str(at)),
        at=at,
        run=f"decision by {decider.by}",
        source=SOURCE,
        fence=lease.fence,
        records=tuple(rows),
    )
    store.apply(batch)
