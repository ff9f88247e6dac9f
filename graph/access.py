"""Which filters and orders a declaration serves, the same for both stores: no question scans by accident.

A field is served if it stands first in one of the record's ``orders``, refers to something, or is the id. The other
fields of ``orders`` may narrow what a served field selects. Items are served by ``key`` and by their title.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from driftline.graph.errors import Undeclared
from driftline.graph.model.declare import Item, Record
from driftline.graph.model.schema import Model
from driftline.graph.model.values import Micros
from driftline.graph.store import Compare, Cond


@dataclass(frozen=True, slots=True)
class Field:
    """A field to filter or sort by; ``many``: a reference to many; ``served``: an access path begins with it.

    ``always``: every record or item says it.
    """

    name: str
    type: type
    served: bool
    many: bool = False
    always: bool = False


def declared(model: Model, kind: str) -> Mapping[str, Field]:
    """Fields of a kind of item or record by name, the id (``key`` of an item) first.

    Raises:
        Undeclared: the model has no such kind.
    """
    if kind in model.items:
        title = model.items[kind].title_field
        named = Field(title, str, served=True, always=title in _required(model.items[kind]))
        return {"key": Field("key", str, served=True, always=True), title: named}
    if kind not in model.records:
        raise Undeclared(f"{kind}: no such kind of item or record; kinds are declared in the model")
    record = model.records[kind]
    types = {attribute.name: attribute.type for attribute in record.attributes}
    always = {"id"} | _required(record)
    first = {order[0] for order in record.orders}
    names = dict.fromkeys(("id", *(name for order in record.orders for name in order)))
    fields = {n: Field(n, types.get(n, str), n == "id" or n in first, always=n in always) for n in names}
    cited = {r.name: Field(r.name, str, served=True, many=r.many, always=r.name in always) for r in record.references}
    return fields | cited


def check_find(
    model: Model, kind: str, where: Sequence[Cond], order: str | None, known_at: Micros | None
) -> Mapping[str, Field]:
    """Return the declared fields of the kind if they serve this question.

    Raises:
        Undeclared: they do not; the text names the field.
    """
    fields = declared(model, kind)
    if known_at is not None and kind in model.items:
        raise Undeclared(f"{kind}: items are found as they are now; read them at an instant instead")
    for cond in where:
        _check_cond(kind, fields, cond)
    if order is not None and (order not in fields or fields[order].many):
        raise Undeclared(f"{kind}.{order}: no order is declared on this field")
    paths = [cond.field for cond in where if cond.op is not Compare.NE]
    paths += [order] if order else []
    if (where or order) and not any(fields[name].served for name in paths):
        raise Undeclared(f"{kind}: no declared order begins with one of {sorted({*paths, *(c.field for c in where)})}")
    return fields


def check_count(
    model: Model, kind: str, by: str | None, where: Sequence[Cond], known_at: Micros | None
) -> Mapping[str, Field]:
    """Return the declared fields of the kind if they serve this count. Counting all is a declared need.

    Raises:
        Undeclared: they do not; the text names the field.
    """
    fields = check_find(model, kind, where, None, known_at)
    if by is not None and (by not in fields or fields[by].many):
        raise Undeclared(f"{kind}.{by}: cannot count by this field; it is in no declared order")
    return fields


def _required(kind: type[Item | Record]) -> frozenset[str]:
    return frozenset(attribute.name for attribute in kind.attributes if attribute.required)


def _check_cond(kind: str, fields: Mapping[str, Field], cond: Cond) -> None:
    field = fields.get(cond.field)
    if field is None or (field.many and cond.op not in {Compare.EQ, Compare.IN}):
        raise Undeclared(f"{kind}.{cond.field}: no filter {cond.op} is declared on this field")
    values: Sequence[Any] = cond.value if cond.op is Compare.IN else (cond.value,)
    wrong = [value for value in values if not _fits(value, field.type)]
    if wrong:
        raise Undeclared(f"{kind}.{cond.field}: {wrong[0]!r} is not {field.type.__name__}, as the field is declared")


def _fits(value: object, kind: type) -> bool:
    """Whether a value has the type: 1, 1.0, True and "1" are four values; a StrEnum is its text."""
    if issubclass(kind, str):
        return isinstance(value, str)
    return type(value) is kind
