"""What a reader of files is told: all that the files themselves do not say. Handed in by value, nothing is sniffed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar

from driftline.graph.model.change_records import Decision, RfcState, RfcType
from driftline.graph.model.kinds import KINDS
from driftline.graph.model.links import LINKS
from driftline.graph.model.values import Ms

Word = TypeVar("Word", bound=StrEnum)

KIND_NAMES = tuple(kind.kind for kind in KINDS)
LINK_TYPES = tuple(link.type for link in LINKS)


@dataclass(frozen=True, slots=True)
class Words:
    """A source's words for states, types and decisions, case-folded, beside ours; ``states.yaml`` has usual ones."""

    states: Mapping[str, RfcState]
    types: Mapping[str, RfcType]
    decisions: Mapping[str, Decision]

    @classmethod
    def of(cls, said: Mapping[str, Mapping[str, list[str]]]) -> Words:
        """Turn ``{"states": {"draft": ["new", ...], ...}, "types": ..., "decisions": ...}`` around.

        Raises:
            ValueError: a word of ours that does not exist, or a word of theirs that stands for two.
        """
        unknown = sorted(set(said) - {"states", "types", "decisions"})
        if unknown:
            raise ValueError(f"{unknown[0]}: no such list of words; there are states, types and decisions")
        return cls(
            _turned(RfcState, said.get("states", {})),
            _turned(RfcType, said.get("types", {})),
            _turned(Decision, said.get("decisions", {})),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Settings of one source of files.

    ``zone``: of times without one; empty: such a time is an error. ``headers``: the file's header to our column, or to
    nothing for a column to leave out. ``separator``: inside a cell that holds a list. ``extracted_ms``: when the files
    were exported. ``full``: they hold everything there is, so what is missing is gone.
    """

    source: str
    site_key: bytes = field(repr=False)
    words: Words
    zone: str = ""
    encoding: str = "utf-8"
    delimiter: str = ","
    separator: str = ";"
    headers: Mapping[str, str] = field(default_factory=dict)
    extracted_ms: Ms | None = None
    full: bool = False


def _turned(ours: type[Word], said: Mapping[str, list[str]]) -> dict[str, Word]:
    words: dict[str, Word] = {word.value: word for word in ours}
    for name, theirs in said.items():
        if name not in set(ours):
            raise ValueError(f"{name}: not one of {', '.join(ours)}")
        for word in theirs:
            if words.setdefault(word.casefold(), ours(name)) is not ours(name):
                raise ValueError(f"{word}: stands for {words[word.casefold()]} and for {name}")
    return words
