"""What a visit is told before its capture is taken in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from driftline.diff.attribution import UNHEARD
from driftline.diff.policy import Policy
from driftline.graph.model.declare import Volatility
from driftline.graph.model.values import Ms
from driftline.graph.records import Outcome


@dataclass(frozen=True, slots=True)
class Order:
    """What a visit is told: its id, what was captured when, and the rules of the site.

    ``run`` names target, slot and attempt; ``removal_logged`` are the kinds whose removal the source logs;
    ``pseudonym`` turns a login into the name that is kept; ``judged`` is false for administrative data; ``unheard``
    says what is missing where nobody can be named because no log was read.
    """

    run: str
    target: str
    collector: str
    capture: str
    started_ms: Ms
    ended_ms: Ms
    policy: Policy
    pseudonym: Callable[[str], str]
    outcome: Outcome = Outcome.COMPLETE
    error: str = ""
    refined: Mapping[str, Volatility] = field(default_factory=dict)
    removal_logged: frozenset[str] = frozenset()
    known_ms: Ms | None = None
    judged: bool = True
    unheard: str = UNHEARD
