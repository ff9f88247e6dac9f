"""Explains how two configurations differ: lines added, removed and moved, each with the section it stands in.

Pure and deterministic. A moved line is told only where order means something; a secret that was rotated is a line
removed and one added, as its digest changed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from driftline.collectors.network.cli.tree import Section, canonical, parse


class Mark(StrEnum):
    """What happened to a line."""

    ADDED = "+"
    REMOVED = "-"
    MOVED = "~"


@dataclass(frozen=True, slots=True)
class Line:
    """A line that differs, under the lines of ``path`` from the top."""

    mark: Mark
    path: tuple[str, ...]
    text: str


def differ(old: str, new: str, platform: str) -> tuple[Line, ...]:
    """How the new text differs from the old one, in the order of the old text, additions last in each section."""
    return tuple(_differ(parse(old, platform), parse(new, platform), ()))


def shown(lines: Sequence[Line]) -> str:
    """The difference as people read it: sections once, differing lines marked and indented below them."""
    printed: list[str] = []
    before: tuple[str, ...] = ()
    for line in lines:
        same = next((n for n, (a, b) in enumerate(zip(before, line.path, strict=False)) if a != b), None)
        start = min(len(before), len(line.path)) if same is None else same
        printed += [f"  {'  ' * depth}{line.path[depth]}" for depth in range(start, len(line.path))]
        printed.append(f"{line.mark} {'  ' * len(line.path)}{line.text}")
        before = line.path
    return "\n".join(printed)


def _differ(old: Section, new: Section, path: tuple[str, ...]) -> Iterator[Line]:
    partners = _partners(old, new)
    moved = {id(child) for child in _moved(old, new, partners)}
    for child in old.children:
        partner = partners.get(id(child))
        if partner is None:
            yield from _whole(Mark.REMOVED, child, path)
            continue
        if id(child) in moved:
            yield Line(Mark.MOVED, path, child.text)
        yield from _differ(child, partner, (*path, child.text))
    taken = {id(partner) for partner in partners.values()}
    for child in new.children:
        if id(child) not in taken:
            yield from _whole(Mark.ADDED, child, path)


def _whole(mark: Mark, section: Section, path: tuple[str, ...]) -> Iterator[Line]:
    yield Line(mark, path, section.text)
    for child in section.children:
        yield from _whole(mark, child, (*path, section.text))


def _partners(old: Section, new: Section) -> dict[int, Section]:
    """By id of an old child, the new child of the same text; where a text stands twice, what is alike goes together."""
    waiting = _by_text(new)
    return {
        id(child): partner
        for text, children in _by_text(old).items()
        for child, partner in zip(children, waiting.get(text, ()), strict=False)
    }


def _by_text(section: Section) -> dict[str, list[Section]]:
    found: dict[str, list[Section]] = {}
    for child in section.children:
        found.setdefault(child.text, []).append(child)
    for children in found.values():
        if len(children) > 1:
            children.sort(key=lambda child: tuple(canonical(child)))
    return found


def _moved(old: Section, new: Section, partners: dict[int, Section]) -> Iterator[Section]:
    """Old children that stand elsewhere now, the fewest that explain it, where their order means something."""
    places = {id(child): place for place, child in enumerate(new.children)}
    groups: dict[str, list[tuple[int, Section]]] = {}
    for child in old.children:
        order = old.order_of(child)
        if order is not None and id(child) in partners:
            groups.setdefault(order, []).append((places[id(partners[id(child)])], child))
    for group in groups.values():
        stay = _longest_rise([place for place, _ in group])
        yield from (child for n, (_, child) in enumerate(group) if n not in stay)


def _longest_rise(places: Sequence[int]) -> set[int]:
    """Positions of a longest rising run: what need not have moved."""
    ends: list[int] = []
    at: list[int] = []
    before: list[int] = []
    for n, place in enumerate(places):
        length = bisect_left(ends, place)
        ends[length : length + 1] = [place]
        at[length : length + 1] = [n]
        before.append(at[length - 1] if length else -1)
    stay: set[int] = set()
    n = at[-1] if at else -1
    while n >= 0:
        stay.add(n)
        n = before[n]
    return stay
