"""Last phase of a visit: absences, verdicts, coverage and the run itself, in the batch that makes the visit count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from driftline.api.judging import Judged, records_in
from driftline.api.visit.absences import Absences
from driftline.api.visit.context import Context, row_of, rows_of
from driftline.api.visit.disputes import Disputes
from driftline.api.visit.events import Told, kept
from driftline.api.visit.findings import findings
from driftline.api.visit.rehoming import coverage_of
from driftline.diff.words import Change
from driftline.graph.coverage import Hidden, Scope, Unshown, after
from driftline.graph.model.observed import ALL, MEMBERSHIP
from driftline.graph.model.values import Key, Ms
from driftline.graph.records import EventFact, Feed, Run
from driftline.graph.resolve import Resolution
from driftline.graph.store import RecordRow

GAPS_KEPT = 100


@dataclass(frozen=True, slots=True)
class Ended:
    """What the phases before came to; ``changes`` are those that this batch is to write."""

    resolution: Resolution
    absences: Absences
    told: Told
    disputes: Disputes
    run: Run
    changes: Sequence[Change]


def close(context: Context, ended: Ended, judged: Judged) -> None:
    """Write the closing batch: only with it is the visit done."""
    facts: list[RecordRow] = [
        *_coverage(context, ended),
        *_events(context, ended),
        *_feed(context),
        *rows_of(ended.disputes.rows),
        *rows_of(ended.changes),
        *ended.absences.records,
        *judged.rows,
        *rows_of(findings(context, ended.absences, ended.disputes, ended.resolution.disputes, _at(ended.run))),
        row_of(ended.run),
    ]
    context.pen.write("close", ended.absences.rows, facts)


def _at(run: Run) -> Ms:
    return run.ended_ms or run.started_ms


def _coverage(context: Context, ended: Ended) -> list[RecordRow]:
    hidden = _hidden(context, ended)
    absences = ended.absences
    rows = rows_of(coverage_of(context.store, absences.moving, absences.left - {context.pen.source}))
    for scope, now in sorted(context.coverage.items()):
        before = context.rows_before.get(f"{context.pen.source}|{scope[0]}|{scope[1]}")
        own, unseen = _new(context, scope), _unseen_before(context, scope[0])
        unshown = Unshown(hidden.get(scope, {}), context.first, own, unseen)
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


def _hidden(context: Context, ended: Ended) -> Mapping[Scope, Hidden]:
    """Per kind and group, what this visit did not show of CIs that exist."""
    found: dict[Scope, dict[Key, frozenset[str]]] = {}
    for seen in ended.resolution.seen:
        if seen.withheld:
            for group, names in _by_group(context, seen.kind, seen.withheld).items():
                found.setdefault((seen.kind, group), {})[seen.ci] = names
    unseen = {**ended.resolution.hidden, **ended.absences.missing, **ended.absences.boxed}
    for ci, kind in unseen.items():
        found.setdefault((kind, MEMBERSHIP), {})[ci] = frozenset({ALL})
    parts = [kind for kind, item in context.model.items.items() if item.owner_field]
    shut = {seen.ci: seen.withheld.intersection(parts) for seen in ended.resolution.seen}
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


def _events(context: Context, ended: Ended) -> list[RecordRow]:
    """Events that are new to the store; the overlap with the last visit is read again and left out."""
    visit = context.visit
    facts = {f.id: f for f in kept(ended.told, visit.source, ended.resolution, visit.clock, visit.policy)}
    known = {fact.id for fact in records_in(context.store, EventFact, "id", facts)}
    return rows_of(fact for id_, fact in sorted(facts.items()) if id_ not in known)


def _feed(context: Context) -> list[RecordRow]:
    heard, before = context.heard, context.feed_before
    if heard is None or context.visit.feed is None:
        return []
    gaps = tuple(dict.fromkeys(heard.gaps))
    source = context.pen.source
    forgotten = max((gap.until_ms for gap in gaps[:-GAPS_KEPT]), default=heard.after_ms)
    gaps, since = gaps[-GAPS_KEPT:], max(forgotten, heard.after_ms)
    feed = Feed(id=source, source=source, since_ms=since, until_ms=heard.until_ms, cursor=heard.cursor, gaps=gaps)
    return [row_of(feed, overwrite=before is not None and before.gaps == feed.gaps)]
