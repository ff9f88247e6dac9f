"""What all steps of one visit share: who was read, how completely, with which policy, and the pen that writes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from driftline.api.judging import records
from driftline.api.visit.events import Told
from driftline.api.visit.order import Order
from driftline.diff.attribution import CiEvent
from driftline.diff.changes import Place, Reading, Visit
from driftline.diff.differ import Comparable
from driftline.diff.words import Change
from driftline.graph.batch import Known, Rows
from driftline.graph.coverage import Scope, by_our_clock, heard, reads
from driftline.graph.lookup import pieces
from driftline.graph.model.bodies import body
from driftline.graph.model.change_records import Op
from driftline.graph.model.declare import Item, Record, Volatility
from driftline.graph.model.facts import Read, Seen
from driftline.graph.model.observed import MEMBERSHIP, Coverage, FeedCoverage, Observation, Status
from driftline.graph.model.schema import Model
from driftline.graph.model.values import Key, Micros, Ms, Value
from driftline.graph.records import Feed, Outcome, ReadCoverage, Run
from driftline.graph.resolution import Resolution
from driftline.graph.store import Batch, Compare, Cond, Direction, Lease, PersonRow, RecordRow, Store

PART_OF = "PART_OF"


@dataclass(slots=True)
class Pen:
    """Writes the batches of one visit. Their ids name visit, capture, phase and chunk: sending again does nothing."""

    store: Store
    lease: Lease
    run: str
    source: str
    capture: str
    written: int = 0
    _at: Micros | None = None

    @property
    def at(self) -> Micros:
        """Instant of the batch under way."""
        if self._at is None:
            self._at = self.lease.now()
        return self._at

    def write(self, phase: str, rows: Rows, records: Sequence[RecordRow] = (), **more: Any) -> bool:  # noqa: ANN401 -- fields of Batch
        """Write rows and records as one batch; nothing to write is nothing written. ``False``: it was in already."""
        if not rows and not records and not more:
            return False
        batch = Batch(
            id=f"{self.run}/{self.capture[:16]}/{phase}",
            at=self.at,
            run=self.run,
            source=self.source,
            fence=self.lease.fence,
            **{name: tuple(getattr(rows, name)) for name in rows.__slots__},
            records=tuple(records),
            **more,
        )
        self._at = None
        self.written += len(rows) + len(records)
        return self.store.apply(batch)


@dataclass(slots=True)
class Context:
    """One visit under way. ``texts``: keys shown, by CI. ``first``: CIs of which the source first speaks now.

    ``started``: its run, under way; ``disputed``: CIs whose identity was doubtful before it.
    """

    pen: Pen
    visit: Visit
    schema: int
    coverage: Mapping[Scope, Coverage]
    before: Mapping[Scope, Read]
    rows_before: Mapping[str, ReadCoverage]
    refined: Mapping[str, Volatility]
    seen: Mapping[Key, Seen]
    texts: Mapping[Key, Sequence[str]]
    started: Run
    disputed: Collection[Key] = ()
    feed_before: Feed | None = None
    roots: dict[str, Change] = field(default_factory=dict)
    first: set[Key] = field(default_factory=set)
    paths: dict[str, Comparable] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        """The memory."""
        return self.pen.store

    @property
    def model(self) -> Model:
        """The declared kinds."""
        return self.pen.store.model

    @property
    def coverage_start(self) -> Ms:
        """When this visit began to read."""
        return min((row.read_start_ms for row in self.coverage.values()), default=Ms(0))

    @property
    def heard(self) -> FeedCoverage | None:
        """For which time the source's log was read, earlier visits included; ``None``: it never was."""
        return heard(self.feed_before, self.visit.feed)

    def comparable(self, kind: str) -> Comparable:
        """Paths of a kind, volatility refined."""
        if kind not in self.paths:
            self.paths[kind] = Comparable.of(self.model.items[kind], self.refined)
        return self.paths[kind]

    def unread(self, kind: str) -> frozenset[str]:
        """Fields of a kind whose group was not read completely."""
        paths = self.comparable(kind)
        groups = {p.group for p in (*paths.attrs, *paths.links)}
        return paths.unread(g for g in groups if not self.complete(kind, g))

    def complete(self, kind: str, group: str) -> bool:
        """Whether a group was read completely in this visit."""
        row = self.coverage.get((kind, group))
        return row is not None and row.status is Status.COMPLETE

    def reading(self, kind: str) -> Reading:
        """Earlier readings of a kind, and when this one ended."""
        before = {group: read for (k, group), read in self.before.items() if k == kind}
        ends = {group: row.read_end_ms for (k, group), row in self.coverage.items() if k == kind}
        latest = max(ends.values(), default=Ms(0))
        groups = {p.group for p in (*self.comparable(kind).attrs, *self.comparable(kind).links)}
        return Reading(before, {g: ends.get(g, latest) for g in {*groups, MEMBERSHIP}})

    def known(self, keys: Sequence[Key]) -> dict[Key, Known]:
        """What the store holds of CIs, with their links as this source says them."""
        found: dict[Key, Known] = {}
        for piece in pieces(keys):
            states, sightings = self.store.read(piece), self.store.sightings(piece)
            links: dict[Key, list[Any]] = {}
            for link in self.store.links(piece, Direction.OUT, source=self.pen.source):
                links.setdefault(link.src, []).append(link)
            for key in piece:
                found[key] = Known(states.get(key), sightings.get(key, ()), tuple(links.get(key, ())))
        return found

    def place(self, seen: Seen, attrs: Mapping[str, Value]) -> Place:
        """Name, owners and link ends of a CI that was seen; ``attrs`` are its values, also those not shown now."""
        owners: list[Key] = []
        at: Seen | None = seen
        while at is not None and (ends := at.links.get(PART_OF)) and ends[0] not in owners:
            owners.append(ends[0])
            at = self.seen.get(ends[0])
        parents = {end for type_, ends in seen.links.items() if type_ != PART_OF for end in ends}
        title = attrs.get(self.model.items[seen.kind].title_field, "")
        return Place(str(title), tuple(owners), tuple(sorted(parents)), tuple(map(Key, self.texts.get(seen.ci, ()))))


def row_of(fact: Record, *, overwrite: bool = False) -> RecordRow:
    """A record as a row to write."""
    said = body(fact)
    return RecordRow(type(fact).kind, str(said["id"]), said, overwrite=overwrite)


def rows_of(facts: Iterable[Record]) -> list[RecordRow]:
    """Records as rows to write."""
    return [row_of(fact) for fact in facts]


def by_ci(events: Iterable[CiEvent]) -> dict[Key, list[CiEvent]]:
    """Events by the CI they are about."""
    shelves: dict[Key, list[CiEvent]] = {}
    for event in events:
        shelves.setdefault(event.ci, []).append(event)
    return shelves


def begin(
    pen: Pen, order: Order, seen: Observation, resolution: Resolution, told: Told, disputed: Collection[Key]
) -> Context:
    """Note that the visit is under way, and gather what its steps share."""
    schema = seen.source.schema if seen.source else 1
    rows = records(pen.store, ReadCoverage, [Cond("source", Compare.EQ, pen.source)])
    began = records(pen.store, Run, [Cond("id", Compare.EQ, order.run)])
    started = Run(
        id=order.run,
        target=order.target,
        collector=order.collector,
        source=pen.source,
        started_ms=order.started_ms,
        outcome=Outcome.RUNNING,
        capture=order.capture,
    )
    pen.write("begin", Rows(), [row_of(started)], persons=_new_people(pen.store, seen, told))
    made = records(pen.store, Change, [Cond("run", Compare.EQ, pen.run)])
    return Context(
        pen=pen,
        visit=_visit(pen, order, seen, resolution, told),
        schema=schema,
        coverage={(row.kind, row.group): row for row in seen.coverage},
        before=reads(rows, schema),
        rows_before={row.id: row for row in rows},
        refined=order.refined,
        seen={s.ci: s for s in resolution.seen},
        texts=_texts(resolution),
        disputed=disputed,
        feed_before=next(iter(records(pen.store, Feed, [Cond("id", Compare.EQ, pen.source)])), None),
        roots={c.id: c for c in made if c.op is Op.CREATE and not c.path},
        started=began[0] if began else started,
        first=set(began[0].born) if began else set(),
    )


def _visit(pen: Pen, order: Order, seen: Observation, resolution: Resolution, told: Told) -> Visit:
    return Visit(
        source=pen.source,
        run=pen.run,
        capture=pen.capture,
        policy=order.policy,
        clock=seen.clock,
        feed=by_our_clock(seen.feed, seen.clock) if seen.feed else None,
        events=by_ci(told.about),
        stamps={resolution.refs[s.item]: s for s in seen.stamps if s.item in resolution.refs},
        judged=order.judged,
        unheard=order.unheard,
    )


def _texts(resolution: Resolution) -> dict[Key, list[str]]:
    shelves: dict[Key, list[str]] = {}
    for text, ci in resolution.texts.items():
        shelves.setdefault(ci, []).append(text)
    return shelves


def _new_people(store: Store, seen: Observation, told: Told) -> tuple[PersonRow, ...]:
    """Personal fields that are not known yet: from events, and from items that are people."""
    people = [*told.people, *(row for item in seen.items for row in _personal(item))]
    known = store.persons(sorted({row.pseudonym for row in people}))
    return tuple(row for row in people if known.get(row.pseudonym, {}).get(row.field) != row.value)


def _personal(item: Item) -> list[PersonRow]:
    fields = [a.name for a in item.attributes if a.personal]
    said = ((name, getattr(item, name)) for name in fields)
    return [PersonRow(getattr(item, item.title_field), name, value) for name, value in said if value is not None]
