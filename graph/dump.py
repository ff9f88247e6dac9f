"""A store as canonical JSON lines, and back. Equal stores give equal bytes, whichever program keeps them.

The facts form leaves out what says how the facts got here (book, batches, runs), so that two histories of the same
visits can be compared byte for byte (decision D22). It is for comparing and cannot be loaded.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from driftline.graph.model.values import canonical_json
from driftline.graph.store import FACTS, Family, Store, StoreRow


def dump(store: Store, *, facts: bool = False) -> Iterator[str]:
    """Lines of everything in the store, each ending in a newline."""
    rows = store.export(FACTS if facts else tuple(Family))
    return (line(_fact(row) if facts else row) for row in rows)


def line(row: StoreRow) -> str:
    """One row as a line."""
    return canonical_json({"family": row.family, "row": row.row}) + "\n"


def whole(lines: Iterable[str]) -> Iterator[StoreRow]:
    """Rows of a whole dump, for ``Store.load``.

    Raises:
        ValueError: a line that is not a row, by its number; a dump that was cut or has facts only.
    """
    number, family = 0, None
    for number, row in enumerate(rows(lines), 1):
        family = row.family
        if family is Family.PAST and "run" not in row.row:
            raise ValueError(f"line {number}: is of a dump of facts, which cannot be loaded; take a whole one")
        yield row
    if family is not Family.BOOK:
        raise ValueError(f"line {number}: ends without the book; the dump was cut, or has facts only: take a whole one")


def rows(lines: Iterable[str]) -> Iterator[StoreRow]:
    """Rows of lines, be they a whole dump or not.

    Raises:
        ValueError: a line that is not a row, by its number.
    """
    for number, text in enumerate(lines, 1):
        try:
            said = json.loads(text)
            row = StoreRow(Family(said["family"]), said["row"])
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"line {number}: is not a row of a dump ({error})") from error
        yield row


def _fact(row: StoreRow) -> StoreRow:
    if row.family is not Family.PAST:
        return row
    return StoreRow(row.family, {name: value for name, value in row.row.items() if name != "run"})
