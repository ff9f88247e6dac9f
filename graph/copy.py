"""From one store into another, whichever program keeps it: rows, times and history, proved equal before it counts.

The book, and with it the schema number without which no store opens, is written last. A copy that was interrupted
leaves a target that refuses to open: empty it and copy again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b

from driftline.graph.dump import line
from driftline.graph.errors import StoreDamaged
from driftline.graph.store import Family, Store, StoreRow

ROWS = tuple(family for family in Family if family is not Family.BOOK)


@dataclass(frozen=True, slots=True)
class Print:
    """How many rows, and the sum of their digests (blake2b-128, mod 2^128): equal sets, in any order."""

    count: int = 0
    sum: int = 0

    def plus(self, row: StoreRow) -> Print:
        """The print with one more row."""
        one = int.from_bytes(blake2b(line(row).encode(), digest_size=16).digest())
        return Print(self.count + 1, (self.sum + one) % 2**128)


def copy(source: Store, target: Store) -> Mapping[Family, Print]:
    """Fill the empty target; return the print of each family. Nobody may write to the source meanwhile.

    Raises:
        Conflict: the target holds something.
        StoreLocked: somebody writes to the source.
        StoreDamaged: the target does not hold what was written.
    """
    with source.lease("copy"):
        sent: dict[Family, Print] = {}
        target.load(_counted(source.export(ROWS), sent))
        kept = fingerprint(target.export(ROWS))
        if wrong := [family for family in ROWS if sent.get(family) != kept.get(family)]:
            raise StoreDamaged(f"copy: the target differs in {', '.join(wrong)}; empty it and copy again")
        target.load(source.export((Family.BOOK,)))
    return sent


def fingerprint(rows: Iterable[StoreRow]) -> dict[Family, Print]:
    """Print of each family that has rows."""
    prints: dict[Family, Print] = {}
    for _ in _counted(rows, prints):
        pass
    return prints


def _counted(rows: Iterable[StoreRow], prints: dict[Family, Print]) -> Iterator[StoreRow]:
    for row in rows:
        prints[row.family] = prints.get(row.family, Print()).plus(row)
        yield row
