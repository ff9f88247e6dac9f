"""Rows of a table, wherever they stand: in a CSV file or in a JSON document. Their cells are text until asked for.

``Cells`` answers for one row in types, and notes every fault instead of raising, so that a file is judged whole.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from driftline.collectors.records.files.columns import LISTS, Table
from driftline.collectors.records.files.faults import Fault, Unusable, meant
from driftline.collectors.records.files.reading import Reading
from driftline.collectors.records.files.times import Instant, instant
from driftline.graph.model import canonical
from driftline.graph.model.values import Ms

Cell = str | tuple[str, ...]
Answer = TypeVar("Answer")
FLAGS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
MAX_COUNT_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its cells by column, and where it stands. ``path`` leads to it inside a document."""

    table: Table
    file: str
    line: int
    cells: Mapping[str, Cell]
    path: str = ""


@dataclass(slots=True)
class Notes:
    """What was found wrong (nothing is imported then) and what a person should know."""

    faults: list[Fault] = field(default_factory=list)
    caveats: list[Fault] = field(default_factory=list)


class Cells:
    """The cells of one row as what they mean. A fault is noted and answered with the empty value of its type."""

    def __init__(self, row: Row, reading: Reading, notes: Notes) -> None:
        self.row, self.reading, self.notes = row, reading, notes
        for column in row.table.columns:
            if column.needed and not self.texts(column.name):
                self.fault(column.name, f"is empty; {column.says[0].lower()}{column.says[1:]}")
            said = self.text(column.name) if column.choices else ""
            if said and said not in column.choices:
                self.fault(column.name, f'"{said}" is not known; {meant(said, column.choices)}')

    def fault(self, column: str, what: str) -> None:
        """Note that the row cannot be used."""
        self.notes.faults.append(self._at(column, what))

    def caveat(self, column: str, what: str) -> None:
        """Note what a person should know about the row."""
        self.notes.caveats.append(self._at(column, what))

    def text(self, column: str) -> str:
        """The text of a cell, blank if it says nothing."""
        cell = self.row.cells.get(column, "")
        return (canonical.text(cell) or "") if isinstance(cell, str) else self.reading.separator.join(cell)

    def texts(self, column: str) -> tuple[str, ...]:
        """A list, each text once, in the order of the file."""
        cell = self.row.cells.get(column, "")
        if isinstance(cell, str):
            known = self.row.table.by_name.get(column)
            cell = tuple(cell.split(self.reading.separator)) if known and known.form in LISTS else (cell,)
        return tuple(dict.fromkeys(said for part in cell if (said := canonical.text(part))))

    def flag(self, column: str) -> bool:
        """Yes or no; blank is no."""
        said = self.text(column)
        if said and said.casefold() not in FLAGS:
            self.fault(column, f'"{said}" is neither true nor false; write one of them')
        return FLAGS.get(said.casefold(), False)

    def count(self, column: str, blank: int) -> int:
        """A whole number from 1 on."""
        said = self.text(column)
        if not said:
            return blank
        if not (said.isascii() and said.isdigit() and len(said) <= MAX_COUNT_DIGITS and int(said)):
            self.fault(column, f'"{said}" is no whole number from 1 on; write one, or leave it blank for {blank}')
            return blank
        return int(said)

    def word(self, column: str, words: Mapping[str, Answer], blank: Answer, list_: str) -> Answer:
        """A word of the source in ours; an unknown one is a fault, never a guess."""
        said = self.text(column)
        if said and said.casefold() not in words:
            self.fault(column, f'"{said}" is not known; add it to {list_} of the mapping')
        return words.get(said.casefold(), blank)

    def time(self, column: str, zone: str = "") -> Instant | None:
        """An instant; ``None`` if the cell is blank or at fault."""
        said = self.text(column)
        found = self.usable(column, lambda: instant(said, zone or self.reading.zone)) if said else None
        if found and found.caveat:
            self.caveat(column, f"{found.text} {found.caveat}")
        return found

    def at_ms(self, column: str) -> Ms | None:
        """Milliseconds of an instant."""
        found = self.time(column)
        return found.at_ms if found else None

    def usable(self, column: str, read: Callable[[], Answer]) -> Answer | None:
        """What ``read`` gives, or ``None`` and a fault with the reason it gives."""
        try:
            return read()
        except Unusable as error:
            self.fault(column, str(error))
            return None

    def _at(self, column: str, what: str) -> Fault:
        return Fault(self.row.file, self.row.line, f"{self.row.path}{column}", what)


def answered(rows: Iterator[Row], reading: Reading, notes: Notes) -> dict[str, list[Cells]]:
    """Rows by table, ready to be asked."""
    tables: dict[str, list[Cells]] = {}
    for row in rows:
        tables.setdefault(row.table.name, []).append(Cells(row, reading, notes))
    return tables
