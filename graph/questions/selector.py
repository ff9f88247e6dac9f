"""Which CIs a filter selects, now or at an instant (the grammar is ``graph.model.selector``, decision D38)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from driftline.graph.lookup import PIECE
from driftline.graph.model.selector import On, Selector
from driftline.graph.model.values import Key, Micros, Value
from driftline.graph.questions.population import all_of, sites
from driftline.graph.questions.viewer import Viewer
from driftline.graph.store import Cursor, Row, State, Store


def selected(viewer: Viewer, store: Store, selector: Selector, *, at: Micros | None = None) -> tuple[Key, ...]:
    """Keys of the CIs that fulfil every condition, sorted. Without ``at`` those that live now.

    A CI stands at the site of the nearest thing it is part of, runs on or is managed by.
    """
    found: dict[Key, State] = {}
    for kind in selector.kinds(tuple(store.model.items)):
        found |= all_of(viewer, store, kind, at=at)
    if at is None:
        found = {key: state for key, state in found.items() if state.deleted is None}
    standing = sites(viewer, store, sorted(found), at=at) if selector.asks(On.SITE) else {}
    told = ((key, _said(store, state.kind, state.attrs, standing.get(key))) for key, state in sorted(found.items()))
    return tuple(key for key, said in told if selector.matches(said))


def living(viewer: Viewer, store: Store, selector: Selector, *, after: str = "") -> Iterator[Key]:
    """Keys of the CIs that fulfil every condition now, sorted, those behind ``after``; read as they are taken.

    A key begins with its kind and a point, so the order of the kinds is that of the keys.
    """
    for kind in sorted(selector.kinds(tuple(store.model.items)), key=_prefix):
        begin = Cursor(after, after) if after.startswith(_prefix(kind)) else None
        if begin is None and _prefix(kind) < after:
            continue
        while rows := store.find(kind, after=begin, limit=PIECE):
            yield from _fitting(viewer, store, selector, rows)
            begin = Cursor(rows[-1].id, rows[-1].id)


def _fitting(viewer: Viewer, store: Store, selector: Selector, rows: Sequence[Row]) -> Iterator[Key]:
    keys = [Key(row.id) for row in rows]
    standing = sites(viewer, store, keys) if selector.asks(On.SITE) else {}
    for key, row in zip(keys, rows, strict=True):
        if selector.matches(_said(store, row.kind, row.body, standing.get(key))):
            yield key


def _prefix(kind: str) -> str:
    return f"{kind}."


def _said(store: Store, kind: str, attrs: Mapping[str, Value], site: str | None) -> dict[On, tuple[str, ...]]:
    name, tags = attrs.get(store.model.items[kind].title_field), attrs.get("tags")
    return {
        On.KIND: (kind,),
        On.NAME: () if name is None else (str(name),),
        On.SITE: () if site is None else (site,),
        On.TAG: tags if isinstance(tags, tuple) else (),
    }
