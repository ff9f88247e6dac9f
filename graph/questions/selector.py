"""Which CIs a filter selects, now or at an instant (the grammar is ``graph.model.selector``, decision D38)."""

from __future__ import annotations

from collections.abc import Mapping

from driftline.graph.model.selector import On, Selector
from driftline.graph.model.values import Key, Micros
from driftline.graph.questions.population import all_of, sites
from driftline.graph.questions.viewer import Viewer
from driftline.graph.store import State, Store


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
    return tuple(key for key, state in sorted(found.items()) if selector.matches(_said(store, state, standing)))


def _said(store: Store, state: State, standing: Mapping[Key, str]) -> dict[On, tuple[str, ...]]:
    name, tags = state.attrs.get(store.model.items[state.kind].title_field), state.attrs.get("tags")
    return {
        On.KIND: (state.kind,),
        On.NAME: () if name is None else (str(name),),
        On.SITE: (standing[state.key],) if state.key in standing else (),
        On.TAG: tags if isinstance(tags, tuple) else (),
    }
