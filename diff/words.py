"""The records of judging: what changed, whether it was approved, and what people still have to do about it.

A verdict is a category reached by one named rule, never a number. Values are canonical JSON texts, the ends of links
are CI keys, intervals are half-open (lower, upper] in milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from driftline.graph.model.change_records import Op
from driftline.graph.model.declare import Record, Volatility, record, refers, says
from driftline.graph.model.values import Key, Ms, digest


class Grade(StrEnum):
    """What dates a change: an event with an actor, a device's own stamp, two reads, or a partial read."""

    EVENT = "A"
    STAMP = "B"
    POLL = "C"
    PARTIAL = "D"


class ActorHow(StrEnum):
    """How sure the actor of a change is. Only ``named`` and ``ambiguous`` ever count against anybody."""

    NAMED = "named"
    POSSIBLE = "possible"
    AMBIGUOUS = "ambiguous"
    UNKNOWN = "unknown"
    SYSTEM = "system"


class Mark(StrEnum):
    """What the comparison knows to be odd about a change."""

    SUSPECT = "collector_suspect"
    UNSETTLED = "identity_unsettled"
    EVENT_CONFLICT = "event_conflict"


class Outcome(StrEnum):
    """The ten verdicts."""

    AUTHORISED = "AUTHORISED"
    UNPROVEN = "AUTHORISED_UNPROVEN"
    EMERGENCY = "EMERGENCY_PENDING_REVIEW"
    RETRO = "APPROVED_RETROACTIVELY"
    OUT_OF_WINDOW = "AUTHORISED_OUT_OF_WINDOW"
    OUT_OF_SCOPE = "OUT_OF_SCOPE"
    UNAPPROVED = "UNAPPROVED"
    EXPECTED = "EXPECTED"
    REVERTS = "REVERTS"
    INDETERMINATE = "INDETERMINATE"


class Flag(StrEnum):
    """What a reader should know beside the verdict."""

    SOD = "SOD"
    ACTOR = "ACTOR"
    FREEZE = "FREEZE"
    BROAD_SCOPE = "BROAD_SCOPE"
    SELF_WIDENED = "SELF_WIDENED"
    POST_HOC_CI = "POST_HOC_CI"
    MULTI_RFC = "MULTI_RFC"
    LOW_EVIDENCE = "LOW_EVIDENCE"
    EVENT_CONFLICT = "EVENT_CONFLICT"
    VERSION_ASSUMED = "VERSION_ASSUMED"
    SCOPE_ASSUMED = "SCOPE_ASSUMED"
    POLICY_OK = "POLICY_OK"
    NOTABLE = "NOTABLE"


class State(StrEnum):
    """Whether a finding still wants something from somebody."""

    OPEN = "open"
    CLOSED = "closed"


class Fulfilled(StrEnum):
    """How far a request was carried out."""

    NOT_DUE = "NOT_DUE"
    UNVERIFIABLE = "UNVERIFIABLE"
    BACKED_OUT = "BACKED_OUT"
    REVERTED = "REVERTED"
    NOT_IMPLEMENTED = "NOT_IMPLEMENTED"
    PARTIALLY_IMPLEMENTED = "PARTIALLY_IMPLEMENTED"
    WITH_EXTRAS = "IMPLEMENTED_WITH_EXTRAS"
    IMPLEMENTED = "IMPLEMENTED"


class ItemState(StrEnum):
    """How far one expected item of a request was carried out."""

    MET = "met"
    ALREADY_TRUE = "already_true"
    MISSING = "missing"
    UNOBSERVABLE = "unobservable"


CHANGE, VERDICT = "Change", "Verdict"


def change_id(source: str, birth_key: str, path: str, op: Op, value: str | None, capture: str) -> str:
    """Id of a change: narrowing its interval or merging its CI does not change it (decision D20).

    ``value`` is the new one, and of a link that ended the end it led to: a CI may lose several of a type at once.
    """
    return digest(source, birth_key, path, op.value, "" if value is None else f"={value}", capture)


@record(orders=(("upper_ms",), ("ci", "upper_ms"), ("actor", "upper_ms"), ("run",), ("source", "upper_ms")))
class Change(Record):
    """A transition of one path of one CI as one source told it, some time in (lower_ms, upper_ms]."""

    id: str = says("Digest of source, birth key, path, op, new value or lost end, and first capture.")
    ci: Key = refers("ON", "What changed.")
    ci_kind: str = says("Kind of the CI.")
    title: str = says("Name of the CI when it changed.", default="")
    source: str = says("Who told.")
    path: str = says("Attribute or link type that changed; empty where the CI itself came or went.", default="")
    op: Op = says("What happened to the path.")
    old: str | None = says("Value before, canonical JSON text or the key of a link's end.", default=None)
    new: str | None = says("Value after.", default=None)
    lower_ms: Ms = says("Happened after this instant.", unit="ms")
    upper_ms: Ms = says("Happened at this instant or before.", unit="ms")
    grade: Grade = says("What dates it: A event, B stamp, C reads, D partial read.", default=Grade.POLL)
    actor: str | None = says("Who did it, as the source names people.", default=None)
    actor_how: ActorHow = says("How sure that is.", default=ActorHow.UNKNOWN)
    actor_why: str = says("Evidence for the actor, or why nobody is named.", default="")
    candidates: tuple[str, ...] = says("Everybody who may have done it.", default=())
    events: tuple[str, ...] = says("Ids of the events cited.", default=())
    event_types: tuple[str, ...] = says("Types of those events, in the source's words.", default=())
    owners: tuple[Key, ...] = says("CIs that this one is a part of, nearest first.", default=())
    parents: tuple[Key, ...] = says("Where a CI that came stands: the ends of its links.", default=())
    derived_from: str | None = refers("DERIVED_FROM", "The change that this one follows from.", to=CHANGE, default=None)
    reverts: str | None = refers("REVERTS", "The change that this one undoes.", to=CHANGE, default=None)
    run: str = says("Visit that showed it.", default="")
    capture: str = says("Capture that first showed it.", default="")
    marks: tuple[Mark, ...] = says("What is odd about it.", default=())
    volatility: Volatility = says("Class of the path.", default=Volatility.CONFIG)
    judged: bool = says("Whether it gets a verdict; runtime paths that nobody controls do not.", default=True)


@dataclass(frozen=True, slots=True)
class Weighed:
    """One candidate of a verdict: which version of which request, the value of each predicate, and what it came to."""

    rfc: str
    version: str
    number: str
    outcome: str
    rule: str
    reason: str = ""
    scope: str = ""
    attribute: str = ""
    window: str = ""
    approval: str = ""
    authority: str = ""
    who: str = ""
    type: str = ""
    near: str = ""


@record(orders=(("upper_ms",), ("verdict", "upper_ms"), ("ci", "upper_ms"), ("rfc", "upper_ms"), ("due_ms",)))
class Verdict(Record):
    """Whether a change was approved, by which rule, as known at ``as_known_ms``. Judging again writes a revision."""

    id: str = says("Id of the change.")
    change: str = refers("ABOUT", "The change judged.", to=CHANGE)
    ci: Key = refers("VERDICT_ON", "The CI that changed.")
    upper_ms: Ms = says("Latest instant of the change.", unit="ms")
    verdict: Outcome = says("The verdict.")
    rule: str = says("The rule that reached it: D0 to D4, R0 to R13, J1.")
    reason: str = says("Which side of the rule: time, actor, path, value, cancelled and so on.", default="")
    flags: tuple[Flag, ...] = says("What a reader should know beside it.", default=())
    rfc: str | None = refers("LINKED_TO", "The request that fits best.", to="Rfc", default=None)
    version: str | None = refers("MEASURED_BY", "Its version that was measured.", to="RfcVersion", default=None)
    scope: str = says("Match by scope: exact, owned, selector, closure or class.", default="")
    strength: str = says("Match by content: value, path or ci-only.", default="")
    cites: tuple[str, ...] = refers(
        "CITES", "Facts it rests on.", to=("Rfc", "RfcVersion", "Approval", "Revocation", "Freeze"), default=()
    )
    cites_changes: tuple[str, ...] = refers("RESTS_ON", "Changes it rests on.", to=CHANGE, default=())
    cites_events: tuple[str, ...] = says("Ids of the events it rests on.", default=())
    policy_version: str = says("Version of the policy.")
    as_known_ms: Ms = says("What was known by this instant.", unit="ms")
    due_ms: Ms | None = says("When time alone will change it (a review term).", unit="ms", default=None)
    sentence: str = says("The verdict in one English sentence.")
    would_change: str = says("What would change this verdict.", default="")
    weighed: tuple[Weighed, ...] = says("Every candidate with its predicates.", default=())


@record(orders=(("state", "due_ms"), ("ci", "opened_ms"), ("owner", "state"), ("opened_ms",)))
class Finding(Record):
    """Something a person has to look at: it opens with a verdict and closes with a disposition or a later fact."""

    id: str = says("Digest of what it is about.")
    about: str = says("drift, exception, evidence, review, coverage, fulfilment, flapping or notable.")
    state: State = says("Open or closed.")
    ci: Key | None = refers("FINDING_ON", "The CI concerned.", default=None)
    verdict: str | None = refers("FROM", "The verdict that opened it.", to=VERDICT, default=None)
    rfc: str | None = refers("FINDING_OF", "The request concerned.", to="Rfc", default=None)
    opened_ms: Ms = says("When it opened.", unit="ms")
    closed_ms: Ms | None = says("When it closed.", unit="ms", default=None)
    due_ms: Ms | None = says("When somebody must have looked.", unit="ms", default=None)
    owner: str | None = says("Whose turn it is.", default=None)
    disposition: str = says("How it closed: accepted, put_back, approved, waived, superseded, settled.", default="")
    disposed_by: str | None = says("Who closed it.", default=None)
    reason: str = says("Why, as who closed it wrote, or the visit that showed it to be over.", default="")
    count: int = says("How many changes it gathers.", default=1)
    text: str = says("What is wrong, in one sentence.")


@record(orders=(("ci",), ("until_ms",)))
class Waiver(Record):
    """A deviation that somebody accepted for a time: this value on this path of this CI."""

    id: str = says("Digest of CI, path, value and authority.")
    ci: Key = refers("WAIVES_ON", "The CI concerned.")
    path: str = says("The path concerned.", default="")
    value: str | None = says("The value accepted; none: that it is gone.", default=None)
    authority: str = says("Who accepted it.")
    reason: str = says("Why.", default="")
    after_ms: Ms = says("Holds after this instant.", unit="ms")
    until_ms: Ms = says("Holds until this instant.", unit="ms")


@record(orders=(("source", "signed_ms"),))
class Baseline(Record):
    """The state of a source that a person vouched for. Until one is signed, the first complete reading stands in."""

    id: str = says("baseline:<source>:<as_of_ms>.")
    source: str = says("Whose state.")
    as_of_ms: Ms = says("The state as it was then.", unit="ms")
    signed_by: str | None = says("Who vouched; nobody: unsigned.", default=None)
    signed_ms: Ms | None = says("When.", unit="ms", default=None)
    note: str = says("What the signer wrote.", default="")


@dataclass(frozen=True, slots=True)
class ItemFulfilment:
    """One expected item: what became of it, and the change or observation that shows it."""

    ci: Key
    path: str
    state: ItemState
    cites: tuple[str, ...] = ()


@record(orders=(("state",), ("rfc",)))
class Fulfilment(Record):
    """Whether an approved version of a request was carried out, as known at ``as_known_ms``."""

    id: str = says("Id of the version.")
    rfc: str = refers("FULFILMENT_OF", "The request.", to="Rfc")
    version: str = refers("FULFILS", "The approved version.", to="RfcVersion")
    state: Fulfilled = says("How far it was carried out.")
    parts: tuple[ItemFulfilment, ...] = says("Each expected item.", default=())
    extras: tuple[str, ...] = refers("WENT_BEYOND", "Changes beyond the approved detail.", to=CHANGE, default=())
    as_known_ms: Ms = says("What was known by this instant.", unit="ms")
    sentence: str = says("The state in one English sentence.")
