"""Links that a source says of items which others describe: who owns a machine, where it stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from driftline.api.visit.context import Context, rows_of
from driftline.diff.changes import Place, Reading, changes
from driftline.diff.differ import Delta, Difference, fingerprint, links_fingerprint
from driftline.diff.words import Change
from driftline.graph.batch import Known, Rows, relink, say
from driftline.graph.model.change_records import Op
from driftline.graph.model.facts import Ends, Sighting
from driftline.graph.model.values import Key, Ms

ANY_KIND = "Item"
"""Kind under which the coverage of such links stands, one group per link type in lower case."""


def write_spoken(context: Context, spoken: Mapping[Key, Mapping[str, Ends]]) -> None:
    """Write what the source says of others' items, and take back what it says no longer, where it said all it had."""
    types = {group.upper() for kind, group in context.coverage if kind == ANY_KIND}
    if not types:
        return
    complete = {t for t in types if context.complete(ANY_KIND, t.lower())}
    earlier = {m.ci for kind in context.model.items for m in context.store.members(context.pen.source, kind)}
    cis = sorted({*spoken, *(earlier - set(context.seen))})
    rows, found = Rows(), []
    for ci, known in context.known(cis).items():
        if known.state is None or known.state.deleted is not None:
            continue
        found += _one(context, rows, known, spoken.get(ci, {}), complete)
    context.pen.write("spoken", rows, rows_of(found))


def _one(context: Context, rows: Rows, known: Known, said: Mapping[str, Ends], complete: set[str]) -> list[Change]:
    source, state = context.pen.source, known.state
    facet = known.facet(source)
    if state is None:
        return []
    old = facet.links if facet else {}
    new = {t: said.get(t, () if t in complete else old.get(t, ())) for t in sorted({*old, *said})}
    print_ = links_fingerprint(new)
    own = known.own(source)
    if own is None:
        own = Sighting(source, state.key, state.kind, fingerprint({}, context.schema))
        say(rows, known, replace(own, links=print_), {}, context.pen.at)
    elif own.links != print_:
        rows.sighted.append(replace(own, links=print_))
    relink(rows, state.key, source, old, new)
    title = str(state.attrs.get(context.model.items[state.kind].title_field, ""))
    delta = Delta(state.key, state.kind, {}, {}, tuple(_differences(context, old, new)), first=False)
    return changes(delta, _reading(context), Place(title), context.visit)


def _differences(context: Context, old: Mapping[str, Ends], new: Mapping[str, Ends]) -> list[Difference]:
    found = []
    for type_ in sorted(new):
        group, link = type_.lower(), context.model.links[type_]
        gone = sorted(set(old.get(type_, ())) - set(new[type_]))
        come = sorted(set(new[type_]) - set(old.get(type_, ())))
        if link.one and gone and come:
            found.append(Difference(group, Op.SET, gone[0], come[0], group, link.changes, link=True))
            continue
        found += [Difference(group, Op.UNRELATE, end, None, group, link.changes, link=True) for end in gone]
        found += [Difference(group, Op.RELATE, None, end, group, link.changes, link=True) for end in come]
    return found


def _reading(context: Context) -> Reading:
    before = {group: read for (kind, group), read in context.before.items() if kind == ANY_KIND}
    ends = {group: row.read_end_ms for (kind, group), row in context.coverage.items() if kind == ANY_KIND}
    latest = max(ends.values(), default=Ms(0))
    return Reading(before, {t.lower(): ends.get(t.lower(), latest) for t in context.model.links})
