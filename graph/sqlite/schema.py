"""Tables, columns and indexes, generated from the model. Adding a kind, field, order or record needs no migration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from driftline.graph.access import declared
from driftline.graph.model.declare import NAME
from driftline.graph.model.schema import Model
from driftline.graph.sqlite.connection import Connection
from driftline.graph.store import SCHEMA

APPLICATION = 0x44524654  # "DRFT": tells our files from other people's

KIND = re.compile(r"[A-Za-z][A-Za-z0-9]*")

FIXED = """
CREATE TABLE book(k TEXT PRIMARY KEY, v) WITHOUT ROWID;
CREATE TABLE batch(id TEXT PRIMARY KEY, at INT NOT NULL, run TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE item(id INTEGER PRIMARY KEY, key TEXT UNIQUE NOT NULL, kind TEXT NOT NULL, attrs TEXT NOT NULL,
  meta TEXT, source TEXT NOT NULL, created INT NOT NULL, deleted INT);
CREATE INDEX item_kind ON item(kind, key) WHERE deleted IS NULL;
CREATE TABLE item_past(item INT NOT NULL, attr TEXT, since INT, until INT NOT NULL, value TEXT, source TEXT, run TEXT,
  PRIMARY KEY(item, attr, since)) WITHOUT ROWID;
CREATE INDEX item_past_until ON item_past(until);
CREATE TABLE sighting(source TEXT, kind TEXT, item INT NOT NULL, digest TEXT NOT NULL, links TEXT NOT NULL,
  missed INT NOT NULL, missed_since_ms INT, said TEXT, PRIMARY KEY(source, kind, item)) WITHOUT ROWID;
CREATE INDEX sighting_item ON sighting(item);
CREATE TABLE link(src INT, type TEXT, dst INT, source TEXT, since INT NOT NULL,
  PRIMARY KEY(src, type, dst, source)) WITHOUT ROWID;
CREATE INDEX link_in ON link(dst, type, src, source, since);
CREATE TABLE link_past(src INT, type TEXT, dst INT, source TEXT, since INT, until INT NOT NULL,
  PRIMARY KEY(src, type, dst, source, since)) WITHOUT ROWID;
CREATE INDEX link_past_in ON link_past(dst, type, src, source, since, until);
CREATE TABLE person(pseudonym TEXT, field TEXT, value TEXT NOT NULL, PRIMARY KEY(pseudonym, field)) WITHOUT ROWID;
"""

NEW_BOOK = (("schema", SCHEMA), ("at", 0), ("epoch", 1), ("number", 0))


@dataclass(frozen=True, slots=True)
class Shape:
    """The tables of one kind of record: fields with a column, and references to many, which have a table each."""

    kind: str
    columns: tuple[str, ...]
    many: tuple[str, ...]

    @property
    def table(self) -> str:
        """Table of the newest revisions."""
        return f"rec_{self.kind}"

    @property
    def past(self) -> str:
        """Table of the older revisions."""
        return f"rec_{self.kind}_past"

    def list_of(self, field: str) -> str:
        """Table of a reference to many, of all revisions."""
        return f"rec_{self.kind}_{field}"


def shape(model: Model, kind: str) -> Shape:
    """Tables of a kind of record. Names are checked here: they become text of statements."""
    fields = [field for name, field in declared(model, kind).items() if name != "id"]
    if not KIND.fullmatch(kind) or not all(NAME.fullmatch(field.name) for field in fields):
        raise TypeError(f"{kind}: not a plain name")
    columns = tuple(field.name for field in fields if not field.many)
    return Shape(kind, columns, tuple(field.name for field in fields if field.many))


def ensure(connection: Connection, model: Model) -> None:
    """Create what the model wants and the file lacks. Call it in a transaction."""
    have = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    if not have:
        connection.execute(f"PRAGMA application_id = {APPLICATION}")
        for statement in FIXED.split(";"):
            connection.execute(statement)
        connection.executemany("INSERT INTO book VALUES(?, ?)", NEW_BOOK)
    for one in (shape(model, kind) for kind in model.records):
        if one.table in have:
            _add_columns(connection, one)
    for name, statement in wanted(model):
        if name not in have:
            connection.execute(statement)


def lacks(connection: Connection, model: Model) -> bool:
    """Whether ``ensure`` has something to do."""
    have = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    shapes = [shape(model, kind) for kind in model.records]
    return not {name for name, _ in wanted(model)} <= have or any(_missing(connection, one) for one in shapes)


def wanted(model: Model) -> Iterator[tuple[str, str]]:
    """Name and statement of every generated table and index, tables before their indexes."""
    for name, kind in model.items.items():
        if not KIND.fullmatch(name) or not NAME.fullmatch(kind.title_field):
            raise TypeError(f"{name}: not a plain name")
        title = f"item_title_{name}"
        columns = f"kind, attrs ->> '$.{kind.title_field}', key"
        yield title, f"CREATE INDEX {title} ON item({columns}) WHERE kind = '{name}' AND deleted IS NULL"
    for name, record in model.records.items():
        one = shape(model, name)
        yield from _tables(one)
        paths = [*record.orders, *((r.name,) for r in record.references if not r.many)]
        for table in (one.table, one.past):
            for path in dict.fromkeys(paths):
                index = f"{table}_by_{'_'.join(path)}"
                yield index, f"CREATE INDEX {index} ON {table}({', '.join(map(quoted, path))}, id)"


def quoted(name: str) -> str:
    """A checked name as a column; some are words of SQL. In double quotes a missing column would be a text."""
    return f"[{name}]"


def _tables(one: Shape) -> Iterator[tuple[str, str]]:
    columns = "".join(f", {_column(name)}" for name in one.columns)
    fixed = "id TEXT NOT NULL, _body TEXT NOT NULL, _recorded INT NOT NULL, _superseded INT"
    yield one.table, f"CREATE TABLE {one.table}({fixed}{columns}, PRIMARY KEY(id))"
    yield one.past, f"CREATE TABLE {one.past}({fixed}{columns}, PRIMARY KEY(id, _recorded))"
    for field in one.many:
        table = one.list_of(field)
        key = "PRIMARY KEY(id, recorded, other)"
        yield table, f"CREATE TABLE {table}(id TEXT, recorded INT NOT NULL, other TEXT, {key}) WITHOUT ROWID"
        yield f"{table}_by_other", f"CREATE INDEX {table}_by_other ON {table}(other, id, recorded)"


def _column(name: str) -> str:
    """A virtual column without type: the value keeps its own, and adding one later rewrites nothing."""
    return f"{quoted(name)} GENERATED ALWAYS AS (_body ->> '$.{name}') VIRTUAL"


def _missing(connection: Connection, one: Shape) -> list[tuple[str, str]]:
    return [
        (table, name)
        for table in (one.table, one.past)
        for name in sorted(set(one.columns) - {row[1] for row in connection.execute(f"PRAGMA table_xinfo({table})")})
    ]


def _add_columns(connection: Connection, one: Shape) -> None:
    for table, name in _missing(connection, one):
        connection.execute(f"ALTER TABLE {table} ADD COLUMN {_column(name)}")
