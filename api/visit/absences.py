"""What a complete reading no longer shows: absence is counted, seldom believed (decision D3).

Nothing is written here. The rows go into the closing batch, so the absences of a visit that was cut never count.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from driftline.api.visit.context import PART_OF, Context
from driftline.api.visit.moves import move, newcomer
from driftline.api.visit.recall import recalled
from driftline.diff.absence import Absence, Fate, Log, fate, mass_loss
from driftline.diff.changes import Place, cascade, changes, since
from driftline.diff.differ import Delta, Difference
from driftline.diff.words import Change
from driftline.graph.batch import Known, Rows, end, miss
from driftline.graph.merge import STALE
from driftline.graph.model.change_records import Op
from driftline.graph.model.declare import Volatility
from driftline.graph.model.facts import Sighting
from driftline.graph.model.observed import ALL, MEMBERSHIP
from driftline.graph.model.values import Key, Ms
from driftline.graph.records import IdentityDispute
from driftline.graph.store import Direction, LinkId, RecordRow


@dataclass(slots=True)
class Absences:
    """What is not there any more, as far as that is known.

    ``boxed`` are parts of what was not seen itself; ``vanished`` says since when. ``merged`` are the disputes of what
    moved to another source, ``moving`` the CIs that are one now, old to new, ``left`` the sources that spoke of the
    old ones, ``rehomed`` the changes told of them.
    """

    rows: Rows = field(default_factory=Rows)
    records: list[RecordRow] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    missing: dict[Key, str] = field(default_factory=dict)
    boxed: dict[Key, str] = field(default_factory=dict)
    vanished: dict[Key, Ms] = field(default_factory=dict)
    suspect: list[str] = field(default_factory=list)
    ended: set[Key] = field(default_factory=set)
    merged: list[IdentityDispute] = field(default_factory=list)
    moving: dict[Key, Key] = field(default_factory=dict)
    left: set[str] = field(default_factory=set)
    rehomed: list[Change] = field(default_factory=list)


def find_absences(context: Context, hidden: Mapping[Key, str], removal_logged: frozenset[str]) -> Absences:
    """Count or believe absences, kind by kind, owners first; only in kinds whose membership was read completely.

    Args:
        context: the visit.
        hidden: CIs of which the source showed nothing, by kind; their parts are hidden too.
        removal_logged: kinds whose removal the source logs.
    """
    found = Absences()
    for kind in context.model.items:
        if context.complete(kind, MEMBERSHIP):
            _one_kind(context, kind, hidden, found, logged=kind in removal_logged)
    _tidy(found.rows)
    return found


def _one_kind(context: Context, kind: str, hidden: Mapping[Key, str], found: Absences, *, logged: bool) -> None:
    members = list(context.store.members(context.pen.source, kind))
    absent = [m for m in members if m.ci not in context.seen and m.ci not in hidden and m.ci not in found.ended]
    absent = _without_parts_of(context, absent, hidden, found)
    if not absent:
        return
    context = replace(context, visit=recalled(context, {kind}, [own.ci for own in absent]))
    fates = {own.ci: _fate(context, own, logged=logged) for own in absent}
    fresh = [own for own in absent if not own.missed and not fates[own.ci].logged]
    if mass_loss(len(fresh), len(members), context.visit.policy):
        found.suspect.append(f"{len(fresh)} of {len(members)} {kind} items vanished in one visit")
        fates |= {own.ci: replace(fates[own.ci], fate=Fate.MISSED) for own in fresh}
    for own in absent:
        _settle(context, own, fates[own.ci], found)


def _settle(context: Context, own: Sighting, verdict: Absence, found: Absences) -> None:
    dispute = newcomer(context, own.ci) if verdict.fate is Fate.GONE else None
    if verdict.fate is Fate.GONE and (dispute is None or dispute.opened_ms <= context.coverage_start):
        found.changes += _gone(context, own, verdict, found, dispute)
        return
    found.missing[own.ci] = own.kind
    if verdict.fate is Fate.VANISHED:
        found.vanished[own.ci] = verdict.until_ms
    if verdict.fate is not Fate.VANISHED or own.missed < context.visit.policy.absences_needed:
        miss(found.rows, own, verdict.until_ms)


def _tidy(rows: Rows) -> None:
    """Each link closes once, and each sighting is written once: what became stale on the way stays so."""
    rows.close[:] = dict.fromkeys(rows.close)
    last: dict[tuple[str, Key], Sighting] = {}
    for sighting in rows.sighted:
        before = last.get((sighting.source, sighting.ci))
        stale = before is not None and before.links == STALE
        last[sighting.source, sighting.ci] = replace(sighting, links=STALE) if stale else sighting
    rows.sighted[:] = [s for key, s in last.items() if key not in set(rows.unsighted)]


def _fate(context: Context, own: Sighting, *, logged: bool) -> Absence:
    coverage = context.coverage[own.kind, MEMBERSHIP]
    before = {g: read for (k, g), read in context.before.items() if k == own.kind}
    after = since(own.ci, MEMBERSHIP, ALL, before)
    visit = context.visit
    log = Log(visit.events.get(own.ci, ()), context.heard, visit.clock, complete=logged)
    return fate(own, coverage.read_end_ms, after, log, visit.policy)


def _gone(
    context: Context, own: Sighting, verdict: Absence, found: Absences, dispute: IdentityDispute | None
) -> list[Change]:
    """End a CI and, with it, the parts that came with it; or, if it is now known elsewhere, move it there."""
    if dispute:
        moved = move(context, found.rows, dispute, verdict.until_ms)
        found.records += moved.records
        found.rehomed += moved.rehomed
        found.merged.append(dispute)
        found.moving |= moved.moving
        found.left |= moved.sources
        found.ended.update(found.rows.tombstone)
        return moved.told
    return cascade(_end_all(context, own, verdict, found, ()))


def _end_all(
    context: Context, own: Sighting, verdict: Absence, found: Absences, owners: tuple[Key, ...]
) -> list[Change]:
    source = context.pen.source
    known = context.known([own.ci])[own.ci]
    found.ended.add(own.ci)
    told: list[Change] = []
    owners = owners or _above(context, known)
    parts = context.store.links([own.ci], Direction.IN, [PART_OF], source=source)
    gone = [link.src for link in parts if link.src not in context.seen]
    for part in context.store.digests(source, gone).values():
        told += _end_all(context, part, verdict, found, (own.ci, *owners))
    if end(found.rows, known, source, context.pen.at):
        _unlink(context, found.rows, own.ci)
        return [*_deletion(context, own, known, verdict, owners), *told]
    return told


def _unlink(context: Context, rows: Rows, ci: Key) -> None:
    """Close what other sources say of an ended CI and what others' links say of it; they will be said again."""
    closed = set(rows.close)
    links = context.store.links([ci], Direction.OUT) + context.store.links([ci], Direction.IN)
    ends = {LinkId(link.src, link.type, link.dst, s) for link in links for s in link.sources} - closed
    rows.close.extend(sorted(ends))
    stale = {(link.source, link.src) for link in ends if link.src != ci}
    written = {(s.source, s.ci) for s in rows.sighted}
    sightings = context.store.sightings(sorted({src for _, src in stale}))
    for said in sightings.values():
        again = (s for s in said if (s.source, s.ci) in stale - written and s.ci not in rows.tombstone)
        rows.sighted.extend(replace(s, links=STALE) for s in again)


def _deletion(context: Context, own: Sighting, known: Known, verdict: Absence, owners: tuple[Key, ...]) -> list[Change]:
    attrs = known.state.attrs if known.state else {}
    gone = Difference("", Op.DELETE, None, None, MEMBERSHIP, Volatility.CONFIG)
    settled = own.ci not in context.disputed
    delta = Delta(own.ci, own.kind, attrs, {}, (gone,), first=False, settled=settled)
    reading = replace(context.reading(own.kind), end_ms={MEMBERSHIP: verdict.until_ms})
    title = attrs.get(context.model.items[own.kind].title_field, "")
    return changes(delta, reading, Place(str(title), owners), context.visit)


def _above(context: Context, known: Known) -> tuple[Key, ...]:
    """Everything that a CI is a part of, nearest first: a request for any of these is a request for it."""
    chain = [link.dst for link in known.links if link.type == PART_OF][:1]
    while chain and (seen := context.seen.get(chain[-1])):
        above = seen.links.get(PART_OF, ())
        if not above or above[0] in chain:
            break
        chain.append(above[0])
    return tuple(chain)


def _without_parts_of(
    context: Context, absent: Sequence[Sighting], hidden: Mapping[Key, str], found: Absences
) -> list[Sighting]:
    """Leave out parts whose owner was not seen, or showed nothing of them: what is in a closed box is not missing."""
    if not absent:
        return []
    links = context.store.links([a.ci for a in absent], Direction.OUT, [PART_OF], source=context.pen.source)
    owner = {link.src: link.dst for link in links}
    known = context.store.digests(context.pen.source, sorted(set(owner.values())))
    unread = {one for one in known if one not in context.seen and one not in found.ended}
    unseen = {*hidden, *found.missing, *found.boxed, *unread}
    found.boxed |= {a.ci: a.kind for a in absent if _boxed(context, owner.get(a.ci), a.kind, unseen)}
    return [a for a in absent if a.ci not in found.boxed]


def _boxed(context: Context, owner: Key | None, kind: str, unseen: Collection[Key]) -> bool:
    if owner is None:
        return False
    seen = context.seen.get(owner)
    return owner in unseen or (seen is not None and kind in seen.withheld)
