"""Records and living items by declared fields."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from driftline.graph.access import check_count, check_find
from driftline.graph.model.schema import Model
from driftline.graph.model.values import Micros, Value
from driftline.graph.sqlite import statements
from driftline.graph.sqlite.connection import Connection
from driftline.graph.sqlite.reading import values
from driftline.graph.sqlite.statements import Place
from driftline.graph.store import Cond, Row


def find(
    connection: Connection,
    model: Model,
    kind: str,
    where: Sequence[Cond],
    place: Place,
    *,
    limit: int,
    known_at: Micros | None,
) -> list[Row]:
    """Rows in the order of one field, then of the id."""
    fields = check_find(model, kind, where, place.order, known_at)
    places = statements.sources(model, kind, known=known_at is not None)
    sql, asked = statements.find(places, fields, where, place)
    body: Callable[[str], Any] = values if kind in model.items else json.loads
    return [
        Row(kind, id_, body(text), recorded, superseded)
        for id_, text, recorded, superseded, _ in connection.execute(sql, {**asked, "limit": limit, "known": known_at})
    ]


def count(
    connection: Connection,
    model: Model,
    kind: str,
    by: str | None,
    where: Sequence[Cond],
    *,
    known_at: Micros | None,
) -> dict[Value, int]:
    """Numbers by the value of one field."""
    fields = check_count(model, kind, by, where, known_at)
    typed = bool if by and fields[by].type is bool else None
    total: Counter[Value] = Counter()
    for place in statements.sources(model, kind, known=known_at is not None):
        sql, asked = statements.count(place, fields, by, where)
        for value, number in connection.execute(sql, {**asked, "known": known_at}):
            total[typed(value) if typed and value is not None else value] += number
    return dict(total) if by else {None: total[None]}
