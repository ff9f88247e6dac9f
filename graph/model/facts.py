"""Between the room that knows CIs and the room that compares: what was seen of a CI, and what its source said last."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from driftline.graph.model.values import Key, Micros, Ms, Value

Ends = tuple[Key, ...]
"""The other ends of one link type, sorted."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One item of a visit with its CI settled: attributes, links by type (an entry for every declared relation)."""

    ci: Key
    kind: str
    attrs: Mapping[str, Value]
    links: Mapping[str, Ends]
    withheld: frozenset[str] = frozenset()
    settled: bool = True


@dataclass(frozen=True, slots=True)
class Facet:
    """What one source said last about one CI. ``missed`` counts complete visits in a row that lacked it."""

    ci: Key
    kind: str
    attrs: Mapping[str, Value]
    links: Mapping[str, Ends]
    missed: int = 0
    missed_since_ms: Ms | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Sighting:
    """Bookkeeping of a facet: fingerprints of what a source said of a CI, and how often it was absent since.

    ``links`` is the fingerprint of its links, empty until they are written (they come after all items). ``said`` holds
    the source's own words once a second source speaks of the CI; while there is one source the item's values are its.
    """

    source: str
    ci: Key
    kind: str
    digest: str
    links: str = ""
    missed: int = 0
    missed_since_ms: Ms | None = None
    said: Mapping[str, Value] | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """What earlier visits of a source read of one kind and group, as needed to date a change (decision D2).

    ``start_ms`` is the read start of the newest complete coverage; ``exceptions`` gives, per CI and field that it did
    not show, the read start of the newest complete coverage that did (``None``: never). ``first_ms`` is the read start
    of the first visit ever: no value that was seen is older. ``rebased`` are those of the exceptions that were last
    shown under another schema of the collector; ``anew``: so was all else, for no reading under this one was complete.
    """

    start_ms: Ms | None
    first_ms: Ms
    exceptions: Mapping[Key, Mapping[str, Ms | None]] = field(default_factory=dict)
    rebased: Collection[tuple[Key, str]] = ()
    anew: bool = False

    def is_rebased(self, ci: Key, names: Collection[str]) -> bool:
        """Whether what is known of these fields of a CI was said under another schema."""
        own = self.exceptions.get(ci, {})
        return any((ci, name) in self.rebased for name in names) or (self.anew and own.keys().isdisjoint(names))


@dataclass(frozen=True, slots=True)
class Past:
    """A value that was true on the store's time line from ``since`` until ``until`` (half-open)."""

    ci: Key
    attr: str
    value: Value
    source: str
    since: Micros
    until: Micros
    run: str
