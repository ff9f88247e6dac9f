"""What is known around a change besides change records: how critical its CI is, who owns it, which rules held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from driftline.diff.expected import OTHER_CLUSTER
from driftline.diff.predicates import PLAIN, Circumstances
from driftline.diff.words import Change
from driftline.graph.lookup import pieces
from driftline.graph.model.people import Criticality
from driftline.graph.model.values import Key
from driftline.graph.store import Direction, Store

RANK = {criticality.value: number for number, criticality in enumerate(Criticality)}


@dataclass(slots=True)
class Surroundings:
    """Facts around many changes, read at once."""

    criticality: dict[Key, str] = field(default_factory=dict)
    owner: dict[Key, str] = field(default_factory=dict)
    cluster: dict[Key, Key] = field(default_factory=dict)
    drs: set[Key] = field(default_factory=set)

    @classmethod
    def of(cls, store: Store, changes: Sequence[Change]) -> Surroundings:
        """Read what is known around these changes."""
        found = cls()
        cis = sorted({ci for change in changes for ci in (change.ci, *change.owners)})
        for piece in pieces(cis):
            found._services(store, piece)
            found.owner |= {link.src: link.dst for link in store.links(piece, Direction.OUT, ["OWNED_BY"])}
        found._clusters(store, changes)
        return found

    def about(self, change: Change) -> Circumstances:
        """The circumstances of one change."""
        ranked = [self.criticality[ci] for ci in (change.ci, *change.owners) if ci in self.criticality]
        worst = max(ranked, key=lambda c: RANK[c], default="")
        return Circumstances(criticality=worst, facts=self._facts(change)) if worst or change.path else PLAIN

    def owner_of(self, ci: Key) -> str | None:
        """Who answers for a CI."""
        return self.owner.get(ci)

    def _services(self, store: Store, cis: Sequence[Key]) -> None:
        links = store.links(cis, Direction.IN, ["RELIES_ON"])
        services = store.read(sorted({link.src for link in links}))
        for link in links:
            said = str(services[link.src].attrs.get("criticality", "")) if link.src in services else ""
            if said and RANK[said] >= RANK.get(self.criticality.get(link.dst, ""), -1):
                self.criticality[link.dst] = said

    def _clusters(self, store: Store, changes: Sequence[Change]) -> None:
        hosts = sorted({Key(end) for c in changes if c.path == "runs_on" for end in (c.old, c.new) if end})
        if not hosts:
            return
        self.cluster = {link.src: link.dst for link in store.links(hosts, Direction.OUT, ["MEMBER_OF"])}
        states = store.read(sorted(set(self.cluster.values())))
        self.drs = {key for key, state in states.items() if state.attrs.get("drs_enabled") is True}

    def _facts(self, change: Change) -> frozenset[str]:
        if change.path != "runs_on" or not change.old or not change.new:
            return frozenset()
        old, new = self.cluster.get(Key(change.old)), self.cluster.get(Key(change.new))
        if old is None or new is None:
            return frozenset()
        facts = {"same_cluster"} if old == new else {OTHER_CLUSTER}
        return frozenset(facts | ({"drs_enabled"} if old == new and new in self.drs else set()))
