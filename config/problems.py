"""What is wrong with a configuration, said so that a person can repair it: place, path, message, line with caret."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from typing_extensions import override

Path = tuple[str | int, ...]
"""Way to a value inside a document: ``("targets", 1, "every")``."""


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """A place in a text; both count from 1, as editors do."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to repair. ``source`` is a file or the name of an environment variable."""

    source: str
    mark: Mark | None
    path: str
    message: str
    line: str = ""

    @override
    def __str__(self) -> str:
        """``driftline.yaml:14:5 http.bnid: unknown key; did you mean "bind"?`` and the line with a caret."""
        place = f"{self.source}:{self.mark.line}:{self.mark.column}" if self.mark else self.source
        head = f"{place} {self.path}: {self.message}" if self.path else f"{place}: {self.message}"
        if not self.mark or not self.line:
            return head
        lead = "".join(c if c == "\t" else " " for c in self.line[: self.mark.column - 1])
        return f"{head}\n    {self.line}\n    {lead}^"


class ConfigurationError(Exception):
    """The configuration cannot be used; ``problems`` holds all that was found, in the order of the file."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=_place))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def dotted(path: Path) -> str:
    """``("targets", 1, "every")`` as ``targets[1].every``."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".")


def nearest(word: str, known: Iterable[str]) -> str:
    """``; did you mean "every"?``, or nothing when no known word is near."""
    near = get_close_matches(word.lower(), {name.lower(): name for name in known}, n=1, cutoff=0.6)
    spelled = {name.lower(): name for name in known}
    return f'; did you mean "{spelled[near[0]]}"?' if near else ""


def _place(problem: Problem) -> tuple[str, Mark, str]:
    return problem.source, problem.mark or Mark(0, 0), problem.path
