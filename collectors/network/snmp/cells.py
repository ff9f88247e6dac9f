"""The cells of a table under way, by the bytes of their index.

Nearly all bindings of a table are cells of wanted columns whose lengths take one octet each; ``take`` goes straight
from a reply to the cell, and stops at the first binding that is anything else. What is left is read the long way.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from driftline.collectors.network.snmp import ber, pdu
from driftline.collectors.network.snmp.peer import End, Walk
from driftline.collectors.network.snmp.values import LONGEST, OCTETS, READ, Raw, Value
from driftline.collectors.network.snmp.walk import Span, column_of

HEAD = 4
"""Octets before a name whose length and whose binding's take one octet each."""


@dataclass(slots=True)
class Cells:
    """Rows by index, which is checked once. ``bad`` are columns that were not read to their end, and why."""

    entry: bytes
    wanted: frozenset[int]
    rows: dict[bytes, dict[int, Value]] = field(default_factory=dict)
    bad: dict[int, End] = field(default_factory=dict)
    _shapes: dict[bytes, tuple[int, int, int]] = field(default_factory=dict)
    _up_to: dict[int, frozenset[int]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Rows so far."""
        return len(self.rows)

    def take(self, reply: pdu.Reply, last: int) -> tuple[int, bytes]:
        """See ``walk.Sink``."""
        if (wanted := self._up_to.get(last)) is None:
            wanted = self._up_to[last] = frozenset(column for column in self.wanted if column <= last)
        data, at, end = reply.data, reply.at, reply.end
        to_column = HEAD + len(self.entry)
        to_index = to_column + 1
        shapes, rows, read, longest = self._shapes, self.rows, READ, LONGEST
        name = tagged = 0
        try:
            while at < end:
                to_tag, octets, to_stop = shapes.get(data[at : at + to_column]) or self._shape(data, at)
                stop, column = at + to_stop, data[at + to_column]
                tag = data[at + to_tag]
                if data[at + to_tag + 1] != octets or octets > longest[tag] or column not in wanted or stop > end:
                    break
                content, index = data[stop - octets : stop], data[at + to_index : at + to_tag]
                value = content if tag == OCTETS else read[tag](content)
                row = rows.get(index)
                if row is None:
                    row = self._row(index)
                row[column] = value
                name, tagged, at = at + HEAD, at + to_tag, stop
        except (IndexError, ber.Malformed):
            pass  # whatever it is, it is looked at closely
        return at, data[name:tagged]

    def _shape(self, data: bytes, at: int) -> tuple[int, int, int]:
        """The shape of a binding by its first octets, which hold the entry too; remembered if it is one."""
        head = data[at : at + HEAD + len(self.entry)]
        shape = pdu.SHAPES.get(head[:HEAD], pdu.NO_SHAPE)
        if shape[0] > len(head) and head.endswith(self.entry):
            self._shapes[head] = shape
            return shape
        return pdu.NO_SHAPE

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
