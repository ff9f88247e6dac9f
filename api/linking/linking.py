"""One visit through the source ``links``: keep its rows, resolve what they touch, draw, and tell what changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from driftline.api.judging import judge_changes, records
from driftline.api.linking.drawing import Drawing
from driftline.api.linking.keeping import Kept, Moved, kept
from driftline.api.linking.naming import Names
from driftline.api.linking.wanted import Draughtsman
from driftline.api.visit.context import Pen, row_of
from driftline.api.visit.order import Order
from driftline.collectors.capture import Capture
from driftline.collectors.network.links import Resolver, blank
from driftline.collectors.network.links.hosts import Learned
from driftline.collectors.network.links.rows import rows_of
from driftline.collectors.told import Told
from driftline.collectors.vsphere.heard import told_by_hosts
from driftline.diff.words import Change, Verdict
from driftline.graph.lookup import StoreLookup
from driftline.graph.model.declare import Ref, Strength
from driftline.graph.model.identity import key_text
from driftline.graph.model.neighbours import NeighbourRow, PortTable
from driftline.graph.model.values import Key
from driftline.graph.store import Lease, RecordRow, Store

SOURCE = "links"
DAY_MS = 86_400_000
NETWORK, VSPHERE = "network", "vsphere"
Port = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Linked:
    """What became of the links after a visit."""

    changes: tuple[Change, ...] = ()
    verdicts: tuple[Verdict, ...] = ()
    written: int = 0


@dataclass(slots=True)
class _Memory:
    """Everything that is kept, in the form in which it is resolved."""

    resolver: Resolver
    learned: Learned
    names: Names
    rows: defaultdict[str, dict[str, NeighbourRow]]
    draughtsman: Draughtsman

    def hinting(self, macs: set[str]) -> set[Port]:
        """Ports on which these cards announce themselves."""
        links = [link for link in self.resolver.picture.links.values() if macs.intersection(link.macs)] if macs else []
        return {(end.device, end.port) for link in links for end in link.ends if end.port}


@dataclass(slots=True)
class _Work:
    """What a visit made other: ports and cards to draw anew, where something else is heard, rows to write."""

    ports: set[Port] = field(default_factory=set)
    macs: set[str] = field(default_factory=set)
    moved: dict[Port, Moved] = field(default_factory=dict)
    facts: list[RecordRow] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.ports or self.macs or self.facts)


@dataclass(slots=True)
class Linking:
    """Draws links for one writer. What is kept is read once, at the first visit that needs it.

    The first visit of a new day also draws everything anew: what another source's absence tore off is put back then.
    """

    store: Store
    lease: Lease
    _memory: _Memory | None = field(default=None, init=False)
    _day: int | None = field(default=None, init=False)

    def after(self, order: Order, capture: Capture) -> Linked:
        """Take the rows of a visit that is in; sending it again writes nothing.

        Raises:
            StoreError: nothing was written.
        """
        told = self._told(order, capture)
        idle = not told and (order.collector == NETWORK or self._is_blank())
        linked = Linked() if idle else self._heard(order, told)
        day = order.ended_ms // DAY_MS
        if self._memory is not None and self._day is not None and day > self._day:
            self.whole(order)
        self._day = day if self._day is None else max(self._day, day)
        return linked

    def _told(self, order: Order, capture: Capture) -> list[tuple[Key, Told]]:
        """What a visit says of devices, with their CIs."""
        told: Iterable[Told | None] = ()
        if order.collector == NETWORK:
            told = [rows_of(capture)]
        elif order.collector == VSPHERE:
            told = told_by_hosts(capture)
        return [(ci, one) for one in told if one and (ci := self._device(one.device, one.source))]

    def _heard(self, order: Order, told: Sequence[tuple[Key, Told]]) -> Linked:
        """Draw what became other by what devices say."""
        memory = self._remembered()
        before = dict(memory.names.nics)
        work = _Work()
        for ci, one in told:
            self._learn(memory, ci, one, work)
        if order.collector != NETWORK:
            self._forget(memory, work)
            memory.names.learn_nics()
            work.macs |= {mac for mac, ci in memory.names.nics.items() if before.get(mac) != ci}
            work.ports |= memory.hinting(work.macs)
        return self._drawn(order, memory, work) if work else Linked()

    def _learn(self, memory: _Memory, ci: Key, told: Told, work: _Work) -> None:
        fresh = kept(told, ci, memory.resolver.tables.get(ci), memory.rows[ci].values())
        work.facts += self._facts(fresh, memory)
        work.ports |= memory.draughtsman.lags(memory.resolver.places_of(ci))
        memory.rows[ci] = {row.id: row for row in fresh.rows}
        if told.table.host:
            memory.names.hosts.add(ci)
        work.ports |= memory.resolver.after(fresh.table, fresh.rows)
        work.macs |= memory.learned.learn(fresh.table)
        work.moved |= {(str(ci), port): one for port, one in fresh.moved.items()}

    def _forget(self, memory: _Memory, work: _Work) -> None:
        """A host that has ended hears nothing any more."""
        for ci in StoreLookup(self.store).ended([Key(host) for host in sorted(memory.names.hosts)]):
            memory.names.hosts.discard(ci)
            memory.rows.pop(ci, None)
            work.ports |= memory.resolver.after(blank(ci), [])

    def whole(self, order: Order) -> Linked:
        """Resolve everything anew from what is kept; after visits that were all taken in it writes nothing."""
        self._memory = None
        memory = self._remembered()
        everything = _Work(memory.resolver.places(), set(memory.names.nics))
        return self._drawn(order, memory, everything, phase="whole")

    def _is_blank(self) -> bool:
        return self._memory is None and not self.store.count(PortTable.kind).get(None)

    def _drawn(self, order: Order, memory: _Memory, work: _Work, *, phase: str = "links") -> Linked:
        pen = Pen(self.store, self.lease, order.run, SOURCE, order.capture)
        ports = work.ports | memory.draughtsman.cards(work.macs)
        try:
            drawing = Drawing(pen, order, memory.draughtsman)
            drawing.draw(ports, work.macs, work.moved)
            judged = judge_changes(self.store, drawing.changes, order.policy, order.known_ms or order.ended_ms)
            pen.write(phase, drawing.rows, [*work.facts, *drawing.facts(), *judged.rows])
        except BaseException:
            self._memory = None  # it may be ahead of the store now
            raise
        return Linked(tuple(drawing.changes), tuple(judged.verdicts), pen.written)

    def _facts(self, fresh: Kept, memory: _Memory) -> list[RecordRow]:
        """Rows to write. Only what is heard has a history; what a device is called by has one as items."""
        known = memory.rows[fresh.table.device]
        rows = [row for row in fresh.rows if known.get(row.id) != row]
        told = [row_of(row, overwrite=row.id in known and _same(known[row.id], row)) for row in rows]
        before = memory.resolver.tables.get(fresh.table.device)
        return [*told, *([row_of(fresh.table, overwrite=True)] if before != fresh.table else [])]

    def _device(self, ref: Ref, source: str) -> Key | None:
        spec = next(s for s in self.store.model.items[ref.kind].key_specs if s.name == ref.key)
        text = key_text(ref.kind, spec, ref.values, source if spec.strength is Strength.LOCAL and source else None)
        hit = StoreLookup(self.store).aliases([text]).get(text)
        return hit.ci if hit else None

    def _remembered(self) -> _Memory:
        if self._memory is None:
            tables, rows = records(self.store, PortTable), records(self.store, NeighbourRow)
            over = StoreLookup(self.store).ended([table.device for table in tables if table.host])
            tables = [table for table in tables if table.device not in over]
            rows = [row for row in rows if row.device not in over]
            resolver, learned, names = Resolver.of(tables, rows), Learned(), Names(self.store)
            shelves: defaultdict[str, dict[str, NeighbourRow]] = defaultdict(dict)
            for row in rows:
                shelves[row.device][row.id] = row
            for table in tables:
                learned.learn(table)
            names.learn_nics()
            names.hosts = {str(table.device) for table in tables if table.host}
            memory = _Memory(resolver, learned, names, shelves, Draughtsman(resolver, names, learned))
            memory.draughtsman.learn_hints()
            self._memory = memory
        return self._memory


def _same(one: NeighbourRow, other: NeighbourRow) -> bool:
    return (one.port, one.heard) == (other.port, other.heard)
