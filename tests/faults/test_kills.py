"""A writer killed at any step loses nothing that it heard, writes nothing twice, and leaves nothing half done."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from driftline.graph.dump import dump
from driftline.graph.sqlite import SqliteStore, connection
from driftline.graph.store import Batch
from tests.faults.writer import LAST, STEPS, Wire, killed, live
from tests.graph.contract.estate import MODEL, Clock
from tests.graph.contract.history import BEGIN, batches, seeded

ROUNDS = 13
KILLS = ROUNDS * len(STEPS)
BEFORE = "before the transaction"
RARE = "after: log moved into the file"


@pytest.fixture(scope="module")
def history() -> list[Batch]:
    """Long enough for every kill, with new items to the end."""
    return [batch for batch, _ in batches(11, 1_000, [f"n{number}" for number in range(3_000)])]


@pytest.mark.slow
def test_a_history_with_150_kills_ends_as_one_without(
    tmp_path: Path, history: list[Batch], capsys: pytest.CaptureFixture[str]
) -> None:
    """Same batches, same facts, byte for byte; at least five kills at each named step."""
    path, random = tmp_path / "killed.db", seeded(12)
    steps = [step for _ in range(ROUNDS) for step in STEPS]
    random.shuffle(steps)
    kills: Counter[str] = Counter()
    for step in steps:
        kills[step] += killed(path, history, Wire(step, 1 if step == RARE else random.randrange(1, 4))) == -9
        assert last_heard(path) <= last_kept(path) <= last_heard(path) + 1
    with capsys.disabled():
        print("\nkills per step:", *(f"  {number:3} {step}" for step, number in sorted(kills.items())), sep="\n")  # noqa: T201 -- asked for

    assert kills.total() == KILLS >= 150
    assert min(kills[step] for step in STEPS) >= 5
    assert kills.total() - kills[BEFORE] >= 0.6 * KILLS
    assert killed(path, history, Wire()) == 0
    assert facts(path) == facts(unkilled(tmp_path, history))
    assert whole(path)


def test_without_the_table_of_batches_the_history_goes_wrong(tmp_path: Path, history: list[Batch]) -> None:
    """The control: a store that forgets which batches are in cannot tell a batch sent again from a wrong one."""
    path = tmp_path / "forgetful.db"
    SqliteStore.open(path, MODEL, clock=Clock()).close()
    forget = "CREATE TRIGGER forget AFTER INSERT ON batch BEGIN DELETE FROM batch; END"
    raw = connection.sqlite3.connect(path)
    raw.execute(forget)
    raw.close()

    assert killed(path, history[:40], Wire(LAST, 9)) == -9
    assert killed(path, history[:40], Wire()) == 1
    assert "Conflict" in path.with_name("forgetful.db.error").read_text()


def test_a_kill_before_the_first_batch_leaves_an_empty_store(tmp_path: Path, history: list[Batch]) -> None:
    """Also in the middle of making the tables."""
    for number in range(1, 4):
        path = tmp_path / f"{number}.db"
        assert killed(path, history[:5], Wire(BEFORE, number)) == -9
        assert killed(path, history[:5], Wire()) == 0
        assert facts(path) == facts(unkilled(tmp_path, history[:5]))


def unkilled(folder: Path, history: list[Batch]) -> Path:
    """The same history without a kill."""
    path = folder / f"unkilled-{len(history)}.db"
    store = SqliteStore.open(path, MODEL, clock=Clock())
    live(store, history, lambda _: None)
    store.close()
    return path


def facts(path: Path) -> list[str]:
    """The facts form of the dump."""
    store = SqliteStore.open(path, MODEL, clock=Clock())
    lines = list(dump(store, facts=True))
    store.close()
    return lines


def last_heard(path: Path) -> int:
    """Number of the last batch whose writer heard that it is in; -1 for none."""
    heard = path.with_name(f"{path.name}.heard")
    return int(heard.read_text() or -1) if heard.exists() else -1


def last_kept(path: Path) -> int:
    """Number of the last batch that is in; -1 for none."""
    store = SqliteStore.open(path, MODEL, clock=Clock(), read_only=True)
    at = store.health().at
    store.close()
    return max(at - BEGIN, -1)


def whole(path: Path) -> bool:
    """SQLite's own full check."""
    raw = connection.sqlite3.connect(path)
    (first,) = raw.execute("PRAGMA integrity_check").fetchone()
    raw.close()
    return bool(first == "ok")
