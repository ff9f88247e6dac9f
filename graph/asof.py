"""An item at an instant, from what it is now and from its past. Pure, and the same for both stores."""

from __future__ import annotations

from collections.abc import Iterable

from driftline.graph.model.facts import Past
from driftline.graph.model.values import Micros
from driftline.graph.store import GAP, State


def as_of(now: State, past: Iterable[Past], at: Micros) -> State | None:
    """Return the item as it was, or None if it did not exist then. Intervals are half-open: [since, until)."""
    if now.created > at or (now.deleted is not None and now.deleted <= at):
        return None
    born = (now.created, now.source)
    told = {name: now.meta.get(name, born) for name in now.attrs}
    attrs = {name: value for name, value in now.attrs.items() if told[name][0] <= at}
    meta = {name: told[name] for name in attrs}
    for row in past:
        if row.since <= at < row.until:
            if row.attr == GAP:
                return None
            attrs[row.attr], meta[row.attr] = row.value, (row.since, row.source)
    apart = {name: said for name, said in meta.items() if said != born}
    return State(now.key, now.kind, attrs, apart, now.source, now.created, None)
