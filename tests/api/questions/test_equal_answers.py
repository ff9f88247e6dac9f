"""After a long random life both stores hold the same facts and answer every question that there is alike."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from typing_extensions import override

from driftline.api.model import MODEL
from driftline.graph.dump import dump
from driftline.graph.model.schema import Model
from driftline.graph.model.values import Micros
from driftline.graph.neo4j import Neo4jStore
from driftline.graph.questions.viewer import Viewer
from driftline.graph.sqlite import SqliteStore
from driftline.graph.store import Batch, Lease, Store
from tests.api.questions.asking import ASKED, Draw, answer, questions, says_something
from tests.api.questions.life import Life
from tests.graph.contract.history import seeded
from tests.lab.fixtures import Neo4jServer

STEPS, EVERY, TIMES = 500, 100, 4
VIEWERS = (Viewer.everything(), Viewer("anna"))
ALWAYS_ALIKE = {"api.baselines.sources"}
"""Questions that have one answer for a whole life."""
ELSEWHERE = {"graph.switch_ports.switch_ports"}
"""Questions on what a life has none of: switches, see ``tests/graph/questions/test_impact_network.py``."""


class Telling(SqliteStore):
    """Tells every batch that it wrote, so that another store can be written the same."""

    def __init__(self, path: Path, model: Model, *, clock: Callable[[], Micros], read_only: bool = False) -> None:
        super().__init__(path, model, clock=clock, read_only=read_only)
        self.told: list[Batch] = []

    @override
    def apply(self, batch: Batch) -> bool:
        written = super().apply(batch)
        self.told += [batch] if written else []
        return written


@dataclass(frozen=True)
class Twins:
    """A life on one store, and another store that is told of it."""

    life: Life
    telling: Telling
    other: Store
    lease: Lease

    def catch_up(self) -> None:
        """Write to the other store what the first was written since."""
        for batch in self.telling.told:
            assert self.other.apply(replace(batch, fence=self.lease.fence))
        self.telling.told.clear()


def test_no_question_is_left_out() -> None:
    """A question that is added has to say here what it can be asked."""
    assert set(ASKED) == set(questions())


@pytest.mark.neo4j
@pytest.mark.slow
def test_two_stores_with_one_life_answer_every_question_alike(tmp_path: Path, neo4j_server: Neo4jServer) -> None:
    """500 random steps: byte-equal facts, equal answers on the way; every question says more than one thing."""
    told: defaultdict[str, set[str]] = defaultdict(set)
    with twins(tmp_path, neo4j_server) as both:
        for number in range(1, STEPS + 1):
            both.life.step()
            if number % EVERY == 0:
                both.catch_up()
                ask(both, number, told)
        assert list(dump(both.telling, facts=True)) == list(dump(both.other, facts=True))
    assert {name for name in ASKED if len(told[name]) < 2} == ALWAYS_ALIKE | ELSEWHERE
    assert all(told[name] for name in ALWAYS_ALIKE)


def ask(both: Twins, number: int, told: defaultdict[str, set[str]]) -> None:
    """Ask every question of both, and gather what is more than nothing."""
    for name, question in questions().items():
        draw = Draw(both.life, seeded(number))
        for viewer in VIEWERS * (TIMES // len(VIEWERS)):
            asked = ASKED[name](draw)
            said = answer(question, viewer, both.telling, asked)
            assert said == answer(question, viewer, both.other, asked), (name, asked)
            if says_something(said):
                told[name].add(repr(said))


@contextmanager
def twins(folder: Path, server: Neo4jServer) -> Iterator[Twins]:
    """A life on SQLite, and an empty Neo4j."""
    server.empty()
    clock = [0]
    telling = Telling.open(folder / "store.db", MODEL, clock=lambda: Micros(clock[0]))
    assert isinstance(telling, Telling)
    other = Neo4jStore.open(server.uri, server.user, server.password, MODEL, clock=lambda: Micros(clock[0]))
    with closing(telling), closing(other), telling.lease("the life") as first, other.lease("the life") as second:
        yield Twins(Life(telling, first, clock), telling, other, second)
