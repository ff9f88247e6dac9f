"""What is wrong with a file, said once per place and all at once: ``windows.csv:4: start: what; what to do``.

A text never repeats what a person's column holds: logins do not belong in logs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from typing_extensions import override


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong at one place. ``line`` counts from 1; ``column`` is a header, or the path inside a document."""

    file: str
    line: int
    column: str
    what: str

    @override
    def __str__(self) -> str:
        text = ": ".join(part for part in (f"{self.file}:{self.line}", self.column, self.what) if part)
        return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)  # safe on a terminal


class BadFiles(Exception):
    """Files of which nothing was imported, with every fault in the order of files and lines."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(sorted(set(faults)))
        super().__init__("\n".join(str(fault) for fault in self.faults))


class Unusable(ValueError):
    """A cell that cannot be used; the text says why and what to write."""


def meant(name: str, known: Iterable[str]) -> str:
    """Help with an unknown name: the nearest known one, or all of them."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    return f'did you mean "{near[0]}"?' if near else f"there are {', '.join(names)}"
