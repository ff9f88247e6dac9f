"""The filter by which a request names CIs: ``kind=VirtualMachine&site=ber1,ham1&name.starts=web-&tag=env/prod``.

Keys and, comma or. Keys are kind, name, site and tag; operators are none (equal), ``.ne``, ``.contains``, ``.starts``
and ``.null``. A comma, ``&`` or ``%`` inside a value is percent-encoded. An unknown key is refused, never ignored: a
condition that is dropped would widen what was approved.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar
from urllib.parse import unquote

from driftline.graph.model.ci_text import kind_named

Choice = TypeVar("Choice", bound=StrEnum)


class SelectorError(ValueError):
    """A filter that cannot be used; the text says which part and what to write."""


class On(StrEnum):
    """What of a CI a condition looks at."""

    KIND = "kind"
    NAME = "name"
    SITE = "site"
    TAG = "tag"


class How(StrEnum):
    """How a condition compares."""

    EQ = ""
    NE = "ne"
    CONTAINS = "contains"
    STARTS = "starts"
    NULL = "null"


@dataclass(frozen=True, slots=True)
class Condition:
    """One key of a filter. ``NULL`` has the single value ``true`` or ``false``."""

    on: On
    how: How
    values: tuple[str, ...]

    def holds(self, said: tuple[str, ...]) -> bool:
        """Whether what a CI says (none, one, or several texts) fulfils the condition."""
        if self.how is How.NULL:
            return (not said) == (self.values == ("true",))
        if self.how is How.NE:
            return not set(said) & set(self.values)
        if self.how is How.EQ:
            return bool(set(said) & set(self.values))
        if self.how is How.STARTS:
            return any(text.startswith(self.values) for text in said)
        return any(value in text for text in said for value in self.values)


@dataclass(frozen=True, slots=True)
class Selector:
    """A filter: all conditions hold."""

    conditions: tuple[Condition, ...]

    def kinds(self, known: tuple[str, ...]) -> tuple[str, ...]:
        """The kinds that can fulfil it."""
        asked = [c for c in self.conditions if c.on is On.KIND]
        return tuple(kind for kind in known if all(c.holds((kind,)) for c in asked))

    def asks(self, on: On) -> bool:
        """Whether any condition looks at this."""
        return any(c.on is on for c in self.conditions)

    def matches(self, said: dict[On, tuple[str, ...]]) -> bool:
        """Whether a CI, by what it says, is selected."""
        return all(c.holds(said.get(c.on, ())) for c in self.conditions)


@dataclass(frozen=True, slots=True)
class Around:
    """A root CI and everything that up to ``depth`` links reach from it: ``in 2 RUNS_ON,STORED_ON of Datastore:ds1``.

    ``in`` reaches what depends on the root, ``out`` what the root depends on; without types every link counts.
    """

    direction: str
    depth: int
    types: tuple[str, ...]
    root: str


AROUND = re.compile(r"(in|out)\s+(\d{1,2})(?:\s+([A-Z][A-Z_,]*))?\s+of\s+(\S.*)")
MAX_DEPTH = 16


def selector(text: str, kinds: tuple[str, ...]) -> Selector:
    """Read a filter.

    Raises:
        SelectorError: an unknown key, operator or kind, no value, or nothing at all.
    """
    parts = [part for part in text.strip().lstrip("?").split("&") if part.strip()]
    if not parts:
        raise SelectorError("selects everything; write at least one condition, for example kind=VirtualMachine")
    return Selector(tuple(_condition(part, kinds) for part in parts))


def around(text: str, types: tuple[str, ...]) -> Around:
    """Read the text of a closure.

    Raises:
        SelectorError: another form, an unknown type of link, or a depth outside 1 to 16.
    """
    match = AROUND.fullmatch(text.strip())
    if match is None:
        raise SelectorError("is no closure; write for example: in 2 RUNS_ON,STORED_ON of Datastore:ds1")
    named = tuple(name for name in (match[3] or "").split(",") if name)
    if unknown := [name for name in named if name not in types]:
        raise SelectorError(f"no link type {unknown[0]}; there are {', '.join(types)}")
    if not 1 <= (depth := int(match[2])) <= MAX_DEPTH:
        raise SelectorError(f"depth {depth} is not between 1 and {MAX_DEPTH}")
    return Around(match[1], depth, named, match[4].strip())


def _condition(part: str, kinds: tuple[str, ...]) -> Condition:
    left, equals, right = part.partition("=")
    on_text, _, how_text = left.strip().partition(".")
    on, how = _one_of(On, on_text, "key", part), _one_of(How, how_text, "operator", part)
    values = tuple(unquote(value.strip()) for value in right.split(",") if value.strip())
    if not equals or not values:
        raise SelectorError(f'"{part}" has no value; write {left.strip()}=VALUE')
    if how is How.NULL and values not in {("true",), ("false",)}:
        raise SelectorError(f'"{part}": .null is true or false')
    if on is On.KIND and how in {How.EQ, How.NE}:
        values = tuple(_kind(value, kinds) for value in values)
    return Condition(on, how, values)


def _kind(value: str, kinds: tuple[str, ...]) -> str:
    kind = kind_named(value, kinds)
    if kind is None:
        raise SelectorError(f'no kind "{value}"; there are {", ".join(kinds)}')
    return kind


def _one_of(choices: type[Choice], text: str, what: str, part: str) -> Choice:
    try:
        return choices(text)
    except ValueError:
        known = ", ".join(choice.value or "none" for choice in choices)
        raise SelectorError(f'"{part}": no {what} "{text}"; there are {known}') from None
