"""What identity asks of a store, answered in few round trips."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from driftline.graph.model.declare import Strength
from driftline.graph.model.values import Key
from driftline.graph.resolve import Hit
from driftline.graph.store import Compare, Cond, Row, Store

T = TypeVar("T")

PIECE = 5_000
"""Keys asked at once."""

STRENGTHS = {strength.value: strength for strength in Strength}


class StoreLookup:
    """Aliases, keys and lives of CIs as the store knows them (see ``resolve.Lookup``)."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def aliases(self, texts: Sequence[str]) -> Mapping[str, Hit]:
        """Where these keys lead; unknown ones are left out."""
        rows = [row for piece in pieces(texts) for row in self._find("id", Compare.IN, piece)]
        return self._hits(rows)

    def keys_of(self, ci: Key) -> Mapping[str, Hit]:
        """All keys that lead to a CI."""
        return self._hits(self._find("ci", Compare.EQ, ci))

    def existing(self, keys: Sequence[Key]) -> frozenset[Key]:
        """Which of these CIs exist, ended ones included."""
        return frozenset(key for piece in pieces(keys) for key in self.store.read([Key(k) for k in piece]))

    def ended(self, keys: Sequence[Key]) -> frozenset[Key]:
        """Which of these CIs have ended."""
        states = (self.store.read(piece) for piece in pieces(keys))
        return frozenset(key for read in states for key, state in read.items() if state.deleted is not None)

    def alive(self, ci: Key, but: str) -> bool:
        """Whether the CI lives and another source than ``but`` sights it."""
        state = self.store.read([ci]).get(ci)
        if state is None or state.deleted is not None:
            return False
        return any(s.source != but for s in self.store.sightings([ci]).get(ci, ()))

    def _find(self, field: str, op: Compare, value: object) -> list[Row]:
        return self.store.find("Alias", [Cond(field, op, value)], limit=PIECE)

    @staticmethod
    def _hits(rows: Sequence[Row]) -> dict[str, Hit]:
        return {row.id: Hit(Key(row.body["ci"]), row.body["key"], STRENGTHS[row.body["strength"]]) for row in rows}


def pieces(keys: Sequence[T]) -> Iterator[Sequence[T]]:
    """Keys in pieces that a store takes at once."""
    for start in range(0, len(keys), PIECE):
        yield keys[start : start + PIECE]
