"""What would look removed if one observation followed another: the question behind every test of coverage."""

from __future__ import annotations

from driftline.collectors.coverage import fields_of
from driftline.graph.model.declare import Item, Ref
from driftline.graph.model.observed import ALL, MEMBERSHIP, Observation, Status


def removed(whole: Observation, left: Observation) -> list[str]:
    """What was there, is not said any more, and is covered by nothing that would keep it."""
    if left.source is None:
        return [repr(one) for one in (*left.items, *left.coverage)]
    told = {(row.kind, row.group) for row in (*whole.coverage, *left.coverage)}
    open_scopes = told - {(row.kind, row.group) for row in left.coverage if row.status is Status.COMPLETE}
    shut = {(part.item, field) for part in left.withheld for field in part.fields}
    now = {handle(one): one for one in left.items}
    lost: list[str] = []
    for one in whole.items:
        ref = handle(one)
        if ref not in now:
            lost += [] if (one.kind, MEMBERSHIP) in open_scopes or (ref, ALL) in shut else [f"{ref}"]
            continue
        for field, group in fields_of(type(one)).items():
            differs = said(getattr(one, field)) != said(getattr(now[ref], field))
            kept = (one.kind, group) in open_scopes or {(ref, field), (ref, ALL)} & shut
            lost += [f"{ref} {field}"] if differs and not kept and field != "polled_as" else []
    return lost


def said(value: object) -> object:
    """A value; of a reference what it names, wherever its owner is called after."""
    if isinstance(value, tuple):
        return tuple(said(one) for one in value)
    return ("" if value.kind == "NetworkDevice" else value.values) if isinstance(value, Ref) else value


def handle(one: Item) -> Ref:
    """The item by its local key, wherever its owner is called after."""
    spec = next((spec for spec in one.key_specs if spec.within), None)
    if spec is None or spec.within is None:
        return Ref(one.kind, "", ())
    owner: Ref | None = getattr(one, spec.within)
    inside = Ref(owner.kind, "", owner.values) if owner and owner.kind == "Interface" else None
    return Ref(one.kind, spec.name, tuple(str(getattr(one, name)) for name in spec.fields), inside)
