"""What appeared in a second source and then left the first one has moved: one change, one history (decision D6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from driftline.api.visit.context import PART_OF, Context, row_of, rows_of
from driftline.api.visit.rehoming import changes_of, events_of
from driftline.diff.changes import Place, Reading, changes
from driftline.diff.differ import Delta, Difference
from driftline.diff.words import Change
from driftline.graph.batch import Known, Rows
from driftline.graph.merge import leave, rehome
from driftline.graph.model.bodies import record_of
from driftline.graph.model.change_records import Op
from driftline.graph.model.declare import Volatility
from driftline.graph.model.observed import MEMBERSHIP
from driftline.graph.model.values import Key, Ms, digest
from driftline.graph.records import Alias, Dispute, IdentityDispute, Merge, Settlement
from driftline.graph.store import Compare, Cond, Direction, Link, RecordRow

MANAGED_BY = "MANAGED_BY"


def newcomer(context: Context, ci: Key) -> IdentityDispute | None:
    """The open dispute in which another source claims the identity of a CI that is leaving; ``None``: nobody does."""
    rows = context.store.find("IdentityDispute", [Cond("cis", Compare.EQ, ci), Cond("state", Compare.EQ, "open")])
    found = (record_of(IdentityDispute, row.body) for row in rows)
    return next((d for d in found if d.about is Dispute.DUPLICATE and d.cis[0] == ci), None)


@dataclass(frozen=True, slots=True)
class Move:
    """What a move came to: the change, changes that were told of the newcomer, and the CIs that are one now."""

    told: list[Change]
    rehomed: list[Change]
    records: list[RecordRow]
    moving: Mapping[Key, Key]
    sources: frozenset[str]


def move(context: Context, rows: Rows, dispute: IdentityDispute, until_ms: Ms) -> Move:
    """Make the newcomer and its parts one with the CI that leaves; the only change is where it is managed."""
    kept, absorbed = dispute.cis
    moving = {old: new for old, new in _moving(context, kept, absorbed).items() if old != new}
    known = _known(context, [*moving, *moving.values()])
    told = _moved(context, known[kept], known[absorbed], until_ms)
    rehomed = changes_of(context.store, moving, told[0].id if told else None)
    records = [row_of(replace(dispute, state=Settlement.MERGED))]
    speakers: set[str] = set()
    for old, new in moving.items():
        sources = tuple(s.source for s in known[old].sightings)
        speakers.update(sources)
        ids = tuple(sorted(c.id for c in rehomed)) if old == absorbed else ()
        records += _aliases(context, old, new, sources, ids, dispute)
        stays = leave(rows, known[new], context.pen.source)
        rehome(rows, known[old], stays, moving, context.pen.at)
    records += rows_of(events_of(context.store, moving, speakers))
    return Move(told, rehomed, records, moving, frozenset(speakers))


def _moving(context: Context, kept: Key, absorbed: Key) -> dict[Key, Key]:
    """The CIs that become one, old to new: the thing itself, and each part that both have."""
    moving = {absorbed: kept}
    of_kept = _parts(context, kept)
    for name, part in _parts(context, absorbed).items():
        if name in of_kept:
            moving |= _moving(context, of_kept[name], part)
    return moving


def _parts(context: Context, owner: Key) -> dict[str, Key]:
    """Parts of a CI by what their keys say inside it."""
    parts = sorted({link.src for link in context.store.links([owner], Direction.IN, [PART_OF])})
    if not parts:
        return {}
    aliases = context.store.find("Alias", [Cond("ci", Compare.IN, parts)], limit=10_000)
    return {row.id.replace(owner, "", 1): Key(row.body["ci"]) for row in aliases if f":{owner}/" in row.id}


def _known(context: Context, keys: list[Key]) -> dict[Key, Known]:
    """What the store holds of CIs, with every link that touches them; links of CIs that move too stand once."""
    states, sightings = context.store.read(keys), context.store.sightings(keys)
    links: dict[Key, list[Link]] = {}
    for link in context.store.links(keys, Direction.OUT):
        links.setdefault(link.src, []).append(link)
    for link in context.store.links(keys, Direction.IN):
        if link.src not in states:
            links.setdefault(link.dst, []).append(link)
    single = {k: [replace(link, sources=(s,)) for link in links.get(k, ()) for s in link.sources] for k in keys}
    return {k: Known(states.get(k), sightings.get(k, ()), tuple(single[k])) for k in keys}


def _aliases(
    context: Context, old: Key, new: Key, sources: tuple[str, ...], changes: tuple[str, ...], dispute: IdentityDispute
) -> list[RecordRow]:
    rows = context.store.find("Alias", [Cond("ci", Compare.EQ, old)], limit=10_000)
    moved = [row_of(replace(record_of(Alias, row.body), ci=new)) for row in rows]
    merge = Merge(
        id=digest(new, old),
        kept=new,
        absorbed=old,
        aliases=tuple(sorted(row.id for row in rows)),
        sources=sources,
        changes=changes,
        reason=f"{dispute.keys[0]} left its former source",
        by="rule D6",
        at_ms=context.coverage_start,
    )
    return [*moved, row_of(merge)]


def _moved(context: Context, kept: Known, absorbed: Known, until_ms: Ms) -> list[Change]:
    """The change: it left by its first absence. That the other one showed it before does not say that it had left."""
    if kept.state is None:
        return []
    state, old, new = kept.state, _manager(kept), _manager(absorbed)
    gone = Difference(MANAGED_BY.lower(), Op.SET, old, new, MEMBERSHIP, Volatility.CONFIG, link=True)
    delta = Delta(state.key, state.kind, state.attrs, {}, (gone,), first=False)
    before = {g: read for (k, g), read in context.before.items() if k == state.kind}
    title = state.attrs.get(context.model.items[state.kind].title_field, "")
    return changes(delta, Reading(before, {MEMBERSHIP: until_ms}), Place(str(title)), context.visit)


def _manager(known: Known) -> Key | None:
    return next((link.dst for link in known.links if link.type == MANAGED_BY), None)
