"""Who asks. Permission is an argument of every question from the first day, never of the store (decision D27)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Viewer:
    """Somebody with a right to see. Until roles exist everybody sees everything."""

    name: str

    @classmethod
    def everything(cls) -> Viewer:
        """The viewer who sees everything: the program itself, and everybody while there are no roles."""
        return cls("everything")
