"""Rules D0 to D4: what can be said of a change before anybody looks at change records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from driftline.diff.expected import Automation, expected
from driftline.diff.predicates import Circumstances
from driftline.diff.table import Ruling
from driftline.diff.words import Change, Flag, Grade, Mark, Outcome
from driftline.graph.model.change_records import Op
from driftline.graph.model.declare import SILENT

UNFIT = {
    Mark.SUSPECT: "the visit lost so much at once that it is not trusted",
    Mark.UNSETTLED: "it is not settled which thing this is",
}
"""Marks of a change that cannot be judged (D0)."""

WITHOUT_AUTHORITY = frozenset(
    {Outcome.EMERGENCY, Outcome.OUT_OF_WINDOW, Outcome.OUT_OF_SCOPE, Outcome.UNAPPROVED, Outcome.INDETERMINATE}
)
"""Verdicts of a change that may be put back without asking (D4)."""


@dataclass(frozen=True, slots=True)
class Sifted:
    """A ruling that needs no change records: why, in words, and the change it rests on."""

    ruling: Ruling
    why: str
    rests_on: str | None = None
    flags: frozenset[Flag] = frozenset()


def unfit(change: Change) -> Sifted | None:
    """D0: the evidence for the change itself is too poor."""
    for mark, why in UNFIT.items():
        if mark in change.marks:
            return Sifted(Ruling(Outcome.INDETERMINATE, "D0", mark.value), why)
    if change.grade is Grade.PARTIAL:
        return Sifted(Ruling(Outcome.INDETERMINATE, "D0", "partial"), "only a partial reading shows it")
    return None


def is_none(change: Change) -> bool:
    """D1: nothing changed that anybody should hear of."""
    same_value = change.op is Op.SET and change.old == change.new
    return same_value or change.volatility in SILENT


def prefilter(change: Change, around: Circumstances, automations: Sequence[Automation]) -> Sifted | None:
    """D2 to D4, first match."""
    if automation := expected(change, around.facts, automations):
        notable = frozenset({Flag.NOTABLE}) if automation.notable else frozenset()
        ruling = Ruling(Outcome.EXPECTED, "D2", automation.name)
        return Sifted(ruling, f"the platform did it ({automation.name})", flags=notable)
    if change.derived_from is not None and around.root is not None:
        root = around.root
        why = "it came or went with the item that it is a part of"
        return Sifted(Ruling(root.verdict, "D3", root.reason), why, root.change)
    undone = around.undoes
    if undone is not None and undone.verdict in WITHOUT_AUTHORITY and _is_baseline(change, around):
        return Sifted(Ruling(Outcome.REVERTS, "D4"), "it restores the authorised value", undone.change)
    return None


def _is_baseline(change: Change, around: Circumstances) -> bool:
    return around.baseline_known and change.new == around.baseline
