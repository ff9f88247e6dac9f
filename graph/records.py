"""The memory's own records: which keys lead to which CI, what was merged, what was read when."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from driftline.graph.model.declare import Record, Strength, record, refers, says
from driftline.graph.model.observed import Act, Gap, Named, Status
from driftline.graph.model.values import Key, Ms


@record(orders=(("ci",), ("source",)))
class Alias(Record):
    """A key that leads to a CI. Every CI has one for the key it was born with."""

    id: str = says("Text of the key.")
    ci: Key = refers("ALIAS_OF", "The CI it leads to.")
    key: str = says("Name of the key inside its kind.")
    strength: Strength = says("What the key may do.")
    source: str = says("Source that showed it first.")


class Dispute(StrEnum):
    """Why the identity of CIs is unsettled."""

    CONTRADICTION = "contradiction"
    DUPLICATE = "duplicate"
    SHARED = "shared"


class Settlement(StrEnum):
    """How a dispute stands."""

    OPEN = "open"
    SETTLED = "settled"
    MERGED = "merged"


@record(orders=(("opened_ms",), ("state", "opened_ms"), ("source", "state")))
class IdentityDispute(Record):
    """Keys that point to different CIs. While it is open, changes on them cannot be judged (rule D0)."""

    id: str = says("Digest of what it is about.")
    about: Dispute = says("A contradiction of keys, a duplicate in two sources, or a key that several items share.")
    cis: tuple[Key, ...] = refers("DISPUTES", "The CIs concerned, the older one first.")
    keys: tuple[str, ...] = says("The keys that disagree.")
    source: str = says("Source whose visit showed it.")
    opened_ms: Ms = says("When it was first seen.", unit="ms")
    state: Settlement = says("Open, settled by a later observation, or merged.")
    confused: bool = says(
        "Whether a key went from one of them to another: nobody can tell what was whose.", default=False
    )


@record(orders=(("at_ms",), ("kept",), ("absorbed",)))
class Merge(Record):
    """Two CIs found to be one. The absorbed one's keys lead to the kept one until the merge is undone."""

    id: str = says("Digest of both keys.")
    kept: Key = refers("KEPT", "The CI that stays.")
    absorbed: Key = refers("ABSORBED", "The CI that became a part of its history.")
    aliases: tuple[str, ...] = says("Keys that moved, for undoing.")
    sources: tuple[str, ...] = says("Sources whose word moved, for undoing.", default=())
    changes: tuple[str, ...] = says("Changes that moved, for undoing.", default=())
    reason: str = says("Why.")
    by: str = says("Who: the rule, or a person.")
    at_ms: Ms = says("When.", unit="ms")
    undone_ms: Ms | None = says("When it was undone.", unit="ms", default=None)
    undone_by: str | None = says("Who undid it.", default=None)


class Outcome(StrEnum):
    """How a visit ended."""

    RUNNING = "running"
    COMPLETE = "complete"
    PARTIAL = "partial"
    FAILED = "failed"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    QUARANTINED = "quarantined"


@record(orders=(("started_ms",), ("target", "started_ms"), ("source", "started_ms"), ("outcome", "started_ms")))
class Run(Record):
    """One visit: when, how it ended, what it read and wrote."""

    id: str = says("Visit id: target, slot and attempt.")
    target: str = says("Name of the target.")
    collector: str = says("Which collector.")
    source: str | None = says("Who answered; unknown until the first login.", default=None)
    started_ms: Ms = says("Start of the first ask.", unit="ms")
    ended_ms: Ms | None = says("End of the last write.", unit="ms", default=None)
    outcome: Outcome = says("How it ended.")
    capture: str | None = says("Id of its capture.", default=None)
    items: int = says("Items read.", default=0)
    changes: int = says("Changes seen.", default=0)
    judged: bool = says("Whether its changes have verdicts.", default=False)
    unread: int = says("Replies not understood.", default=0)
    dangling: int = says("Links whose other end was never seen.", default=0)
    error: str = says("What went wrong, in one line.", default="")
    born: tuple[Key, ...] = says("While it is under way: CIs of which its source had never spoken.", default=())


@dataclass(frozen=True, slots=True)
class Exempt:
    """A field of a CI that a complete read did not show, and the start of the last complete read that did.

    ``rebased``: what is known of it was said under another schema of the collector.
    """

    ci: Key
    field: str
    before_ms: Ms | None = None
    rebased: bool = False


@record(orders=(("source",),))
class ReadCoverage(Record):
    """How completely one source's kind and group were read, last and last completely (decisions D2, D24)."""

    id: str = says("source|kind|group.")
    source: str = says("Whose.")
    item_kind: str = says("Kind of items.")
    group: str = says("Group of fields, or membership.")
    status: Status = says("Of the last visit.")
    count: int = says("Items read in the last visit.")
    read_start_ms: Ms = says("Of the last visit.", unit="ms")
    read_end_ms: Ms = says("Of the last visit.", unit="ms")
    first_start_ms: Ms = says("Of the first visit ever: no value that was seen is older.", unit="ms")
    complete_start_ms: Ms | None = says("Of the newest complete visit.", unit="ms", default=None)
    complete_end_ms: Ms | None = says("Of the newest complete visit.", unit="ms", default=None)
    exempt: tuple[Exempt, ...] = says("What the newest complete visit did not show.", default=())
    errors: tuple[str, ...] = says("What stopped it.", default=())
    schema: int = says("Version of the collector's reading.", default=1)
    rebased: bool = says("Whether no visit under this schema was complete, but one under another was.", default=False)


@record(orders=(("source",),))
class Feed(Record):
    """How far a source's own event log was read, and where it has holes."""

    id: str = says("Source.")
    source: str = says("Source.")
    since_ms: Ms = says("Read without interruption from here, holes aside.", unit="ms")
    until_ms: Ms = says("Read up to here.", unit="ms")
    cursor: str = says("Where to go on.", default="")
    gaps: tuple[Gap, ...] = says("Holes, newest last; at most 100 are kept.", default=())


@record(orders=(("source", "at_ms"), ("ci", "at_ms"), ("actor", "at_ms"), ("item", "at_ms")))
class EventFact(Record):
    """A line of a source's log, kept whole: the change that it explains may be seen by a later visit only."""

    id: str = says("source, event key and instant.")
    source: str = says("Whose log.")
    ci: Key | None = refers("HAPPENED_TO", "What it is about, where known.", default=None)
    item: str | None = says("Text of the key that it names, where no CI was known by it.", default=None)
    at_ms: Ms = says("When, by the source's clock corrected to ours.", unit="ms")
    error_ms: int | None = says("How far that may be off; not said: as far as policy assumes.", unit="ms", default=None)
    type: str = says("The source's own type.")
    act: Act = says("What was done, in our words.")
    actor: str | None = says("Pseudonym of who did it.", default=None)
    automatic: bool = says("Whether the source acted by itself.", default=False)
    human: str | None = says("Pseudonym of the person behind a chain of machine steps.", default=None)
    names: tuple[Named, ...] = says("The paths that it names, with the values it gives.", default=())
    typed: bool = says("Whether its type says which path it is about.", default=False)
    complete: bool = says("Whether it names every path that it changed.", default=False)
    can_change: tuple[str, ...] = says("The paths that this type of event is able to change.", default=())
    tag: str = says("Change number that the operator's tool set.", default="")
    raw: str = says("What it says of values, as it says it.", default="")
    session_ms: int = says("Within so long of it the work was done, where it marks a session.", unit="ms", default=0)


RECORDS: tuple[type[Record], ...] = (Alias, IdentityDispute, Merge, Run, ReadCoverage, Feed, EventFact)
