"""The predicates of judging, for one change and one authority: scope, attribute, time, prior approval, who, near.

Time predicates are three-valued, because a change is known only to lie in an interval. The authority is one set of
instants: window, freezes, holds and approval joined *before* the interval is compared with it. Asking "in the window?"
and "approved?" apart and joining the answers would call possible what no single instant allows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from functools import cache

from driftline.diff.authority import Authority
from driftline.diff.interval import FOREVER, Span, Spans, covers, intersect, meets, subtract, union
from driftline.diff.policy import Policy, Who
from driftline.diff.scope import NO_TEXTS, Reach, Scope, asks_for, reach
from driftline.diff.words import ActorHow, Change, Verdict
from driftline.graph.model.change_records import ExpectedChange, Freeze
from driftline.graph.model.values import canonical_json


class Truth(StrEnum):
    """Three-valued answer about an interval: all of it, none of it, or some of it."""

    YES = "T"
    NO = "F"
    PERHAPS = "U"


class Prior(StrEnum):
    """Whether the approval was in force when the change happened."""

    IN_FORCE = "T"
    BEFORE = "F-before"
    AFTER = "F-after"
    PERHAPS = "U"


class Detail(StrEnum):
    """Whether what changed is what was approved."""

    OK = "ok"
    PATH = "path"
    VALUE = "value"


class Strength(StrEnum):
    """How much of the change the request foresaw, the most first."""

    VALUE = "value"
    PATH = "path"
    CI_ONLY = "ci-only"


class Actor(StrEnum):
    """Whether the actor is one of those named."""

    OK = "ok"
    BAD = "bad"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Frozen:
    """A freeze made ready to be asked: the time it was in force, and what it covers."""

    freeze: Freeze
    time: Spans
    scope: Scope

    @classmethod
    def of(cls, freeze: Freeze) -> Frozen:
        """A freeze counts from its declaration, never before, and until it is lifted."""
        term = union([(freeze.declared_ms, FOREVER if freeze.lifted_ms is None else freeze.lifted_ms)])
        windows = union((window.after_ms, window.until_ms) for window in freeze.windows)
        return cls(freeze, intersect(windows, term), Scope.of(freeze.scope, None, everything=not freeze.scope))


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What else is known of a change when it is judged, besides the change records.

    ``root``: verdict of the change that this one follows from. ``baseline`` counts if ``baseline_known``: the
    authorised value of (CI, path). ``undoes``: verdict of the change being undone. ``own``: per request id, the old
    values of its own matched changes of (CI, path). ``dynamic``: texts of dynamic scope items that contained the CI
    when it changed. ``facts``: invariants of the platform that held (``drs_enabled``, ``same_cluster``).
    """

    root: Verdict | None = None
    baseline: str | None = None
    baseline_known: bool = False
    undoes: Verdict | None = None
    own: Mapping[str, frozenset[str | None]] = field(default_factory=dict)
    dynamic: frozenset[str] = NO_TEXTS
    facts: frozenset[str] = NO_TEXTS
    criticality: str = ""


PLAIN = Circumstances()


@dataclass(frozen=True, slots=True)
class Pair:
    """The predicates of a change and an authority. ``time``: the authority's instants, freezes taken out."""

    change: Change
    authority: Authority
    reach: Reach
    detail: Detail
    strength: Strength
    expected: str | None
    window: Truth
    within: Truth
    prior: Prior
    who: Actor
    near: bool
    time: Spans
    freezes: tuple[str, ...]

    @property
    def span(self) -> Span:
        """When the change happened."""
        return (self.change.lower_ms, self.change.upper_ms)


def pair(
    change: Change, authority: Authority, freezes: tuple[Frozen, ...], policy: Policy, around: Circumstances
) -> Pair | None:
    """All predicates of a change and an authority; ``None`` if the change is out of scope."""
    reached = reach(authority.scope, change, around.dynamic)
    if reached is None:
        return None
    span = (change.lower_ms, change.upper_ms)
    frozen = tuple(f for f in freezes if _counts(f, change, authority, around))
    windows, time = authority.windows, authority.time
    for one in frozen:
        windows, time = subtract(windows, one.time), subtract(time, one.time)
    detail, strength, expected = _detail(change, authority, reached, around)
    return Pair(
        change=change,
        authority=authority,
        reach=reached,
        detail=detail,
        strength=strength,
        expected=expected,
        window=truth(windows, span),
        within=truth(time, span),
        prior=_prior(authority, span),
        who=_who(change, authority, who_counts(policy, around)),
        near=_near(authority.usable, span, policy.linger_ms),
        time=time,
        freezes=tuple(one.freeze.id for one in frozen),
    )


def truth(time: Spans, span: Span) -> Truth:
    """Whether an interval lies in a set of instants: all, none or some of it."""
    if covers(time, span):
        return Truth.YES
    return Truth.PERHAPS if meets(time, span) else Truth.NO


def who_counts(policy: Policy, around: Circumstances) -> Who:
    """What the actor counts for on this CI."""
    return policy.who_by_criticality.get(around.criticality, policy.who)


def _counts(frozen: Frozen, change: Change, authority: Authority, around: Circumstances) -> bool:
    """Whether a freeze binds this request on this CI, and touches its windows at all."""
    if authority.version.freeze_exempt or authority.version.type in frozen.freeze.exempt_types:
        return False
    if authority.rfc.id in frozen.freeze.exempt_rfcs or not intersect(frozen.time, authority.usable):
        return False
    return reach(frozen.scope, change, around.dynamic) is not None


def _prior(authority: Authority, span: Span) -> Prior:
    if authority.approved_ms is None or span[1] <= authority.approved_ms:
        return Prior.BEFORE
    if span[0] >= authority.revoked_ms:
        return Prior.AFTER
    whole = authority.approved_ms <= span[0] and span[1] <= authority.revoked_ms
    return Prior.IN_FORCE if whole else Prior.PERHAPS


def _near(usable: Spans, span: Span, linger_ms: int) -> bool:
    return bool(usable) and meets(((usable[0][0] - linger_ms, usable[-1][1] + linger_ms),), span)


def _who(change: Change, authority: Authority, counts: Who) -> Actor:
    """Only an actor that is named, or one of several that are, can be the wrong one."""
    if counts is Who.OFF or not authority.version.implementers:
        return Actor.OK
    allowed = {name.casefold() for name in authority.version.implementers}
    known = _known_actors(change)
    if known and known <= allowed:
        return Actor.OK
    if not known or known & allowed or change.actor_how is ActorHow.SYSTEM:
        return Actor.UNKNOWN
    return Actor.BAD


def _known_actors(change: Change) -> set[str]:
    if change.actor_how is ActorHow.AMBIGUOUS:
        return {name.casefold() for name in change.candidates}
    if change.actor_how in {ActorHow.NAMED, ActorHow.SYSTEM} and change.actor:
        return {change.actor.casefold()}
    return set()


def _detail(
    change: Change, authority: Authority, reached: Reach, around: Circumstances
) -> tuple[Detail, Strength, str | None]:
    """Whether the change is one that the request lists; with it the value that was expected instead."""
    lines = authority.version.expected
    if not lines:
        return Detail.OK, Strength.CI_ONLY, None
    listed = [line for line in lines if lists(line, change, reached)]
    if any(line.value is not None and prints(line.value, _said(change)) for line in listed):
        return Detail.OK, Strength.VALUE, None
    if any(line.value is None for line in listed) or asks_for(authority.scope, change):
        return Detail.OK, Strength.PATH, None
    if _backs_out(change, authority, around.own):
        return Detail.OK, Strength.VALUE, None
    if listed:
        return Detail.VALUE, Strength.PATH, listed[0].value
    return Detail.PATH, Strength.CI_ONLY, None


def lists(line: ExpectedChange, change: Change, reached: Reach) -> bool:
    """Whether a line means this path. Parts of the CI in scope are written ``virtual_disk/capacity_bytes``."""
    if line.op is not None and line.op is not change.op:
        return False
    if line.ci is not None and line.ci != change.ci and line.ci not in change.owners:
        return False
    inner = _part(change.ci_kind, change.path)
    return fnmatchcase(inner, line.path) or (reached is not Reach.OWNED and fnmatchcase(change.path, line.path))


@cache
def _part(kind: str, path: str) -> str:
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in kind).lstrip("_")
    return f"{snake}/{path}" if path else snake


def _said(change: Change) -> str | None:
    return change.old if change.new is None else change.new


def prints(value: str, text: str | None) -> bool:
    """Whether an expected value, as people write it, is the canonical text of a change's value."""
    return text is not None and (text == value or (text.startswith('"') and text == canonical_json(value)))


def _backs_out(change: Change, authority: Authority, own: Mapping[str, frozenset[str | None]]) -> bool:
    """Whether the change undoes the request's own work, and the request is marked as backed out."""
    before = own.get(authority.rfc.id)
    if before is None or not authority.backed_out:
        return False
    lines = authority.version.expected
    return change.new in before or any(line.backout_value and prints(line.backout_value, change.new) for line in lines)


def named(change: Change) -> str | None:
    """The actor, if exactly one is named."""
    return change.actor if change.actor_how is ActorHow.NAMED else None
