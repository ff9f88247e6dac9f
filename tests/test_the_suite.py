"""The suite about itself: one contract for both stores, real peers are asked, and CI skips nothing in silence."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
PYTEST = Path(sys.executable).with_name("pytest")
LIVE = 40
STORES = ("sqlite", "neo4j")


def collected(*words: str) -> list[str]:
    """Names of the tests that pytest would run."""
    said = run("--collect-only", "-q", "-p", "no:randomly", *words)
    assert said.returncode == 0, said.stdout + said.stderr
    return [line for line in said.stdout.splitlines() if "::" in line]


def run(*words: str | Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run pytest beside this one."""
    return subprocess.run(  # noqa: S603 -- our own program
        [PYTEST, "-p", "no:cacheprovider", *words],
        cwd=CHECKOUT,
        env={**os.environ, **environ},  # noqa: TID251 -- the environment of a child
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_both_stores_are_held_to_one_contract() -> None:
    """The contract suite has the same tests, by name and number, on SQLite and on Neo4j, and none for one alone."""
    names = collected("tests/graph/contract")
    of = {store: [name.replace(f"[{store}", "[", 1) for name in names if f"[{store}" in name] for store in STORES}
    assert sorted(of["sqlite"]) == sorted(of["neo4j"])
    assert len(of["sqlite"]) > 100
    assert len(names) == 2 * len(of["sqlite"])


@pytest.mark.slow
def test_a_live_vcenter_is_asked_by_many_tests() -> None:
    """At least 40 tests run against the live simulator, parameters not counted."""
    assert len({name.partition("[")[0] for name in collected("tests", "-m", "vcsim")}) >= LIVE


SKIPPING = """
import pytest


@pytest.fixture
def peer():
    pytest.skip("lab: go is missing")


def test_that_needs_a_peer(peer): ...


def test_that_gives_up(): pytest.skip("no unshare on this machine")


def test_of_recordings(): pytest.skip("recorded data absent: /nowhere")


@pytest.mark.xfail(reason="known", strict=True)
def test_that_is_known_to_fail(): assert False


def test_that_passes(): ...
"""


@pytest.mark.parametrize(
    ("ci", "told"),
    [("true", "1 failed, 1 passed, 1 skipped, 1 xfailed, 1 error"), ("", "1 passed, 3 skipped, 1 xfailed")],
)
def test_what_is_skipped_fails_where_ci_is_true(tmp_path: Path, ci: str, told: str) -> None:
    """A peer that cannot start leaves out tests of a person and breaks the build of a machine."""
    (tmp_path / "conftest.py").write_text("from tests.conftest import pytest_runtest_makereport\n")
    (tmp_path / "test_skipping.py").write_text(SKIPPING)
    said = run("-q", f"--rootdir={tmp_path}", tmp_path, CI=ci, PYTHONPATH=str(CHECKOUT))
    assert told in said.stdout.splitlines()[-1]
    assert ("skipped where CI=true: lab: go is missing" in said.stdout) == (ci == "true")
