"""Change requests as every source of them ends: one model, whoever holds the request (ITSM, file, native workflow).

Authority belongs to the version that was approved, not to what the ticket says today. Every fact carries its valid
time (``_ms``, the source's clock); the store adds when we came to know it. Windows are half-open: (after, until].
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from driftline.graph.model.declare import Record, record, refers, says
from driftline.graph.model.values import Key, Ms


class RfcType(StrEnum):
    """ITIL types of change."""

    STANDARD = "standard"
    NORMAL = "normal"
    EMERGENCY = "emergency"


class RfcState(StrEnum):
    """States of a request, common to all sources."""

    DRAFT = "draft"
    ASSESS = "assess"
    AUTHORISE = "authorise"
    SCHEDULED = "scheduled"
    IMPLEMENT = "implement"
    REVIEW = "review"
    CLOSED = "closed"
    CANCELLED = "cancelled"
    REJECTED = "rejected"


class Op(StrEnum):
    """What happened to a path of an item."""

    SET = "set"
    ADD = "add"
    REMOVE = "remove"
    CREATE = "create"
    DELETE = "delete"
    RELATE = "relate"
    UNRELATE = "unrelate"
    ORDER_ONLY = "order_only"


class ScopeBy(StrEnum):
    """How a scope item names CIs, from the most exact to the broadest."""

    CI = "ci"
    NEW = "new"
    SELECTOR = "selector"
    CLOSURE = "closure"
    CLASS = "class"


class Decision(StrEnum):
    """What an approver decided."""

    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class Window:
    """Approved time (after, until], UTC milliseconds; ``text`` is what the source wrote, zone included."""

    after_ms: Ms
    until_ms: Ms
    text: str = ""


@dataclass(frozen=True, slots=True)
class ScopeItem:
    """One line of a request's scope and the CIs it stands for, as resolved at approval.

    ``kind``, ``pattern`` (a glob on the name) and ``parent`` describe a CI that does not exist yet (``new``).
    ``dynamic``: also as resolved when the change happens. ``added_ms``: when it was put into the
    request, where the source says so.
    ``unresolved``: why it stands for no CI, so that it matches none; ``assumed``: resolved by a read after approval.
    """

    by: ScopeBy
    text: str
    cis: tuple[Key, ...] = ()
    kind: str = ""
    pattern: str = "*"
    parent: Key | None = None
    dynamic: bool = False
    added_ms: Ms | None = None
    unresolved: str = ""
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class ExpectedChange:
    """One expected change: path glob (``cpu_count``, ``virtual_disk/capacity_bytes``), op, value (``None``: any).

    Values are canonical text, as the path's own values print. ``ci`` limits the line to one CI of the scope.
    """

    path: str
    op: Op | None = None
    value: str | None = None
    backout_value: str | None = None
    ci: Key | None = None


@record(orders=(("source", "number"), ("number",)))
class Rfc(Record):
    """A change request. Its id is never reused; its number is for people."""

    id: str = says("rfc:<source>:<id at the source>.")
    source: str = says("Name of the source of change records.")
    source_id: str = says("Id at the source.")
    number: str = says("Number that people use.")


@record(orders=(("rfc", "valid_from_ms"), ("state", "valid_from_ms")))
class RfcVersion(Record):
    """One state of the material content of a request, from ``valid_from_ms`` on."""

    id: str = says("<rfc id>@<valid_from_ms>.")
    rfc: str = refers("VERSION_OF", "The request.", to="Rfc")
    valid_from_ms: Ms = says("When the source changed to this content.", unit="ms")
    material_hash: str = says("SHA-256 of windows, scope, expected, implementers, type, risk, exemptions.")
    type: RfcType = says("Standard, normal or emergency.")
    state: RfcState = says("Common state.")
    source_state: str = says("State in the source's own words.", default="")
    on_hold: bool = says("Authority is suspended while held.", default=False)
    title: str = says("Title; not material.", default="")
    requester: str | None = says("Who asked.", default=None)
    owner: str | None = says("Who answers for it.", default=None)
    implementers: tuple[str, ...] = says("Who may do it, as the managed systems name them; empty: anybody.", default=())
    opened_ms: Ms | None = says("When it was raised at the source.", unit="ms", default=None)
    risk: str = says("Risk class.", default="")
    close_code: str = says("Result that the closer gave.", default="")
    windows: tuple[Window, ...] = says("Approved times.", default=())
    scope: tuple[ScopeItem, ...] = says("What may be changed.", default=())
    expected: tuple[ExpectedChange, ...] = says("Which changes are expected; empty: any on the scope.", default=())
    quorum: int = says("Distinct approvers needed.", default=1)
    template_approved_ms: Ms | None = says("Approval of the template of a standard change.", unit="ms", default=None)
    review_due_ms: Ms | None = says("Review term of an emergency.", unit="ms", default=None)
    freeze_exempt: bool = says("May run inside a freeze.", default=False)
    retro_declared: bool = says("Declared as done already (latent).", default=False)
    version_assumed: bool = says("Content at approval was not seen, only assumed.", default=False)
    raw_hash: str = says("Digest of the raw record.", default="")


@record(orders=(("rfc", "decided_ms"),))
class Approval(Record):
    """One decision of one person on one version."""

    id: str = says("Digest of request, approver and instant.")
    rfc: str = refers("APPROVAL_OF", "The request.", to="Rfc")
    approver: str = says("Who decided.")
    role: str = says("In which role.", default="")
    decision: Decision = says("Approved, rejected or withdrawn.")
    decided_ms: Ms = says("When.", unit="ms")
    material_hash: str = says("Content decided on.")


@record(orders=(("rfc", "at_ms"),))
class Revocation(Record):
    """The end of a request's authority before its windows end."""

    id: str = says("Digest of request, reason and instant.")
    rfc: str = refers("REVOCATION_OF", "The request.", to="Rfc")
    at_ms: Ms = says("From when.", unit="ms")
    reason: str = says("cancelled, rejected, withdrawn, early_closure, template_withdrawn, material_edit or deleted.")


@record(orders=(("declared_ms",),))
class Freeze(Record):
    """Time in which nothing may change, from its declaration until it is lifted."""

    id: str = says("freeze:<source>:<id>.")
    name: str = says("Name for people.")
    windows: tuple[Window, ...] = says("Frozen times.")
    scope: tuple[ScopeItem, ...] = says("What is frozen; empty: everything.", default=())
    exempt_types: tuple[str, ...] = says("Types of change that may go on.", default=())
    exempt_rfcs: tuple[str, ...] = says("Ids of requests that may go on.", default=())
    authority: str = says("Who declared it.", default="")
    declared_ms: Ms = says("Counts from here.", unit="ms")
    lifted_ms: Ms | None = says("Until here.", unit="ms", default=None)
