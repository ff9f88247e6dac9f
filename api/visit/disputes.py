"""Whose identity is doubtful: what this visit opens and settles, and which changes can be judged from now on."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from driftline.api.judging import records, records_in
from driftline.api.visit.absences import Absences
from driftline.api.visit.context import Context
from driftline.api.visit.suspicion import settled, unsettled
from driftline.diff.words import Change, Mark
from driftline.graph.model.values import Key, Ms, digest
from driftline.graph.records import IdentityDispute, Settlement
from driftline.graph.resolution import Disputed, Resolution
from driftline.graph.store import Compare, Cond, Store

OPEN = Cond("state", Compare.EQ, Settlement.OPEN.value)


@dataclass(frozen=True, slots=True)
class Disputes:
    """Disputes that this visit opens, those of before that it settles, and those that it makes worse."""

    opened: Sequence[IdentityDispute] = ()
    settled: Sequence[IdentityDispute] = ()
    confused: Sequence[IdentityDispute] = ()

    @property
    def rows(self) -> list[IdentityDispute]:
        """What is to be written."""
        return [*self.opened, *self.settled, *self.confused]


def open_disputes(store: Store, source: str) -> list[IdentityDispute]:
    """The open disputes that a source's visits showed."""
    return records(store, IdentityDispute, [Cond("source", Compare.EQ, source), OPEN])


def disputes(context: Context, resolution: Resolution, absences: Absences, at_ms: Ms) -> Disputes:
    """Compare the doubts of this visit with those that are open.

    A dispute is settled when all was read, its contradiction is not shown any more, and none of its CIs is merely not
    seen.
    """
    source = context.pen.source
    merged = {dispute.id for dispute in absences.merged}
    before = [_confused(d, resolution) for d in open_disputes(context.store, source) if d.id not in merged]
    now = {dispute_id(source, d): d for d in resolution.disputes}
    known = {dispute.id for dispute in before}
    opened = [
        _confused(_opened(source, id_, dispute, at_ms), resolution) for id_, dispute in now.items() if id_ not in known
    ]
    complete = all(row.status == "complete" for row in context.coverage.values())
    over = {d.id for d in before if complete and d.id not in now and _is_seen(context, d, absences)}
    return Disputes(
        opened,
        [replace(d, state=Settlement.SETTLED) for d in before if d.id in over],
        [d for d in before if d.id not in over and resolution.confused.intersection(d.cis)],
    )


def dispute_id(source: str, dispute: Disputed) -> str:
    """Id of a dispute, in whatever order its CIs are met."""
    return digest(source, dispute.about.value, *sorted(dispute.cis))


def cleared_up(context: Context, found: Disputes, changes: Sequence[Change]) -> list[Change]:
    """Changes of before and of this visit that were unsettled, and are so no longer: all about a dispute that is over.

    Where a key went from one of its CIs to another, it stays unknown whose change was whose.

    ``changes``: those of this visit.
    """
    over = {ci for dispute in found.settled if not dispute.confused for ci in dispute.cis}
    still = _in_dispute(context.store, over, {d.id for d in found.settled}) | {c for d in found.opened for c in d.cis}
    over -= still
    if not over:
        return []
    waiting = {c.id: c for c in unsettled(context.store)} | {c.id: c for c in changes if Mark.UNSETTLED in c.marks}
    about = (c for c in waiting.values() if over & {c.ci, *c.owners} and not still & {c.ci, *c.owners})
    return [settled(change) for change in about]


def _opened(source: str, id_: str, dispute: Disputed, at_ms: Ms) -> IdentityDispute:
    return IdentityDispute(
        id=id_,
        about=dispute.about,
        cis=dispute.cis,
        keys=dispute.keys,
        source=source,
        opened_ms=at_ms,
        state=Settlement.OPEN,
    )


def _confused(dispute: IdentityDispute, resolution: Resolution) -> IdentityDispute:
    return replace(dispute, confused=dispute.confused or not resolution.confused.isdisjoint(dispute.cis))


def _is_seen(context: Context, dispute: IdentityDispute, absences: Absences) -> bool:
    """Whether the source shows each CI of a dispute, or has nothing to do with it (any more)."""
    known = context.store.digests(context.pen.source, dispute.cis)
    return all(ci in context.seen or ci in absences.ended or ci not in known for ci in dispute.cis)


def _in_dispute(store: Store, cis: Iterable[Key], but: Collection[str]) -> set[Key]:
    rows = records_in(store, IdentityDispute, "cis", cis)
    return {ci for d in rows if d.state is Settlement.OPEN and d.id not in but for ci in d.cis}
