"""Keeps the account of a visit: what was read of each kind and group, what was withheld, what failed and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from driftline.graph.model.declare import Item
from driftline.graph.model.observed import ALL, MAX_EXCEPTIONS, MEMBERSHIP, Coverage, Status, Withheld
from driftline.graph.model.values import Ms

Scope = tuple[str, str]
"""Kind and group."""
Span = tuple[Ms, Ms]
MAX_REASONS = 20


class Account:
    """The account of one visit over the kinds that its collector reads."""

    def __init__(self, kinds: Iterable[type[Item]]) -> None:
        self._kinds = {kind.kind: kind for kind in kinds}
        self._fields = {name: fields_of(kind) for name, kind in self._kinds.items()}
        self._counts: Counter[str] = Counter()
        self._exceptions: Counter[Scope] = Counter()
        self._reasons: dict[Scope, dict[str, Status]] = {}

    def item(self, kind: str) -> None:
        """One item of the kind was read."""
        self._counts[kind] += 1

    def withheld(self, part: Withheld) -> None:
        """Fields of one item were not shown."""
        kind = part.item.kind
        fields = self._fields[kind]
        every = ALL in part.fields
        hit = groups_of(self._kinds[kind]) if every else {fields[name] for name in part.fields if name in fields}
        for group in hit:
            self._exceptions[kind, group] += 1

    def fail(self, kinds: Iterable[str], why: str, *groups: str, status: Status = Status.PARTIAL) -> None:
        """These groups (all, if none is named) of these kinds were not read completely."""
        for kind in kinds:
            for group in groups or groups_of(self._kinds[kind]):
                self._reasons.setdefault((kind, group), {})[why] = status

    def coverage(self, spans: Mapping[Scope, Span]) -> Iterator[Coverage]:
        """One row per kind and group, in declared order."""
        for name, kind in self._kinds.items():
            for group in groups_of(kind):
                start, end = spans[name, group]
                reasons = self._reasons.get((name, group), {})
                status = self._status(name, group, reasons)
                yield Coverage(name, group, status, self._counts[name], start, end, tuple(reasons)[:MAX_REASONS])

    def _status(self, kind: str, group: str, reasons: Mapping[str, Status]) -> Status:
        if Status.FAILED in reasons.values():
            return Status.FAILED
        return Status.PARTIAL if reasons or self._exceptions[kind, group] > MAX_EXCEPTIONS else Status.COMPLETE


def groups_of(kind: type[Item]) -> tuple[str, ...]:
    """Coverage groups of a kind, membership first."""
    return (MEMBERSHIP, *sorted(set(fields_of(kind).values())))


def fields_of(kind: type[Item]) -> Mapping[str, str]:
    """The group of every field of a kind."""
    attributes = {attribute.name: attribute.group for attribute in kind.attributes}
    return attributes | {relation.name: relation.group for relation in kind.relations}
