"""From what is to be drawn to rows of the store, and to changes where the estate changed and not only the picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from driftline.api.judging import records_in
from driftline.api.linking.keeping import Moved
from driftline.api.linking.naming import stub_item, titles
from driftline.api.linking.wanted import CONNECTED, JOINS, TYPES, Draughtsman, Port, Proof, Tie, Wanted
from driftline.api.visit.context import PART_OF, Pen, row_of
from driftline.api.visit.order import Order
from driftline.collectors.network.links import End
from driftline.diff.changes import Place, Reading, Visit, changes
from driftline.diff.differ import Delta, Difference, fingerprint, links_fingerprint
from driftline.diff.words import Change, Finding, State
from driftline.graph.batch import Known, Rows, end, relink, say
from driftline.graph.lookup import StoreLookup
from driftline.graph.model.change_records import Op
from driftline.graph.model.declare import Item, Volatility
from driftline.graph.model.facts import Ends, Read, Sighting
from driftline.graph.model.neighbours import Certainty, LinkProof, Segment
from driftline.graph.model.network import NetworkDevice
from driftline.graph.model.values import Key, Ms, Value, digest
from driftline.graph.records import Alias
from driftline.graph.resolve import resolve
from driftline.graph.store import Direction, Link, RecordRow, Store

SCHEMA = 1
ABOUT = "links"
WEAK = frozenset({Certainty.INFERRED, Certainty.FDB})
"""What such evidence shows comes and goes with what a device happens to remember: it is drawn, and no change."""


@dataclass(slots=True)
class Drawing:
    """One batch of the source ``links``."""

    pen: Pen
    order: Order
    draughtsman: Draughtsman
    rows: Rows = field(default_factory=Rows)
    changes: list[Change] = field(default_factory=list)
    _facts: list[RecordRow] = field(default_factory=list)
    _new: dict[Key, Item] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        """The memory."""
        return self.pen.store

    def draw(self, ports: set[Port], macs: Collection[str], moved: Mapping[Port, Moved]) -> None:
        """Draw everything at these ports and cards anew."""
        names = self.draughtsman.names
        names.learn(self.draughtsman.ends(ports, macs))
        cis = sorted({ci for port in ports if (ci := names.ci(End(*port)))})
        before = {link.src for link in self._links(cis, Direction.IN) if link.type == JOINS}
        segments = self._segments(ports, before)
        items = self._items(ports, segments)
        want = self.draughtsman.wanted(ports, macs, segments)
        known = self._known({*want.cis, *items, *before})
        was = {ci: _ends(known[ci]) for ci in want.cis}
        proofs = self._proofs(want, was)
        for ci in sorted({*want.cis, *items}):
            self._write(known[ci], ci, items.get(ci), want.of(ci))
        self._tell(want, was, proofs, {ci: m for port, m in moved.items() if (ci := names.ci(End(*port)))})
        for ci in sorted(before - set(segments.values())):
            end(self.rows, known[ci], self.pen.source, self.pen.at)
        self._end_idle()
        self._findings(want)

    def facts(self) -> list[RecordRow]:
        """Records to write with the rows."""
        return [*self._facts, *(row_of(change) for change in self.changes)]

    # items of this source

    def _segments(self, ports: Iterable[Port], before: set[Key]) -> dict[End, Key]:
        """The CI of each segment: the one with which it shares most members, else a new one."""
        found: dict[End, Key] = {}
        members = {link.dst: link.src for link in self._links(sorted(before), Direction.OUT) if link.type == JOINS}
        for key, shared in sorted(self.draughtsman.segments(ports).items()):
            cis = [ci for e in shared.members if (ci := self.draughtsman.names.ci(e))]
            votes = Counter(members[ci] for ci in cis if ci in members and members[ci] not in found.values())
            mark = digest(*(f"{e.device}/{e.port}/{e.stub}" for e in shared.members))
            found[key] = min(votes, key=lambda ci: (-votes[ci], ci)) if votes else self._bound(Segment(mark=mark))
        return found

    def _items(self, ports: Iterable[Port], segments: Mapping[End, Key]) -> dict[Key, Item | None]:
        """Stubs and segments by CI; ``None``: it says nothing new of itself."""
        found: dict[Key, Item | None] = dict.fromkeys(segments.values())
        found |= {ci: item for ci, item in self._new.items() if ci in found}
        for stub, name in sorted(self.draughtsman.stubs(ports).items()):
            item = stub_item(stub, name)
            ci = self._bound(item)
            self.draughtsman.names.known[End(stub=stub)] = ci
            found[ci] = item
        return found

    def _bound(self, item: Item) -> Key:
        """The CI of a stub or segment, with the keys by which it is found from now on."""
        bound = resolve([item], [], self.pen.source, StoreLookup(self.store), self.store.model)
        ci = bound.seen[0].ci
        for alias in bound.aliases:
            fact = Alias(id=alias.text, ci=alias.ci, key=alias.key, strength=alias.strength, source=self.pen.source)
            self._facts.append(row_of(fact))
        self._new[ci] = item
        return ci

    def _write(self, known: Known, ci: Key, item: Item | None, new: Mapping[str, Ends]) -> None:
        own, source = known.own(self.pen.source), self.pen.source
        others = any(s.source != source for s in known.sightings)
        said: Mapping[str, Value] = {} if others or item is None else item.values()
        if item is None and own is not None and not others:
            said = known.words(own)
        if known.state is None and item is None:
            return
        kind = item.kind if item is not None else known.state.kind if known.state else ""
        print_, links = fingerprint(said, SCHEMA), links_fingerprint(new)
        fresh = own is None or own.digest != print_ or (known.state is not None and known.state.deleted is not None)
        if fresh and (own is not None or new or said):
            say(self.rows, known, Sighting(source, ci, kind, print_, links), said, self.pen.at)
        elif own is not None and own.links != links:
            self.rows.sighted.append(replace(own, links=links))
        relink(self.rows, ci, source, _ends(known), new)

    def _end_idle(self) -> None:
        """A stub to which nothing leads any more is a thing nobody has seen."""
        led = {row.dst for row in self.rows.close} - {row.dst for row in self.rows.open}
        closed = {(row.src, row.type, row.dst) for row in self.rows.close}
        for ci, known in self._known(led).items():
            alone = [s.source for s in known.sightings] == [self.pen.source]
            if not alone or known.state is None or known.state.kind != NetworkDevice.kind:
                continue
            left = [*self._links([ci], Direction.IN, every=True), *self._links([ci], Direction.OUT, every=True)]
            if all((link.src, link.type, link.dst) in closed for link in left):
                end(self.rows, known, self.pen.source, self.pen.at)

    # what people are told

    def _proofs(self, want: Wanted, was: Mapping[Key, Mapping[str, Ends]]) -> dict[Tie, LinkProof]:
        """Write why links are drawn, and that some no longer are; returns what stood there before."""
        ties = {tie: proof for tie, proof in want.ties.items() if tie[0] in want.cis}
        gone = {(ci, t, dst) for ci, by in was.items() for t, ends in by.items() for dst in ends} - ties.keys()
        ids = {digest(*tie): tie for tie in (*ties, *gone)}
        stored = {ids[p.id]: p for p in records_in(self.store, LinkProof, "id", ids)}
        news = [_proof(tie, proof) for tie, proof in ties.items()]
        news += [replace(stored[tie], drawn=False) for tie in gone if tie in stored]
        self._facts += [row_of(p) for p in news if stored.get(ids[p.id]) != p]
        return stored

    def _tell(
        self,
        want: Wanted,
        was: Mapping[Key, Mapping[str, Ends]],
        proofs: Mapping[Tie, LinkProof],
        moved: Mapping[Key, Moved],
    ) -> None:
        """Changes of cables: only where what is heard on an end became other between two complete readings."""
        told: list[tuple[Key, Difference, Ms, Ms]] = []
        for ci in sorted(want.cis):
            old, new = set(was[ci].get(CONNECTED, ())), set(want.of(ci).get(CONNECTED, ()))
            for dst in sorted(old ^ new):
                at, tie, come = moved.get(ci) or moved.get(dst), (ci, CONNECTED, dst), dst in new
                state = want.ties[tie].state if come else proofs[tie].state if tie in proofs else None
                since = None if at is None else at.lacked_ms if come else at.shown_ms
                if at is not None and since is not None and state is not None and state not in WEAK:
                    told.append((ci, _difference(dst, come=come), since, at.end_ms))
        self.changes += self._dated(told)

    def _dated(self, told: Sequence[tuple[Key, Difference, Ms, Ms]]) -> list[Change]:
        if not told:
            return []
        cis = sorted({ci for ci, *_ in told} | {_other(d) for _, d, *_ in told})
        named = titles(self.store, cis)
        owner = {link.src: link.dst for link in self.store.links(cis, Direction.OUT, [PART_OF])}
        kinds = {ci: state.kind for ci, state in self.store.read(cis).items()}
        visit = Visit(self.pen.source, self.order.run, self.order.capture, self.order.policy)
        found = []
        for ci, difference, since, until in told:
            far = _other(difference)
            owners = tuple(dict.fromkeys(k for k in (owner.get(ci), far, owner.get(far)) if k))
            delta = Delta(ci, kinds[ci], {}, {}, (difference,), first=False)
            reading = Reading({ABOUT: Read(since, since)}, {ABOUT: until})
            found += changes(delta, reading, Place(named.get(ci, ""), owners), visit)
        return [replace(change, judged=self.order.policy.cabling) for change in found]

    def _findings(self, want: Wanted) -> None:
        """Open what is odd now, and close what was."""
        now = {digest("finding", ABOUT, *about): (about, text) for about, text in want.doubts.items()}
        stored = records_in(self.store, Finding, "ci", want.cis)
        known = {f.id: f for f in stored if f.about == ABOUT}
        at = self.order.ended_ms
        for id_, (about, text) in now.items():
            if id_ not in known or known[id_].state is State.CLOSED:
                said = f"{about[2]}: {text}"
                fact = Finding(id=id_, about=ABOUT, state=State.OPEN, ci=about[0], opened_ms=at, text=said)
                self._facts.append(row_of(fact))
        for id_, finding in known.items():
            if id_ not in now and finding.state is State.OPEN:
                closed = replace(finding, state=State.CLOSED, closed_ms=at, disposition="superseded")
                self._facts.append(row_of(closed))

    # the memory

    def _links(self, cis: Sequence[Key], direction: Direction, *, every: bool = False) -> list[Link]:
        if not cis:
            return []
        return self.store.links(cis, direction, () if every else TYPES, source=None if every else self.pen.source)

    def _known(self, cis: Iterable[Key]) -> dict[Key, Known]:
        keys = sorted(set(cis))
        states, sightings = self.store.read(keys), self.store.sightings(keys)
        links: dict[Key, list[Link]] = {}
        for link in self._links(keys, Direction.OUT):
            links.setdefault(link.src, []).append(link)
        return {k: Known(states.get(k), sightings.get(k, ()), tuple(links.get(k, ()))) for k in keys}


def _ends(known: Known) -> dict[str, Ends]:
    """Ends by type, as this source has them."""
    found: dict[str, list[Key]] = {}
    for link in known.links:
        found.setdefault(link.type, []).append(link.dst)
    return {type_: tuple(sorted(ends)) for type_, ends in found.items()}


def _proof(tie: Tie, proof: Proof) -> LinkProof:
    src, type_, dst = tie
    return LinkProof(id=digest(*tie), type=type_, ends=(src, dst), state=proof.state, evidence=proof.evidence)


def _difference(dst: Key, *, come: bool) -> Difference:
    op, old, new = (Op.RELATE, None, dst) if come else (Op.UNRELATE, dst, None)
    return Difference(CONNECTED.lower(), op, old, new, ABOUT, Volatility.RUNTIME, link=True)


def _other(difference: Difference) -> Key:
    return Key(str(difference.new if difference.new is not None else difference.old))
