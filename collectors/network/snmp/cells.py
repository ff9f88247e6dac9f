"""The cells of a table under way, by the bytes of their index.

Nearly all bindings of a table are cells of wanted columns whose lengths take one octet each; ``take`` goes straight
from a reply to the cell, and stops at the first binding that is anything else. What is left is read the long way.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from driftline.collectors.network.snmp import ber, pdu
from driftline.collectors.network.snmp.peer import End, Walk
from driftline.collectors.network.snmp.values import END_OF_MIB_VIEW, LONGEST, NOT_A_TYPE, OCTETS, READ, Raw, Value
from driftline.collectors.network.snmp.walk import Span, column_of

HEAD = 4
"""Octets before a name whose length and whose binding's take one octet each."""

LONGEST_CELL = [NOT_A_TYPE if tag == END_OF_MIB_VIEW else octets for tag, octets in enumerate(LONGEST)]
"""Largest content of a cell. The end of the view bears the name of the last cell and is none itself."""


@dataclass(slots=True)
class Cells:
    """Rows by index, which is checked once. ``bad`` are columns that were not read to their end, and why."""

    entry: bytes
    wanted: frozenset[int]
    rows: dict[bytes, dict[int, Value]] = field(default_factory=dict)
    bad: dict[int, End] = field(default_factory=dict)
    _shapes: dict[int, dict[bytes, tuple[int, int, int, int]]] = field(default_factory=dict)
    """By the last column of a walk, and the first octets of a binding."""

    @property
    def count(self) -> int:
        """Rows so far."""
        return len(self.rows)

    def take(self, reply: pdu.Reply, last: int) -> tuple[int, bytes]:
        """See ``walk.Sink``."""
        data, at, end, before = reply.data, reply.at, reply.end, -1
        to_index = HEAD + len(self.entry) + 1
        rows, read, longest, shapes = self.rows, READ, LONGEST_CELL, self._shapes.setdefault(last, {})
        try:
            while at < end:
                shape = shapes.get(data[at : at + to_index])
                to_tag, octets, to_stop, column = shape or self._shape(data[at : at + to_index], last)
                tagged, stop = at + to_tag, at + to_stop
                tag = data[tagged]
                if data[tagged + 1] != octets or octets > longest[tag] or stop > end:
                    break
                content, index = data[stop - octets : stop], data[at + to_index : tagged]
                value = content if tag == OCTETS else read[tag](content)
                row = rows.get(index)
                if row is None:
                    row = self._row(index)
                row[column] = value
                before, at = at, stop
        except (IndexError, ber.Malformed):
            pass  # whatever it is, it is looked at closely
        if before < 0:
            return at, b""
        return at, data[before + HEAD : before + HEAD + data[before + HEAD - 1]]

    def _shape(self, head: bytes, last: int) -> tuple[int, int, int, int]:
        """The shape of a binding by its first octets, up to the column; remembered if it is a cell that is wanted."""
        shape = pdu.SHAPES.get(head[:HEAD], pdu.NO_SHAPE)
        column = head[-1]
        wanted = column in self.wanted and column <= last and column < ber.SHORT
        if not wanted or shape[0] < len(head) or head[HEAD:-1] != self.entry:
            return (*pdu.NO_SHAPE, 0)
        found = self._shapes[last][head] = (*shape, column)
        return found

    def _row(self, index: bytes) -> dict[int, Value]:
        ber.check_oid(index)
        row: dict[int, Value] = {}
        self.rows[index] = row
        return row

    def add(self, found: list[Raw]) -> None:
        """See ``walk.Sink``."""
        at = len(self.entry)
        for name, tag, content in found:
            if len(name) <= at:
                continue
            column = column_of(name, at)
            if column not in self.wanted:
                continue
            index = name[at + len(ber.part(column)) :]
            try:
                value = READ[tag](content)
            except ber.Malformed:
                self.bad[column] = End.GARBLED
                continue
            row = self.rows.get(index)
            if row is None:
                row = self._row(index)
            row[column] = value

    def note_end(self, span: Span, walk: Walk) -> None:
        """A walk that did not end well leaves the column where it stopped, and those behind it, unread."""
        if not walk.complete:
            found = walk.varbinds
            reached = column_of(found[-1].oid, len(self.entry)) if found else span.first
            self.bad |= {column: walk.end for column in self.wanted if reached <= column <= span.last}

    @property
    def even(self) -> bool:
        """Whether all rows have the same columns."""
        rows = iter(self.rows.values())
        first = next(rows, {}).keys()
        return all(row.keys() == first for row in rows)

    def indexes(self, column: int) -> set[bytes]:
        """Rows that have this column."""
        return {index for index, row in self.rows.items() if column in row}
