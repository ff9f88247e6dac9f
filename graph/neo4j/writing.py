"""A batch as one transaction: the statements in their order, and a count after each, because nothing else tells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from neo4j import Transaction

from driftline.graph.errors import Conflict, FenceLost
from driftline.graph.model.declare import NAME, Reference
from driftline.graph.model.facts import Sighting
from driftline.graph.model.schema import Model
from driftline.graph.model.values import Key, Value, canonical_json
from driftline.graph.neo4j import book, schema, statements
from driftline.graph.neo4j.server import one
from driftline.graph.store import Batch, ItemChange, NewItem, PersonRow, RecordRow

Rows = Sequence[Any]
Group = TypeVar("Group")


def apply(tx: Transaction, model: Model, batch: Batch) -> bool:
    """Write the batch; False if its id is in already. What was written stays only if the transaction is committed."""
    now = book.lock(tx)
    if now.holder is None or now.fence != batch.fence:
        raise FenceLost(f"batch {batch.id}: {now.holder or 'nobody'} holds the store now; stop writing")
    if one(tx, statements.KNOWN_BATCH, id=batch.id):
        return False
    if batch.at <= now.at:
        raise Conflict(f"batch {batch.id}: its time {batch.at} is not after {now.at}, the store's last")
    one(tx, statements.EXTEND, at=batch.at, id=batch.id, run=batch.run, lease_ms=book.LEASE_MS)
    writer = _Writer(tx, model, batch)
    writer.items()
    writer.sightings()
    writer.links()
    writer.records()
    writer.persons()
    return True


def put(tx: Transaction, text: str, rows: Rows, wrong: str, **parameters: object) -> None:
    """Run a statement over rows.

    Raises:
        Conflict: it did not find what one of the rows speaks of.
    """
    _all(tx, text, rows, len(rows), wrong, **parameters)


def put_links(tx: Transaction, text: str, rows: Rows, wrong: str, **parameters: object) -> None:
    """The same over links: a row is (src, dst, …), and each src is sought once.

    Raises:
        Conflict: it did not find one of the ends.
    """
    _all(tx, text, by_src(rows), len(rows), wrong, **parameters)


def by_src(rows: Rows) -> Rows:
    """Links together by their first end, as (src, [(dst, …), …])."""
    return [[src, [row[1:] for row in some]] for src, some in by(rows, lambda row: str(row[0]))]


def _all(tx: Transaction, text: str, rows: Rows, count: int, wrong: str, **parameters: object) -> None:
    if rows and (done := one(tx, text, rows=rows, **parameters)) != count:
        raise Conflict(f"{wrong}: {count} in the batch, {done} fit")


def item_properties(row: NewItem, at: int) -> dict[str, Any]:
    """All properties of a new item."""
    return {**row.attrs, "key": row.key, "_kind": row.kind, "_source": row.source, "_created": at}


def record_properties(model: Model, row: RecordRow, recorded: int) -> dict[str, Any]:
    """All properties of a record: its body as text, and apart from it the fields that can be asked for."""
    fields = schema.asked(model, row.kind, row.body)
    return {**fields, "id": row.id, "_body": canonical_json(row.body), "_recorded": recorded}


def sighting_row(row: Sighting) -> Rows:
    """A sighting as ``statements.SIGHT`` takes it."""
    said = None if row.said is None else canonical_json(row.said)
    return [row.ci, row.source, row.kind, row.digest, row.links, row.missed, row.missed_since_ms, said]


def refer(tx: Transaction, model: Model, kind: str, rows: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """Draw all references of newest records, given as (id, body)."""
    for reference in model.records[kind].references:
        pairs = [(id_, other) for id_, body in rows for other in named(body.get(reference.name))]
        connect(tx, model, kind, reference, pairs, statements.refer)


def connect(
    tx: Transaction,
    model: Model,
    kind: str,
    reference: Reference,
    rows: Rows,
    text: Callable[[str, str, str, str], str],
) -> None:
    """Draw the references of records; a row is (id, other, …). Looks for each other in the kinds it may be, in order.

    Raises:
        Conflict: one of them is nowhere.
    """
    left = {number: [row[0], row[1], number, *row[2:]] for number, row in enumerate(rows)}
    for label, name in schema.targets(model, reference):
        if left:
            for number in one(tx, text(kind, reference.type, label, name), rows=list(left.values())):
                del left[number]
    if left:
        id_, other = next(iter(left.values()))[:2]
        raise Conflict(f"{kind} {id_}: {reference.name} refers to {other}, which is not in the store")


def named(value: Any) -> Iterable[str]:  # noqa: ANN401 -- a value of a record's body
    """The ids that a reference field names, each once."""
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else dict.fromkeys(value)


class _Writer:
    """The steps of one batch in one transaction."""

    def __init__(self, tx: Transaction, model: Model, batch: Batch) -> None:
        self._tx = tx
        self._model = model
        self._batch = batch

    def items(self) -> None:
        """Create, change, revive and end items."""
        batch = self._batch
        _check_names([*(row.attrs for row in batch.create), *(row.attrs for row in batch.change)])
        for kind, rows in by(batch.create, lambda row: row.kind):
            self._declared(kind)
            self._create(kind, rows)
        changes = [[row.key, dict(row.attrs), _meta(row.meta)] for row in batch.change]
        self._put(statements.CHANGE, changes, "items to change")
        self._put(statements.ADD_PAST, [row for change in batch.change for row in self._past(change)], "past values")
        self._each_kind(batch.revive, statements.revive, "items to revive")
        self._each_kind(batch.tombstone, statements.end, "items to end")

    def sightings(self) -> None:
        """Write and remove what sources said."""
        born = {row.key for row in self._batch.create}
        sighted = {(row.source, row.ci): row for row in self._batch.sighted}  # of two, the last word counts
        for source, rows in by(sighted.values(), lambda row: row.source):
            first = [sighting_row(row) for row in rows if row.ci in born]
            again = [sighting_row(row) for row in rows if row.ci not in born]
            self._put(statements.SIGHT_FIRST, first, "items sighted", source=source)
            self._put(statements.SIGHT, again, "items sighted", source=source)
        self._once(self._batch.unsighted, "sightings to remove")
        gone = [[key, source] for source, key in self._batch.unsighted]
        self._put(statements.UNSIGHT, gone, "sightings to remove")

    def links(self) -> None:
        """Close and open links, then make sure that no ended item has kept one."""
        self._once(self._batch.close, "links to close")
        self._once(self._batch.open, "links to open")
        for type_, rows in by(self._batch.close, lambda row: row.type):
            self._linked(type_)
            closed = [[row.src, row.dst, row.source] for row in rows]
            self._put_links(statements.close_link(type_), closed, f"links {type_} to close", at=self._batch.at)
        for type_, rows in by(self._batch.open, lambda row: row.type):
            self._linked(type_)
            opened = [[row.src, row.dst, row.source, self._batch.at] for row in rows]
            if one(self._tx, statements.open_already(type_), rows=by_src(opened)):
                raise Conflict(f"batch {self._batch.id}: a link {type_} to open is open already")
            self._put_links(statements.open_link(type_), opened, f"links {type_} to open, between living items")
        ended = list(self._batch.tombstone)
        if ended and self._model.links and one(self._tx, statements.still_linked(self._model.links), rows=ended):
            raise Conflict(f"batch {self._batch.id}: an item to end keeps a link")

    def records(self) -> None:
        """Write all records, then all references: one may refer to another of the same batch."""
        self._once([(row.kind, row.id) for row in self._batch.records], "records")
        groups = by(self._batch.records, lambda row: row.kind)
        for kind, rows in groups:
            if kind not in self._model.records:
                raise Conflict(f"batch {self._batch.id}: {kind} is no declared kind of record")
            self._revise(kind, rows)
        for kind, rows in groups:
            refer(self._tx, self._model, kind, [(row.id, row.body) for row in rows])

    def persons(self) -> None:
        """Write and erase personal fields."""
        kept = [[row.pseudonym, row.field, row.value] for row in self._batch.persons if row.value is not None]
        self._put(statements.PERSON, kept, "personal fields")
        if erased := [_field(row) for row in self._batch.persons if row.value is None]:
            one(self._tx, statements.NO_PERSON, rows=erased)

    def _create(self, kind: str, rows: Sequence[NewItem]) -> None:
        names = self._model.items[kind].kept
        declared = frozenset(names)
        plain = [row for row in rows if row.attrs.keys() <= declared]
        values = [[row.key, kind, row.source, self._batch.at, *map(row.attrs.get, names)] for row in plain]
        self._put(statements.create_declared(kind, names), values, "items to create")
        odd = [item_properties(row, self._batch.at) for row in rows if not row.attrs.keys() <= declared]
        self._put(statements.create(kind), odd, "items to create")

    def _put(self, text: str, rows: Rows, what: str, **parameters: object) -> None:
        put(self._tx, text, rows, f"batch {self._batch.id}: {what}", **parameters)

    def _put_links(self, text: str, rows: Rows, what: str, **parameters: object) -> None:
        put_links(self._tx, text, rows, f"batch {self._batch.id}: {what}", **parameters)

    def _once(self, rows: Sequence[Any], what: str) -> None:
        """A row that stands twice would be found twice and counted right."""
        if len(set(rows)) < len(rows):
            raise Conflict(f"batch {self._batch.id}: {what}: one of them twice")

    def _past(self, change: ItemChange) -> Iterable[Rows]:
        for row in change.past:
            value = canonical_json(row.value)
            span = {"since": row.since, "until": self._batch.at, "run": self._batch.run}
            yield [change.key, {"attr": row.attr, "value": value, "source": row.source, **span}]

    def _each_kind(self, keys: Sequence[Key], text: Callable[[str], str], what: str) -> None:
        """Run a statement per kind, because a label cannot be a parameter."""
        self._once(keys, what)
        rows = [[key] for key in keys]
        kinds = dict(one(self._tx, statements.KINDS, rows=rows)) if rows else {}
        for kind, some in by(rows, lambda row: kinds.get(row[0], "")):
            self._declared(kind, f"{what}: {some[0][0]}")
            of_batch = {"at": self._batch.at, "source": self._batch.source, "run": self._batch.run}
            self._put(text(kind), some, what, **of_batch)

    def _declared(self, kind: str, what: str = "items to create") -> None:
        if kind not in self._model.items:
            raise Conflict(f"batch {self._batch.id}: {what}: {kind or 'unknown item'} is no declared kind of item")

    def _linked(self, type_: str) -> None:
        if type_ not in self._model.links:
            raise Conflict(f"batch {self._batch.id}: {type_} is no declared link")

    def _revise(self, kind: str, rows: Sequence[RecordRow]) -> None:
        at = self._batch.at
        since = dict(one(self._tx, statements.recorded(kind), rows=[row.id for row in rows]))
        new = [record_properties(self._model, row, at) for row in rows if row.id not in since]
        known = [row for row in rows if row.id in since]
        replaced = [row.id for row in known if not row.overwrite]
        self._put(statements.supersede(kind), replaced, f"{kind} to supersede", at=at)
        for reference in self._model.records[kind].references if known else ():
            one(self._tx, statements.supersede_references(kind, reference.type), rows=replaced, at=at)
            overwritten = [row.id for row in known if row.overwrite]
            one(self._tx, statements.drop_references(kind, reference.type), rows=overwritten)
        again = [(row, since[row.id] if row.overwrite else at) for row in known]
        bodies = [[row.id, record_properties(self._model, row, recorded)] for row, recorded in again]
        self._put(statements.rewrite(kind), bodies, f"{kind} to write again")
        self._put(statements.record(kind), new, f"{kind} to write")


def _check_names(attrs: Iterable[Mapping[str, Value]]) -> None:
    """Names become properties beside the store's own: none may be one of those."""
    names = set[str]().union(*attrs)
    if wrong := sorted(name for name in names if name == "key" or not NAME.fullmatch(name)):
        raise Conflict(f"not usable as names of attributes: {', '.join(wrong)}")


def by(rows: Iterable[Group], name: Callable[[Group], str]) -> list[tuple[str, list[Group]]]:
    """Rows grouped by a name, groups in the order of their first rows."""
    groups: dict[str, list[Group]] = {}
    for row in rows:
        groups.setdefault(name(row), []).append(row)
    return list(groups.items())


def _meta(meta: Mapping[str, tuple[int, str]]) -> str | None:
    return canonical_json(meta) if meta else None


def _field(row: PersonRow) -> list[str]:
    return [row.pseudonym, row.field]
