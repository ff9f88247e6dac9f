"""Judges changes that are in the store against the change requests in the store, and says which rows follow.

Reads much, decides nothing itself: the deciding functions stand in ``diff`` and are pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeVar

from driftline.api.circumstances import Surroundings
from driftline.diff.authority import Request
from driftline.diff.baseline import Slot, Standing, advance, begin
from driftline.diff.book import Book
from driftline.diff.findings import accepted, settle
from driftline.diff.flapping import is_flapping, settle_flapping
from driftline.diff.fulfilment import COUNTS
from driftline.diff.policy import Policy
from driftline.diff.verdict import judge
from driftline.diff.words import Baseline, Change, Finding, Verdict
from driftline.graph.lookup import pieces
from driftline.graph.model.bodies import body, record_of
from driftline.graph.model.change_records import Approval, Freeze, Revocation, Rfc, RfcVersion
from driftline.graph.model.declare import Record
from driftline.graph.model.values import Key, Ms
from driftline.graph.records import Merge
from driftline.graph.store import Compare, Cond, Cursor, RecordRow, Store

AnyRecord = TypeVar("AnyRecord", bound=Record)
AnyScoped = TypeVar("AnyScoped", RfcVersion, Freeze)
PAGE = 5_000
DEEPEST = 16
"""How far one change follows from another at most."""


@dataclass(slots=True)
class Judged:
    """What judging came to: verdicts that are new or other than before, and the findings that follow."""

    verdicts: list[Verdict] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)

    @property
    def rows(self) -> list[RecordRow]:
        """Rows to write, verdicts before what refers to them."""
        facts = [(Verdict.kind, body(v)) for v in self.verdicts] + [(Finding.kind, body(f)) for f in self.findings]
        return [RecordRow(kind, str(said["id"]), said) for kind, said in facts]


def records(
    store: Store, kind: type[AnyRecord], where: Sequence[Cond] = (), order: str | None = None
) -> list[AnyRecord]:
    """All newest records of a kind that meet the conditions."""
    found: list[AnyRecord] = []
    after: Cursor | None = None
    while True:
        rows = store.find(kind.kind, where, order=order, after=after, limit=PAGE)
        found += [record_of(kind, row.body) for row in rows]
        if len(rows) < PAGE:
            return found
        last = rows[-1]
        after = Cursor(last.body.get(order) if order else last.id, last.id)


def records_in(store: Store, kind: type[AnyRecord], name: str, values: Iterable[str]) -> list[AnyRecord]:
    """All newest records of a kind whose field is one of many values."""
    wanted = sorted(set(values))
    return [one for piece in pieces(wanted) for one in records(store, kind, [Cond(name, Compare.IN, list(piece))])]


def merges(store: Store) -> dict[Key, Key]:
    """CIs that were found to be another one, and which, as far as nobody undid it."""
    return {merge.absorbed: merge.kept for merge in records(store, Merge) if merge.undone_ms is None}


def reaching(fact: AnyScoped, merged: Mapping[Key, Key]) -> AnyScoped:
    """A version or a freeze, meaning also the CIs that those it names have become."""
    if not merged:
        return fact
    return replace(fact, scope=tuple(replace(item, cis=_with_heirs(item.cis, merged)) for item in fact.scope))


def book_of(store: Store, policy: Policy, merged: Mapping[Key, Key]) -> Book:
    """Every change request and freeze in the store, made ready to be asked."""
    versions = _by_rfc(reaching(version, merged) for version in records(store, RfcVersion))
    approvals = _by_rfc(records(store, Approval))
    revocations = _by_rfc(records(store, Revocation))
    requests = [
        Request(
            rfc, tuple(versions.get(rfc.id, ())), tuple(approvals.get(rfc.id, ())), tuple(revocations.get(rfc.id, ()))
        )
        for rfc in records(store, Rfc)
    ]
    return Book.of(requests, [reaching(freeze, merged) for freeze in records(store, Freeze)], policy)


def judge_changes(
    store: Store,
    changes: Iterable[Change],
    policy: Policy,
    as_known_ms: Ms,
    *,
    decided: Sequence[Finding] = (),
    merged: Mapping[Key, Key] = MappingProxyType({}),
) -> Judged:
    """Judge changes, and again every later change of the same path and every change that follows from one of them.

    Args:
        store: where earlier changes, verdicts and requests are.
        changes: the changes to judge, judged before or not; as they are given, whether or not they are stored so.
        policy: the policy.
        as_known_ms: what is known by this instant counts.
        decided: findings as a person has just decided them, to be written in the same batch.
        merged: CIs that are found to be another one in the same batch, and which.
    """
    given = {change.id: change for change in changes}
    wanted = _with_later(store, list(given.values()))
    history = list(({c.id: c for c in _history(store, {change.ci for change in wanted})} | given).values())
    around = Surroundings.of(store, wanted)
    book = book_of(store, policy, {**merges(store), **merged})
    bench = _Bench(book, policy, as_known_ms, around, history, {c.id for c in wanted})
    bench.known = {v.id: v for v in records_in(store, Verdict, "id", [c.id for c in history])}
    bench.known |= {v.id: v for v in records_in(store, Verdict, "id", _roots(wanted))}
    findings = {f.id: f for f in records_in(store, Finding, "ci", {c.ci for c in wanted})}
    findings |= {f.id: f for f in records_in(store, Finding, "verdict", (c.id for c in wanted))}  # of what moved
    bench.findings = list((findings | {f.id: f for f in decided}).values())
    bench.signed = _signed(store)
    bench.sit()
    return bench.out


@dataclass(slots=True)
class _Bench:
    book: Book
    policy: Policy
    as_known_ms: Ms
    around: Surroundings
    history: Sequence[Change]
    wanted: set[str]
    known: dict[str, Verdict] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    standings: dict[Slot, Standing] = field(default_factory=dict)
    turns: dict[Slot, list[Change]] = field(default_factory=dict)
    signed: Mapping[str, Ms] = field(default_factory=dict)
    own: dict[tuple[Key, str], dict[str, frozenset[str | None]]] = field(default_factory=dict)
    out: Judged = field(default_factory=Judged)

    def sit(self) -> None:
        """Go through the history of every path, oldest first and roots before what follows from them."""
        taken = accepted(self.findings)
        for change in sorted(self.history, key=_turn({change.id: change for change in self.history})):
            verdict = self._verdict(change) if change.id in self.wanted else self.known.get(change.id)
            if verdict is None:
                continue
            slot, before = Slot.of(change), self._standing(change)
            self.standings[slot] = advance(before, change, verdict, self.policy, accepted=change.id in taken)
            self.turns.setdefault(slot, []).append(change)
            if change.id in self.wanted and is_flapping(self.turns[slot], self.policy):
                self._find(settle_flapping(self.turns[slot], self.findings, self.as_known_ms))
            if verdict.rfc and verdict.verdict in COUNTS:
                mine = self.own.setdefault((change.ci, change.path), {})
                mine[verdict.rfc] = mine.get(verdict.rfc, frozenset()) | {change.old}

    def _verdict(self, change: Change) -> Verdict | None:
        circumstances = replace(
            self.around.about(change),
            root=self.known.get(change.derived_from) if change.derived_from else None,
            own=dict(self.own.get((change.ci, change.path), {})),
        )
        verdict = judge(change, self.book, self.policy, self.as_known_ms, self._standing(change).around(circumstances))
        if verdict is not None and verdict != self._as_of(verdict):
            self._keep(verdict)
        return verdict

    def _standing(self, change: Change) -> Standing:
        """What should hold before the change: what earlier ones left, or what was signed after the last of them."""
        slot, signed = Slot.of(change), self.signed.get(change.source)
        if slot not in self.standings or (
            signed is not None and self.turns[slot][-1].upper_ms <= signed < change.upper_ms
        ):
            return begin(change)
        return self.standings[slot]

    def _as_of(self, verdict: Verdict) -> Verdict | None:
        """The earlier verdict with this one's instant: what is only known later, but says the same, is no news."""
        earlier = self.known.get(verdict.id)
        return replace(earlier, as_known_ms=verdict.as_known_ms) if earlier else None

    def _keep(self, verdict: Verdict) -> None:
        self.known[verdict.id] = verdict
        self.out.verdicts.append(verdict)
        self._find(settle(verdict, self.findings, self.around.owner_of(verdict.ci)))

    def _find(self, found: Sequence[Finding]) -> None:
        """Findings as they are from now on; what is as it was needs no writing."""
        before = {finding.id: finding for finding in self.findings}
        news = {finding.id: finding for finding in found if before.get(finding.id) != finding}
        self.findings = list((before | news).values())
        self.out.findings = list(({finding.id: finding for finding in self.out.findings} | news).values())


def _by_rfc(facts: Iterable[AnyRecord]) -> Mapping[str, list[AnyRecord]]:
    shelves: dict[str, list[AnyRecord]] = {}
    for fact in facts:
        shelves.setdefault(fact.rfc, []).append(fact)  # type: ignore[attr-defined]  # versions, approvals, revocations
    return shelves


def _with_later(store: Store, changes: list[Change]) -> list[Change]:
    """The changes, later ones of the same paths, and those that follow from any of them."""
    first: dict[tuple[Key, str], Ms] = {}
    for change in changes:
        first[change.ci, change.path] = min(change.upper_ms, first.get((change.ci, change.path), change.upper_ms))
    found = {c.id: c for c in changes}
    for change in _history(store, {c.ci for c in changes}):
        if change.upper_ms >= first.get((change.ci, change.path), change.upper_ms + 1):
            found.setdefault(change.id, change)
    for change in records_in(store, Change, "derived_from", list(found)):
        found.setdefault(change.id, change)
    return list(found.values())


def _signed(store: Store) -> dict[str, Ms]:
    """Up to which instant a person vouched for the state of each source."""
    signed = sorted((b.as_of_ms, b.source) for b in records(store, Baseline) if b.signed_by is not None)
    return {source: as_of for as_of, source in signed}


def _history(store: Store, cis: set[Key]) -> list[Change]:
    return records_in(store, Change, "ci", cis)


def _roots(changes: Iterable[Change]) -> set[str]:
    return {change.derived_from for change in changes if change.derived_from}


def _turn(history: Mapping[str, Change]) -> Callable[[Change], tuple[int, int, int, str]]:
    """Sort key of changes by time; what follows from another one comes right after it."""

    def key(change: Change) -> tuple[int, int, int, str]:
        root, depth = change, 0
        while (above := history.get(root.derived_from or "")) and depth < DEEPEST:
            root, depth = above, depth + 1
        return root.upper_ms, root.lower_ms, depth, change.id

    return key


def _with_heirs(cis: tuple[Key, ...], merged: Mapping[Key, Key]) -> tuple[Key, ...]:
    found = dict.fromkeys(cis)
    for ci in cis:
        heir = merged.get(ci)
        while heir is not None and heir not in found:
            found[heir] = None
            heir = merged.get(heir)
    return tuple(found)
