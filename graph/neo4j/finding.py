"""Records and items by declared fields: the statement made from conditions, order and place in the pages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from driftline.graph.access import Field, check_count, check_find
from driftline.graph.model.schema import Model
from driftline.graph.model.values import Micros, Value
from driftline.graph.neo4j import reading
from driftline.graph.neo4j.schema import PAST, WAS, targets
from driftline.graph.neo4j.server import Asks, one
from driftline.graph.store import Compare, Cond, Cursor, Row

OPERATORS: Mapping[Compare, str] = {operator: operator.value for operator in Compare} | {
    Compare.NE: "<>",
    Compare.IN: "IN",
}


@dataclass(frozen=True, slots=True)
class Question:
    """What ``find`` and ``count`` were asked."""

    kind: str
    where: Sequence[Cond]
    known_at: Micros | None
    order: str | None = None
    after: Cursor | None = None
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Statement:
    """A text and its parameters."""

    text: str
    parameters: Mapping[str, Any]


def find(tx: Asks, model: Model, question: Question, limit: int) -> list[Row]:
    """One page of rows."""
    said = find_statement(model, question)
    found = one(tx, said.text, **said.parameters, limit=limit)
    return [(_item if question.kind in model.items else _record)(question.kind, *row) for row in found]


def find_statement(model: Model, question: Question) -> Statement:
    """The statement of a page; ``$limit`` is left to its caller."""
    fields = check_find(model, question.kind, question.where, question.order, question.known_at)
    by, id_ = question.order, "key" if question.kind in model.items else "id"
    always = by is None or fields[by].always
    text, parameters = _matched(model, question, fields, _place(question, id_, always=always))
    order = [f"o.{id_}"] if by in {None, id_} else [f"o.{by}", f"o.{id_}"]
    order = order if always else [f"o.{by} IS NOT NULL", *order]  # records that do not say the field come first
    if question.descending:
        order = [f"{one} DESC" for one in order]
    row = "[o.key, properties(o)]" if question.kind in model.items else "[o.id, o._body, o._recorded, o._superseded]"
    return Statement(f"{text} WITH o ORDER BY {', '.join(order)} LIMIT $limit RETURN collect({row})", parameters)


def count(tx: Asks, model: Model, question: Question, by: str | None) -> dict[Value, int]:
    """Numbers by value."""
    said = count_statement(model, question, by)
    found = one(tx, said.text, **said.parameters)
    return dict(found) if by else {None: sum(number for _, number in found)}


def count_statement(model: Model, question: Question, by: str | None) -> Statement:
    """The statement of a count."""
    fields = check_count(model, question.kind, by, question.where, question.known_at)
    text, parameters = _matched(model, question, fields, [])
    value = f"o.{by}" if by else "null"
    return Statement(f"{text} WITH {value} AS value, count(*) AS number RETURN collect([value, number])", parameters)


def _matched(
    model: Model, question: Question, fields: Mapping[str, Field], more: Sequence[str]
) -> tuple[str, dict[str, Any]]:
    """Text that yields every ``o`` of the question, and the parameters of its conditions."""
    parameters: dict[str, Any] = {"known_at": question.known_at}
    if question.after:
        parameters |= {"after": question.after.value, "after_id": question.after.id}
    conditions, many = list(more), dict[str, str]()
    for number, cond in enumerate(question.where):
        name = f"v{number}"
        if fields[cond.field].many:
            many[name] = cond.field
            parameters[name] = list(cond.value) if cond.op is Compare.IN else [cond.value]
        else:
            conditions.append(f"o.{cond.field} {OPERATORS[cond.op]} ${name}")
            parameters[name] = list(cond.value) if cond.op is Compare.IN else cond.value
    if question.known_at is None:
        return _match(model, question.kind, conditions, many), parameters
    known = [*conditions, "o._recorded <= $known_at"]
    newest = _match(model, question.kind, known, many)
    older = _match(model, question.kind, [*known, "o._superseded > $known_at"], many, older=True)
    return f"CALL () {{ {newest} RETURN o UNION ALL {older} RETURN o }}", parameters


def _match(model: Model, kind: str, conditions: Sequence[str], many: Mapping[str, str], *, older: bool = False) -> str:
    """Text that yields every ``o`` of one label. A reference to many is walked from what it refers to."""
    label, was = (f"{kind}{PAST}", WAS) if older else (kind, "")
    walk, narrow = "", list(conditions)
    for parameter, name in many.items():
        reference = next(r for r in model.records[kind].references if r.name == name)
        type_, ends = f"{was}{reference.type}", targets(model, reference)
        if walk:
            either = " OR ".join(f"(x:{to} AND x.{id_} IN ${parameter})" for to, id_ in ends)
            narrow.append(f"EXISTS {{ (o)-[:{type_}]->(x) WHERE {either} }}")
        else:
            walk = " UNION ".join(
                f"UNWIND ${parameter} AS v MATCH (x:{to} {{{id_}: v}})<-[:{type_}]-(o:{label}) "
                f"USING INDEX SEEK x:{to}({id_}) RETURN o"
                for to, id_ in ends
            )
    where = f" WHERE {' AND '.join(narrow)}" if narrow else ""
    return f"CALL () {{ {walk} }} WITH DISTINCT o{where}" if walk else f"MATCH (o:{label}){where}"


def _place(question: Question, id_: str, *, always: bool) -> list[str]:
    """Conditions that begin the page where the one before ended, by an index that has the order already."""
    by, after = question.order or id_, question.after
    further = "<" if question.descending else ">"
    if by == id_:
        return [f"o.{id_} {further} $after_id" if after else f"o.{id_} >= ''"]
    if after is None:
        return [f"o.{by} IS NOT NULL"] if always else []
    if after.value is None:  # these come first, or descending last
        rest = f"o.{by} IS NULL AND" if question.descending else f"o.{by} IS NOT NULL OR"
        return [f"({rest} o.{id_} {further} $after_id)"]
    beyond = [f"o.{by} {further}= $after", f"(o.{by} {further} $after OR o.{id_} {further} $after_id)"]
    return beyond if always or not question.descending else [f"(o.{by} IS NULL OR {' AND '.join(beyond)})"]


def _item(kind: str, key: str, said: Mapping[str, Any]) -> Row:
    return Row(kind, key, reading.attributes(said), said["_created"])


def _record(kind: str, id_: str, body: str, recorded: Micros, superseded: Micros | None) -> Row:
    return Row(kind, id_, json.loads(body), recorded, superseded)
