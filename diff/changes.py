"""From a difference to a Change: since when at the earliest, by when at the latest, and by whom.

The interval (L, U] opens at the start of the last complete reading that showed the old value and closes at the end of
the first that shows the new one. What had never been read completely makes no change when it is first said: that is
inventory. Nor does what differs from the words of another schema of the collector.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from driftline.diff.attribution import UNHEARD, Attribution, CiEvent, Sought, attribute
from driftline.diff.differ import Delta, Difference
from driftline.diff.interval import narrow_by_stamp
from driftline.diff.policy import Policy
from driftline.diff.words import Change, Grade, Mark, change_id
from driftline.graph.model.change_records import Op
from driftline.graph.model.declare import Volatility
from driftline.graph.model.facts import Read
from driftline.graph.model.observed import ALL, MEMBERSHIP, Act, Clock, FeedCoverage, Stamp
from driftline.graph.model.values import Key, Ms, Value, canonical_json

CONTROLLED: Mapping[str, frozenset[str]] = {
    "VirtualMachine": frozenset({"power", "runs_on", "stored_on"}),
    "VirtualDisk": frozenset({"stored_on"}),
    "HypervisorHost": frozenset({"maintenance_mode", "member_of"}),
}
"""Runtime paths that somebody controls, and that are judged therefore; all others are only told (decision D11)."""

ONGOING = {Op.ADD, Op.RELATE, Op.CREATE}


@dataclass(frozen=True, slots=True)
class Visit:
    """What all changes of one visit share."""

    source: str
    run: str
    capture: str
    policy: Policy
    clock: Clock | None = None
    feed: FeedCoverage | None = None
    events: Mapping[Key, Sequence[CiEvent]] = field(default_factory=dict)
    stamps: Mapping[Key, Stamp] = field(default_factory=dict)
    unheard: str = UNHEARD
    """Why nobody is named where no events were read."""
    judged: bool = True
    """``False``: administrative data (who owns what), which no change request covers."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Earlier readings of one kind by group, and the end of this visit's reading by group."""

    before: Mapping[str, Read]
    end_ms: Mapping[str, Ms]


@dataclass(frozen=True, slots=True)
class Place:
    """Where the CI stands: its name, the CIs it is a part of (nearest first), the ends of its links, and its keys.

    Under one of its keys it may have been known to be there before anything of it was shown.
    """

    title: str = ""
    owners: tuple[Key, ...] = ()
    parents: tuple[Key, ...] = ()
    keys: tuple[Key, ...] = ()


def changes(delta: Delta, reading: Reading, place: Place, visit: Visit) -> list[Change]:
    """Date and attribute every difference of one CI; first readings are left out."""
    dated = ((d, _interval(delta.ci, d, reading, (*place.owners, *place.keys))) for d in delta.differences)
    return [_change(delta, d, *span, place, visit) for d, span in dated if span is not None]


def since(ci: Key, group: str, name: str, before: Mapping[str, Read], owners: Sequence[Key] = ()) -> Ms | None:
    """Start of the newest complete reading that showed this field of this CI; ``None``: there was none.

    ``owners``: what a CI that was not known is a part of, and its keys: it may have been behind what was not shown.
    """
    if group not in before:
        return None
    own = _exceptions(ci, (name, ALL), before[group]) or [before[group].start_ms]
    shown = [at for one in (ci, *owners) for at in _exceptions(one, (ALL,), before.get(MEMBERSHIP))]
    every = [at for at in (*own, *shown) if at is not None]
    return min(every) if len(every) == len(own) + len(shown) else None


def _exceptions(ci: Key, names: Sequence[str], read: Read | None) -> list[Ms | None]:
    """When these fields of a CI were last shown, as far as the newest complete reading did not."""
    known = read.exceptions.get(ci, {}) if read else {}
    return [known[name] for name in names if name in known]


def cascade(found: Iterable[Change]) -> list[Change]:
    """Mark what follows from something else: parts that came or went with the CI they are a part of."""
    found = list(found)
    roots: dict[tuple[Key, Op], str] = {
        (c.ci, c.op): c.id for c in found if not c.path and c.op in {Op.CREATE, Op.DELETE}
    }
    return [replace(c, derived_from=_root(c, roots)) for c in found]


def _root(change: Change, roots: Mapping[tuple[Key, Op], str]) -> str | None:
    if change.path:
        return None
    return next((roots[owner, change.op] for owner in reversed(change.owners) if (owner, change.op) in roots), None)


def _interval(ci: Key, difference: Difference, reading: Reading, owners: Sequence[Key]) -> tuple[Ms, Ms, Grade] | None:
    above = owners if difference.op is Op.CREATE else ()
    lower = since(ci, difference.group, difference.name, reading.before, above)
    upper = reading.end_ms[difference.group]
    if lower is not None:
        return lower, upper, Grade.POLL
    first = reading.before.get(difference.group)
    if first is None or difference.op in ONGOING or first.is_rebased(ci, (difference.name, ALL)):
        return None
    return first.first_ms, upper, Grade.PARTIAL


def _change(delta: Delta, d: Difference, lower: Ms, upper: Ms, grade: Grade, place: Place, visit: Visit) -> Change:
    old, new = text(d, d.old), text(d, d.new)
    sought = Sought(delta.ci, d.path, d.op, new, (lower, upper))
    found = attribute(sought, events_of(delta, place, visit), visit.feed, visit.clock, visit.policy, visit.unheard)
    found = _by_stamp(found, d, visit.stamps.get(delta.ci), visit)
    marks = (*(() if delta.settled else (Mark.UNSETTLED,)), *((Mark.EVENT_CONFLICT,) * found.conflict))
    return Change(
        id=change_id(visit.source, delta.ci, d.path, d.op, old if d.op is Op.UNRELATE else new, visit.capture),
        ci=delta.ci,
        ci_kind=delta.kind,
        title=place.title,
        source=visit.source,
        path=d.path,
        op=d.op,
        old=old,
        new=new,
        lower_ms=Ms(found.span[0]),
        upper_ms=Ms(found.span[1]),
        grade=grade if grade is Grade.PARTIAL else found.grade,
        actor=found.actor,
        actor_how=found.how,
        actor_why=found.why,
        candidates=found.candidates,
        events=found.events,
        event_types=found.types,
        owners=place.owners,
        parents=place.parents if d.op is Op.CREATE else (),
        run=visit.run,
        capture=visit.capture,
        marks=marks,
        volatility=d.changes,
        judged=visit.judged and (d.changes is not Volatility.RUNTIME or d.path in CONTROLLED.get(delta.kind, ())),
    )


def _by_stamp(found: Attribution, d: Difference, stamp: Stamp | None, visit: Visit) -> Attribution:
    """What no event dates, the thing's own "last changed at" may: it was no later than that (evidence grade B)."""
    if stamp is None or found.grade is not Grade.POLL or not {d.path, ALL} & set(stamp.fields):
        return found
    error = visit.policy.unmeasured_error_ms
    span, conflict = narrow_by_stamp(found.span, stamp, visit.clock, unmeasured_ms=error, only_one=False)
    grade = Grade.POLL if span == found.span else Grade.STAMP
    return replace(found, span=span, grade=grade, conflict=found.conflict or conflict)


def text(difference: Difference, value: Value) -> str | None:
    """A value as a change keeps it: canonical JSON, or the key of a link's end as it is."""
    if value is None:
        return None
    return str(value) if difference.link else canonical_json(value)


def events_of(delta: Delta, place: Place, visit: Visit) -> list[CiEvent]:
    """The source's events about a CI, and those about its owners as far as they can speak of this part."""
    prefix = part_name(delta.kind)
    of_owners = (event for owner in place.owners for event in visit.events.get(owner, ()))
    told = (_of_part(event, delta.ci, prefix) for event in of_owners)
    return [*visit.events.get(delta.ci, ()), *(event for event in told if event)]


def part_name(kind: str) -> str:
    """Name of a kind in the path of a part: VirtualDisk is ``virtual_disk``."""
    return "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(kind))


def _of_part(event: CiEvent, ci: Key, prefix: str) -> CiEvent | None:
    """An event of an owner as an event of its part: paths lose the part's prefix."""
    names = tuple(replace(n, path=rest) for n in event.names if (rest := _inside(n.path, prefix)) is not None)
    can = tuple(rest for path in event.can_change if (rest := _inside(path, prefix)) is not None)
    if event.act is not Act.CHANGED or not (names or can):
        return None
    return replace(event, ci=ci, names=names, can_change=can)


def _inside(path: str, prefix: str) -> str | None:
    if path in {prefix, ALL}:
        return "" if path == prefix else ALL
    return path.removeprefix(f"{prefix}/") if path.startswith(f"{prefix}/") else None
