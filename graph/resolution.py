"""What identity found out about an observation: see ``graph.resolve``, which fills it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from driftline.graph.model.declare import Item, Ref, Strength
from driftline.graph.model.facts import Ends, Seen
from driftline.graph.model.values import Key, Value
from driftline.graph.records import Dispute


@dataclass(frozen=True, slots=True)
class NewAlias:
    """A key that from now on leads to a CI (also when it led elsewhere before)."""

    text: str
    ci: Key
    key: str
    strength: Strength


@dataclass(frozen=True, slots=True)
class Birth:
    """A CI that did not exist: with an item of this observation, or (``stub``) only named by one."""

    ci: Key
    kind: str
    attrs: Mapping[str, Value]
    stub: bool


@dataclass(frozen=True, slots=True)
class Disputed:
    """CIs whose keys disagree; the first is the older one."""

    about: Dispute
    cis: tuple[Key, ...]
    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dangling:
    """A relation whose other end was never seen under a key that could make a stub."""

    ci: Key
    relation: str
    ref: Ref


@dataclass(slots=True)
class Resolution:
    """What an observation says, with every item's CI settled or marked unsettled.

    ``confused``: CIs in dispute of which one took over a key of the other.
    ``texts``: the keys that items showed and what each leads to; ``unknown``: those of references that lead nowhere;
    ``veiled``: those of things that are there, by kind, of which nothing was ever shown.
    """

    seen: list[Seen] = field(default_factory=list)
    births: list[Birth] = field(default_factory=list)
    aliases: list[NewAlias] = field(default_factory=list)
    disputes: list[Disputed] = field(default_factory=list)
    dangling: list[Dangling] = field(default_factory=list)
    hidden: dict[Key, str] = field(default_factory=dict)
    nameless: list[Item] = field(default_factory=list)
    refs: dict[Ref, Key] = field(default_factory=dict)
    spoken: dict[Key, dict[str, Ends]] = field(default_factory=dict)
    confused: set[Key] = field(default_factory=set)
    texts: dict[str, Key] = field(default_factory=dict)
    unknown: dict[Ref, str] = field(default_factory=dict)
    veiled: dict[Key, str] = field(default_factory=dict)
