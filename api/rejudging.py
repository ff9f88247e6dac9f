"""Judging again: when a request comes or changes, and when time alone changes a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from driftline.api.judging import Judged, judge_changes, merges, reaching, records, records_in
from driftline.api.visit.context import Pen, row_of, rows_of
from driftline.diff.policy import Policy
from driftline.diff.words import Change, Verdict
from driftline.graph.batch import Rows
from driftline.graph.coverage import never_shown
from driftline.graph.model.change_records import Freeze, Rfc, RfcVersion, ScopeBy, Window
from driftline.graph.model.observed import MEMBERSHIP
from driftline.graph.model.values import Key, Ms
from driftline.graph.records import Outcome, ReadCoverage, Run
from driftline.graph.store import Compare, Cond, Lease, Store


@dataclass(slots=True)
class Touched:
    """What an import said that was not known: versions with all their siblings, freezes, ids of requests."""

    rfcs: set[str] = field(default_factory=set)
    versions: list[RfcVersion] = field(default_factory=list)
    freezes: list[Freeze] = field(default_factory=list)

    def affected(self, store: Store, policy: Policy) -> list[Change]:
        """Changes whose verdict may be another one now."""
        merged = merges(store)
        self.versions = [reaching(version, merged) for version in self.versions]
        found = {c.id: c for c in self._linked(store)}
        for after, until in self._spans(policy):
            later = records(store, Change, [Cond("upper_ms", Compare.GE, after)], order="upper_ms")
            found |= {c.id: c for c in later if c.lower_ms <= until and self._concerns(c)}
        return sorted(found.values(), key=lambda c: (c.upper_ms, c.id))

    def _linked(self, store: Store) -> list[Change]:
        verdicts = records_in(store, Verdict, "rfc", self.rfcs)
        named = {ci for version in self.versions for item in version.scope for ci in item.cis}
        return [
            *records_in(store, Change, "id", (v.id for v in verdicts)),
            *records_in(store, Change, "ci", named),
        ]

    def _spans(self, policy: Policy) -> list[tuple[Ms, Ms]]:
        """Stretches of time in which a request or a freeze may count, each with everything that makes it near."""
        margin = max(policy.linger_ms, policy.raise_limit_ms)
        spans = [_hull(v.windows, margin, v.opened_ms, v.valid_from_ms) for v in self.versions]
        spans += [_hull(f.windows, 0, f.windows[0].after_ms) for f in self.freezes if f.windows]
        return [span for span in spans if span]

    def _concerns(self, change: Change) -> bool:
        cis = {change.ci, *change.owners}
        return bool(self.freezes) or any(_may_mean(version, cis) for version in self.versions)


def judge_again(
    store: Store, lease: Lease, policy: Policy, changes: Iterable[Change], name: str, known_ms: Ms
) -> Judged:
    """Judge changes again and write what is new, under a name that makes it happen once."""
    wanted = list(changes)
    if not wanted:
        return Judged()
    judged = judge_changes(store, wanted, policy, known_ms)
    Pen(store, lease, name, "judge", "").write("verdicts", Rows(), judged.rows)
    return judged


def judge_due(store: Store, lease: Lease, policy: Policy, name: str, now_ms: Ms) -> Judged:
    """Judge again what time alone has changed: reviews that are overdue by now."""
    due = records(store, Verdict, [Cond("due_ms", Compare.LE, now_ms)])
    changes = records_in(store, Change, "id", (verdict.id for verdict in due))
    return judge_again(store, lease, policy, changes, f"{name}/due", now_ms)


def give_up(store: Store, lease: Lease, policy: Policy, run: Run, why: str) -> None:
    """End a run that was cut and cannot go on: what it had written is judged, and it counts as failed (D10).

    Of what it was the first to see, nothing was read completely.
    """
    changes = records(store, Change, [Cond("run", Compare.EQ, run.id)])
    known = max((change.upper_ms for change in changes), default=run.started_ms)
    judged = judge_changes(store, changes, policy, known)
    ended = replace(
        run, ended_ms=known, outcome=Outcome.FAILED, changes=len(changes), judged=True, error=f"aborted: {why}", born=()
    )
    pen = Pen(store, lease, run.id, run.source or run.target, run.capture or "")
    pen.write("aborted", Rows(), [*judged.rows, *rows_of(_never_shown(store, run)), row_of(ended)])


def _never_shown(store: Store, run: Run) -> list[ReadCoverage]:
    born: dict[str, list[Key]] = {}
    for key, state in store.read(run.born).items():
        born.setdefault(state.kind, []).append(key)
    rows = records(store, ReadCoverage, [Cond("source", Compare.EQ, run.source)]) if born else []
    told = (row for row in rows if row.group != MEMBERSHIP and row.item_kind in born)
    return [never_shown(row, born[row.item_kind]) for row in told]


def versions_of(store: Store, rfcs: Iterable[str]) -> list[RfcVersion]:
    """All versions of these requests."""
    return records_in(store, RfcVersion, "rfc", rfcs)


def known_rfcs(store: Store, source: str) -> frozenset[str]:
    """Ids of the requests of one source."""
    return frozenset(rfc.id for rfc in records(store, Rfc, [Cond("source", Compare.EQ, source)]))


def _may_mean(version: RfcVersion, cis: set[Key]) -> bool:
    return any(item.dynamic or item.by is ScopeBy.NEW or cis & set(item.cis) for item in version.scope)


def _hull(windows: Sequence[Window], margin: int, *also: Ms | None) -> tuple[Ms, Ms] | None:
    instants = [at for w in windows for at in (w.after_ms, w.until_ms)] + [at for at in also if at is not None]
    return (Ms(min(instants) - margin), Ms(max(instants) + margin)) if instants else None
