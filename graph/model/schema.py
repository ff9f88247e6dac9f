"""The model as a value: which kinds, records and links exist. The composition root makes it, stores follow it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from driftline.graph.model.declare import Item, Record
from driftline.graph.model.links import LinkKind


@dataclass(frozen=True, slots=True)
class Model:
    """Kinds, records and links by name, in declared order (which both stores follow).

    Raises:
        TypeError: a name used twice, or a relation whose link type is not declared or has another cardinality.
    """

    items: Mapping[str, type[Item]]
    records: Mapping[str, type[Record]]
    links: Mapping[str, LinkKind]
    digest_version: int = field(default=1)

    @classmethod
    def of(cls, items: Iterable[type[Item]], records: Iterable[type[Record]], links: Iterable[LinkKind]) -> Model:
        """Build the model and check that its parts fit."""
        kinds = {kind.kind: kind for kind in items}
        facts = {kind.kind: kind for kind in records}
        types = {link.type: link for link in links}
        if both := set(kinds) & set(facts):
            raise TypeError(f"both item and record: {sorted(both)}")
        for kind in kinds.values():
            for relation in kind.relations:
                link = types.get(relation.type)
                if link is None:
                    raise TypeError(f"{kind.kind}.{relation.name}: no link type {relation.type}")
                if link.one and relation.many:
                    raise TypeError(f"{kind.kind}.{relation.name}: {relation.type} is a link of which there is one")
        return cls(kinds, facts, types)
