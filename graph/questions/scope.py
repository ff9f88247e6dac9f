"""What a request's scope means in CIs: texts bound, filters and closures resolved as of the approval.

A line that means no CI says why in ``unresolved`` and matches none. A CI that comes under a filter after the approval
was not approved, unless the line is dynamic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from driftline.graph.model.change_records import ExpectedChange, RfcVersion, ScopeBy, ScopeItem
from driftline.graph.model.ci_text import CiText
from driftline.graph.model.selector import Condition, How, On, Selector, SelectorError, around, selector
from driftline.graph.model.values import Key, Micros, Ms, known_at
from driftline.graph.questions.binding import Ambiguous, Binding, Bound, bind_all
from driftline.graph.questions.population import all_of
from driftline.graph.questions.selector import selected
from driftline.graph.questions.viewer import Viewer
from driftline.graph.store import Direction, Store

RESOLVED = frozenset({ScopeBy.SELECTOR, ScopeBy.CLOSURE, ScopeBy.CLASS})


def texts_of(version: RfcVersion) -> tuple[CiText, ...]:
    """Every CI that the version names by text, for ``bind_all``."""
    named = {ask for item in version.scope if (ask := _ask(item))}
    return tuple(sorted(named | {CiText(line.ci) for line in version.expected if line.ci}))


def bound(version: RfcVersion, bindings: Mapping[CiText, Binding]) -> RfcVersion:
    """The version with its texts bound to CIs. Binding a bound version again changes nothing that still holds."""
    scope = tuple(_bound_item(item, bindings) for item in version.scope)
    expected = tuple(_bound_line(line, bindings) for line in version.expected)
    return replace(version, scope=scope, expected=expected)


def resolved(
    viewer: Viewer, store: Store, version: RfcVersion, approved_ms: Ms | None, known: RfcVersion | None = None
) -> RfcVersion:
    """The version with filters, closures and classes resolved as of its approval.

    Before approval (``None``) the present set is taken, which is not final. If the estate was first read after the
    approval, the present set is taken and marked assumed; ``known``, the version as stored, then keeps it.
    """
    before = {_words(item): item for item in known.scope if item.assumed} if known and approved_ms is not None else {}
    items = tuple(
        before.get(_words(item)) or _resolved_item(viewer, store, item, approved_ms) if item.by in RESOLVED else item
        for item in version.scope
    )
    return replace(version, scope=items)


def meant(viewer: Viewer, store: Store, item: ScopeItem, *, at: Micros | None = None) -> tuple[Key, ...]:
    """The CIs that a filter, closure or class means, now or at an instant.

    Raises:
        SelectorError: the text is not of the form, or the root of a closure is not one known CI.
    """
    if item.by is ScopeBy.CLOSURE:
        return _reached(viewer, store, item.text, at)
    if item.by is ScopeBy.CLASS:
        return selected(viewer, store, Selector((Condition(On.KIND, How.EQ, (item.kind,)),)), at=at)
    return selected(viewer, store, selector(item.text, tuple(store.model.items)), at=at)


def _ask(item: ScopeItem) -> CiText | None:
    if item.by is ScopeBy.CI:
        return CiText(item.text, item.kind)
    return CiText(item.text) if item.by is ScopeBy.NEW and item.text else None


def _bound_item(item: ScopeItem, bindings: Mapping[CiText, Binding]) -> ScopeItem:
    ask = _ask(item)
    if ask is None:
        return item
    found = bindings.get(ask)
    if not isinstance(found, Bound):
        return item if item.cis or item.parent else replace(item, unresolved=_why(ask, found))
    if item.by is ScopeBy.NEW:
        return replace(item, parent=found.ci, unresolved="")
    return replace(item, cis=(found.ci,), unresolved="")


def _bound_line(line: ExpectedChange, bindings: Mapping[CiText, Binding]) -> ExpectedChange:
    found = bindings.get(CiText(line.ci)) if line.ci else None
    return replace(line, ci=found.ci) if isinstance(found, Bound) else line


def _why(ask: CiText, found: Binding | None) -> str:
    if isinstance(found, Ambiguous):
        return f'"{ask.text}" may be any of {", ".join(found.cis)}'
    return f'"{ask.text}" is no known CI'


def _resolved_item(viewer: Viewer, store: Store, item: ScopeItem, approved_ms: Ms | None) -> ScopeItem:
    try:
        at = None if approved_ms is None else known_at(approved_ms)
        cis = meant(viewer, store, item, at=at)
        assumed = at is not None and not cis and not _was_read(viewer, store, item, at)
        if assumed:
            cis = meant(viewer, store, item)
    except SelectorError as error:
        return replace(item, cis=(), unresolved=str(error))
    return replace(item, cis=cis, assumed=assumed and bool(cis), unresolved="" if cis else "means no known CI")


def _was_read(viewer: Viewer, store: Store, item: ScopeItem, at: Micros) -> bool:
    """Whether any CI of the kinds that the line is about was known at that instant."""
    kinds = tuple(store.model.items)
    if item.by is ScopeBy.SELECTOR:
        kinds = selector(item.text, kinds).kinds(kinds)
    elif item.by is ScopeBy.CLASS:
        kinds = (item.kind,)
    return any(all_of(viewer, store, kind, at=at) for kind in kinds)


def _reached(viewer: Viewer, store: Store, text: str, at: Micros | None) -> tuple[Key, ...]:
    closure = around(text, tuple(store.model.links))
    ask = CiText(closure.root)
    root = bind_all(viewer, store, [ask])[ask]
    if not isinstance(root, Bound):
        raise SelectorError(_why(ask, root))
    found = store.closure([root.ci], Direction(closure.direction), closure.types, depth=closure.depth, at=at)
    if found.truncated:
        raise SelectorError(f"reaches more than {len(found.depth)} CIs; name fewer")
    return tuple(sorted({root.ci, *found.depth}))


def _words(item: ScopeItem) -> tuple[str, ...]:
    return item.by.value, item.text, item.kind, item.pattern
