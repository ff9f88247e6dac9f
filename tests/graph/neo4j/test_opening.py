"""What the store says at the door: one line with what, where, and what to do, and never the password."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import neo4j
import pytest

from driftline.graph.errors import StoreAway, StoreDamaged, StoreError, StoreForeign, StoreNewer
from driftline.graph.model.declare import Record, record, refers, says
from driftline.graph.model.schema import Model
from driftline.graph.neo4j import preparing, schema
from driftline.graph.store import Compare, Cond
from tests.graph.contract.estate import LINKS, MODEL, Box, Hand, Site, box, ids, new, note
from tests.graph.neo4j.conftest import Ask, Opener
from tests.lab.process import free_port

pytestmark = pytest.mark.neo4j

SECRET = "a-password-nobody-may-see"  # noqa: S105 -- a wrong one


@pytest.mark.parametrize(
    ("options", "kind", "says_"),
    [
        ({"password": SECRET}, StoreError, "refuses the login of neo4j"),
        ({"user": "nobody", "password": SECRET}, StoreError, "refuses the login of nobody"),
        ({"url": f"bolt://127.0.0.1:{free_port()}", "password": SECRET}, StoreAway, "does not answer"),
        ({"url": "bolt://no-such-host.invalid:7687", "password": SECRET}, StoreAway, "does not answer"),
        ({"url": "http://127.0.0.1:7474", "password": SECRET}, StoreError, "not an address"),
        ({"url": "nonsense", "password": SECRET}, StoreError, "not an address"),
    ],
    ids=["password", "user", "port", "host", "scheme", "nonsense"],
)
def test_what_is_wrong_is_one_line_without_the_password(
    opener: Opener, options: dict[str, Any], kind: type[StoreError], says_: str
) -> None:
    """What, where, what to do."""
    with pytest.raises(kind, match=says_) as told:
        opener(patience_seconds=0, **options)

    text = str(told.value)
    assert "\n" not in text
    assert SECRET not in text
    assert options.get("url", "bolt://127.0.0.1") in text


def test_data_of_others_are_refused_unless_told_to_share(opener: Opener, ask: Ask) -> None:
    """And nothing is declared in a database that is not ours."""
    ask("CREATE (:Movie {title: 'Brazil'})")
    with pytest.raises(StoreForeign, match="sharing"):
        opener()

    store = opener(shared=True)
    assert store.health().warnings == (
        "1 nodes are none of this driftline; somebody else or an older model wrote them",
    )
    assert opener().count("Box") == {None: 0}


def test_a_store_of_a_newer_version_is_refused(opener: Opener, ask: Ask) -> None:
    """An older program would not understand it."""
    opener()
    ask("MATCH (s:Store) SET s.schema = 99")

    with pytest.raises(StoreNewer, match="schema 99"):
        opener()


def test_a_server_that_is_too_old_is_refused_by_name(opener: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lab has no older server, so the bar is raised above it."""
    monkeypatch.setattr(preparing, "OLDEST", (2099, 1))
    with pytest.raises(StoreError, match=r"Neo4j 5\.\d+\.\d+ .* too old; driftline needs"):
        opener()


def test_an_emptied_database_is_noticed(opener: Opener, ask: Ask) -> None:
    """Somebody deleted everything while the store was open."""
    store = opener()
    ask("MATCH (n) DETACH DELETE n")

    with pytest.raises(StoreDamaged), store.lease("test"):
        pass


def test_opening_again_declares_nothing(opener: Opener, ask: Ask) -> None:
    """Every declared name is there after the first time, and no statement of it is run again."""
    opener()
    names = {row["name"] for row in ask("SHOW INDEXES YIELD name, state WHERE state = 'ONLINE'")}

    assert set(schema.definitions(MODEL)) <= names


def test_a_reader_opens_while_somebody_writes(opener: Opener, driver: neo4j.Driver) -> None:
    """Opening waits for no lock."""
    opener()
    with driver.session(database="neo4j") as session, session.begin_transaction() as tx:
        tx.run("MATCH (s:Store {id: 1}) SET s.busy = true").consume()
        assert opener(patience_seconds=0).find("Box") == []


def test_a_field_that_comes_into_an_order_is_found_in_old_records(opener: Opener) -> None:
    """A new order is no migration: the records of before get the property, older revisions too."""
    before = opener(model=Model.of((Box, Site), (FEW,), LINKS))
    with before.lease("old") as lease:
        hand = Hand(before, lease)
        at = hand.write(create=(new("x"),), records=(note("n1", actor="ada"), note("n2", actor="bob")))
        hand.write(records=(note("n1", actor="eve"),))

    after = opener(model=MODEL)
    assert ids(after, "Note", Cond("actor", Compare.EQ, "eve")) == ["n1"]
    assert ids(after, "Note", Cond("actor", Compare.EQ, "ada"), known_at=at) == ["n1"]
    assert ids(after, "Note", Cond("ci", Compare.EQ, box("x"))) == ["n1", "n2"]


@pytest.mark.parametrize("kind", ["CI", "Store", "Batch", "lower"])
def test_a_name_that_the_store_needs_is_refused(opener: Opener, kind: str) -> None:
    """Before anything is declared."""
    cls = type(kind, (Record,), {"__annotations__": {"id": str}, "id": says("Id."), "__doc__": "A record."})

    with pytest.raises(TypeError, match=kind):
        opener(model=Model.of((Box,), (record()(cls), FEW), LINKS))


def test_only_opening_a_store_loads_the_driver() -> None:
    """Commands start fast."""
    text = "import sys, driftline.graph.store, driftline.graph.copy; sys.exit('neo4j' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", text], check=False).returncode == 0  # noqa: S603 -- our own words


@record(orders=(("seen_ms",),))
class Few(Record):
    """The note of an older model."""

    id: str = says("Id.")
    ci: str = refers("ON", "The box.")
    seen_ms: int = says("When.", unit="ms")
    actor: str | None = says("Who.", default=None)
    grave: bool | None = says("Whether it matters.", default=None)


Few.kind = "Note"
FEW = Few
