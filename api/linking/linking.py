"""One visit through the source ``links``: keep its rows, resolve what they touch, draw, and tell what changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field

from driftline.api.judging import judge_changes, records
from driftline.api.linking.drawing import Drawing
from driftline.api.linking.keeping import Kept, Moved, kept
from driftline.api.linking.naming import Names
from driftline.api.linking.wanted import Draughtsman
from driftline.api.visit.context import Pen, row_of
from driftline.api.visit.order import Order
from driftline.collectors.capture import Capture
from driftline.collectors.network.links import Resolver
from driftline.collectors.network.links.hosts import Learned
from driftline.collectors.network.links.rows import rows_of
from driftline.diff.words import Change, Verdict
from driftline.graph.lookup import StoreLookup
from driftline.graph.model.declare import Ref
from driftline.graph.model.identity import key_text
from driftline.graph.model.neighbours import NeighbourRow, PortTable
from driftline.graph.model.values import Key
from driftline.graph.store import Lease, RecordRow, Store

SOURCE = "links"
DAY_MS = 86_400_000
NETWORK = "network"
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
        linked = self._hosts_of(order) if order.collector != NETWORK else self._network(order, capture)
        day = order.ended_ms // DAY_MS
        if self._memory is not None and self._day is not None and day > self._day:
            self.whole(order)
        self._day = day if self._day is None else max(self._day, day)
        return linked

    def _network(self, order: Order, capture: Capture) -> Linked:
        told = rows_of(capture)
        ci = self._device(told.device) if told else None
        if told is None or ci is None:
            return Linked()
        memory = self._remembered()
        fresh = kept(told, ci, memory.resolver.tables.get(ci), memory.rows[ci].values())
        facts = self._facts(fresh, memory)
        before = memory.draughtsman.lags(memory.resolver.places_of(ci))
        memory.rows[ci] = {row.id: row for row in fresh.rows}
        dirty = memory.resolver.after(fresh.table, fresh.rows) | before
        macs = memory.learned.learn(fresh.table)
        moved = {(str(ci), port): one for port, one in fresh.moved.items()}
        return self._drawn(order, memory, dirty, macs, moved, facts)

    def whole(self, order: Order) -> Linked:
        """Resolve everything anew from what is kept; after visits that were all taken in it writes nothing."""
        self._memory = None
        memory = self._remembered()
        return self._drawn(order, memory, memory.resolver.places(), set(memory.names.nics), {}, [], phase="whole")

    def _hosts_of(self, order: Order) -> Linked:
        """After a visit to what is no network device: its cards may be others now."""
        if self._memory is None and not self.store.count(PortTable.kind).get(None):
            return Linked()
        memory = self._remembered()
        before = dict(memory.names.nics)
        memory.names.learn_nics()
        fresh = {mac for mac, ci in memory.names.nics.items() if before.get(mac) != ci}
        if not fresh:
            return Linked()
        ports = {(end.device, end.port) for link in memory.resolver.picture.links.values() for end in link.ends
                 if fresh.intersection(link.macs) and end.port}  # fmt: skip
        return self._drawn(order, memory, ports, fresh, {}, [])

    def _drawn(
        self,
        order: Order,
        memory: _Memory,
        ports: set[Port],
        macs: Collection[str],
        moved: dict[Port, Moved],
        facts: list[RecordRow],
        *,
        phase: str = "links",
    ) -> Linked:
        pen = Pen(self.store, self.lease, order.run, SOURCE, order.capture)
        try:
            drawing = Drawing(pen, order, memory.draughtsman)
            drawing.draw(ports, macs, moved)
            judged = judge_changes(self.store, drawing.changes, order.policy, order.known_ms or order.ended_ms)
            pen.write(phase, drawing.rows, [*facts, *drawing.facts(), *judged.rows])
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

    def _device(self, ref: Ref) -> Key | None:
        spec = next(s for s in self.store.model.items[ref.kind].key_specs if s.name == ref.key)
        text = key_text(ref.kind, spec, ref.values, None)
        hit = StoreLookup(self.store).aliases([text]).get(text)
        return hit.ci if hit else None

    def _remembered(self) -> _Memory:
        if self._memory is None:
            tables, rows = records(self.store, PortTable), records(self.store, NeighbourRow)
            resolver, learned, names = Resolver.of(tables, rows), Learned(), Names(self.store)
            shelves: defaultdict[str, dict[str, NeighbourRow]] = defaultdict(dict)
            for row in rows:
                shelves[row.device][row.id] = row
            for table in tables:
                learned.learn(table)
            names.learn_nics()
            memory = _Memory(resolver, learned, names, shelves, Draughtsman(resolver, names, learned))
            memory.draughtsman.learn_hints()
            self._memory = memory
        return self._memory


def _same(one: NeighbourRow, other: NeighbourRow) -> bool:
    return (one.port, one.heard) == (other.port, other.heard)
