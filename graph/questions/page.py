"""A part of a long answer, and where the next part begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from driftline.graph.store import Cursor

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Page(Generic[Answer]):
    """Rows in order; ``after`` goes on with the next page, ``None``: these are the last."""

    rows: tuple[Answer, ...]
    after: Cursor | None = None
