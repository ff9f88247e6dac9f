"""What the database is made of, generated from the model: labels, relationship types, constraints, indexes.

```
(:CI:Server {key, <attributes>, _kind, _source, _created, _meta?, _deleted?})   an ended item loses the kind
(:CI)-[:HAD]->(:ItemPast {attr, value, source, since, until, run})                   value is canonical JSON
(:CI)-[:RUNS_ON {source, since}]->(:CI)     (:CI)-[:WAS_RUNS_ON {source, since, until}]->(:CI)
(:CI)-[:SEEN_IN {source, digest, links, missed, missed_since_ms?, said?}]->(:SeenSource {id})
(:Change {id, _body, _recorded, <fields of orders>})-[:ON]->(:CI)
(:Change)-[:WAS]->(:ChangePast {…, _superseded})-[:WAS_ON]->(:CI)
(:PersonField {pseudonym, field, value})    (:Batch {id, at, run})
(:Store {id: 1, schema, at, epoch, number, holder?, held_by?, until?, fields, loading?})
```
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from driftline.graph.access import declared
from driftline.graph.model.declare import ITEM, Reference
from driftline.graph.model.schema import Model

OWN = frozenset({"CI", "ItemPast", "SeenSource", "PersonField", "Batch", "Store"})
OWN_TYPES = frozenset({"HAD", "SEEN_IN", "WAS"})
PAST = "Past"
WAS = "WAS_"

LABEL = re.compile(r"[A-Z][A-Za-z0-9]*")
TYPE = re.compile(r"[A-Z][A-Z0-9_]*")

UNIQUE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("CI", ("key",)),
    ("SeenSource", ("id",)),
    ("Batch", ("id",)),
    ("Store", ("id",)),
    ("PersonField", ("pseudonym", "field")),
)


def check(model: Model) -> None:
    """Make sure that every name of the model can stand in a statement and means one thing in this database.

    Raises:
        TypeError: a name that is none, or that the store needs for itself.
    """
    kinds = [*model.items, *model.records]
    past = {f"{kind}{PAST}" for kind in model.records}
    types = [*model.links, *(reference.type for record in model.records.values() for reference in record.references)]
    wrong = [kind for kind in kinds if not LABEL.fullmatch(kind) or kind in OWN | past]
    wrong += [name for name in types if not TYPE.fullmatch(name) or name in OWN_TYPES or name.startswith(WAS)]
    wrong += [f"{kind.kind}.key" for kind in model.items.values() if any(a.name == "key" for a in kind.attributes)]
    for record in model.records.values():
        told = [reference.type for reference in record.references]
        wrong += [f"{record.kind}: {type_} twice" for type_ in told if told.count(type_) > 1]
    if wrong:
        raise TypeError(f"not usable as names in Neo4j: {sorted(set(wrong))}")


def labels(model: Model) -> frozenset[str]:
    """Labels of which every node of the store has exactly one."""
    return OWN | {f"{kind}{past}" for kind in model.records for past in ("", PAST)}


def targets(model: Model, reference: Reference) -> list[tuple[str, str]]:
    """Labels that a reference may lead to, each with the property that names the node."""
    known = [to for to in reference.to if to == ITEM or to in model.records]
    return [("CI", "key") if to == ITEM else (to, "id") for to in known]


def asked(model: Model, kind: str, body: Mapping[str, Any]) -> dict[str, Any]:
    """Fields of a record's body that can be asked for: they become properties beside the body."""
    names = (name for name, field in declared(model, kind).items() if not field.many)
    return {name: body[name] for name in names if body.get(name) is not None}


def definitions(model: Model) -> Mapping[str, str]:
    """Statements that declare all constraints and indexes, by the name of what they declare."""
    return dict([*_constraints(model), *_indexes(model)])


def _constraints(model: Model) -> Iterator[tuple[str, str]]:
    records = tuple((kind, ("id",)) for kind in model.records)
    for label, names in (*UNIQUE, *records):
        name = f"driftline_one_{label}_{'_'.join(names)}".lower()
        fields = ", ".join(f"n.{field}" for field in names)
        yield name, f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR (n:{label}) REQUIRE ({fields}) IS UNIQUE"


def _indexes(model: Model) -> Iterator[tuple[str, str]]:
    for kind in model.items:
        for field in declared(model, kind):
            yield _index(kind, (field,))
    for kind, record in model.records.items():
        yield _index(f"{kind}{PAST}", ("id",))
        single = [(name,) for name, field in declared(model, kind).items() if name != "id" and not field.many]
        # A node that lacks one of the fields is in no index on several, so the planner may use that index only where
        # all of them are compared. One index per field serves the rest.
        several = [order for order in record.orders if len(order) > 1]
        yield from (_index(kind, fields) for fields in (*single, *several))
        yield from (_index(f"{kind}{PAST}", fields) for fields in single)


def _index(label: str, names: tuple[str, ...]) -> tuple[str, str]:
    name = f"driftline_by_{label}_{'_'.join(names)}".lower()
    fields = ", ".join(f"n.{field}" for field in names)
    return name, f"CREATE INDEX {name} IF NOT EXISTS FOR (n:{label}) ON ({fields})"
