"""A small estate that every question test asks, on both stores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from driftline.graph.model.declare import Strength
from driftline.graph.model.facts import Sighting
from driftline.graph.model.kinds import KINDS
from driftline.graph.model.links import LINKS
from driftline.graph.model.schema import Model
from driftline.graph.model.values import Key, Micros, Value
from driftline.graph.records import RECORDS
from driftline.graph.store import Direction, ItemChange, LinkId, NewItem, PastValue, RecordRow, Store
from tests.graph.contract.conftest import Neo4jPlace, SqlitePlace, place
from tests.graph.contract.estate import Hand, Place
from tests.graph.questions.story import Story, told

__all__ = ["place"]

MODEL = Model.of(KINDS, RECORDS, LINKS)


@dataclass
class Estate:
    """CIs by short names, written as a visit would: item, aliases, links."""

    hand: Hand
    keys: dict[str, Key] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        """The store it stands in."""
        return self.hand.store

    def add(self, kind: str, key: str, /, *also: str, source: str = "vc1", **attrs: Value) -> Key:
        """A CI born with a key (``instance_uuid:...``); ``also`` are its further keys."""
        ci = Key(f"{kind}.{key}")
        aliases = [self._alias(ci, kind, text, source) for text in (key, *also)]
        seen = Sighting(source, ci, kind, "d")
        self.hand.write(create=(NewItem(ci, kind, attrs, source),), sighted=(seen,), records=tuple(aliases))
        return ci

    def join(self, src: Key, type_: str, dst: Key) -> None:
        """A link."""
        self.hand.write(open=(LinkId(src, type_, dst, "vc1"),))

    def end(self, ci: Key) -> Micros:
        """The CI is gone, and so are its links."""
        links = [one for way in Direction for one in self.store.links([ci], way)]
        close = tuple(LinkId(one.src, one.type, one.dst, source) for one in links for source in one.sources)
        return self.hand.write(tombstone=(ci,), unsighted=(("vc1", ci),), close=close)

    def rename(self, ci: Key, old: str, new: str) -> Micros:
        """The CI gets another name."""
        state = self.store.read([ci])[ci]
        at = Micros(self.hand.lease.now())
        past = PastValue("name", old, "vc1", state.created)
        return self.hand.write(at=at, change=(ItemChange(ci, {"name": new}, {"name": (at, "vc1")}, (past,)),))

    @staticmethod
    def _alias(ci: Key, kind: str, text: str, source: str) -> RecordRow:
        name = text.partition(":")[0]
        strength = next(spec.strength for spec in MODEL.items[kind].key_specs if spec.name == name)
        assert strength is not Strength.WEAK
        row = {"id": f"{kind}.{text}", "ci": ci, "key": name, "strength": strength.value, "source": source}
        return RecordRow("Alias", f"{kind}.{text}", row)


@pytest.fixture
def estate(place: Place) -> Iterator[Estate]:
    """An empty estate."""
    store = place.open(MODEL)
    with store.lease("the test") as lease:
        yield Estate(Hand(store, lease))


@pytest.fixture(scope="module", params=["sqlite", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def story(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """A morning that the pipeline took in, on each store; it is only read."""
    on_file = request.param == "sqlite"
    folder = tmp_path_factory.mktemp("story")
    where = SqlitePlace(folder) if on_file else Neo4jPlace(request.getfixturevalue("neo4j_server"))
    yield told(where)
    for store in where.opened:
        store.close()
