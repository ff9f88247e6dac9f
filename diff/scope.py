"""Whether a change lies in the scope of a request or of a freeze, and how exactly the scope names its CI.

A scope names CIs as they were resolved at approval. Parts of a CI in scope are in scope (decision D8). A CI added to
the list after approval is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase

from driftline.diff.words import Change
from driftline.graph.model.change_records import Op, ScopeBy, ScopeItem
from driftline.graph.model.values import Key


class Reach(StrEnum):
    """How a scope reaches a CI, from the most exact to the coarsest."""

    EXACT = "exact"
    OWNED = "owned"
    SELECTOR = "selector"
    CLOSURE = "closure"
    CLASS = "class"


COARSENESS = {reach: number for number, reach in enumerate(Reach)}
REACHES = {
    ScopeBy.CI: Reach.EXACT,
    ScopeBy.NEW: Reach.SELECTOR,
    ScopeBy.SELECTOR: Reach.SELECTOR,
    ScopeBy.CLOSURE: Reach.CLOSURE,
    ScopeBy.CLASS: Reach.CLASS,
}


@dataclass(frozen=True, slots=True)
class Scope:
    """A list of scope items made ready to be asked.

    ``cis``: what was resolved. ``late``: CIs added after approval, and when; they are not in scope. ``unbound``: items
    that also, or only, mean CIs nobody could list (new or dynamic ones).
    """

    cis: Mapping[Key, Reach] = field(default_factory=dict)
    late: Mapping[Key, int] = field(default_factory=dict)
    unbound: tuple[ScopeItem, ...] = ()
    everything: bool = False
    broadest: int = 0

    @classmethod
    def of(cls, items: Iterable[ScopeItem], approved_ms: int | None, *, everything: bool = False) -> Scope:
        """Prepare scope items; ``approved_ms`` ``None``: nothing is late."""
        cis: dict[Key, Reach] = {}
        late: dict[Key, int] = {}
        unbound: list[ScopeItem] = []
        broadest = 0
        for item in items:
            if item.added_ms is not None and approved_ms is not None and item.added_ms > approved_ms:
                late |= {ci: min(item.added_ms, late.get(ci, item.added_ms)) for ci in item.cis}
                continue
            cis |= {ci: _finer(REACHES[item.by], cis.get(ci)) for ci in item.cis}
            if item.dynamic or item.by is ScopeBy.NEW:
                unbound.append(item)
            if item.by is not ScopeBy.CI:
                broadest = max(broadest, len(item.cis))
        return cls(cis, late, tuple(unbound), everything, broadest)


NOTHING = Scope()
NO_TEXTS: frozenset[str] = frozenset()


def reach(scope: Scope, change: Change, dynamic: frozenset[str] = NO_TEXTS) -> Reach | None:
    """How the scope reaches the changed CI, ``None`` if it does not; ``OWNED`` only if it does not name the CI itself.

    ``dynamic``: texts of the dynamic scope items that contain the CI as resolved when the change happened.
    """
    if scope.everything:
        return Reach.CLASS
    found = scope.cis.get(change.ci)
    if found is Reach.EXACT:
        return found
    for item in scope.unbound:
        if _means(item, change, dynamic):
            found = _finer(REACHES[item.by], found)
    if found is None and any(owner in scope.cis for owner in change.owners):
        return Reach.OWNED
    return found


def added_late(scope: Scope, change: Change) -> int | None:
    """When the changed CI, or an owner of it, was added to the list after approval; ``None`` if it was not."""
    return min((scope.late[ci] for ci in (change.ci, *change.owners) if ci in scope.late), default=None)


def asks_for(scope: Scope, change: Change) -> bool:
    """Whether the change is the coming of a CI that the scope describes as new."""
    return any(item.by is ScopeBy.NEW and _means(item, change, NO_TEXTS) for item in scope.unbound)


def _means(item: ScopeItem, change: Change, dynamic: frozenset[str]) -> bool:
    if item.by is not ScopeBy.NEW:
        return item.text in dynamic or (item.by is ScopeBy.CLASS and item.dynamic and item.kind == change.ci_kind)
    return (
        change.op is Op.CREATE
        and change.ci_kind == item.kind
        and fnmatchcase(change.title, item.pattern)
        and (item.parent is None or item.parent in change.owners or item.parent in change.parents)
    )


def _finer(one: Reach, other: Reach | None) -> Reach:
    return one if other is None or COARSENESS[one] <= COARSENESS[other] else other
