"""Judging: a change and the change-record world as known at some instant, to one verdict with its explanation.

Pure: no input or output, and no clock; ``as_known_ms`` is an argument. The facts that a verdict cites are enough to
reach it again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from driftline.diff.authority import Authority
from driftline.diff.book import Book
from driftline.diff.choice import Choice, Ruled, came_late, choose, evidence_flags, flags
from driftline.diff.expected import VSPHERE, Automation
from driftline.diff.explain import cure, happened, nobody, sentence, words, would_change
from driftline.diff.policy import Policy
from driftline.diff.predicates import PLAIN, Circumstances, pair, who_counts
from driftline.diff.prefilter import Sifted, is_none, prefilter, unfit
from driftline.diff.table import rule
from driftline.diff.words import Change, Flag, Outcome, Verdict, Weighed
from driftline.graph.model.values import Ms


def judge(
    change: Change,
    book: Book,
    policy: Policy,
    as_known_ms: int,
    around: Circumstances = PLAIN,
    automations: Sequence[Automation] = VSPHERE,
) -> Verdict | None:
    """The verdict of a change.

    ``None`` if there is nothing to judge: equal values, a counter (D1), or a path that nobody
    controls (decision D11).
    """
    if not change.judged:
        return None
    sifted = unfit(change)
    if sifted is None and is_none(change):
        return None
    sifted = sifted or prefilter(change, around, automations)
    if sifted is not None:
        return _sifted(change, policy, as_known_ms, sifted)
    return match(change, book, policy, as_known_ms, around)


def match(change: Change, book: Book, policy: Policy, as_known_ms: int, around: Circumstances = PLAIN) -> Verdict:
    """Rules R0 to R13 and J1: measure the change against every authority that may concern it."""
    who = who_counts(policy, around)
    ruled: list[Ruled] = []
    late: list[Authority] = []
    for authority in book.about(change):
        measured = pair(change, authority, book.freezes, policy, around)
        if measured is not None:
            ruled.append((measured, rule(measured, policy, who, as_known_ms)))
        elif came_late(change, authority):
            late.append(authority)
    choice = choose(ruled)
    found = flags(change, choice, policy, who)
    cited = {fact for one in choice.joined for fact in (*one.authority.facts, *one.freezes)}
    if late and choice.ruling.outcome is Outcome.UNAPPROVED:
        found.add(Flag.POST_HOC_CI)
        cited |= {fact for authority in late for fact in authority.facts}
    weighed = (*map(_weighed, ruled), *map(_named_late, late))
    return _matched(change, policy, as_known_ms, choice, _Shown(found, cited, weighed))


@dataclass(frozen=True, slots=True)
class _Shown:
    flags: set[Flag]
    cites: set[str]
    weighed: tuple[Weighed, ...]


def _matched(change: Change, policy: Policy, as_known_ms: int, choice: Choice, shown: _Shown) -> Verdict:
    ruling, linked = choice.ruling, choice.pair
    return Verdict(
        id=change.id,
        change=change.id,
        ci=change.ci,
        upper_ms=change.upper_ms,
        verdict=ruling.outcome,
        rule=ruling.rule,
        reason=ruling.reason,
        flags=tuple(sorted(shown.flags)),
        rfc=linked.authority.rfc.id if linked else None,
        version=linked.authority.version.id if linked else None,
        scope=linked.reach.value if linked else "",
        strength=linked.strength.value if linked else "",
        cites=tuple(sorted(shown.cites)),
        cites_events=change.events,
        policy_version=policy.version,
        as_known_ms=Ms(as_known_ms),
        due_ms=None if ruling.due_ms is None else Ms(ruling.due_ms),
        sentence=sentence(change, ruling, linked),
        would_change=f"{would_change(ruling, linked)}{nobody(change)}",
        weighed=tuple(sorted(shown.weighed, key=_place)) if len(shown.weighed) > 1 else shown.weighed,
    )


def _sifted(change: Change, policy: Policy, as_known_ms: int, sifted: Sifted) -> Verdict:
    """A verdict that rests on other changes, or on the change alone."""
    ruling = sifted.ruling
    return Verdict(
        id=change.id,
        change=change.id,
        ci=change.ci,
        upper_ms=change.upper_ms,
        verdict=ruling.outcome,
        rule=ruling.rule,
        reason=ruling.reason,
        flags=tuple(sorted(evidence_flags(change) | sifted.flags)),
        cites_changes=(sifted.rests_on,) if sifted.rests_on else (),
        cites_events=change.events,
        policy_version=policy.version,
        as_known_ms=Ms(as_known_ms),
        sentence=f"{happened(change)}: {words(ruling)}; {sifted.why}.",
        would_change=f"{cure(ruling.rule)}{nobody(change)}",
    )


def _weighed(ruled: Ruled) -> Weighed:
    measured, ruling = ruled
    authority = measured.authority
    return Weighed(
        rfc=authority.rfc.id,
        version=authority.version.id,
        number=authority.rfc.number,
        outcome=ruling.outcome.value,
        rule=ruling.rule,
        reason=ruling.reason,
        scope=measured.reach.value,
        attribute=measured.detail.value,
        window=measured.window.value,
        approval=measured.prior.value,
        authority=measured.within.value,
        who=measured.who.value,
        type=authority.version.type.value,
        near="T" if measured.near else "F",
    )


def _named_late(authority: Authority) -> Weighed:
    rfc, why = authority.rfc, "named this CI only after the change"
    return Weighed(rfc.id, authority.version.id, rfc.number, outcome="", rule="R0", reason=why)


def _place(one: Weighed) -> tuple[str, ...]:
    return one.rfc, one.version, one.rule, one.reason, one.approval, one.authority
