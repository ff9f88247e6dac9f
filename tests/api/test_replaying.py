"""Captures taken in again, and visits that a crash cut."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from driftline.api.judging import records
from driftline.api.site import Site
from driftline.api.visiting import run_of
from driftline.api.writer import Halted, TooOld, Writer, runs_of
from driftline.collectors.capture import Capture
from driftline.diff.words import Change, Verdict
from driftline.graph.dump import dump
from driftline.graph.records import Outcome, Run
from driftline.graph.store import Batch
from tests.api.program import Program, one_line
from tests.faults.visits import scene_in, site_at, week


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The recorded week."""
    return scene_in(tmp_path_factory.mktemp("scene"))


@pytest.fixture
def captures(scene: Path) -> list[Capture]:
    """Its captures, oldest first."""
    return [what for _, what in week(scene) if isinstance(what, Capture)]


@pytest.fixture
def site(tmp_path: Path, scene: Path) -> Site:
    """An empty store."""
    return site_at(tmp_path, scene)


def rows(site: Site) -> list[str]:
    """Everything in the store but the number of its last lease."""
    with site.store() as store:
        return [line for line in dump(store) if '"family":"book"' not in line]


def cut(site: Site, capture: Capture, batches: int) -> None:
    """Take a capture in and end the program after so many batches."""
    with Writer.open(site) as writer:
        written, left = writer.store.apply, [batches]

        def apply(batch: Batch) -> bool:
            left[0] -= 1
            if not left[0]:
                writer.lease.halt.set()
            return written(batch)

        writer.store.apply = apply  # type: ignore[method-assign]  # counts, and passes on
        with pytest.raises(Halted):
            writer.take(capture)


def test_what_is_in_already_writes_nothing(site: Site, captures: list[Capture]) -> None:
    """The same captures again, in any number: not a row moves."""
    with Writer.open(site) as writer:
        assert all(writer.take(capture).compared for capture in captures[:3])
    before = rows(site)
    with Writer.open(site) as writer:
        reports = [writer.take(capture) for capture in captures[:3]]
    assert [report.written for report in reports] == [0, 0, 0]
    assert rows(site) == before


def test_a_cut_visit_is_taken_up_at_the_next_start(site: Site, scene: Path, captures: list[Capture]) -> None:
    """From its capture, which was on disk before the first write; it ends as if nothing had been."""
    whole = site_at(_folder(site, "whole"), scene)
    with Writer.open(whole) as writer:
        for capture in captures[:2]:
            writer.take(capture)
    with Writer.open(site) as writer:
        writer.take(captures[0])
    cut(site, captures[1], 2)
    with Writer.open(site):
        pass
    assert facts(site) == facts(whole)


def test_a_cut_visit_whose_capture_is_gone_is_judged_and_given_up(site: Site, captures: list[Capture]) -> None:
    """Its changes have verdicts, its run ends as failed (decision D10)."""
    with Writer.open(site) as writer:
        writer.take(captures[0])
    cut(site, captures[1], 3)
    for manifest in site.captures.glob(f"{captures[1].id}*"):
        manifest.unlink()
    with Writer.open(site) as writer:
        (run,) = records(writer.store, Run, [])[1:]
        changes = [c.id for c in records(writer.store, Change) if c.run == run.id and c.judged]
        judged = {v.id for v in records(writer.store, Verdict)}
    assert (run.outcome, run.id) == (Outcome.FAILED, run_of(captures[1]))
    assert run.error.startswith("aborted: ")
    assert changes
    assert set(changes) <= judged


def test_a_cut_visit_that_a_later_one_overtook_is_given_up(site: Site, captures: list[Capture]) -> None:
    """Taken up after its successor it would date changes backwards; its replay is a no-op then."""
    with Writer.open(site) as writer:
        writer.take(captures[0])
    cut(site, captures[1], 2)
    with Writer.open(site, replaying=runs_of(captures)) as writer:
        writer.take(captures[2])
    with Writer.open(site, replaying=runs_of(captures)) as writer:
        run = next(run for run in records(writer.store, Run) if run.id == run_of(captures[1]))
        changes = records(writer.store, Change)
        assert writer.take(captures[1]).written == 0
    assert run.outcome is Outcome.FAILED
    assert run.error.endswith(f"visit {run_of(captures[2])} came later")
    assert [change.id for change in changes if change.lower_ms > change.upper_ms] == []


def test_a_capture_older_than_what_is_in_is_refused(site: Site, captures: list[Capture]) -> None:
    """It writes nothing, neither store nor capture; one that is in already is no trouble."""
    with Writer.open(site) as writer:
        writer.take(captures[0])
        writer.take(captures[2])
    before = rows(site)
    with Writer.open(site) as writer:
        with pytest.raises(TooOld, match=f"visit {run_of(captures[2])} of the same source"):
            writer.take(captures[1])
        with pytest.raises(TooOld):
            writer.take(captures[0], "as new")
        assert writer.take(captures[0]).written == 0
    assert rows(site) == before
    assert not (site.captures / f"{captures[1].id}.json").exists()


def test_a_capture_of_nothing_says_nothing(site: Site, captures: list[Capture]) -> None:
    """A visit that reached nobody is a row, and no CI is missed."""
    empty = replace(captures[1], entries=(), blobs={}, notes={**captures[1].notes, "run": "x", "begun_ms": "5"})
    with Writer.open(site) as writer:
        writer.take(captures[0])
        before = writer.store.count("VirtualMachine")
        report = writer.take(empty)
        assert writer.store.count("VirtualMachine") == before
    assert (report.run.outcome, report.run.started_ms) == (Outcome.FAILED, 5)


def test_the_last_capture_as_a_new_visit_changes_nothing(tmp_path: Path, scene: Path) -> None:
    """``replay --as-new`` compares every item, says how many, and finds no change; before the replay it refuses."""
    program = Program(tmp_path)
    shutil.copytree(scene, tmp_path, dirs_exist_ok=True)
    manifests = [str(file) for file in sorted((tmp_path / "captures").glob("*.json"))]
    said = program("replay", "--as-new", manifests[0])
    assert said.returncode == 2
    assert "take it in first" in said.stderr
    assert program("replay", manifests[0]).returncode == 0
    said = program("replay", "--as-new", manifests[0], "-o", "json")
    assert said.returncode == 0, said.stderr
    compared = int(said.stderr.split()[1])
    assert compared > 100
    assert said.stderr == f"compared {compared} items: 0 changes\n"


def test_an_older_capture_is_one_line_and_a_conflict(tmp_path: Path, scene: Path) -> None:
    """``replay``, with ``--as-new`` or without, says what is in already and what to do: exit 7."""
    program = Program(tmp_path)
    shutil.copytree(scene, tmp_path, dirs_exist_ok=True)
    manifests = [str(file) for file in sorted((tmp_path / "captures").glob("*.json"))]
    assert program("replay", manifests[0], manifests[2]).returncode in {0, 3}
    for words in (["replay", manifests[1]], ["replay", "--as-new", manifests[0]]):
        said = program(*words)
        assert said.returncode == 7
        assert "history is written forward only" in one_line(said)


def facts(site: Site) -> list[str]:
    """The facts form of the dump."""
    with site.store() as store:
        return list(dump(store, facts=True))


def _folder(site: Site, name: str) -> Path:
    folder = site.data / name
    folder.mkdir()
    return folder
