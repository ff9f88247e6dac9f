"""First phase of a visit: every item that differs, with its changes in the same batch, so state and evidence agree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from driftline.api.visit.context import Context, row_of, rows_of
from driftline.api.visit.recall import recalled
from driftline.diff.changes import cascade, changes
from driftline.diff.differ import compare, fingerprint, links_fingerprint
from driftline.diff.words import Change
from driftline.graph.batch import Rows, say, stub
from driftline.graph.model.change_records import Op
from driftline.graph.model.facts import Seen, Sighting
from driftline.graph.model.values import Key
from driftline.graph.records import Alias
from driftline.graph.resolution import NewAlias, Resolution
from driftline.graph.store import RecordRow


@dataclass(slots=True)
class Written:
    """What the item phase did, and which CIs the link phase has to look at, chunk by chunk."""

    compared: int = 0
    changes: list[Change] = field(default_factory=list)
    relink: list[list[tuple[Seen, str]]] = field(default_factory=list)


def write_items(context: Context, resolution: Resolution) -> Written:
    """Write stubs, then items in chunks whose borders depend on the observation alone, so a crash can be taken up."""
    done = Written()
    aliases: dict[Key, list[NewAlias]] = {}
    for alias in resolution.aliases:
        aliases.setdefault(alias.ci, []).append(alias)
    _write_stubs(context, resolution, aliases)
    size = context.store.limits.batch_items
    for number, start in enumerate(range(0, len(resolution.seen), size)):
        _write_chunk(context, resolution.seen[start : start + size], aliases, number, done)
    return done


def _write_stubs(context: Context, resolution: Resolution, aliases: dict[Key, list[NewAlias]]) -> None:
    rows, records = Rows(), []
    for birth in resolution.births:
        if birth.stub:
            stub(rows, birth.ci, birth.kind, birth.attrs, context.pen.source)
            records += _aliases(aliases.get(birth.ci, ()), context.pen.source)
    context.pen.write("stubs", rows, records)


def _write_chunk(
    context: Context, chunk: Sequence[Seen], aliases: dict[Key, list[NewAlias]], number: int, done: Written
) -> None:
    source, schema = context.pen.source, context.schema
    own = context.store.digests(source, [s.ci for s in chunk])
    dirty, relink = [], []
    for seen in chunk:
        sighting, links = own.get(seen.ci), links_fingerprint(seen.links)
        if sighting is None or sighting.missed or sighting.digest != fingerprint(seen.attrs, schema):
            dirty.append(seen)
        if sighting is None or sighting.links != links:
            relink.append((seen, sighting.links if sighting else ""))
    before = len(context.first)
    rows, found = _rows(context, dirty)
    records: list[RecordRow] = [r for s in chunk for r in _aliases(aliases.get(s.ci, ()), source)]
    if context.before and len(context.first) > before:  # for the case that this visit never gets to its end
        records.append(row_of(replace(context.started, born=tuple(sorted(context.first))), overwrite=True))
    found = _rooted(context, found)
    context.pen.write(f"items/{number}", rows, records + rows_of(found))
    done.compared += len(chunk)
    done.changes += found
    done.relink.append(relink)


def _rows(context: Context, dirty: Sequence[Seen]) -> tuple[Rows, list[Change]]:
    rows, found = Rows(), []
    source = context.pen.source
    known = context.known([s.ci for s in dirty])
    visit = recalled(context, {s.kind for s in dirty}, known)
    for seen in dirty:
        facet, own = known[seen.ci].facet(source), known[seen.ci].own(source)
        delta = compare(facet, seen, context.comparable(seen.kind), context.unread(seen.kind))
        if delta.first:
            context.first.add(seen.ci)
        print_ = fingerprint(delta.attrs, context.schema)
        if own and not delta.first and own.digest == print_ and not own.missed:
            continue  # only what was not shown made it look different
        links = own.links if own and not delta.first else ""
        say(rows, known[seen.ci], Sighting(source, seen.ci, seen.kind, print_, links), delta.attrs, context.pen.at)
        attributes = replace(delta, differences=tuple(d for d in delta.differences if not d.link))
        found += changes(attributes, context.reading(seen.kind), context.place(seen, delta.attrs), visit)
    return rows, found


def _rooted(context: Context, found: list[Change]) -> list[Change]:
    """Tie parts to the change of what they are a part of, which may stand in an earlier chunk."""
    tied = cascade([*context.roots.values(), *found])[len(context.roots) :]
    context.roots.update({c.id: c for c in tied if c.op is Op.CREATE and not c.path})
    return tied


def _aliases(new: Iterable[NewAlias], source: str) -> list[RecordRow]:
    return [row_of(Alias(id=a.text, ci=a.ci, key=a.key, strength=a.strength, source=source)) for a in new]
