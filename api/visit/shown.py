"""How completely this visit read, and what it did not show: from when on a later change can be dated (decision D2)."""

from __future__ import annotations

from collections.abc import Mapping

from driftline.api.visit.absences import Absences
from driftline.api.visit.context import Context, row_of, rows_of
from driftline.api.visit.rehoming import coverage_of
from driftline.graph.coverage import Hidden, Scope, Unshown, after
from driftline.graph.model.observed import ALL, MEMBERSHIP
from driftline.graph.model.values import Key, Ms
from driftline.graph.resolution import Resolution
from driftline.graph.store import RecordRow


def coverage(context: Context, resolution: Resolution, absences: Absences) -> list[RecordRow]:
    """The rows of coverage after this visit."""
    unseen = {**resolution.hidden, **absences.missing, **absences.boxed}
    hidden = _hidden(context, resolution, unseen)
    rows = rows_of(coverage_of(context.store, absences.moving, absences.left - {context.pen.source}))
    for scope, now in sorted(context.coverage.items()):
        before = context.rows_before.get(f"{context.pen.source}|{scope[0]}|{scope[1]}")
        unshown = Unshown(
            hidden=hidden.get(scope, {}),
            new=context.first,
            own=_new(context, scope),
            unseen=_unseen_before(context, scope[0]),
            absent=_absent(context, scope, unseen, absences),
        )
        row, news = after(context.pen.source, now, before, unshown, context.schema)
        rows.append(row_of(row, overwrite=not news))
    return rows


def _new(context: Context, scope: Scope) -> frozenset[Key]:
    """CIs of a kind of which the source speaks for the first time; that they exist needs no second reading."""
    kind, group = scope
    return frozenset(ci for ci in context.first if group != MEMBERSHIP and context.seen[ci].kind == kind)


def _unseen_before(context: Context, kind: str) -> Mapping[Key, Ms | None]:
    """CIs of a kind that were not shown at all up to this visit, with when they last were."""
    before = context.before.get((kind, MEMBERSHIP))
    return {ci: shown[ALL] for ci, shown in before.exceptions.items() if ALL in shown} if before else {}


def _absent(context: Context, scope: Scope, unseen: Mapping[Key, str], absences: Absences) -> frozenset[Key]:
    """CIs of a kind that this visit does not show at all; where it read all of them, these are known one by one."""
    kind, group = scope
    if group == MEMBERSHIP:
        return frozenset()
    if context.complete(kind, MEMBERSHIP) or not context.complete(kind, group):
        return frozenset(ci for ci, of_kind in unseen.items() if of_kind == kind)
    members = (own.ci for own in context.store.members(context.pen.source, kind))
    return frozenset(ci for ci in members if ci not in context.seen and ci not in absences.ended)


def _hidden(context: Context, resolution: Resolution, unseen: Mapping[Key, str]) -> Mapping[Scope, Hidden]:
    """Per kind and group, what this visit did not show of CIs that exist. ``unseen``: what it did not show at all."""
    found: dict[Scope, dict[Key, frozenset[str]]] = {}
    for seen in resolution.seen:
        if seen.withheld:
            for group, names in _by_group(context, seen.kind, seen.withheld).items():
                found.setdefault((seen.kind, group), {})[seen.ci] = names
    for ci, kind in {**unseen, **resolution.veiled}.items():
        found.setdefault((kind, MEMBERSHIP), {})[ci] = frozenset({ALL})
    parts = [kind for kind, item in context.model.items.items() if item.owner_field]
    shut = {seen.ci: seen.withheld.intersection(parts) for seen in resolution.seen}
    for ci, kinds in {**shut, **dict.fromkeys(unseen, parts)}.items():  # a part of theirs may have been there unseen
        for kind in kinds:
            found.setdefault((kind, MEMBERSHIP), {})[ci] = frozenset({ALL})
    return found


def _by_group(context: Context, kind: str, names: frozenset[str]) -> dict[str, frozenset[str]]:
    paths = context.comparable(kind)
    groups: dict[str, set[str]] = {}
    for path in (*paths.attrs, *paths.links):
        if path.name in names:
            groups.setdefault(path.group, set()).add(path.name)
    return {group: frozenset(found) for group, found in groups.items()}
