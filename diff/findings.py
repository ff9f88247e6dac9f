"""What people have to look at: a verdict opens a finding, and a person, a later fact or a waiver closes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Final

from driftline.diff.words import Finding, Flag, Outcome, State, Verdict
from driftline.graph.model.values import Ms, digest

OPENS: Final = {
    Outcome.UNPROVEN: "evidence",
    Outcome.EMERGENCY: "review",
    Outcome.RETRO: "exception",
    Outcome.OUT_OF_WINDOW: "window",
    Outcome.OUT_OF_SCOPE: "drift",
    Outcome.UNAPPROVED: "drift",
    Outcome.INDETERMINATE: "coverage",
}
"""What a verdict opens; the others open nothing."""

VIOLATIONS: Final = frozenset({Outcome.OUT_OF_WINDOW, Outcome.OUT_OF_SCOPE, Outcome.UNAPPROVED})


class Disposition(StrEnum):
    """How a finding closes."""

    ACCEPTED = "accepted"
    PUT_BACK = "put_back"
    APPROVED = "approved"
    WAIVED = "waived"
    SUPERSEDED = "superseded"
    SETTLED = "settled"


def is_violation(verdict: Verdict) -> bool:
    """Whether a verdict says that somebody did what was not allowed."""
    late = verdict.verdict is Outcome.RETRO and Flag.POLICY_OK not in verdict.flags
    return late or verdict.verdict in VIOLATIONS


def finding_of(verdict: Verdict, owner: str | None = None) -> Finding | None:
    """The finding that a verdict opens. What follows from another change is listed under that change."""
    about = "notable" if Flag.NOTABLE in verdict.flags else OPENS.get(verdict.verdict)
    if about is None or verdict.rule == "D3" or Flag.POLICY_OK in verdict.flags:
        return None
    return Finding(
        id=digest("finding", about, verdict.id),
        about=about,
        state=State.OPEN,
        ci=verdict.ci,
        verdict=verdict.id,
        rfc=verdict.rfc,
        opened_ms=verdict.as_known_ms,
        due_ms=verdict.due_ms,
        owner=owner,
        text=verdict.sentence,
    )


def settle(verdict: Verdict, existing: Sequence[Finding], owner: str | None = None) -> list[Finding]:
    """The findings to write after a new or revised verdict: those that it opens, those that it closes.

    ``existing``: findings of this verdict, and of the verdicts it rests on. What a person disposed of stays closed.
    """
    wanted = finding_of(verdict, owner)
    mine = [finding for finding in existing if finding.verdict == verdict.id]
    written = [
        dispose(finding, _outdated(verdict), None, verdict.as_known_ms)
        for finding in mine
        if finding.state is State.OPEN and (wanted is None or finding.id != wanted.id)
    ]
    if wanted is not None and not any(finding.id == wanted.id and _stands(finding) for finding in mine):
        written.append(wanted)
    return [*written, *_put_back(verdict, existing)]


def dispose(finding: Finding, how: Disposition, by: str | None, at_ms: int) -> Finding:
    """The finding, closed. ``by`` ``None``: a fact closed it, nobody in particular."""
    return replace(finding, state=State.CLOSED, closed_ms=Ms(at_ms), disposition=how.value, disposed_by=by)


def reopen(finding: Finding, at_ms: int) -> Finding:
    """The finding, open again, because what closed it ended (a waiver)."""
    return replace(
        finding, state=State.OPEN, opened_ms=Ms(at_ms), closed_ms=None, disposition="", disposed_by=None, reason=""
    )


def accepted(findings: Sequence[Finding]) -> frozenset[str]:
    """Ids of the changes that people took into the baseline."""
    taken = (f.verdict for f in findings if f.disposition == Disposition.ACCEPTED)
    return frozenset(verdict for verdict in taken if verdict is not None)


def _put_back(verdict: Verdict, existing: Sequence[Finding]) -> list[Finding]:
    if verdict.verdict is not Outcome.REVERTS:
        return []
    undone = (f for f in existing if f.verdict in verdict.cites_changes and f.state is State.OPEN)
    return [dispose(finding, Disposition.PUT_BACK, None, verdict.as_known_ms) for finding in undone]


def _outdated(verdict: Verdict) -> Disposition:
    """How a finding closes whose verdict became another one."""
    unclear = verdict.rule == "D3" or verdict.verdict is Outcome.INDETERMINATE
    return Disposition.SUPERSEDED if unclear or is_violation(verdict) else Disposition.APPROVED


def _stands(finding: Finding) -> bool:
    """Whether a finding is open, or closed by a person; one that a fact closed opens again when the fact goes."""
    return finding.state is State.OPEN or finding.disposed_by is not None
