"""The change records made ready to be asked: which authorities may concern a change, and which freezes are in force."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from driftline.diff.authority import Authority, Request, authorities
from driftline.diff.policy import Policy
from driftline.diff.predicates import Frozen
from driftline.diff.words import Change
from driftline.graph.model.change_records import Freeze
from driftline.graph.model.values import Key


@dataclass(frozen=True, slots=True)
class Book:
    """The change records made ready to be asked: authorities by the CIs they name, and the freezes."""

    by_ci: Mapping[Key, tuple[Authority, ...]] = field(default_factory=dict)
    unbound: tuple[Authority, ...] = ()
    freezes: tuple[Frozen, ...] = ()

    @classmethod
    def of(cls, requests: Iterable[Request], freezes: Iterable[Freeze], policy: Policy) -> Book:
        """Prepare everything known of requests and freezes."""
        by_ci: dict[Key, list[Authority]] = {}
        unbound: list[Authority] = []
        for authority in (one for request in requests for one in authorities(request, policy)):
            for ci in _named_by(authority):
                by_ci.setdefault(ci, []).append(authority)
            if authority.scope.unbound:
                unbound.append(authority)
        found = {ci: tuple(named) for ci, named in by_ci.items()}
        return cls(found, tuple(unbound), tuple(Frozen.of(freeze) for freeze in freezes))

    def about(self, change: Change) -> tuple[Authority, ...]:
        """The authorities that may concern a change, each once."""
        named = self.by_ci.get(change.ci, ())
        if not change.owners and not self.unbound:
            return named
        found = {id(one): one for ci in (change.ci, *change.owners) for one in self.by_ci.get(ci, ())}
        found |= {id(one): one for one in self.unbound}
        return tuple(found.values())


def _named_by(authority: Authority) -> set[Key]:
    """Every CI that a request names or named: also too late, which is worth telling."""
    later = (ci for version in authority.later for item in version.scope for ci in item.cis)
    return {*authority.scope.cis, *authority.scope.late, *later}
