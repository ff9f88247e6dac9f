"""All records that meet conditions, page by page, so that no question depends on how many there are."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from driftline.graph.lookup import PIECE
from driftline.graph.model.values import Micros
from driftline.graph.store import Cond, Cursor, Row, Store


def scan(
    store: Store,
    kind: str,
    where: Sequence[Cond] = (),
    *,
    order: str | None = None,
    descending: bool = False,
    after: Cursor | None = None,
    known_at: Micros | None = None,
    page: int = PIECE,
) -> Iterator[Row]:
    """Every row in order, read ``page`` rows at a time; a caller that stops early reads no more than it took."""
    while True:
        rows = store.find(kind, where, order=order, descending=descending, after=after, limit=page, known_at=known_at)
        yield from rows
        if len(rows) < page:
            return
        after = cursor(rows[-1], order)


def cursor(row: Row, order: str | None) -> Cursor:
    """Where a page that ends with this row goes on."""
    return Cursor(row.body.get(order) if order and order not in {"id", "key"} else row.id, row.id)
