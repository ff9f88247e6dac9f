"""Changes with their verdicts: in a span of time, of an item and what it rests on, of a person, of a request."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from driftline.api.judging import records_in
from driftline.diff.explain import WORDS
from driftline.diff.words import ActorHow, Change, Flag, Grade, Outcome, Verdict
from driftline.graph.lookup import pieces
from driftline.graph.model.bodies import record_of
from driftline.graph.model.change_records import Op, Rfc
from driftline.graph.model.schema import Model
from driftline.graph.model.values import Key, Micros, Ms, as_datetime
from driftline.graph.questions.names import CiName, call, names
from driftline.graph.questions.page import Page
from driftline.graph.questions.people import Who, named_in, people, unmask
from driftline.graph.questions.scan import cursor, scan
from driftline.graph.questions.values import shown
from driftline.graph.questions.viewer import Viewer
from driftline.graph.store import Compare, Cond, Cursor, Direction, Row, Store

ORDER = "upper_ms"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which changes. ``actors``: surely done by one of them; ``since``, ``until``: seen after the one, by the other."""

    cis: tuple[Key, ...] = ()
    kind: str | None = None
    verdict: Outcome | None = None
    actors: tuple[str, ...] = ()
    rfc: str | None = None
    run: str | None = None
    since: Ms | None = None
    until: Ms | None = None


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """A change and its verdict. Values are texts; ends of links are names. It happened in (after_at, by_at].

    ``words``: the verdict for people; ``None`` with ``judged`` false: nobody controls the path, so it has none.
    """

    id: str
    ci: Key
    kind: str
    name: str
    path: str
    op: Op
    old: str | None
    new: str | None
    after_at: datetime
    by_at: datetime
    grade: Grade
    actor: str | None
    actor_how: ActorHow
    verdict: Outcome | None
    words: str | None
    reason: str
    rule: str | None
    flags: tuple[Flag, ...]
    rfc: str | None
    rfc_number: str | None
    judged: bool
    derived_from: str | None
    source: str
    run: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Changed:
    """What changed on an item and around it since an instant. ``truncated``: more is around it than was followed."""

    ci: CiName
    since_at: datetime
    around: int
    truncated: bool
    rows: tuple[ChangeRow, ...]


def changes(
    viewer: Viewer,
    store: Store,
    wanted: Wanted,
    *,
    after: Cursor | None = None,
    limit: int = 50,
    known_at: Micros | None = None,
) -> Page[ChangeRow]:
    """Changes that fit all conditions, newest first."""
    found = list(islice(_fitting(store, wanted, after, known_at), limit + 1))
    shown = found[:limit]
    more = cursor(shown[-1][0], ORDER) if len(found) > limit else None
    return Page(rows_of(viewer, store, [(change, verdict) for _, change, verdict in shown]), more)


def changed(
    viewer: Viewer,
    store: Store,
    ci: Key,
    since: Ms,
    *,
    depth: int = 0,
    limit: int = 1_000,
    known_at: Micros | None = None,
) -> Changed:
    """Changes since an instant, newest first: of an item, its parts, what it rests on up to ``depth`` links away."""
    parts = store.closure([ci], Direction.IN, ["PART_OF"])
    around = store.closure(sorted(parts.depth), Direction.OUT, depth=depth, limit=limit) if depth else parts
    cis = tuple(sorted({ci, *parts.depth, *around.depth}))
    page = changes(viewer, store, Wanted(cis=cis, since=since), limit=limit, known_at=known_at)
    named = names(viewer, store, [ci]).get(ci) or CiName(ci, "", ci)
    cut = parts.truncated or around.truncated or page.after is not None
    return Changed(named, as_datetime(since), len(cis), cut, page.rows)


def rows_of(viewer: Viewer, store: Store, judged: Sequence[tuple[Change, Verdict | None]]) -> tuple[ChangeRow, ...]:
    """Changes as people read them: items, requests and persons by their names."""
    told = [change for change, _ in judged]
    ends = {end for c in told if is_link(store.model, c) for end in (c.old, c.new) if end}
    known = names(viewer, store, {*ends, *(ci for c in told for ci in (c.ci, *c.owners))})
    texts = [str(text) for c, v in judged for text in (c.actor, *c.candidates, v.sentence if v else "") if text]
    who = people(viewer, store, named_in(texts))
    numbers = {rfc.id: rfc.number for rfc in records_in(store, Rfc, "id", {v.rfc for _, v in judged if v and v.rfc})}
    return tuple(_row(store.model, change, verdict, known, who, numbers) for change, verdict in judged)


def text_of(model: Model, change: Change, value: str | None, known: Mapping[Key, CiName]) -> str | None:
    """A value of a change as text: without quotes, and the end of a link by its name."""
    if value is None:
        return None
    if is_link(model, change):
        return call(known, value)
    said = shown(change.path, json.loads(value))
    return said if isinstance(said, str) else ", ".join(said) if isinstance(said, list) else value


def is_link(model: Model, change: Change) -> bool:
    """Whether the path of a change is a link, whose values are keys."""
    return change.path.upper() in model.links


def verdicts_of(store: Store, ids: Sequence[str], known_at: Micros | None = None) -> dict[str, Verdict]:
    """Verdicts by change, as known at an instant."""
    rows = (row for piece in pieces(ids) for row in scan(store, "Verdict", [_in("id", piece)], known_at=known_at))
    return {row.id: record_of(Verdict, row.body) for row in rows}


def _row(
    model: Model,
    change: Change,
    verdict: Verdict | None,
    known: Mapping[Key, CiName],
    who: Mapping[str, Who],
    numbers: Mapping[str, str],
) -> ChangeRow:
    return ChangeRow(
        id=change.id,
        ci=change.ci,
        kind=change.ci_kind,
        name=_name(change, known),
        path=change.path,
        op=change.op,
        old=text_of(model, change, change.old, known),
        new=text_of(model, change, change.new, known),
        after_at=as_datetime(change.lower_ms),
        by_at=as_datetime(change.upper_ms),
        grade=change.grade,
        actor=_actor(change, who),
        actor_how=change.actor_how,
        verdict=verdict.verdict if verdict else None,
        words=WORDS[verdict.verdict] if verdict else None,
        reason=verdict.reason if verdict else "",
        rule=verdict.rule if verdict else None,
        flags=verdict.flags if verdict else (),
        rfc=verdict.rfc if verdict else None,
        rfc_number=numbers.get(verdict.rfc) if verdict and verdict.rfc else None,
        judged=change.judged,
        derived_from=change.derived_from,
        source=change.source,
        run=change.run,
        sentence=unmask(verdict.sentence, who) if verdict else "",
    )


def _name(change: Change, known: Mapping[Key, CiName]) -> str:
    """The name that the item had then; a part is named with what it is a part of."""
    now = call(known, change.ci)
    if not change.title or now.endswith(f" / {change.title}"):
        return now
    return f"{call(known, change.owners[0])} / {change.title}" if change.owners else change.title


def _actor(change: Change, who: Mapping[str, Who]) -> str | None:
    if change.actor is not None:
        return unmask(change.actor, who)
    return " or ".join(unmask(one, who) for one in change.candidates) or None


Fit = tuple[Row, Change, Verdict | None]


def _fitting(store: Store, wanted: Wanted, after: Cursor | None, known_at: Micros | None) -> Iterator[Fit]:
    """Walk the access path that narrows most, and join what the other conditions need."""
    if wanted.verdict is not None or wanted.rfc is not None:
        pairs = _by_verdict(store, wanted, after, known_at)
    else:
        pairs = _by_change(store, wanted, after, known_at)
    return (one for one in pairs if _fits(one[1], one[2], wanted))


def _by_change(store: Store, wanted: Wanted, after: Cursor | None, known_at: Micros | None) -> Iterator[Fit]:
    where = _span(wanted)
    if wanted.cis:
        where.append(_in("ci", wanted.cis))
    elif wanted.actors:
        where.append(_in("actor", wanted.actors))
    rows = scan(store, "Change", where, order=ORDER, descending=True, after=after, known_at=known_at)
    for piece in _batches(rows):
        verdicts = verdicts_of(store, [row.id for row in piece], known_at)
        yield from ((row, record_of(Change, row.body), verdicts.get(row.id)) for row in piece)


def _by_verdict(store: Store, wanted: Wanted, after: Cursor | None, known_at: Micros | None) -> Iterator[Fit]:
    where = _span(wanted)
    if wanted.verdict is not None:
        where.append(Cond("verdict", Compare.EQ, wanted.verdict.value))
    if wanted.rfc is not None:
        where.append(Cond("rfc", Compare.EQ, wanted.rfc))
    rows = scan(store, "Verdict", where, order=ORDER, descending=True, after=after, known_at=known_at)
    for piece in _batches(rows):
        ids = [str(row.body["change"]) for row in piece]
        found = scan(store, "Change", [_in("id", ids)], known_at=known_at)
        changes_ = {row.id: record_of(Change, row.body) for row in found}
        yield from ((row, changes_[row.id], record_of(Verdict, row.body)) for row in piece if row.id in changes_)


def _fits(change: Change, verdict: Verdict | None, wanted: Wanted) -> bool:
    asked = (
        not wanted.cis or change.ci in wanted.cis,
        wanted.kind in {None, change.ci_kind},
        not wanted.actors or change.actor in wanted.actors,
        wanted.run in {None, change.run},
        wanted.rfc is None or (verdict is not None and verdict.rfc == wanted.rfc),
    )
    return all(asked)


def _span(wanted: Wanted) -> list[Cond]:
    where = [] if wanted.since is None else [Cond(ORDER, Compare.GT, wanted.since)]
    return where if wanted.until is None else [*where, Cond(ORDER, Compare.LE, wanted.until)]


def _in(field: str, values: Sequence[str]) -> Cond:
    return Cond(field, Compare.IN, list(values))


def _batches(rows: Iterator[Row], size: int = 500) -> Iterator[list[Row]]:
    while piece := list(islice(rows, size)):
        yield piece
