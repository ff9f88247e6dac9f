"""Visits killed at any step end as visits that were not: the same captures give the same facts, byte for byte."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from driftline.api.site import Site
from tests.faults.visits import SIDES, Hand, arm_neo4j, arm_sqlite, facts, killed, live, scene_in, site_at, week

Step = tuple[str, str]


@dataclass
class Killer:
    """Draws steps so that every one gets its share."""

    kills: int
    scene: Path
    arm: Callable[[Hand], None]
    random: random.Random
    phases: frozenset[str]
    done: Counter[Step]

    def next(self) -> Step:
        """A step among those that were killed least."""
        steps = [(phase, side) for phase in sorted(self.phases) for side in SIDES]
        least = min(self.done[step] for step in steps)
        return self.random.choice([step for step in steps if self.done[step] == least])

    def round(self, site: Site) -> None:
        """Live one week from an empty store to its end, killed on the way as often as it can be."""
        futile: set[Step] = set()
        while self.done.total() < self.kills and len(futile) < len(self.phases) * len(SIDES):
            step = self.next()
            if step in futile:
                step = self.random.choice([s for s in self._all() if s not in futile])
            status = killed(site, self.scene, Hand(step), self.arm)
            assert status in {-9, 0}, (site.data / "error").read_text()
            if status == 0:
                return
            self.done[step] += 1
        assert killed(site, self.scene, Hand(), self.arm) == 0, (site.data / "error").read_text()

    def _all(self) -> list[Step]:
        return [(phase, side) for phase in sorted(self.phases) for side in SIDES]


def met(site: Site, scene: Path) -> frozenset[str]:
    """The phases that an undisturbed week goes through; the store at the site is filled by it."""
    hand = Hand()
    from driftline.graph.sqlite import SqliteStore  # noqa: PLC0415 -- put back below

    apply = SqliteStore.apply
    SqliteStore.apply = hand.on(SqliteStore.apply)  # type: ignore[method-assign, assignment, arg-type]  # felt only
    try:
        live(site, week(scene))
    finally:
        SqliteStore.apply = apply  # type: ignore[method-assign]  # as it was
    return frozenset(phase for phase, _ in hand.met)


@dataclass(frozen=True)
class Undisturbed:
    """The week without a kill: what it is made of, its phases and its facts."""

    scene: Path
    phases: frozenset[str]
    facts: list[str]


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    """Live the week once."""
    folder = tmp_path_factory.mktemp("undisturbed")
    scene = scene_in(folder)
    site = site_at(folder, scene)
    phases = met(site, scene)
    return Undisturbed(scene, phases, facts(site))


def told(killer: Killer, capsys: pytest.CaptureFixture[str]) -> None:
    """Print the kills per step, as the acceptance asks."""
    with capsys.disabled():
        print("\nkills per step:", *(f"  {n:3} {' '.join(step)}" for step, n in sorted(killer.done.items())), sep="\n")  # noqa: T201 -- asked for


@pytest.mark.slow
def test_150_kills_of_visits_into_sqlite(
    tmp_path: Path, undisturbed: Undisturbed, capsys: pytest.CaptureFixture[str]
) -> None:
    """At least five at each step, most after the first transaction began; every week ends with the same facts."""
    phases = undisturbed.phases
    killer = Killer(150, undisturbed.scene, arm_sqlite, random.Random(5), phases, Counter())  # noqa: S311 -- a seed
    for number in count():
        if killer.done.total() >= killer.kills:
            break
        folder = tmp_path / str(number)
        folder.mkdir()
        site = site_at(folder, undisturbed.scene)
        killer.round(site)
        assert facts(site) == undisturbed.facts
    told(killer, capsys)
    assert killer.done.total() >= 150
    assert sum(n for (_, side), n in killer.done.items() if side != "before") >= 0.6 * killer.done.total()
    assert min(killer.done[phase, side] for phase in phases for side in SIDES) >= 5


@pytest.fixture
def neo4j_site(tmp_path: Path, undisturbed: Undisturbed, neo4j_server: Any) -> Iterator[Callable[[int], Site]]:  # noqa: ANN401 -- a lab
    """A site on the lab's server, emptied for every week."""

    def make(number: int) -> Site:
        neo4j_server.empty()
        folder = tmp_path / f"neo-{number}"
        folder.mkdir()
        there = f'{{kind: neo4j, url: "{neo4j_server.uri}", user: {neo4j_server.user}, password: "env:NEO4J"}}'
        return site_at(folder, undisturbed.scene, DRIFTLINE__STORE=there, NEO4J=neo4j_server.password)

    yield make
    neo4j_server.empty()


@pytest.mark.slow
@pytest.mark.neo4j
def test_40_kills_of_visits_into_neo4j(
    neo4j_site: Callable[[int], Site],
    undisturbed: Undisturbed,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The same on a server, which ends with the facts of the file."""
    killer = Killer(40, undisturbed.scene, arm_neo4j, random.Random(6), undisturbed.phases, Counter())  # noqa: S311 -- a seed
    for number in count():
        if killer.done.total() >= killer.kills:
            break
        site = neo4j_site(number)
        killer.round(site)
        assert facts(site) == undisturbed.facts
    told(killer, capsys)
    assert killer.done.total() >= 40


def test_without_the_table_of_batches_the_week_goes_wrong(tmp_path: Path, undisturbed: Undisturbed) -> None:
    """The control: a store that forgets which batches are in counts an absence twice."""
    site = site_at(tmp_path, undisturbed.scene)
    with site.store(writing=True):
        pass
    raw = sqlite3.connect(tmp_path / "store.db")
    raw.execute("CREATE TRIGGER forget AFTER INSERT ON batch BEGIN DELETE FROM batch; END")
    raw.close()
    status = -9
    for _ in range(3):
        for step in (("items", "after"), ("links", "after"), ("close", "before"), ("close", "after")):
            status = killed(site, undisturbed.scene, Hand(step), arm_sqlite) if status == -9 else status
    status = killed(site, undisturbed.scene, Hand(), arm_sqlite) if status == -9 else status
    assert status == 1 or facts(site) != undisturbed.facts
