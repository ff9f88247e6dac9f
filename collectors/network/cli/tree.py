"""A configuration as a tree of lines, and where the order of lines means something.

Sections are told by indentation, or by braces where the platform writes them. Lines that change by themselves, blank
ones and mere separators are left out; nothing else is, and no line is rewritten.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final

from driftline.collectors.network.cli.stamps import VOLATILE

BRACES: Final = frozenset({"juniper_junos", "paloalto_panos"})
DEEPEST = 60
"""Levels. A text that goes deeper is kept whole, its deeper lines at this level."""

_SEPARATOR = re.compile(r"\s*(?:!+|#+|end|exit|next)?\s*")
_BANNER = re.compile(r"\s*(?:no )?banner \S+ (?:\S+ )?(\^C|\S)[^\n]*|\s*banner \w+\s*")

ORDERED: Final = re.compile(
    r"""(?x)
    \s*(?:
        (?:ip(?:v6)?|mac|arp|vlan)?\ ?access-(?:list|map)\b.*  | (?:ip|ipv6)\ prefix-list\b.*
      | route-map\b.* | policy-map\b.* | class-map\b.* | (?:class|control-plane)\b.* | object-group\b.*
      | ip\ as-path\b.* | (?:ip|bgp)\ (?:ext|large-)?community-list\b.* | banner\b.* | certificate\b.*
      | event\ manager\b.* | crypto\ (?:map|isakmp\ policy|ikev2)\b.* | aaa\b.*
      | policy-statement\b.* | (?:term|filter|from-zone|rules|policies|prefix-list-filter|rule-set|rulebase)\b.*
      | config\ (?:firewall|router\ (?:access-list|prefix-list|route-map))\b.*
    )
    """
)
"""Sections among whose lines the order means something: what filters, matches or is plain text."""

FLAT: Final = re.compile(
    r"\s*(access-list \S+|(?:ip|ipv6) prefix-list \S+|ip as-path access-list \S+"
    r"|(?:ip|bgp) (?:ext|large-)?community-list (?:standard |expanded )?\S+|aaa \S+ \S+"
    r"|set (?:policy-options policy-statement \S+|firewall (?:family \S+ )?filter \S+|security (?:policies|nat) \S+)"
    r"|add (?:action|chain)=\S+)"
)
"""Lines that form an ordered list without a section of their own; group 1 names the list."""


@dataclass(slots=True)
class Section:
    """A line and the lines under it."""

    text: str
    children: list[Section] = field(default_factory=list)

    def order_of(self, child: Section) -> str | None:
        """The list in which the place of a child means something; None where it does not."""
        if ORDERED.fullmatch(self.text):
            return ""
        found = FLAT.match(child.text)
        return found[1] if found else None


def parse(text: str, platform: str) -> Section:
    """The tree of a configuration."""
    root = Section("")
    steps = _by_braces(text) if platform in BRACES else _by_indent(text)
    path = [root]
    for depth, line in steps:
        del path[min(depth, DEEPEST) + 1 :]
        section = Section(line)
        path[-1].children.append(section)
        path.append(section)
    return root


def _by_indent(text: str) -> Iterator[tuple[int, str]]:
    """Lines with their depth. Depths are those of indents that are still open; a banner's text is one level deeper."""
    indents: list[int] = []
    closing = ""
    for raw in text.split("\n"):
        line = raw.rstrip()
        if closing:
            closing = "" if closing in line else closing
            yield len(indents), line
            continue
        if _SEPARATOR.fullmatch(line) or VOLATILE.fullmatch(line):
            continue
        indent = len(line) - len(line.lstrip())
        while indents and indents[-1] >= indent:
            indents.pop()
        yield len(indents), line.lstrip()
        indents.append(indent)
        closing = _closing(line)


def _closing(line: str) -> str:
    """What ends the banner that begins here; empty if none begins, or if it ends in its own line."""
    found = _BANNER.fullmatch(line)
    if not found:
        return ""
    mark = found[1] or "EOF"
    return "" if line.count(mark) > 1 else mark


def _by_braces(text: str) -> Iterator[tuple[int, str]]:
    depth = 0
    for raw in text.split("\n"):
        line = raw.strip()
        if not line or VOLATILE.fullmatch(line):
            continue
        if re.fullmatch(r"\}[;\s]*(?:##.*)?", line):
            depth = max(depth - 1, 0)
            continue
        opens = line.endswith("{")
        yield depth, line.removesuffix("{").rstrip() if opens else line
        depth += opens


def digest(text: str, platform: str) -> str:
    """SHA-256 of what the configuration means: without lines that change by themselves, and without idle order."""
    return sha256("\n".join(canonical(parse(text, platform))).encode()).hexdigest()


def canonical(section: Section, depth: int = 0) -> Iterator[str]:
    """Lines with their depth, in one order for all texts that mean the same."""
    kept: list[tuple[str, int, tuple[str, ...]]] = []
    places: dict[str, int] = {}
    for child in section.children:
        under = tuple(canonical(child, depth + 1))
        order = section.order_of(child)
        if order is None:
            kept.append((f"{depth} {child.text}", 0, under))
        else:
            places[order] = places.get(order, 0) + 1
            kept.append((f"{depth} {order}", places[order], (f"{depth} {child.text}", *under)))
    for line, place, under in sorted(kept):
        yield from under if place else (line, *under)
