"""The state that somebody vouched for, and where the present state is another one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from driftline.api.judging import records
from driftline.api.questions.changes import text_of, verdicts_of
from driftline.diff.baseline import Slot, Standing, drift, fold, since
from driftline.diff.explain import WORDS
from driftline.diff.findings import accepted
from driftline.diff.policy import Policy
from driftline.diff.words import Baseline, Change, Finding, Verdict, Waiver
from driftline.graph.model.bodies import record_of
from driftline.graph.model.change_records import Op
from driftline.graph.model.values import Key, Ms
from driftline.graph.questions.names import CiName, call, names
from driftline.graph.questions.times import when_ms
from driftline.graph.questions.viewer import Viewer
from driftline.graph.records import Outcome, Run
from driftline.graph.store import Compare, Cond, Store


@dataclass(frozen=True, slots=True)
class BaselineFacts:
    """The baseline of a source. Until a person signs one, the first complete reading stands in, unsigned (D39)."""

    source: str
    signed: bool
    as_of_at: datetime | None
    signed_by: str | None
    signed_at: datetime | None
    note: str
    differs: int


@dataclass(frozen=True, slots=True)
class Apart:
    """A place where the present value is not the authorised one, and the change that made it so."""

    ci: Key
    kind: str
    name: str
    path: str
    source: str
    authorised: str | None
    current: str | None
    change: str | None
    words: str | None


EXISTENCE: dict[Op, tuple[str | None, str | None]] = {Op.CREATE: (None, "exists"), Op.DELETE: ("exists", None)}
"""What should be and is, where a CI itself came or went."""


def sources(store: Store) -> tuple[str, ...]:
    """Every source that was ever read."""
    return tuple(sorted(str(source) for source in store.count("ReadCoverage", by="source")))


def baselines(viewer: Viewer, store: Store, policy: Policy, as_known_ms: Ms) -> tuple[BaselineFacts, ...]:
    """The baseline of every source whose changes are judged."""
    return tuple(_facts(viewer, store, source, policy, as_known_ms) for source in sources(store))


def baseline(viewer: Viewer, store: Store, source: str, policy: Policy, as_known_ms: Ms) -> BaselineFacts | None:
    """The baseline of one source; ``None``: it was never read."""
    return _facts(viewer, store, source, policy, as_known_ms) if source in sources(store) else None


def newest(store: Store, source: str) -> Baseline | None:
    """The baseline signed last."""
    where = [Cond("source", Compare.EQ, source)]
    rows = store.find("Baseline", where, order="signed_ms", descending=True, limit=1)
    return record_of(Baseline, rows[0].body) if rows else None


def apart(viewer: Viewer, store: Store, source: str, policy: Policy, as_known_ms: Ms) -> tuple[Apart, ...]:
    """Where the present state of a source is not the authorised one and nobody waived it, by name and path."""
    told = {c.id: c for c in records(store, Change, [Cond("source", Compare.EQ, source)])}
    verdicts = verdicts_of(store, list(told))
    judged = since(newest(store, source), ((told[id_], verdict) for id_, verdict in verdicts.items()))
    standings = fold(judged, accepted(records(store, Finding)), policy)
    found = drift(standings, records(store, Waiver), as_known_ms)
    last = {Slot.of(change): (change, verdict) for change, verdict in judged}
    return _rows(viewer, store, found, last)


def first_complete(store: Store, source: str) -> Ms | None:
    """End of the first complete reading of a source."""
    where = [Cond("source", Compare.EQ, source), Cond("outcome", Compare.EQ, Outcome.COMPLETE.value)]
    rows = store.find("Run", where, order="started_ms", limit=1)
    return record_of(Run, rows[0].body).ended_ms if rows else None


def _facts(viewer: Viewer, store: Store, source: str, policy: Policy, as_known_ms: Ms) -> BaselineFacts:
    signed = newest(store, source)
    differs = len(apart(viewer, store, source, policy, as_known_ms))
    if signed is None:
        return BaselineFacts(source, False, when_ms(first_complete(store, source)), None, None, "", differs)  # noqa: FBT003 -- a value
    times = when_ms(signed.as_of_ms), signed.signed_by, when_ms(signed.signed_ms)
    return BaselineFacts(source, True, *times, signed.note, differs)  # noqa: FBT003 -- a value


def _rows(
    viewer: Viewer, store: Store, found: list[tuple[Slot, Standing]], last: dict[Slot, tuple[Change, Verdict]]
) -> tuple[Apart, ...]:
    ends = {value for slot, s in found if slot.path.upper() in store.model.links for value in (s.authorised, s.current)}
    known = names(viewer, store, {*(slot.ci for slot, _ in found), *(end for end in ends if end)})
    rows = [_row(store, slot, standing, known, *last[slot]) for slot, standing in found]
    return tuple(sorted(rows, key=lambda row: (row.name, row.path, row.source, row.current or "")))


def _row(
    store: Store, slot: Slot, standing: Standing, known: dict[Key, CiName], change: Change, verdict: Verdict
) -> Apart:
    told = [text_of(store.model, change, value, known) for value in (standing.authorised, standing.current)]
    authorised, current = told if slot.path else EXISTENCE[change.op]
    return Apart(
        ci=slot.ci,
        kind=change.ci_kind,
        name=call(known, slot.ci),
        path=slot.path,
        source=slot.source,
        authorised=authorised,
        current=current,
        change=change.id,
        words=WORDS[verdict.verdict],
    )
