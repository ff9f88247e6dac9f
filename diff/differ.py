"""The one comparison: what a source says now of a CI against what the same source said last.

Like is only ever compared with like. What was not shown keeps its last value and makes no difference; absence of a CI
is not decided here (see ``absence``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from driftline.graph.model.change_records import Op
from driftline.graph.model.declare import Item, Volatility
from driftline.graph.model.facts import Ends, Facet, Seen
from driftline.graph.model.values import Key, Value, canonical_json, digest, same

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Difference:
    """One path that differs. Values are attribute values, or CI keys where the path is a link type.

    An empty path stands for the CI itself (create, delete).
    """

    path: str
    op: Op
    old: Value
    new: Value
    group: str
    changes: Volatility
    link: bool = False

    @property
    def name(self) -> str:
        """The field as facets and coverage know it: the attribute's name, or the link type."""
        return self.path.upper() if self.link else self.path


@dataclass(frozen=True, slots=True)
class Delta:
    """What differs for one CI, and what its facet is from now on."""

    ci: Key
    kind: str
    attrs: Mapping[str, Value]
    links: Mapping[str, Ends]
    differences: tuple[Difference, ...]
    first: bool
    settled: bool = True


@dataclass(frozen=True, slots=True)
class Path:
    """How differences of one field of a kind are told."""

    name: str
    group: str
    changes: Volatility
    many: bool = False


@dataclass(frozen=True, slots=True)
class Comparable:
    """The paths of one kind, with volatility as the platform's file refines it."""

    kind: str
    attrs: tuple[Path, ...]
    links: tuple[Path, ...]

    @classmethod
    def of(cls, kind: type[Item], refined: Mapping[str, Volatility]) -> Comparable:
        """Make the list of paths of a kind; ``refined`` maps ``Kind.field`` to a class."""

        def changes(name: str, declared: Volatility) -> Volatility:
            return refined.get(f"{kind.kind}.{name}", declared)

        attrs = (Path(a.name, a.group, changes(a.name, a.changes)) for a in kind.attributes if a.name in kind.kept)
        links = (Path(r.type, r.group, changes(r.name, r.changes), r.many) for r in kind.relations)
        return cls(kind.kind, tuple(attrs), tuple(links))

    def unread(self, incomplete: Iterable[str]) -> frozenset[str]:
        """Names of the fields whose group was not read completely."""
        groups = set(incomplete)
        return frozenset(p.name for p in (*self.attrs, *self.links) if p.group in groups)


def fingerprint(attrs: Mapping[str, Value], schema: int) -> str:
    """Digest of a facet's attributes; another schema of the collector gives another digest (a re-base)."""
    return digest(str(schema), canonical_json(attrs))


def links_fingerprint(links: Mapping[str, Ends]) -> str:
    """Digest of a facet's links; a type without ends is left out."""
    return digest(canonical_json({type_: ends for type_, ends in links.items() if ends}))


def kept(
    seen: Seen, known: Facet | None, unread: frozenset[str], many: frozenset[str] = frozenset()
) -> tuple[dict[str, Value], dict[str, Ends]]:
    """Attributes and links of the facet after this visit: what was shown, and the last word for what was not.

    ``many``: types of links that may have several ends; where some of them were withheld, those shown are there too.
    """
    if known is None:
        return dict(seen.attrs), dict(seen.links)
    hidden = seen.withheld | unread
    if not hidden:
        return dict(seen.attrs), dict(seen.links)
    attrs = {**_without(seen.attrs, hidden), **_only(known.attrs, hidden)}
    links = {**_without(seen.links, hidden), **_only(known.links, hidden)}
    for name in (many & seen.withheld) - unread:
        links[name] = tuple(sorted({*known.links.get(name, ()), *seen.links.get(name, ())}))
    return dict(sorted(attrs.items())), links


def compare(known: Facet | None, seen: Seen, paths: Comparable, unread: frozenset[str] = frozenset()) -> Delta:
    """Compare one CI.

    Args:
        known: the facet so far; ``None`` if the source never spoke of the CI, ``gone`` if it had ended.
        seen: what was seen now.
        paths: the kind's comparable paths.
        unread: fields whose group is not complete in this visit.
    """
    attrs, links = kept(seen, known, unread, frozenset(path.name for path in paths.links if path.many))
    if known is None or known.gone:
        born = (Difference("", Op.CREATE, None, None, "membership", Volatility.CONFIG),)
        return Delta(seen.ci, seen.kind, attrs, links, born, first=True, settled=seen.settled)
    differences = [*_attributes(known.attrs, attrs, paths), *_links(known.links, links, paths)]
    return Delta(seen.ci, seen.kind, attrs, links, tuple(differences), first=False, settled=seen.settled)


def _without(values: Mapping[str, T], names: frozenset[str]) -> dict[str, T]:
    return {name: value for name, value in values.items() if name not in names}


def _only(values: Mapping[str, T], names: frozenset[str]) -> dict[str, T]:
    return {name: value for name, value in values.items() if name in names}


def _attributes(old: Mapping[str, Value], new: Mapping[str, Value], paths: Comparable) -> Iterable[Difference]:
    for path in paths.attrs:
        before, after = old.get(path.name), new.get(path.name)
        if not same(before, after):
            op = Op.ADD if before is None else Op.REMOVE if after is None else Op.SET
            yield Difference(path.name, op, before, after, path.group, path.changes)


def _links(old: Mapping[str, Ends], new: Mapping[str, Ends], paths: Comparable) -> Iterable[Difference]:
    for path in paths.links:
        before, after = old.get(path.name, ()), new.get(path.name, ())
        if before == after:
            continue
        name = path.name.lower()
        if not path.many and before and after:
            yield Difference(name, Op.SET, before[0], after[0], path.group, path.changes, link=True)
            continue
        for end in sorted(set(before) - set(after)):
            yield Difference(name, Op.UNRELATE, end, None, path.group, path.changes, link=True)
        for end in sorted(set(after) - set(before)):
            yield Difference(name, Op.RELATE, None, end, path.group, path.changes, link=True)
