"""What earlier visits read, so that a change can be dated: rows of coverage, before and after a visit (D2, D24)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from driftline.graph.model.facts import Read
from driftline.graph.model.observed import ALL, MEMBERSHIP, Clock, Coverage, FeedCoverage, Status
from driftline.graph.model.values import Key, Ms
from driftline.graph.records import Exempt, Feed, ReadCoverage

Scope = tuple[str, str]
"""Kind and group."""

Hidden = Mapping[Key, frozenset[str]]
"""Fields that a visit did not show, by CI; ``*`` for a CI that it did not show at all."""


def row_id(source: str, kind: str, group: str) -> str:
    """Id of the coverage row of one source, kind and group."""
    return f"{source}|{kind}|{group}"


def reads(rows: Iterable[ReadCoverage], schema: int) -> dict[Scope, Read]:
    """Earlier readings by kind and group. Under another schema of the collector a new series of values begins.

    Which items exist is the same under every schema, so that series goes on.
    """
    return {(row.item_kind, row.group): _read(row) for row in rows if schema == row.schema or row.group == MEMBERSHIP}


@dataclass(frozen=True, slots=True)
class Unshown:
    """What a visit did not show of one kind and group.

    ``new`` are CIs that the source speaks of for the first time, ``own`` those of them that are of this kind;
    ``unseen`` are CIs that it did not show at all before this visit, with the start of the last complete reading that
    did; ``absent`` are CIs of this kind that it does not show at all now: whatever membership says of them, they are
    exceptions of every other group too, for they may be there again at the next visit without that group.
    """

    hidden: Hidden = field(default_factory=dict)
    new: Collection[Key] = ()
    own: Collection[Key] = ()
    unseen: Mapping[Key, Ms | None] = field(default_factory=dict)
    absent: Collection[Key] = ()


def after(
    source: str, now: Coverage, before: ReadCoverage | None, unshown: Unshown, schema: int
) -> tuple[ReadCoverage, bool]:
    """The row after a visit, and whether that is news (another status or other exceptions) or only new times.

    A partial visit raises nothing: what was read completely before stays the newest complete reading. What a ``new``
    CI did not show, no reading before it did.
    """
    rebased = before is not None and before.rebased
    if before is not None and before.schema != schema and now.group != MEMBERSHIP:
        before, rebased = None, True
    complete = now.status is Status.COMPLETE
    exempt = _exempt(unshown, before, rebased=rebased) if complete else _still_exempt(unshown, before)
    row = ReadCoverage(
        id=row_id(source, now.kind, now.group),
        source=source,
        item_kind=now.kind,
        group=now.group,
        status=now.status,
        count=now.count,
        read_start_ms=now.read_start_ms,
        read_end_ms=now.read_end_ms,
        first_start_ms=before.first_start_ms if before else now.read_start_ms,
        complete_start_ms=now.read_start_ms if complete else before.complete_start_ms if before else None,
        complete_end_ms=now.read_end_ms if complete else before.complete_end_ms if before else None,
        exempt=exempt,
        errors=now.errors,
        schema=schema,
        rebased=rebased and not complete,
    )
    news = before is None or (row.status, row.exempt, row.errors) != (before.status, before.exempt, before.errors)
    return row, news


def by_our_clock(feed: FeedCoverage, clock: Clock | None) -> FeedCoverage:
    """The coverage of a log in our time; a source states it in its own. Its cursor stays as it is."""
    offset = clock.offset_ms if clock else 0
    gaps = tuple(replace(g, after_ms=Ms(g.after_ms - offset), until_ms=Ms(g.until_ms - offset)) for g in feed.gaps)
    return replace(feed, after_ms=Ms(feed.after_ms - offset), until_ms=Ms(feed.until_ms - offset), gaps=gaps)


def heard(before: Feed | None, now: FeedCoverage | None) -> FeedCoverage | None:
    """For which time a source's log was read in all; a visit that does not join the ones before begins anew."""
    if before is None:
        return now
    if now is None:
        return FeedCoverage(before.since_ms, before.until_ms, before.gaps, before.cursor)
    since = before.since_ms if now.after_ms <= before.until_ms else now.after_ms
    return replace(now, after_ms=since, gaps=(*before.gaps, *now.gaps))


def _read(row: ReadCoverage) -> Read:
    exceptions: dict[Key, dict[str, Ms | None]] = {}
    for one in row.exempt:
        exceptions.setdefault(one.ci, {})[one.field] = one.before_ms
    rebased = frozenset((one.ci, one.field) for one in row.exempt if one.rebased)
    return Read(row.complete_start_ms, row.first_start_ms, exceptions, rebased, row.rebased)


def never_shown(row: ReadCoverage, cis: Iterable[Key]) -> ReadCoverage:
    """The row, when nothing of these CIs was read completely yet."""
    known = {(one.ci, one.field) for one in row.exempt}
    new = (Exempt(ci, ALL) for ci in sorted(set(cis)) if (ci, ALL) not in known)
    return replace(row, exempt=(*row.exempt, *new))


def _still_exempt(unshown: Unshown, before: ReadCoverage | None) -> tuple[Exempt, ...]:
    """After a partial reading: what was exempt stays so, and of a new CI nothing was read completely yet."""
    kept = tuple(one for one in before.exempt if one.ci not in unshown.own) if before else ()
    return (*kept, *(Exempt(ci, ALL) for ci in sorted(unshown.own)))


def _exempt(unshown: Unshown, before: ReadCoverage | None, *, rebased: bool) -> tuple[Exempt, ...]:
    """What was not shown now, with the start of the last complete reading that did show it."""
    earlier = {(e.ci, e.field): e for e in before.exempt} if before else {}
    last = before.complete_start_ms if before else None

    def shown(ci: Key, name: str) -> Exempt:
        if ci in unshown.new:
            return Exempt(ci, name)
        known = next((earlier[ci, n] for n in (name, ALL) if (ci, n) in earlier), None)
        known = known or Exempt(ci, name, last, rebased)
        at = known.before_ms
        return replace(known, field=name, before_ms=_older(at, unshown.unseen[ci]) if ci in unshown.unseen else at)

    found = {place: one for place, one in earlier.items() if one.ci in unshown.absent}
    found |= {(ci, name): shown(ci, name) for ci, names in unshown.hidden.items() for name in names}
    found |= {(ci, ALL): shown(ci, ALL) for ci in unshown.absent}
    return tuple(found[place] for place in sorted(found))


def _older(one: Ms | None, other: Ms | None) -> Ms | None:
    return None if one is None or other is None else min(one, other)
