"""Takes in files of change requests, people and services: all of a drop or nothing of it, and a drop again is nothing.

A drop is known by the SHA-256 of its content. CIs that its texts do not name yet stay listed and are bound at the visit
that first sees them.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from driftline.api.judging import Judged, judge_changes, records, records_in
from driftline.api.pipeline import Report, take_in
from driftline.api.rejudging import Touched, give_up, judge_again, known_rfcs, versions_of
from driftline.api.site import Site
from driftline.api.visit.context import Pen, row_of
from driftline.api.visit.order import Order
from driftline.api.words import shipped_words
from driftline.collectors.records.files import (
    BadFiles,
    Fault,
    Imported,
    People,
    Reading,
    drop,
    read_people,
    read_rfcs,
    run_id,
)
from driftline.config import RecordFiles
from driftline.diff.authority import Request, authorities
from driftline.graph.batch import Rows
from driftline.graph.model.bodies import body, record_of
from driftline.graph.model.change_records import Approval, Freeze, Revocation, Rfc, RfcVersion
from driftline.graph.model.ci_text import CiText
from driftline.graph.model.declare import Record
from driftline.graph.model.selector import SelectorError
from driftline.graph.model.values import Key, Ms, digest, known_at
from driftline.graph.questions.binding import Bound, bind_all
from driftline.graph.questions.scan import scan
from driftline.graph.questions.scope import RESOLVED, bound, meant, resolved, texts_of
from driftline.graph.questions.viewer import Viewer
from driftline.graph.records import Outcome, Run
from driftline.graph.store import Compare, Cond, Lease, PersonRow, Store

if TYPE_CHECKING:
    from driftline.graph.model.people import Person

log = logging.getLogger(__name__)

Full = TypeVar("Full", Imported, People)
"""What a drop says, which may be everything there is."""

SYSTEM = Viewer.everything()
WELL = frozenset({Outcome.COMPLETE, Outcome.PARTIAL})


@dataclass(frozen=True, slots=True)
class Drop:
    """What became of one drop. ``already``: it was in, and nothing was written."""

    path: str
    run: str
    already: bool = False
    rfcs: int = 0
    written: int = 0
    unbound: tuple[str, ...] = ()
    caveats: tuple[str, ...] = ()
    rejudged: int = 0
    items: int = 0


@dataclass(slots=True)
class Records:
    """Takes in drops under the lease of its writer."""

    site: Site
    store: Store
    lease: Lease

    COLLECTOR = "files"

    def configured(self, now_ms: Ms) -> tuple[list[Drop], list[Fault]]:
        """Take in every configured drop that is new, and say what is wrong with those that cannot be."""
        done: list[Drop] = []
        broken: list[Fault] = []
        for source in self.site.settings.records:
            for path, people in [*((p, True) for p in source.people), *((p, False) for p in source.changes)]:
                try:
                    done.append(self.take(source, path, now_ms, people=people))
                except BadFiles as error:
                    broken += error.faults
        return done, broken

    def take(self, source: RecordFiles, path: Path, now_ms: Ms, *, people: bool) -> Drop:
        """Take in one drop.

        Raises:
            BadFiles: with every fault; nothing was written.
        """
        files = drop(path)
        reading = reading_of(self.site, source)
        if people:
            return self._people(_not_alone(read_people(files, reading), path, source.people), path, now_ms)
        run = f"{source.source}@{run_id(files)}"
        if self._last(source.source, path) == run:
            return Drop(str(path), run, already=True)
        return self._changes(_not_alone(read_rfcs(files, reading), path, source.changes), run, path, now_ms)

    def bind_late(self, name: str, now_ms: Ms) -> Judged:
        """Bind what requests could not name before, and judge what that touches."""
        known = {version.id: version for version in self._waiting(now_ms)}
        now = [v for v in self._bound(known.values(), known, now_ms) if body(v) != body(known[v.id])]
        if not now:
            return Judged()
        Pen(self.store, self.lease, name, "records", "").write("bound", Rows(), [row_of(v) for v in now])
        touched = Touched({v.rfc for v in now}, now)
        changes = touched.affected(self.store, self.site.policy)
        return judge_again(self.store, self.lease, self.site.policy, changes, f"{name}/bound", now_ms)

    def _changes(self, said: Imported, run: str, path: Path, now_ms: Ms) -> Drop:
        facts = self._facts(said, now_ms)
        news = self._news(facts)
        name, resumed = self._name(run, said.source, path)
        pen = Pen(self.store, self.lease, name, said.source, "")
        begun = _run(name, said.source, path, now_ms, len(said.rfcs))
        people = self._new_people(said.persons)
        pen.write("records", Rows(), [*map(row_of, news), row_of(begun)], **({"persons": people} if people else {}))
        changes = self._touched(facts if resumed else news).affected(self.store, self.site.policy)
        judged = judge_changes(self.store, changes, self.site.policy, now_ms)
        pen.write("close", Rows(), [*judged.rows, row_of(replace(begun, ended_ms=now_ms, outcome=Outcome.COMPLETE))])
        versions = [fact for fact in facts if isinstance(fact, RfcVersion)]
        return Drop(
            path=str(path),
            run=name,
            rfcs=len(said.rfcs),
            written=len(news),
            unbound=tuple(sorted({f"{v.rfc}: {i.unresolved}" for v in versions for i in v.scope if i.unresolved})),
            caveats=tuple(map(str, said.caveats)),
            rejudged=len(judged.verdicts),
        )

    def _people(self, said: People, path: Path, now_ms: Ms) -> Drop:
        texts = bind_all(SYSTEM, self.store, said.texts)
        bindings: dict[CiText, Key] = {text: found.ci for text, found in texts.items() if isinstance(found, Bound)}
        run = f"{said.source}@{digest(said.run, *(f'{t.kind}:{t.text}={ci}' for t, ci in sorted(bindings.items())))}"
        if self._last(said.source, path) == run:
            return Drop(str(path), run, already=True)
        order = Order(
            run=self._name(run, said.source, path)[0],
            target=_label(said.source, path),
            collector=self.COLLECTOR,
            capture=said.run,
            started_ms=now_ms,
            ended_ms=now_ms,
            policy=self.site.policy,
            pseudonym=self.site.pseudonym,
            judged=False,
        )
        report: Report = take_in(order, said.parts(bindings, now_ms), self.store, self.lease)
        return Drop(
            path=str(path),
            run=order.run,
            items=len(said.items),
            written=report.written,
            unbound=report.unread,
            caveats=tuple(map(str, said.caveats)),
        )

    def _facts(self, said: Imported, now_ms: Ms) -> list[Record]:
        """Everything that the drop says, scopes bound, and the end of requests that a full export no longer holds."""
        stored = {v.id: v for v in records_in(self.store, RfcVersion, "id", (v.id for v in said.versions))}
        versions = {v.id: v for v in self._bound(said.versions, stored, now_ms, said)}
        freezes = [self._frozen(freeze) for freeze in said.freezes]
        ends = [*said.revocations, *said.deleted(known_rfcs(self.store, said.source))]
        return [*said.rfcs, *versions.values(), *said.approvals, *ends, *freezes]

    def _bound(
        self, versions: Iterable[RfcVersion], stored: Mapping[str, RfcVersion], now_ms: Ms, said: Imported | None = None
    ) -> list[RfcVersion]:
        """Versions with their scopes bound and resolved as of their approval. What was bound before stays so."""
        kept = [_as_bound(version, stored.get(version.id)) for version in versions]
        bindings = bind_all(SYSTEM, self.store, {text for version in kept for text in texts_of(version)})
        approved = self._approved([v.rfc for v in kept], kept, said)
        found = []
        for version in kept:
            at = approved.get(version.id)
            one = bound(version, bindings)
            found.append(resolved(SYSTEM, self.store, one, at if at and at <= now_ms else None, stored.get(version.id)))
        return found

    def _approved(self, rfcs: Iterable[str], now: list[RfcVersion], said: Imported | None) -> dict[str, Ms]:
        """When each version was approved, by all that is known with what the drop adds."""
        ids = sorted(set(rfcs))
        versions = {v.id: v for v in versions_of(self.store, ids)} | {v.id: v for v in now}
        decisions = {a.id: a for a in records_in(self.store, Approval, "rfc", ids)}
        ends = {r.id: r for r in records_in(self.store, Revocation, "rfc", ids)}
        known = {r.id: r for r in records_in(self.store, Rfc, "id", ids)}
        if said:
            decisions |= {a.id: a for a in said.approvals}
            ends |= {r.id: r for r in said.revocations}
            known |= {r.id: r for r in said.rfcs}
        found: dict[str, Ms] = {}
        for rfc in known.values():
            request = Request(
                rfc,
                tuple(v for v in versions.values() if v.rfc == rfc.id),
                tuple(a for a in decisions.values() if a.rfc == rfc.id),
                tuple(r for r in ends.values() if r.rfc == rfc.id),
            )
            for one in authorities(request, self.site.policy):
                if one.approved_ms is not None:
                    found[one.version.id] = Ms(one.approved_ms)
        return found

    def _frozen(self, freeze: Freeze) -> Freeze:
        """The freeze with its filter resolved as of its declaration."""
        items = []
        for item in freeze.scope:
            try:
                cis = meant(SYSTEM, self.store, item, at=known_at(freeze.declared_ms)) or meant(
                    SYSTEM, self.store, item
                )
                items.append(replace(item, cis=cis, unresolved="" if cis else "means no known CI"))
            except SelectorError as error:
                items.append(replace(item, unresolved=str(error)))
        return replace(freeze, scope=tuple(items))

    def _news(self, facts: Iterable[Record]) -> list[Record]:
        """Facts that the store does not hold as they are."""
        by_kind: dict[type[Record], dict[str, Record]] = {}
        for fact in facts:
            by_kind.setdefault(type(fact), {})[str(body(fact)["id"])] = fact
        news: list[Record] = []
        for kind, own in by_kind.items():
            known = {str(body(one)["id"]): body(one) for one in records_in(self.store, kind, "id", own)}
            news += [fact for id_, fact in own.items() if body(fact) != known.get(id_)]
        return news

    def _touched(self, news: Iterable[Record]) -> Touched:
        touched = Touched()
        for fact in news:
            if isinstance(fact, Freeze):
                touched.freezes.append(fact)
            elif isinstance(fact, RfcVersion | Approval | Revocation):
                touched.rfcs.add(fact.rfc)
        touched.versions = versions_of(self.store, touched.rfcs)
        return touched

    def _new_people(self, persons: Iterable[Person]) -> tuple[PersonRow, ...]:
        said = {person.pseudonym: person.login for person in persons if person.login}
        known = self.store.persons(sorted(said))
        return tuple(
            PersonRow(p, "login", login) for p, login in sorted(said.items()) if "login" not in known.get(p, {})
        )

    def is_configured(self, run: Run) -> bool:
        """Whether a run that was cut is of a drop that will be taken in again by itself."""
        drops = ((s.source, p) for s in self.site.settings.records for p in (*s.people, *s.changes))
        return run.collector == self.COLLECTOR and run.target in {_label(source, path) for source, path in drops}

    def _waiting(self, now_ms: Ms) -> Iterator[RfcVersion]:
        """Versions that name CIs nobody knew, or whose filters were resolved before their approval was reached."""
        rows = {row.id: row for row in scan(self.store, RfcVersion.kind)}
        versions = {id_: record_of(RfcVersion, row.body) for id_, row in rows.items()}
        broad = [v for v in versions.values() if any(item.by in RESOLVED for item in v.scope)]
        approved = self._approved((v.rfc for v in broad), broad, None)
        for version in versions.values():
            at = approved.get(version.id)
            early = at is not None and at <= now_ms and rows[version.id].recorded <= known_at(at)
            if early or any(item.unresolved for item in version.scope):
                yield version

    def _runs(self, source: str, path: Path) -> list[Run]:
        return records(self.store, Run, [Cond("target", Compare.EQ, _label(source, path))], order="started_ms")

    def _last(self, source: str, path: Path) -> str:
        """The newest run of this drop that ended well, without its number."""
        ended = [run for run in self._runs(source, path) if run.outcome in WELL]
        return ended[-1].id.partition("#")[0] if ended else ""

    def _name(self, run: str, source: str, path: Path) -> tuple[str, bool]:
        """The name under which content is taken in, numbered if it was in before; and whether it was cut last time."""
        known = self._runs(source, path)
        cut = [one for one in known if one.outcome is Outcome.RUNNING]
        for other in (one for one in cut if one.id.partition("#")[0] != run):
            give_up(self.store, self.lease, self.site.policy, other, "other content came before it was done")
        if mine := [one.id for one in cut if one.id.partition("#")[0] == run]:
            return mine[0], True
        times = sum(one.id.partition("#")[0] == run for one in known)
        return (f"{run}#{times}" if times else run), False


def _not_alone(said: Full, path: Path, paths: Iterable[Path]) -> Full:
    """What a drop says; if it calls itself everything there is, but has sisters, then it cannot say what is gone."""
    others = sorted(other.name for other in paths if other.absolute() != path.absolute())
    if not said.full or not others:
        return said
    what = f"not everything, for {others[0]} is of the same source: nothing is taken as gone; put them into one"
    return replace(said, full=False, caveats=(*said.caveats, Fault(path.name, 0, "full", what)))


def reading_of(site: Site, source: RecordFiles) -> Reading:
    """How the files of a source are read."""
    return Reading(
        source=source.source,
        site_key=site.site_key,
        words=shipped_words(),
        zone=source.zone or "",
        encoding=source.encoding,
        delimiter=source.delimiter,
    )


def _label(source: str, path: Path) -> str:
    """What stands for a target in the runs of a drop."""
    return f"{source}/{path.name}"


def _run(name: str, source: str, path: Path, now_ms: Ms, items: int) -> Run:
    return Run(
        id=name,
        target=_label(source, path),
        collector=Records.COLLECTOR,
        source=source,
        started_ms=now_ms,
        outcome=Outcome.RUNNING,
        items=items,
        judged=True,
    )


def _as_bound(version: RfcVersion, stored: RfcVersion | None) -> RfcVersion:
    """The version with the CIs that its lines were bound to before: a CI renamed since is still the one meant."""
    if stored is None:
        return version
    before = {(item.by, item.text, item.kind): item for item in stored.scope}
    scope = []
    for item in version.scope:
        old = before.get((item.by, item.text, item.kind))
        scope.append(replace(item, cis=old.cis, parent=old.parent, assumed=old.assumed) if old else item)
    return replace(version, scope=tuple(scope))
