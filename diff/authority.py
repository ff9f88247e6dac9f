"""Which version of a request was approved, and from when until when: authority belongs to what was approved.

A request's history is walked once per content (``material_hash``). Decisions count on the content they were made on,
newest per person; a rejection blocks until it is withdrawn. Cancelling, rejecting, closing early and recorded
revocations end an authority and forget the decisions so far, so authority that comes again is a second authority.
Edits never extend anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

from driftline.diff.interval import FOREVER, NEVER, Span, Spans, intersect, subtract, union
from driftline.diff.policy import OnEdit, Policy
from driftline.diff.scope import NOTHING, Scope
from driftline.graph.model.change_records import (
    Approval,
    Decision,
    Revocation,
    Rfc,
    RfcState,
    RfcType,
    RfcVersion,
    Window,
)

LIVE: Final = frozenset({RfcState.SCHEDULED, RfcState.IMPLEMENT, RfcState.REVIEW, RfcState.CLOSED})
"""States in which the source itself calls the request approved."""

STARTED: Final = LIVE - {RfcState.SCHEDULED}
ENDED: Final = frozenset({RfcState.CANCELLED, RfcState.REJECTED})
TEMPLATE_WITHDRAWN: Final = "template_withdrawn"


@dataclass(frozen=True, slots=True)
class Request:
    """Everything known of one request: its versions, decisions and revocations, in any order."""

    rfc: Rfc
    versions: tuple[RfcVersion, ...]
    approvals: tuple[Approval, ...] = ()
    revocations: tuple[Revocation, ...] = ()


@dataclass(frozen=True, slots=True)
class Authority:
    """One approved version with its term (approved_ms, revoked_ms], or the latest version if none was approved.

    ``windows``: usable windows without held time, whatever the approval. ``time``: windows within the term. ``later``:
    versions after the approval, which authorise nothing. ``assumed``: the content was first seen after the approval, or
    taken to be the one approved. ``backed_out``: the closer said that the work was undone.
    ``facts``: ids that this authority rests on.
    """

    rfc: Rfc
    version: RfcVersion
    approved_ms: int | None
    revoked_ms: int = FOREVER
    why_revoked: str = ""
    approvers: tuple[str, ...] = ()
    assumed: bool = False
    usable: Spans = NEVER
    windows: Spans = NEVER
    time: Spans = NEVER
    scope: Scope = NOTHING
    later: tuple[RfcVersion, ...] = ()
    close_code: str = ""
    backed_out: bool = False
    facts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Term:
    """A stretch of authority and who gave it. ``facts``: the decisions that opened it and what ended it."""

    approved_ms: int
    revoked_ms: int
    why: str
    approvers: tuple[str, ...]
    facts: tuple[str, ...]


@dataclass(frozen=True, slots=True, order=True)
class Step:
    """Something that happened to a request. At one instant an approval comes before what takes authority away."""

    at_ms: int
    rank: int
    id: str
    decision: Approval | None = field(default=None, compare=False)
    entered: RfcVersion | None = field(default=None, compare=False)
    ends: str = field(default="", compare=False)


def authorities(request: Request, policy: Policy) -> tuple[Authority, ...]:
    """The authorities of a request; of one that was never approved, its latest version without authority."""
    versions = sorted(request.versions, key=_age)
    if not versions:
        return ()
    found = [*_by_template(request, versions, policy), *_by_quorum(request, versions, policy)]
    found = found or _by_the_source(request, versions, policy)
    if found:
        return tuple(found)
    history = (*(v.id for v in versions), *(a.id for a in request.approvals), *(r.id for r in request.revocations))
    return (_authority(request, versions, versions[-1], None, policy, history),)


def usable_windows(windows: Sequence[Window], policy: Policy) -> Spans:
    """Windows that count: they end after they start and are not so long that they must be a mistake."""
    usable = (w for w in windows if w.after_ms < w.until_ms <= w.after_ms + policy.longest_window_ms)
    return union((w.after_ms, w.until_ms) for w in usable)


def _age(version: RfcVersion) -> tuple[int, str]:
    return version.valid_from_ms, version.id


def _by_quorum(request: Request, versions: list[RfcVersion], policy: Policy) -> list[Authority]:
    """One authority for each time that enough people agreed to one and the same content."""
    found = []
    for content in (v for v in _contents(versions) if not _on_template(v)):
        decisions = [a for a in request.approvals if a.material_hash == content.material_hash]
        steps = sorted([*_decided(decisions), *_ends(request, versions, content, policy)])
        terms = (_barred(term, versions, content, policy) for term in _terms(steps, content.quorum))
        found += [_authority(request, versions, content, term, policy) for term in terms if term]
    return found


def _barred(term: Term, versions: list[RfcVersion], content: RfcVersion, policy: Policy) -> Term | None:
    """The term, as far as the request still was there to be approved.

    One that was closed early is approved for what was done, and for nothing to come; one that was cancelled or rejected
    is not approved at all.
    """
    current = _version_at(versions, term.approved_ms)
    why = _ending(current, content, _last_end(content, policy), policy) if current else ""
    if current is None or not why:
        return term
    if current.state in ENDED:
        return None
    return replace(term, revoked_ms=term.approved_ms, why=why, facts=(*term.facts, current.id))


def _by_template(request: Request, versions: list[RfcVersion], policy: Policy) -> list[Authority]:
    """A standard request runs on its template's approval, and not before it was scheduled itself."""
    found = []
    for content in (v for before, v in _entered(versions) if v.state in LIVE and before not in LIVE):
        if not _on_template(content):
            continue
        since = max(content.template_approved_ms or 0, content.valid_from_ms)
        ends = sorted(step for step in _ends(request, versions, content, policy) if step.at_ms >= content.valid_from_ms)
        until, why, by = (ends[0].at_ms, ends[0].ends, (ends[0].id,)) if ends else (FOREVER, "", ())
        term = Term(since, max(since, until), why, (), by)
        found.append(_authority(request, versions, content, term, policy))
    return found


def _by_the_source(request: Request, versions: list[RfcVersion], policy: Policy) -> list[Authority]:
    """The source calls it approved although no content has a quorum: the content at the last decision, assumed."""
    live = next((v for v in versions if v.state in LIVE), None)
    if live is None or _on_template(live):
        return []
    found = []
    for term in _terms(sorted(_decided(request.approvals)), live.quorum):
        content = _version_at(versions, term.approved_ms) or versions[0]
        ends = [s for s in sorted(_ends(request, versions, content, policy)) if s.at_ms >= term.approved_ms]
        until, why = min([(term.revoked_ms, term.why), *((s.at_ms, s.ends) for s in ends[:1])])
        since = max(term.approved_ms, live.valid_from_ms)
        facts = (*term.facts, live.id, *(s.id for s in ends[:1]))
        whole = Term(since, max(since, until), why, term.approvers, facts)
        if barred := _barred(whole, versions, content, policy):
            found.append(replace(_authority(request, versions, content, barred, policy), assumed=True))
    return found


def _on_template(version: RfcVersion) -> bool:
    return version.type is RfcType.STANDARD and version.template_approved_ms is not None


def _contents(versions: list[RfcVersion]) -> list[RfcVersion]:
    """The first version of every material content."""
    first: dict[str, RfcVersion] = {}
    for version in versions:
        first.setdefault(version.material_hash, version)
    return list(first.values())


def _entered(versions: list[RfcVersion]) -> Iterator[tuple[RfcState | None, RfcVersion]]:
    yield None, versions[0]
    for before, after in pairwise(versions):
        yield before.state, after


def _decided(decisions: Sequence[Approval]) -> Iterator[Step]:
    for approval in decisions:
        yield Step(approval.decided_ms, int(approval.decision is not Decision.APPROVED), approval.id, decision=approval)


def _ends(request: Request, versions: list[RfcVersion], content: RfcVersion, policy: Policy) -> Iterator[Step]:
    """Everything that takes authority from this content."""
    last_end = _last_end(content, policy)
    for version in versions:
        if why := _ending(version, content, last_end, policy):
            yield Step(version.valid_from_ms, 2, version.id, entered=version, ends=why)
    for revocation in request.revocations:
        current = _version_at(versions, revocation.at_ms)
        if revocation.reason != TEMPLATE_WITHDRAWN or current is None or current.state not in STARTED:
            yield Step(revocation.at_ms, 2, revocation.id, ends=revocation.reason)


def _ending(version: RfcVersion, content: RfcVersion, last_end: int, policy: Policy) -> str:
    if version.state in ENDED:
        return version.state.value
    if version.state is RfcState.CLOSED and version.valid_from_ms < last_end and policy.early_closure_revokes:
        return "early_closure"
    if policy.material_edit is OnEdit.REVOKE and version.material_hash != content.material_hash:
        return "material_edit"
    return ""


def _last_end(content: RfcVersion, policy: Policy) -> int:
    return max((until for _, until in usable_windows(content.windows, policy)), default=0)


def _version_at(versions: list[RfcVersion], instant: int) -> RfcVersion | None:
    return next((v for v in reversed(versions) if v.valid_from_ms <= instant), None)


def _terms(steps: list[Step], quorum: int) -> list[Term]:
    """Walk decisions and ends in time order: a term opens when enough people agree and nobody objects."""
    terms: list[Term] = []
    newest: dict[str, Approval] = {}
    opened: tuple[int, tuple[Approval, ...]] | None = None
    for step in steps:
        if step.decision is None:
            newest.clear()
        else:
            newest[step.decision.approver] = step.decision
        agreed = _agreed(newest, quorum)
        if agreed and opened is None:
            opened = (step.at_ms, agreed)
        elif not agreed and opened is not None:
            terms += _term(opened, step.at_ms, step.ends or "approval withdrawn", (step.id,))
            opened = None
    return [*terms, *(_term(opened, FOREVER, "", ()) if opened else [])]


def _agreed(newest: dict[str, Approval], quorum: int) -> tuple[Approval, ...]:
    if any(approval.decision is Decision.REJECTED for approval in newest.values()):
        return ()
    agreed = tuple(approval for approval in newest.values() if approval.decision is Decision.APPROVED)
    return agreed if len(agreed) >= max(1, quorum) else ()


def _term(opened: tuple[int, tuple[Approval, ...]], until: int, why: str, ended_by: tuple[str, ...]) -> list[Term]:
    since, agreed = opened
    if since >= until:
        return []
    people = tuple(sorted(approval.approver for approval in agreed))
    return [Term(since, until, why, people, (*(approval.id for approval in agreed), *ended_by))]


def _authority(
    request: Request,
    versions: list[RfcVersion],
    content: RfcVersion,
    term: Term | None,
    policy: Policy,
    facts: tuple[str, ...] = (),
) -> Authority:
    usable = usable_windows(content.windows, policy)
    held, holders = _held(versions) if policy.hold_suspends else (NEVER, ())
    windows = subtract(usable, held)
    approved, revoked = (term.approved_ms, term.revoked_ms) if term else (None, FOREVER)
    time = NEVER if approved is None else intersect(windows, union([(approved, revoked)]))
    later = tuple(v for v in versions if approved is not None and _widens(v, content, approved))
    undone = next((v for v in reversed(versions) if v.close_code.casefold() in policy.backed_out_codes), None)
    cited = {request.rfc.id, content.id, *facts, *(term.facts if term else ()), *holders, *(v.id for v in later)}
    cited |= {undone.id} if undone else set()
    return Authority(
        rfc=request.rfc,
        version=content,
        approved_ms=approved,
        revoked_ms=revoked,
        why_revoked=term.why if term else "",
        approvers=term.approvers if term else (),
        assumed=content.version_assumed or (approved is not None and content.valid_from_ms > approved),
        usable=usable,
        windows=windows,
        time=time,
        scope=Scope.of(content.scope, approved),
        later=later,
        close_code=next((v.close_code for v in reversed(versions) if v.close_code), ""),
        backed_out=undone is not None,
        facts=tuple(sorted(cited)),
    )


def _widens(version: RfcVersion, content: RfcVersion, approved_ms: int) -> bool:
    """Whether a version after the approval has other windows or another scope."""
    return version.valid_from_ms > approved_ms and (version.windows, version.scope) != (content.windows, content.scope)


def _held(versions: list[RfcVersion]) -> tuple[Spans, tuple[str, ...]]:
    """When the request was on hold, and the versions that say so."""
    spans: list[Span] = []
    facts: list[str] = []
    for version, after in pairwise([*versions, None]):
        if version is not None and version.on_hold:
            spans.append((version.valid_from_ms, after.valid_from_ms if after else FOREVER))
            facts += [version.id, after.id] if after else [version.id]
    return union(spans), tuple(facts)
