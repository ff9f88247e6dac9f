"""Merges and disputes by command: listed from either store, and a merge taken back by a named person."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import typer

from driftline.api.cli import identity, run
from driftline.api.model import MODEL
from driftline.graph.model.values import Micros
from tests.api.visits import Memory, disk, machine


@dataclass
class Estate:
    """A folder whose store saw a machine move from one vCenter to the other."""

    folder: Path

    def __call__(self, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
        """Run a command: exit code, what it prints, what it says."""
        code = run(["--config", str(self.folder / "driftline.yaml"), *words])
        printed = capsys.readouterr()
        return code, printed.out, printed.err

    def rows(self, capsys: pytest.CaptureFixture[str], *words: str) -> list[dict[str, Any]]:
        """The rows of a list."""
        code, out, err = self(capsys, *words, "-o", "json")
        assert code == 0, err
        rows: list[dict[str, Any]] = json.loads(out)["rows"]
        return rows


@pytest.fixture(params=["sqlite", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def estate(request: pytest.FixtureRequest, tmp_path: Path) -> Estate:
    """The estate on each kind of store."""
    if request.param == "sqlite":
        memory, store = Memory.at(tmp_path), {"path": "store.db"}
    else:
        memory, store = _on(request.getfixturevalue("neo4j_server"))
    memory.visit([machine("vm-1", 1), disk("vm-1"), machine("vm-2", 2)], "a")
    memory.visit([machine("vm-9", 1, at="b"), disk("vm-9")], "b")
    memory.visit([machine("vm-2", 2)], "a")
    memory.visit([machine("vm-2", 2)], "a")
    memory.visit([machine("vm-8", 2, at="b"), machine("vm-9", 1, at="b"), disk("vm-9")], "b")
    memory.store.close()
    said = {"version": 1, "store": store, "captures": "captures"}
    (tmp_path / "driftline.yaml").write_text(json.dumps(said))
    return Estate(tmp_path)


def _on(server: Any) -> tuple[Memory, dict[str, str]]:  # noqa: ANN401 -- a fixture of the lab
    from driftline.graph.neo4j import Neo4jStore  # noqa: PLC0415 -- SQLite alone must not need the driver

    server.empty()
    clock = [0]
    store = Neo4jStore.open(server.uri, server.user, server.password, MODEL, clock=lambda: Micros(clock[0]))
    said = {"kind": "neo4j", "url": server.uri, "user": server.user, "password": f"plain:{server.password}"}
    return Memory(store, clock), said


def test_a_merge_is_listed_and_taken_back_under_a_name(estate: Estate, capsys: pytest.CaptureFixture[str]) -> None:
    """Merge and split can be undone by a person; the parts come along, and the record says who did it."""
    merges = estate.rows(capsys, "ci", "merges")
    assert {row["kept"]["kind"] for row in merges} == {"VirtualMachine", "VirtualDisk"}
    assert [row["at"] for row in merges] == sorted((row["at"] for row in merges), reverse=True)
    (merge,) = [row for row in merges if row["kept"]["kind"] == "VirtualMachine"]
    machines = ("ci", "find", "--filter", "kind=VirtualMachine")
    assert merge["absorbed"]["ci"] not in {row["ci"] for row in estate.rows(capsys, *machines)}

    code, out, err = estate(capsys, "--as", "dora", "ci", "split", merge["id"])

    assert (code, err) == (0, "2 items live again, parts included\n")
    assert "by dora" in out
    (undone,) = [row for row in estate.rows(capsys, "ci", "merges") if row["id"] == merge["id"]]
    assert (undone["undone_by"], undone["undone_at"] is None) == ("dora", False)
    assert merge["absorbed"]["ci"] in {row["ci"] for row in estate.rows(capsys, *machines)}


def test_the_examples_of_the_help_run(estate: Estate, capsys: pytest.CaptureFixture[str]) -> None:
    """Each help ends with two examples."""
    merges = estate.rows(capsys, "ci", "merges")
    (merge,) = [row["id"] for row in merges if row["kept"]["kind"] == "VirtualMachine"]
    split: Any = typer.main.get_command(identity.app)
    first, second = split.commands["split"].epilog.replace("driftline ", "").replace("MERGE", merge).split("  |  ")

    assert estate(capsys, *first.split())[0] == 0
    assert estate(capsys, *second.split())[0] == 7  # it was taken back just now


def test_a_merge_is_taken_back_once(estate: Estate, capsys: pytest.CaptureFixture[str]) -> None:
    """A second time is a conflict (7), another id is a mistake (2); either is one line that says what to do."""
    merge = estate.rows(capsys, "ci", "merges")[0]["id"]
    assert estate(capsys, "ci", "split", merge)[0] == 0

    assert estate(capsys, "ci", "split", merge)[::2] == (7, f"driftline: merge {merge}: undone before\n")
    assert estate(capsys, "ci", "split", "none")[::2] == (
        2,
        'driftline: no merge "none"; see: driftline ci merges\n',
    )


def test_disputes_are_listed_while_they_last(estate: Estate, capsys: pytest.CaptureFixture[str]) -> None:
    """A machine alive in two vCenters is a duplicate until one of them lets go."""
    (open_,) = [row for row in estate.rows(capsys, "ci", "disputes") if row["about"] == "duplicate"]
    assert [one["name"] for one in open_["items"]] == ["vm2", "vm2"]

    code, out, _ = estate(capsys, "ci", "disputes", "--all", "-o", "csv")
    assert code == 0
    assert out.splitlines()[0].startswith("id,about,state")
    assert "merged" in out
