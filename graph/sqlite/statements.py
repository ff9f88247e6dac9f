"""Every statement that names a generated table or column, or has a clause that is not always there.

Names come from the model alone, checked in ``schema``; values are always parameters. Many values are one parameter, a
JSON array. ``CROSS JOIN`` fixes the order of a join: the array first, then each row by its index.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from driftline.graph.access import Field
from driftline.graph.model.declare import ITEM
from driftline.graph.model.schema import Model
from driftline.graph.model.values import canonical_json
from driftline.graph.sqlite.schema import Shape, quoted, shape
from driftline.graph.store import Compare, Cond, Cursor, Direction

Statement = tuple[str, dict[str, Any]]
"""Text and parameters."""

ENDS = {Direction.OUT: ("src", "dst"), Direction.IN: ("dst", "src")}


def links(direction: Direction, *, typed: bool, sourced: bool, then: bool, past: bool) -> str:
    """Links of items (``:keys``), one row per source: src, type, dst, source, since."""
    near, far = ENDS[direction]
    keys = {near: "n.key", far: "f.key"}
    return f"""SELECT {keys["src"]}, l.type, {keys["dst"]}, l.source, l.since
        FROM json_each(:keys) j CROSS JOIN item n ON n.key = j.value
        CROSS JOIN {"link_past" if past else "link"} l ON l.{near} = n.id{_narrowed(typed=typed, then=then, past=past)}
        {"AND l.source = :source" if sourced else ""} CROSS JOIN item f ON f.id = l.{far}"""


def step(direction: Direction, *, typed: bool, then: bool, past: bool) -> str:
    """Numbers of the items one link away from items (``:ids``)."""
    near, far = ENDS[direction]
    table = "link_past" if past else "link"
    return f"""SELECT DISTINCT l.{far} FROM json_each(:ids) j
        CROSS JOIN {table} l ON l.{near} = j.value{_narrowed(typed=typed, then=then, past=past)}"""


def _narrowed(*, typed: bool, then: bool, past: bool) -> str:
    clauses = [" AND l.type IN (SELECT value FROM json_each(:types))"] if typed else []
    clauses += [" AND l.since <= :at"] if then else []
    clauses += [" AND l.until > :at"] if past else []
    return "".join(clauses)


@dataclass(frozen=True, slots=True)
class Source:
    """Where rows of a kind are found: a table, its columns, and the conditions that always hold."""

    table: str
    id: str
    body: str
    recorded: str
    superseded: str
    columns: Mapping[str, str]
    holds: tuple[str, ...]
    shape: Shape | None = None


def sources(model: Model, kind: str, *, known: bool) -> list[Source]:
    """The table of a kind of item or record; with ``known`` (parameter ``:known``) also that of older revisions."""
    if kind in model.items:
        title = model.items[kind].title_field
        columns = {"key": "t.key", title: f"(t.attrs ->> '$.{title}')"}
        holds = (f"t.kind = '{kind}'", "t.deleted IS NULL")
        return [Source("item", "t.key", "t.attrs", "t.created", "NULL", columns, holds)]
    one = shape(model, kind)
    columns = {"id": "t.id"} | {name: f"t.{quoted(name)}" for name in one.columns}
    then = ("t._recorded <= :known",) if known else ()
    now = Source(one.table, "t.id", "t._body", "t._recorded", "NULL", columns, then, one)
    if not known:
        return [now]
    holds = (*then, "t._superseded > :known")
    return [now, Source(one.past, "t.id", "t._body", "t._recorded", "t._superseded", columns, holds, one)]


@dataclass(frozen=True, slots=True)
class Place:
    """In which order rows come, and where the page before ended."""

    order: str | None = None
    after: Cursor | None = None
    descending: bool = False


def find(places: Sequence[Source], fields: Mapping[str, Field], where: Sequence[Cond], page: Place) -> Statement:
    """Rows: id, body, recorded, superseded, value of the order. ``:limit`` and ``:known`` are left to the caller."""
    after, way = page.after, " DESC" if page.descending else ""
    values = _values(where) | ({} if after is None else {"value": after.value, "id": after.id})
    parts = []
    for place in places:
        by = place.columns[page.order] if page.order else place.id
        clauses = [*place.holds, *_conditions(place, fields, where)]
        if after is not None:
            always = page.order is None or fields[page.order].always
            clauses.append(_down(place.id, by, after, always=always) if page.descending else _up(place.id, by, after))
        parts.append(
            f"SELECT {place.id}, {place.body}, {place.recorded}, {place.superseded}, {by}"
            f" FROM {place.table} t{_where(clauses)}"
        )
    return f"{' UNION ALL '.join(parts)} ORDER BY 5{way}, 1{way} LIMIT :limit", values


def count(place: Source, fields: Mapping[str, Field], by: str | None, where: Sequence[Cond]) -> Statement:
    """Rows: value of the field (NULL for all), number. ``:known`` is left to the caller."""
    clauses = [*place.holds, *_conditions(place, fields, where)]
    column = place.columns[by] if by else "NULL"
    return f"SELECT {column}, count(*) FROM {place.table} t{_where(clauses)} GROUP BY 1", _values(where)


def _values(where: Sequence[Cond]) -> dict[str, Any]:
    values = ((c.value if c.op is not Compare.IN else canonical_json(list(c.value))) for c in where)
    return {f"c{number}": value for number, value in enumerate(values)}


def _conditions(place: Source, fields: Mapping[str, Field], where: Sequence[Cond]) -> list[str]:
    return [
        _cited(place, cond, f":c{number}") if fields[cond.field].many else _compared(place, cond, f":c{number}")
        for number, cond in enumerate(where)
    ]


def _compared(place: Source, cond: Cond, value: str) -> str:
    column = place.columns[cond.field]
    return f"{column} IN {_one_of(value)}" if cond.op is Compare.IN else f"{column} {cond.op.value} {value}"


def _cited(place: Source, cond: Cond, value: str) -> str:
    """A reference to many: the row's own revision must cite one of the ids."""
    table = place.shape.list_of(cond.field) if place.shape else ""
    cited = f"c.other IN {_one_of(value)}" if cond.op is Compare.IN else f"c.other = {value}"
    return f"(t.id, t._recorded) IN (SELECT c.id, c.recorded FROM {table} c WHERE {cited})"


def _one_of(value: str) -> str:
    return f"(SELECT value FROM json_each({value}))"


def _up(id_: str, by: str, after: Cursor) -> str:
    """Where an ascending page begins; what is not said came first."""
    if by == id_:
        return f"{id_} > :id"
    if after.value is None:
        return f"({by} IS NOT NULL OR {id_} > :id)"
    return f"({by}, {id_}) > (:value, :id)"


def _down(id_: str, by: str, after: Cursor, *, always: bool) -> str:
    """Where a descending page begins; what is not said comes last."""
    if by == id_:
        return f"{id_} < :id"
    if after.value is None:
        return f"({by} IS NULL AND {id_} < :id)"
    further = f"({by}, {id_}) < (:value, :id)"
    return further if always else f"({by} IS NULL OR {further})"


def _where(clauses: Sequence[str]) -> str:
    return f" WHERE {' AND '.join(clauses)}" if clauses else ""


def put(one: Shape, *, overwrite: bool) -> str:
    """Write the newest revision (id, body, recorded); overwriting keeps the instant at which it was recorded."""
    recorded = "" if overwrite else ", _recorded = excluded._recorded"
    return (
        f"INSERT INTO {one.table}(id, _body, _recorded) VALUES(?, ?, ?)"
        f" ON CONFLICT(id) DO UPDATE SET _body = excluded._body{recorded}"
    )


def put_past(one: Shape) -> str:
    """Write an older revision (id, body, recorded, superseded)."""
    return f"INSERT INTO {one.past}(id, _body, _recorded, _superseded) VALUES(?, ?, ?, ?)"


def retire(one: Shape) -> str:
    """Move a copy of the newest revisions of ``:ids`` to the past, superseded at ``:at``."""
    return f"""INSERT INTO {one.past}(id, _body, _recorded, _superseded) SELECT r.id, r._body, r._recorded, :at
        FROM json_each(:ids) j CROSS JOIN {one.table} r ON r.id = j.value"""


def forget(one: Shape, field: str) -> str:
    """Drop what the newest revisions of ``:ids`` cite, before they cite anew."""
    return f"""DELETE FROM {one.list_of(field)} WHERE (id, recorded) IN (
        SELECT r.id, r._recorded FROM json_each(:ids) j CROSS JOIN {one.table} r ON r.id = j.value)"""


def cite(one: Shape, field: str, table: str) -> str:
    """Note what the revisions of ``:ids`` in one of the two tables cite."""
    return f"""INSERT OR IGNORE INTO {one.list_of(field)}(id, recorded, other) SELECT r.id, r._recorded, e.value
        FROM json_each(:ids) j CROSS JOIN {table} r ON r.id = j.value CROSS JOIN json_each(r._body, '$.{field}') e"""


def dangling(one: Shape, field: str, to: Sequence[str]) -> str:
    """A record of ``:ids`` (id, other) that refers by this field to none of the kinds."""
    targets = [f"rec_{kind} o WHERE o.id" if kind != ITEM else "item o WHERE o.key" for kind in to]
    nowhere = "".join(f" AND NOT EXISTS (SELECT 1 FROM {target} = e.value)" for target in targets)
    return f"""SELECT r.id, e.value FROM json_each(:ids) j CROSS JOIN {one.table} r ON r.id = j.value
        CROSS JOIN json_each(r._body, '$.{field}') e WHERE e.value IS NOT NULL{nowhere} LIMIT 1"""


def revisions(one: Shape, *, past: bool) -> str:
    """Every revision in export order: id, body, recorded, superseded."""
    return f"SELECT id, _body, _recorded, _superseded FROM {one.past if past else one.table} ORDER BY id, _recorded"


def size(table: str) -> str:
    """Number of rows of a table."""
    return f"SELECT count(*) FROM {table}"


def any_row(table: str) -> str:
    """One row if the table has any."""
    return f"SELECT 1 FROM {table} LIMIT 1"
