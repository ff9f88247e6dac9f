"""The name of a source lasts: a device that does not show its strongest key today is not another one.

What a device is known by may fail it: the part of its agent that knows the serial breaks, or a key appears that was not
there before. Under a second name everything that it says would be said twice. So it keeps the name under which it was
read before, as long as its keys agree; and where none is known, as long as its target reads it and none contradicts
(decision D4).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from driftline.graph.lookup import StoreLookup
from driftline.graph.model.bodies import record_of
from driftline.graph.model.declare import KeySpec, Ref, Strength
from driftline.graph.model.identity import key_text
from driftline.graph.model.observed import SourceIs
from driftline.graph.model.values import Key
from driftline.graph.questions.scan import scan
from driftline.graph.records import Run
from driftline.graph.store import Compare, Cond, Store

Named = tuple[KeySpec, str]
"""A key and its text."""


def lasting(store: Store, target: str, said: SourceIs) -> SourceIs:
    """The source under the name that it had at its last visit; a new one, and one that cannot change, as it says."""
    if not said.keys:
        return said
    kept = _by_strong(store, target, said) or _by_target(store, target, said)
    return replace(said, id=kept) if kept else said


def last_source(store: Store, target: str) -> str | None:
    """The source that a target led to when it was last read."""
    to = [Cond("target", Compare.EQ, target)]
    newest = (record_of(Run, row.body) for row in scan(store, "Run", to, order="started_ms", descending=True, page=50))
    return next((run.source for run in newest if run.source), None)


def _by_strong(store: Store, target: str, said: SourceIs) -> str | None:
    """The source of the thing that the strongest known key leads to; said.id where a stronger one contradicts."""
    lookup, strong = StoreLookup(store), _texts(store, said.keys, Strength.STRONG)
    hits = lookup.aliases([text for _, text in strong])
    known = next((at for at, (_, text) in enumerate(strong) if text in hits), None)
    if known is None:
        return None
    ci = hits[strong[known][1]].ci
    if _contradicts(lookup, ci, strong[:known]):
        return said.id
    scheme = said.id.partition(":")[0] + ":"
    own = sorted(one.source for one in store.sightings([ci]).get(ci, ()) if one.source.startswith(scheme))
    last = last_source(store, target) if len(own) > 1 else None
    return last if last in own else next(iter(own), None)


def _by_target(store: Store, target: str, said: SourceIs) -> str | None:
    """The last source of the target, if what it is there does not contradict."""
    last = last_source(store, target)
    if last is None:
        return None
    lookup = StoreLookup(store)
    hits = lookup.aliases([text for _, text in _texts(store, said.keys, Strength.LOCAL, last)])
    strong = _texts(store, said.keys, Strength.STRONG)
    return last if any(not _contradicts(lookup, hit.ci, strong) for hit in hits.values()) else None


def _texts(store: Store, keys: Sequence[Ref], strength: Strength, inside: str | None = None) -> list[Named]:
    specs = ((next(one for one in store.model.items[key.kind].key_specs if one.name == key.key), key) for key in keys)
    return [(spec, key_text(key.kind, spec, key.values, inside)) for spec, key in specs if spec.strength is strength]


def _contradicts(lookup: StoreLookup, ci: Key, keys: Iterable[Named]) -> bool:
    """Whether the thing is known by another value of one of these keys, and not by this one."""
    known = lookup.keys_of(ci)
    return any(text not in known and any(hit.key == spec.name for hit in known.values()) for spec, text in keys)
