"""What a person should look at besides verdicts: things that vanished without a word, doubtful identities.

Such a finding closes by itself when a later visit shows that it is over, and opens again when it comes back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from driftline.api.judging import records, records_in
from driftline.api.visit.absences import Absences
from driftline.api.visit.context import Context
from driftline.api.visit.disputes import Disputes
from driftline.diff.findings import Disposition, dispose
from driftline.diff.words import Finding, State
from driftline.graph.model.values import Key, Ms, digest
from driftline.graph.records import Dispute, IdentityDispute
from driftline.graph.resolution import Disputed
from driftline.graph.store import Compare, Cond

VANISHED = "vanished without event: hidden by a permission?"
ABOUT: Mapping[Dispute, str] = {
    Dispute.DUPLICATE: "duplicate identity in two sources",
    Dispute.CONTRADICTION: "keys point to different items",
    Dispute.SHARED: "several items show one key",
}


def findings(
    context: Context, absences: Absences, found: Disputes, now: Iterable[Disputed], at_ms: Ms
) -> list[Finding]:
    """The findings to write: those that this visit opens, and those that it closes. ``now``: disputes that it shows."""
    source = context.pen.source
    wanted = {_vanished_id(source, ci): (ci, VANISHED, since) for ci, since in absences.vanished.items()}
    fresh = {_dispute_id(d) for d in found.opened}
    for dispute in now:
        id_ = _dispute_id(dispute)
        text = f"{ABOUT[dispute.about]}: {', '.join(dispute.cis)}"
        wanted[id_] = (dispute.cis[0], text, at_ms if id_ in fresh else Ms(0))
    known = {f.id: f for f in records_in(context.store, Finding, "id", wanted)}
    opened = [
        Finding(id=id_, about="coverage", state=State.OPEN, ci=ci, opened_ms=at_ms, text=text)
        for id_, (ci, text, since) in sorted(wanted.items())
        if id_ not in known or _is_over(known[id_], since)
    ]
    return [*opened, *_closed(context, absences, found, at_ms)]


def _is_over(finding: Finding, since_ms: Ms) -> bool:
    """Whether a finding was closed for what was before this; what a person closed stays closed as long as it lasts."""
    return finding.state is State.CLOSED and (finding.disposed_by is None or (finding.closed_ms or 0) < since_ms)


def _closed(context: Context, absences: Absences, found: Disputes, at_ms: Ms) -> list[Finding]:
    back = {_vanished_id(context.pen.source, ci) for ci in {*context.seen, *absences.ended, *absences.moving}}
    over = {_dispute_id(d) for d in (*found.settled, *absences.merged)}
    open_ = records(context.store, Finding, [Cond("state", Compare.EQ, State.OPEN.value)])
    return [
        replace(dispose(finding, Disposition.SETTLED, None, at_ms), reason=f"visit {context.pen.run}")
        for finding in open_
        if finding.id in back or finding.id in over
    ]


def _vanished_id(source: str, ci: Key) -> str:
    return digest("finding", "vanished", source, ci)


def _dispute_id(dispute: Disputed | IdentityDispute) -> str:
    return digest("finding", dispute.about.value, *sorted(dispute.cis))
