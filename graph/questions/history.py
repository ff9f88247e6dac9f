"""What a CI was: every value with the time in which it held, and the difference between two instants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from driftline.graph.model.facts import Past
from driftline.graph.model.values import Key, Micros, Value, same
from driftline.graph.questions.names import call, names
from driftline.graph.questions.times import when
from driftline.graph.questions.values import shown
from driftline.graph.questions.viewer import Viewer
from driftline.graph.store import GAP, Direction, State, Store

EXISTS = "exists"
"""Stands in a history for the CI itself."""


@dataclass(frozen=True, slots=True)
class Held:
    """A value that held from ``since_at`` until ``until_at`` (``None``: it still does)."""

    path: str
    value: Value
    source: str
    since_at: datetime
    until_at: datetime | None
    run: str = ""


@dataclass(frozen=True, slots=True)
class Differs:
    """A path with its value (or the names of its link's ends) at both instants; ``None``: nothing then."""

    path: str
    then: Value
    now: Value


def history(
    _viewer: Viewer, store: Store, ci: Key, *, since: Micros | None = None, until: Micros | None = None
) -> tuple[Held, ...]:
    """Past values that held at some time in [since, until), and present ones, oldest first."""
    state = store.read([ci]).get(ci)
    if state is None:
        return ()
    rows = [_past(row) for row in store.revisions([ci], since=since, until=until)]
    rows += [held for held in _present(state) if until is None or held.since_at < when(until)]
    return tuple(sorted(rows, key=lambda held: (held.since_at, held.path)))


def difference(viewer: Viewer, store: Store, ci: Key, then: Micros, now: Micros | None) -> tuple[Differs, ...]:
    """What differs in values and links between two instants; ``now`` ``None`` means the present."""
    before, after = _at(viewer, store, ci, then), _at(viewer, store, ci, now)
    paths = sorted({*before, *after})
    return tuple(
        Differs(path, before.get(path), after.get(path))
        for path in paths
        if not same(before.get(path), after.get(path))
    )


def _past(row: Past) -> Held:
    if row.attr == GAP:
        return Held(EXISTS, False, row.source, when(row.since), when(row.until), row.run)  # noqa: FBT003 -- a value
    return Held(row.attr, shown(row.attr, row.value), row.source, when(row.since), when(row.until), row.run)


def _present(state: State) -> list[Held]:
    if state.deleted is not None:
        return [Held(EXISTS, False, state.source, when(state.deleted), None)]  # noqa: FBT003 -- a value
    born = (state.created, state.source)
    told = ((name, value, *state.meta.get(name, born)) for name, value in state.attrs.items())
    return [Held(name, shown(name, value), source, when(since), None) for name, value, since, source in told]


def _at(viewer: Viewer, store: Store, ci: Key, at: Micros | None) -> Mapping[str, Value]:
    state = store.read([ci], at=at).get(ci)
    if state is None or (at is None and state.deleted is not None):
        return {}
    links = store.links([ci], Direction.OUT, at=at)
    known = names(viewer, store, {link.dst for link in links}, at=at)
    ends: dict[str, list[str]] = {}
    for link in links:
        ends.setdefault(link.type.lower(), []).append(call(known, link.dst))
    said = {name: shown(name, value) for name, value in state.attrs.items()}
    return {EXISTS: True, **said, **{path: tuple(sorted(found)) for path, found in ends.items()}}
