"""Which CIs there are: by kind, and by the filter in which requests name them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from driftline.graph.model.selector import Selector
from driftline.graph.model.values import Key, Micros
from driftline.graph.questions.names import names, read_all
from driftline.graph.questions.page import Page
from driftline.graph.questions.population import sites
from driftline.graph.questions.selector import living, selected
from driftline.graph.questions.times import when
from driftline.graph.questions.viewer import Viewer
from driftline.graph.store import Cursor, Store


@dataclass(frozen=True, slots=True)
class ItemRow:
    """A CI in a list."""

    ci: Key
    kind: str
    name: str
    site: str | None
    source: str
    created_at: datetime


EVERYTHING = Selector(())


def items(
    viewer: Viewer,
    store: Store,
    filter_: Selector = EVERYTHING,
    *,
    after: Cursor | None = None,
    limit: int = 50,
    at: Micros | None = None,
) -> Page[ItemRow]:
    """CIs that fulfil a filter, by key. Without ``at`` those that live now, of which no more are read than it takes.

    Who lived at an instant is not in an index: a page of the past goes through all that ever lived.
    """
    begin = after.id if after else ""
    if at is None:
        keys = living(viewer, store, filter_, after=begin)
    else:
        keys = (key for key in selected(viewer, store, filter_, at=at) if key > begin)
    found = list(islice(keys, limit + 1))
    shown = found[:limit]
    more = Cursor(shown[-1], shown[-1]) if len(found) > limit else None
    return Page(_rows(viewer, store, shown, at), more)


def _rows(viewer: Viewer, store: Store, keys: Sequence[Key], at: Micros | None) -> tuple[ItemRow, ...]:
    known, standing = names(viewer, store, keys, at=at), sites(viewer, store, keys, at=at)
    states = read_all(store, keys, at=at)
    return tuple(
        ItemRow(key, s.kind, known[key].name, standing.get(key), s.source, when(s.created))
        for key, s in sorted(states.items())
    )
