"""The reference: whether one instant was authorised, straight from the records, sharing no code with the engine.

Slow and plain on purpose: no intervals, no walk through a history, just questions about one instant.
"""

from __future__ import annotations

from driftline.diff.authority import Request
from driftline.diff.policy import OnEdit, Policy, Who
from driftline.diff.words import ActorHow, Change
from driftline.graph.model.change_records import Decision, Freeze, RfcState, RfcType, RfcVersion, Window
from tests.diff.properties.cases import Case

RUNNING = (RfcState.IMPLEMENT, RfcState.REVIEW, RfcState.CLOSED)
LIVE = (RfcState.SCHEDULED, *RUNNING)


def authorised_at(case: Case, instant: int) -> bool:
    """Whether anybody had allowed this very change at this very instant."""
    return any(authorises(case, request, instant) for request in case.requests)


def authorises(case: Case, request: Request, instant: int) -> bool:
    """Whether one request allowed it at one instant: some approved content with everything in its place."""
    return any(_content_authorises(case, request, content, instant) for content in _contents(request))


def approved_before(case: Case, request: Request, instant: int) -> bool:
    """Whether any content of the request was approved at any time before this instant."""
    return any(
        _in_force(request, content, at, case.policy) for content in _contents(request) for at in range(1, instant + 1)
    )


def _contents(request: Request) -> list[RfcVersion]:
    """The first version of each content, oldest first."""
    versions = sorted(request.versions, key=lambda v: v.valid_from_ms)
    return [v for n, v in enumerate(versions) if v.material_hash not in {w.material_hash for w in versions[:n]}]


def _content_authorises(case: Case, request: Request, content: RfcVersion, instant: int) -> bool:
    since = instant
    while _in_force(request, content, since, case.policy):
        since -= 1
    return (
        since < instant
        and any(_holds(window, instant) for window in content.windows)
        and not _held(request, instant)
        and not any(_freezes(case, freeze, request, content, instant) for freeze in case.freezes)
        and _in_scope(case.change, content, since)
        and _as_listed(case.change, content)
        and _by_the_right_one(case, content)
    )


def _holds(window: Window, instant: int) -> bool:
    return window.after_ms < instant <= window.until_ms


def _held(request: Request, instant: int) -> bool:
    before = [v for v in request.versions if v.valid_from_ms < instant]
    return bool(before) and max(before, key=lambda v: v.valid_from_ms).on_hold


def _in_force(request: Request, content: RfcVersion, instant: int, policy: Policy) -> bool:
    """Whether the approval of a content stood at an instant, by what had happened before it."""
    ends = [at for at in _ends(request, content, policy) if at < instant]
    if content.type is RfcType.STANDARD and content.template_approved_ms is not None:
        entered = min((v.valid_from_ms for v in request.versions if v.state in LIVE), default=instant)
        first = content.valid_from_ms == entered
        return first and max(content.template_approved_ms, entered) < instant and not any(at >= entered for at in ends)
    last_end = max(ends, default=-1)
    counting = [
        a for a in request.approvals if a.material_hash == content.material_hash and last_end < a.decided_ms < instant
    ]
    newest = {a.approver: a.decision for a in sorted(counting, key=lambda a: (a.decided_ms, a.decision != "approved"))}
    agreed = [who for who, decision in newest.items() if decision is Decision.APPROVED]
    if Decision.REJECTED in newest.values() or len(agreed) < content.quorum:
        return False
    opened = max(a.decided_ms for a in counting if a.decision is Decision.APPROVED)
    return not _over(request, content, opened, policy)


def _over(request: Request, content: RfcVersion, at: int, policy: Policy) -> bool:
    """Whether the request had ended when its approval came."""
    current = [v for v in sorted(request.versions, key=lambda v: v.valid_from_ms) if v.valid_from_ms <= at]
    return bool(current) and _takes_away(current[-1], content, policy)


def _ends(request: Request, content: RfcVersion, policy: Policy) -> list[int]:
    ends = [v.valid_from_ms for v in request.versions if _takes_away(v, content, policy)]
    return [*ends, *(r.at_ms for r in request.revocations)]


def _takes_away(version: RfcVersion, content: RfcVersion, policy: Policy) -> bool:
    last = max((w.until_ms for w in content.windows if w.until_ms > w.after_ms), default=0)
    closed_early = version.state is RfcState.CLOSED and version.valid_from_ms < last
    edited = policy.material_edit is OnEdit.REVOKE and version.material_hash != content.material_hash
    return version.state in {RfcState.CANCELLED, RfcState.REJECTED} or closed_early or edited


def _freezes(case: Case, freeze: Freeze, request: Request, content: RfcVersion, instant: int) -> bool:
    exempt = content.freeze_exempt or content.type in freeze.exempt_types or request.rfc.id in freeze.exempt_rfcs
    covered = not freeze.scope or any({case.change.ci, *case.change.owners} & set(item.cis) for item in freeze.scope)
    lifted = freeze.lifted_ms is not None and instant > freeze.lifted_ms
    declared = freeze.declared_ms < instant
    return covered and not exempt and declared and not lifted and any(_holds(w, instant) for w in freeze.windows)


def _in_scope(change: Change, content: RfcVersion, approved: int) -> bool:
    items = [item for item in content.scope if item.added_ms is None or item.added_ms <= approved]
    return any({change.ci, *change.owners} & set(item.cis) for item in items)


def _as_listed(change: Change, content: RfcVersion) -> bool:
    itself = any(change.ci in item.cis for item in content.scope)
    paths = {f"virtual_machine/{change.path}", *([change.path] if itself else [])}
    lines = content.expected
    return not lines or any(line.path in paths and line.value in {None, change.new} for line in lines)


def _by_the_right_one(case: Case, content: RfcVersion) -> bool:
    """Whether the actor may have done it; under ``require`` only evidence will do."""
    change, counts, names = case.change, case.policy.who, set(content.implementers)
    if not names or counts in {Who.OFF, Who.FLAG}:
        return True
    known = set(change.candidates) if change.actor_how is ActorHow.AMBIGUOUS else {change.actor}
    if change.actor_how in {ActorHow.UNKNOWN, ActorHow.POSSIBLE, ActorHow.SYSTEM}:
        return counts is not Who.REQUIRE
    return known <= names if counts is Who.REQUIRE else bool(known & names)
