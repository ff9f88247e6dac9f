"""A small world for judging: one change on ``vm-1`` in (100, 110], and requests built around it.

Times are small integers; the policy is scaled to them, so that every edge can be reached.
"""

from __future__ import annotations

from typing import Any

from driftline.diff.authority import Request
from driftline.diff.book import Book
from driftline.diff.policy import Policy, Who
from driftline.diff.predicates import PLAIN, Circumstances
from driftline.diff.verdict import judge
from driftline.diff.words import ActorHow, Change, Grade, Verdict
from driftline.graph.model.change_records import (
    Approval,
    Decision,
    ExpectedChange,
    Freeze,
    Op,
    Revocation,
    Rfc,
    RfcState,
    RfcType,
    RfcVersion,
    ScopeBy,
    ScopeItem,
    Window,
)
from driftline.graph.model.values import Key, Ms

VM, OTHER = Key("vm-1"), Key("vm-2")
POLICY = Policy(
    version="test",
    linger_ms=40,
    raise_limit_ms=20,
    review_term_ms=60,
    unmeasured_error_ms=5,
    longest_window_ms=200,
    broad_scope=2,
    who=Who.DENY,
    who_by_criticality={"crown_jewel": Who.REQUIRE},
)
KNOWN = 500


def change(lower: int = 100, upper: int = 110, **said: Any) -> Change:  # noqa: ANN401 -- any field
    """CPU count of ``vm-1`` from 4 to 8 by alice, unless said otherwise."""
    defaults: dict[str, Any] = {
        "id": "change-1",
        "ci": VM,
        "ci_kind": "VirtualMachine",
        "title": "db-01",
        "source": "vc",
        "path": "cpu_count",
        "op": Op.SET,
        "old": "4",
        "new": "8",
        "lower_ms": Ms(lower),
        "upper_ms": Ms(upper),
        "grade": Grade.EVENT,
        "actor": "alice",
        "actor_how": ActorHow.NAMED,
    }
    return Change(**(defaults | said))


def version(number: str = "CHG1", at: int = 10, *, content: str = "h1", **said: Any) -> RfcVersion:  # noqa: ANN401 -- any field
    """An approved-looking version for ``vm-1`` with the window (90, 120]."""
    defaults: dict[str, Any] = {
        "id": f"{number}@{at}",
        "rfc": f"rfc:{number}",
        "valid_from_ms": Ms(at),
        "material_hash": content,
        "type": RfcType.NORMAL,
        "state": RfcState.SCHEDULED,
        "requester": "rita",
        "opened_ms": Ms(5),
        "windows": (Window(Ms(90), Ms(120)),),
        "scope": (on(VM),),
    }
    return RfcVersion(**(defaults | said))


def on(*cis: Key, by: ScopeBy = ScopeBy.CI, text: str = "", **said: Any) -> ScopeItem:  # noqa: ANN401 -- any field
    """A scope item that resolved to these CIs."""
    return ScopeItem(by, text or " ".join(cis), tuple(cis), **said)


def approval(
    at: int = 20, who: str = "boss", *, number: str = "CHG1", content: str = "h1", decision: Decision | None = None
) -> Approval:
    """One decision on one content."""
    return Approval(
        id=f"{number}:{who}:{at}",
        rfc=f"rfc:{number}",
        approver=who,
        decision=decision or Decision.APPROVED,
        decided_ms=Ms(at),
        material_hash=content,
    )


def revocation(at: int, reason: str = "withdrawn", *, number: str = "CHG1") -> Revocation:
    """An end of authority that the source recorded."""
    return Revocation(id=f"{number}:{reason}:{at}", rfc=f"rfc:{number}", at_ms=Ms(at), reason=reason)


def request(
    *versions: RfcVersion,
    approvals: tuple[Approval, ...] | None = None,
    revocations: tuple[Revocation, ...] = (),
    number: str = "CHG1",
) -> Request:
    """A request; of one version that boss approved at 20, unless said otherwise."""
    rfc = Rfc(id=f"rfc:{number}", source="itsm", source_id=number, number=number)
    decided = (approval(number=number),) if approvals is None else approvals
    return Request(rfc, versions or (version(number),), decided, revocations)


def lists(path: str, value: str | None = None, **said: Any) -> tuple[ExpectedChange, ...]:  # noqa: ANN401 -- any field
    """One expected change."""
    return (ExpectedChange(path, value=value, **said),)


def freeze(after: int, until: int, **said: Any) -> Freeze:  # noqa: ANN401 -- any field
    """A freeze of everything, declared at 1."""
    defaults: dict[str, Any] = {
        "id": f"freeze:{after}",
        "name": "year end",
        "windows": (Window(Ms(after), Ms(until)),),
        "declared_ms": Ms(1),
    }
    return Freeze(**(defaults | said))


def judged(
    what: Change | None = None,
    *requests: Request,
    freezes: tuple[Freeze, ...] = (),
    policy: Policy = POLICY,
    known: int = KNOWN,
    around: Circumstances = PLAIN,
) -> Verdict:
    """Judge a change that has a verdict."""
    verdict = judge(what or change(), Book.of(requests, freezes, policy), policy, known, around)
    assert verdict is not None
    return verdict


def ruling(verdict: Verdict) -> tuple[str, str, str]:
    """The verdict, its rule and its reason."""
    return verdict.verdict.name, verdict.rule, verdict.reason
