"""Tables by index and column, and the check that no row was skipped on the way.

Agents exist that leave out rows of large replies (Zyxel GS1920 above 55 repetitions), and nothing in a reply shows it.
The columns of one table have one set of indexes: where they differ, the column is read again in smaller replies.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Protocol

from driftline.collectors.network.snmp import ber
from driftline.collectors.network.snmp.cells import Cells
from driftline.collectors.network.snmp.denied import denied_columns
from driftline.collectors.network.snmp.peer import Limit, TableRead, TableSpec, Walk
from driftline.collectors.network.snmp.sizes import Sizes
from driftline.collectors.network.snmp.walk import Sink, Span

SKIP_QUIRK = "skips rows in large replies"


class Walking(Protocol):
    """What reading a table needs of a peer."""

    sizes: Sizes

    def read(self, span: Span, limit: Limit, largest: int, sink: Sink) -> Awaitable[Walk]:
        """Walk a span with at most so many repetitions, sharing the limit of what is in flight."""
        ...


def spans(spec: TableSpec, columns: Sequence[int]) -> list[Span]:
    """The walks that read these columns: one per unbroken range, or one over all when most are wanted."""
    wanted = sorted(set(columns))
    fence = denied_columns(spec)
    if 2 * len(wanted) > len(spec.columns) and not any(wanted[0] < one < wanted[-1] for one in fence):
        return [Span(spec.entry, wanted[0], wanted[-1])]
    ranges: list[list[int]] = []
    for column in wanted:
        if ranges and column == ranges[-1][1] + 1:
            ranges[-1][1] = column
        else:
            ranges.append([column, column])
    return [Span(spec.entry, first, last) for first, last in ranges]


async def read_table(peer: Walking, spec: TableSpec, columns: Sequence[int], limit: Limit) -> TableRead:
    """Read these columns; what could not be read is said, and what was read before is kept."""
    cells = Cells(spec.entry, frozenset(columns))
    largest = peer.sizes.now
    parts = spans(spec, columns)
    walks = list(await asyncio.gather(*[peer.read(span, limit, largest, cells) for span in parts]))
    for span, walk in zip(parts, walks, strict=True):
        cells.note_end(span, walk)
    suspected = not cells.even and not await _SkipCheck(peer, spec, limit, cells, walks, largest).passed()
    return TableRead({ber.index(index): row for index, row in cells.rows.items()}, walks, cells.bad, suspected)


@dataclass(slots=True)
class _SkipCheck:
    """Reads columns again that lack rows which others have, at half the size, until two sizes agree."""

    peer: Walking
    spec: TableSpec
    limit: Limit
    cells: Cells
    walks: list[Walk]
    size: int
    skips: bool = False

    async def passed(self) -> bool:
        """Whether every row is now beyond doubt. Once a column was caught, the others are read again."""
        first = [await self._agrees(column) for column in sorted(self.cells.wanted)]
        if not self.skips:
            return all(first)
        return all([await self._agrees(column) for column in sorted(self.cells.wanted)])

    async def _agrees(self, column: int) -> bool:
        """Whether a column has all its rows, after smaller replies. One without any row is not offered at all."""
        size = self.size if self.skips else self.size // 2
        if not self._doubtful(column):
            return True
        while True:
            before = self.cells.indexes(column)
            walk = await self.peer.read(Span(self.spec.entry, column, column), self.limit, size, self.cells)
            self.walks.append(walk)
            known = self.cells.indexes(column)
            if not walk.complete:
                self.cells.bad[column] = walk.end
                return True
            if known != before:
                self._caught(size)
            if len(walk.varbinds) == len(known):
                return True
            if not size:
                return False
            size //= 2

    def _doubtful(self, column: int) -> bool:
        """Whether it lacks rows that others have; GETNEXT alone skips nothing."""
        have = len(self.cells.indexes(column))
        return 0 < have < len(self.cells.rows) and self.size > 0 and column not in self.cells.bad

    def _caught(self, size: int) -> None:
        self.skips, self.size = True, size
        self.peer.sizes.facts.quirks.add(SKIP_QUIRK)
        self.peer.sizes.settle(size)
