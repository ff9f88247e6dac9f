"""Last phase of a visit: absences, verdicts, coverage and the run itself, in the batch that makes the visit count."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from driftline.api.judging import Judged, records_in
from driftline.api.visit.absences import Absences
from driftline.api.visit.context import Context, row_of, rows_of
from driftline.api.visit.disputes import Disputes
from driftline.api.visit.events import Told, kept
from driftline.api.visit.findings import findings
from driftline.api.visit.shown import coverage
from driftline.diff.words import Change
from driftline.graph.model.values import Ms
from driftline.graph.records import EventFact, Feed, Run
from driftline.graph.resolution import Resolution
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
        *coverage(context, ended.resolution, ended.absences),
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
