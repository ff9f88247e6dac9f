"""Everything out of the store, in the one order of exports: pages of keys, and for each page its rows.

Neo4j shows a long reading whatever is committed meanwhile. So an export reads everything into a temporary file while
writers wait at the book's lock, and hands it out from there: what it gives is one state, and writers wait for the
reading, not for whoever takes the rows.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import IO, Any, Final

from neo4j import Transaction

from driftline.graph.dump import line, rows
from driftline.graph.model.schema import Model
from driftline.graph.model.values import Micros
from driftline.graph.neo4j import book, reading
from driftline.graph.neo4j.schema import PAST, WAS
from driftline.graph.neo4j.server import Server, one
from driftline.graph.store import ESTATE, Direction, Family, State, StoreRow

PAGE: Final = 2_000

KEYS = "MATCH (n:CI) WHERE n.key > $after WITH n.key AS k ORDER BY k LIMIT $page RETURN collect(k)"
SOURCES = "MATCH (s:SeenSource) WHERE s.id > $after WITH s.id AS i ORDER BY i LIMIT $page RETURN collect(i)"
BATCHES = """MATCH (x:Batch) WHERE x.id > $after WITH x ORDER BY x.id LIMIT $page
RETURN collect({id: x.id, at: x.at, run: x.run})"""
PERSONS = """MATCH (p:PersonField) WHERE p.pseudonym > $after WITH DISTINCT p.pseudonym AS k ORDER BY k LIMIT $page
RETURN collect(k)"""
SIGHTED = f"""{reading.EACH}-[l:SEEN_IN]->() {reading.PINNED} WHERE l.source = $source
RETURN collect({{source: l.source, ci: k, kind: n._kind, digest: l.digest, links: l.links, missed: l.missed,
missed_since_ms: l.missed_since_ms, said: l.said}})"""

Rows = Iterable[Mapping[str, Any]]


def export(server: Server, model: Model, families: Sequence[Family], at: Micros | None) -> Iterator[StoreRow]:
    """One state of the families, or the estate as it was."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", newline="\n") as file:
        _spool(server, model, families, at, file)
        file.seek(0)
        yield from rows(file)


def _spool(server: Server, model: Model, families: Sequence[Family], at: Micros | None, file: IO[str]) -> None:
    wanted = [family for family in Family if family in families and (at is None or family in ESTATE)]
    with server.open_transaction() as tx:
        book.lock(tx)
        reader = _Export(tx, model, at)
        for family in wanted:
            file.writelines(line(StoreRow(family, row)) for row in reader.read(family))


class _Export:
    """Rows of each family, read in one transaction."""

    def __init__(self, tx: Transaction, model: Model, at: Micros | None) -> None:
        self._tx = tx
        self._model = model
        self._at = at

    def read(self, family: Family) -> Rows:
        """All rows of a family in their order."""
        readers: dict[Family, Callable[[], Rows]] = {
            Family.ITEM: self._items,
            Family.PAST: self._past,
            Family.SIGHTING: self._sightings,
            Family.LINK: self._links,
            Family.LINK_PAST: self._past_links,
            Family.RECORD: self._records,
            Family.RECORD_PAST: self._past_records,
            Family.PERSON: self._persons,
            Family.BATCH: self._batches,
            Family.BOOK: self._book,
        }
        return readers[family]()

    def _items(self) -> Rows:
        for keys in self._pages(KEYS):
            found = reading.read(self._tx, keys, self._at)
            yield from (_item(found[key]) for key in sorted(found))

    def _past(self) -> Rows:
        for keys in self._pages(KEYS):
            for row in reading.revisions(self._tx, keys, None, None, None):
                span = {"since": row.since, "until": row.until, "run": row.run}
                yield {"ci": row.ci, "attr": row.attr, "value": row.value, "source": row.source, **span}

    def _sightings(self) -> Rows:
        for source in (source for page in self._pages(SOURCES) for source in page):
            for keys in self._pages(KEYS):
                found = one(self._tx, SIGHTED, keys=keys, source=source)
                yield from ({**row, "said": _json(row["said"])} for row in sorted(found, key=lambda row: row["ci"]))

    def _links(self) -> Rows:
        for keys in self._pages(KEYS):
            found = reading.link_rows(self._tx, self._model, keys, Direction.OUT, (), None, self._at)
            for src, type_, dst, source, since in sorted(found):
                yield {"src": src, "type": type_, "dst": dst, "source": source, "since": since}

    def _past_links(self) -> Rows:
        types = "|".join(f"{WAS}{name}" for name in self._model.links)
        text = f"""{reading.EACH}-[l:{types}]->(m:CI) {reading.PINNED}
RETURN collect([k, type(l), m.key, l.source, l.since, l.until])"""
        for keys in self._pages(KEYS) if types else ():
            found = [(row[0], row[1].removeprefix(WAS), *row[2:]) for row in one(self._tx, text, keys=keys)]
            for src, type_, dst, source, since, until in sorted(found):
                yield {"src": src, "type": type_, "dst": dst, "source": source, "since": since, "until": until}

    def _records(self) -> Rows:
        for kind in sorted(self._model.records):
            for page in self._record_pages(kind):
                for id_, body, recorded in page:
                    yield {"kind": kind, "id": id_, "body": json.loads(body), "recorded": recorded}

    def _record_pages(self, kind: str) -> Iterator[list[Any]]:
        """Pages of (id, body, recorded) in order of ids, as known at the instant."""
        older = f"""UNWIND $ids AS i MATCH (p:{kind}{PAST} {{id: i}}) USING INDEX SEEK p:{kind}{PAST}(id)
WHERE p._recorded <= $at AND p._superseded > $at RETURN collect([p.id, p._body, p._recorded])"""
        for page in self._pages(records(kind), lambda row: str(row[0])):
            if self._at is None:
                yield page
                continue
            late = [row[0] for row in page if row[2] > self._at]
            then = [row for row in page if row[2] <= self._at] + one(self._tx, older, ids=late, at=self._at)
            yield sorted(then)

    def _past_records(self) -> Rows:
        for kind in sorted(self._model.records):
            ids = f"MATCH (o:{kind}) WHERE o.id > $after WITH o.id AS i ORDER BY i LIMIT $page RETURN collect(i)"
            for page in self._pages(ids):
                for id_, recorded, body, superseded in sorted(one(self._tx, past_records(kind), ids=page)):
                    told = {"body": json.loads(body), "recorded": recorded, "superseded": superseded}
                    yield {"kind": kind, "id": id_, **told}

    def _persons(self) -> Rows:
        for page in self._pages(PERSONS):
            for pseudonym, told in sorted(reading.persons(self._tx, page).items()):
                for field, value in sorted(told.items()):
                    yield {"pseudonym": pseudonym, "field": field, "value": value}

    def _batches(self) -> Rows:
        for page in self._pages(BATCHES, lambda row: str(row["id"])):
            yield from page

    def _book(self) -> Rows:
        said = book.read(self._tx)
        yield {"schema": said.schema, "at": said.at, "epoch": said.fence.epoch, "number": said.fence.number}

    def _pages(self, text: str, place: Callable[[Any], str] = str) -> Iterator[list[Any]]:
        """Pages of a statement, each beginning after the place of the last row before."""
        after = ""
        while page := one(self._tx, text, after=after, page=PAGE):
            yield page
            after = place(page[-1])


def records(kind: str) -> str:
    """Statement of a page of newest records: id, body, recorded."""
    return f"""MATCH (o:{kind}) WHERE o.id > $after WITH o ORDER BY o.id LIMIT $page
RETURN collect([o.id, o._body, o._recorded])"""


def past_records(kind: str) -> str:
    """Statement of the older revisions of ``$ids``: id, recorded, body, superseded."""
    return f"""UNWIND $ids AS i MATCH (p:{kind}{PAST} {{id: i}}) USING INDEX SEEK p:{kind}{PAST}(id)
RETURN collect([p.id, p._recorded, p._body, p._superseded])"""


def record_pages(server: Server, kind: str) -> Iterator[list[Any]]:
    """Pages of (id, body, recorded) of newest records, each read by itself."""
    after = ""
    while page := server.read(lambda tx, place=after: one(tx, records(kind), after=place, page=PAGE)):  # type: ignore[misc]  # mypy cannot type a bound default
        yield page
        after = page[-1][0]


def _item(row: State) -> Mapping[str, Any]:
    meta = {name: [since, source] for name, (since, source) in row.meta.items()}
    times = {"source": row.source, "created": row.created, "deleted": row.deleted}
    return {"key": row.key, "kind": row.kind, "attrs": row.attrs, "meta": meta, **times}


def _json(said: str | None) -> Any:  # noqa: ANN401 -- whatever was kept as text
    return None if said is None else json.loads(said)
