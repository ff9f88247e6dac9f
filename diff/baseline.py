"""The authorised baseline: what every value should be, as the changes that were allowed left it.

The baseline of a source is what it was when a person signed it (until then: when it was first read completely), moved
on by every change whose verdict advances it. Drift is where the present value is another one and nobody waived it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Final

from driftline.diff.policy import Policy, Unproven
from driftline.diff.predicates import PLAIN, Circumstances
from driftline.diff.words import Baseline, Change, Outcome, Verdict, Waiver
from driftline.graph.model.change_records import Op
from driftline.graph.model.values import Key

ADVANCING: Final = frozenset({Outcome.AUTHORISED, Outcome.EXPECTED, Outcome.RETRO})
ON_ACCEPTANCE: Final = frozenset({Outcome.UNPROVEN, Outcome.OUT_OF_WINDOW})
OF_SETS: Final = frozenset({Op.ADD, Op.REMOVE, Op.RELATE, Op.UNRELATE})

Judged = tuple[Change, Verdict]


@dataclass(frozen=True, slots=True, order=True)
class Slot:
    """A place for one value: a path of a CI as one source tells it, or one member of a set there."""

    ci: Key
    path: str
    source: str
    member: str = ""

    @classmethod
    def of(cls, change: Change) -> Slot:
        """The place that a change is about."""
        member = (change.new or change.old or "") if change.op in OF_SETS else ""
        return cls(change.ci, change.path, change.source, member)


@dataclass(frozen=True, slots=True)
class Standing:
    """What a slot should hold and what it holds; ``undoes``: the verdict of the change that made them differ."""

    authorised: str | None
    current: str | None
    undoes: Verdict | None = None

    @property
    def differs(self) -> bool:
        """Whether the present value is not the authorised one."""
        return self.current != self.authorised

    def around(self, circumstances: Circumstances = PLAIN) -> Circumstances:
        """What this means for judging the next change of the slot."""
        return replace(circumstances, baseline=self.authorised, baseline_known=True, undoes=self.undoes)


def begin(change: Change) -> Standing:
    """The standing before the first change after the baseline: what it was then is what was signed."""
    return Standing(change.old, change.old)


def advance(
    standing: Standing, change: Change, verdict: Verdict, policy: Policy, *, accepted: bool = False
) -> Standing:
    """The standing after a judged change. ``accepted``: a person took the change into the baseline."""
    if verdict.verdict is Outcome.REVERTS:
        return Standing(standing.authorised, change.new)
    if advances(verdict, policy, accepted=accepted):
        return Standing(change.new, change.new)
    return Standing(standing.authorised, change.new, verdict)


def advances(verdict: Verdict, policy: Policy, *, accepted: bool = False) -> bool:
    """Whether a verdict makes the new value the authorised one."""
    if verdict.verdict in ADVANCING:
        return True
    auto = verdict.verdict is Outcome.UNPROVEN and policy.unproven_baseline is Unproven.AUTO
    return auto or (accepted and verdict.verdict in ON_ACCEPTANCE)


def fold(judged: Iterable[Judged], accepted: AbstractSet[str], policy: Policy) -> dict[Slot, Standing]:
    """The standing of every slot after these changes, oldest first. ``accepted``: ids of changes people took in."""
    found: dict[Slot, Standing] = {}
    for change, verdict in judged:
        slot = Slot.of(change)
        before = found.get(slot) or begin(change)
        found[slot] = advance(before, change, verdict, policy, accepted=change.id in accepted)
    return found


def since(baseline: Baseline | None, judged: Iterable[Judged]) -> list[Judged]:
    """The changes that a baseline does not contain, oldest first. Without a signed one: all that are known."""
    after = baseline.as_of_ms if baseline is not None and baseline.signed_by is not None else None
    later = (one for one in judged if after is None or one[0].upper_ms > after)
    return sorted(later, key=lambda one: (one[0].upper_ms, one[0].lower_ms, one[0].id))


def waived(slot: Slot, value: str | None, waivers: Sequence[Waiver], as_known_ms: int) -> Waiver | None:
    """The waiver that accepts this value in this slot at this instant, if there is one."""
    fits = (w for w in waivers if (w.ci, w.path, w.value) == (slot.ci, slot.path, value))
    return next((w for w in fits if w.after_ms < as_known_ms <= w.until_ms), None)


def drift(standings: dict[Slot, Standing], waivers: Sequence[Waiver], as_known_ms: int) -> list[tuple[Slot, Standing]]:
    """Where the present state is not the authorised one and nobody waived it, sorted."""
    apart = ((slot, standing) for slot, standing in sorted(standings.items(), key=lambda one: one[0]))
    return [(slot, s) for slot, s in apart if _wrong(slot, s) and not waived(slot, s.current, waivers, as_known_ms)]


def _wrong(slot: Slot, standing: Standing) -> bool:
    """Whether a value is not the authorised one, or a CI came or went, which has no value, without authority."""
    return standing.differs or (not slot.path and standing.undoes is not None)
