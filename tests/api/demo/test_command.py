"""``driftline demo`` as a person meets it: what it says, what it leaves, what it never touches."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from driftline.api.demo.folder import MARK, site_in
from tests.api.demo.conftest import Demo
from tests.api.program import Program, one_line

COMMAND = re.compile(r"^  (?P<line>\S*driftline --config .*?)   # ")
SERVED = re.compile(r"answers at (http://\S+)/api/docs")


def commands(demo: Demo) -> list[str]:
    """The command lines that it ended with."""
    return [found["line"] for line in demo.lines if (found := COMMAND.match(line))]


def test_it_says_at_once_that_nothing_of_it_is_real(demo: Demo) -> None:
    """The first lines name the simulator and the moved times."""
    assert "Recorded from a vCenter simulator, then moved to a week in March 2026" in demo.lines[1]


def test_it_is_done_in_twenty_seconds(demo: Demo) -> None:
    """The whole week with ten visits, files and verdicts."""
    assert demo.seconds < 20


def test_without_a_terminal_it_prints_plain_lines(demo: Demo) -> None:
    """No colour, no bar, nothing on standard error."""
    assert "\x1b" not in demo.said.stdout
    assert demo.said.stderr == ""


def test_every_command_that_it_ends_with_works_when_pasted(demo: Demo, tmp_path: Path) -> None:
    """Each line runs in a shell, from the folder where the demonstration was started."""
    shutil.copytree(demo.folder, tmp_path / demo.folder.name)
    lines = commands(demo)
    assert len(lines) == 7
    for line in lines:
        said = subprocess.run(line, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)  # noqa: S602 -- what a person pastes
        assert (said.returncode, said.stderr.replace("compared 193 items: 0 changes\n", "")) == (0, ""), line
        assert len(said.stdout.splitlines()) > 1, line


def test_its_last_capture_read_again_compares_everything_and_changes_nothing(demo: Demo, tmp_path: Path) -> None:
    """``replay --as-new`` of the last capture compares every item and reports 0 changes."""
    shutil.copytree(demo.folder, tmp_path / "again")
    program = Program(tmp_path / "again")
    said = program("replay", "--as-new", "captures/09-fri-1800.json", "-o", "json")
    assert said.returncode == 0, said.stderr
    (row,) = json.loads(said.stdout)
    assert (row["compared"], row["items"], row["changes"]) == (193, 193, 0)
    assert "compared 193 items: 0 changes" in said.stderr


def test_running_it_again_makes_its_own_things_new_and_leaves_all_else(tmp_path: Path) -> None:
    """A fresh store with the same story; a file of somebody in the folder stays."""
    program = Program(tmp_path)
    first = program("demo", "--exit", "--data", "week")
    (tmp_path / "week" / "notes.txt").write_text("mine")
    (tmp_path / "week" / "policy.yaml").write_text("broken: [")
    again = program("demo", "--exit", "--data", "week")
    assert (again.returncode, again.stdout) == (0, first.stdout), again.stderr
    assert (tmp_path / "week" / "notes.txt").read_text() == "mine"


def test_a_folder_that_no_demo_made_is_left_alone(tmp_path: Path) -> None:
    """It is refused, and not a byte of it changes."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "driftline.db").write_text("of somebody")
    said = Program(tmp_path)("demo", "--exit", "--data", ".")
    assert said.returncode == 2
    assert one_line(said) == ".: exists, and no demo made it; name another folder: driftline demo --data DIR"
    assert [str(path.relative_to(tmp_path)) for path in sorted(tmp_path.rglob("*"))] == ["data", "data/driftline.db"]


def test_a_demo_at_work_in_the_folder_is_not_disturbed(demo: Demo, tmp_path: Path) -> None:
    """Whose store is being written is not deleted: locked by another writer."""
    folder = tmp_path / "week"
    shutil.copytree(demo.folder, folder)
    with site_in(folder).store(writing=True) as store, store.lease("other"):
        said = Program(tmp_path)("demo", "--exit", "--data", "week")
    assert said.returncode == 7, said.stderr
    assert (folder / MARK).exists()
    assert (folder / "data" / "driftline.db").exists()


def test_settings_of_the_user_do_not_reach_it(tmp_path: Path) -> None:
    """A broken configuration beside it and settings in the environment change nothing."""
    (tmp_path / "driftline.yaml").write_text("version: 9")
    said = Program(tmp_path)("demo", "--exit", "-q", DRIFTLINE__STORE__PATH="/nowhere/store.db")
    assert (said.returncode, said.stdout, said.stderr) == (0, "", "")


def test_without_exit_it_answers_over_http_until_it_is_told_to_end(tmp_path: Path) -> None:
    """The address that it prints serves the changes of the week, the newest first; Ctrl-C ends it."""
    running = Program(tmp_path).start("demo", "--port", "8600")
    try:
        assert running.stdout
        page = next(
            found[1] for line in running.stdout if (found := re.search(r"answers at (http://\S+)/api/docs", line))
        )
        answer = ask(f"{page}/api/v1/changes?verdict=UNAPPROVED")
        running.send_signal(signal.SIGINT)
        rest, errors = running.communicate(timeout=30)
    finally:
        running.kill()
    assert [row["name"] for row in answer] == ["app-0010", "sql-0008", "web-0003"]
    assert running.returncode in {0, 130}, errors + rest


def ask(url: str, tries: int = 50) -> list[dict[str, Any]]:
    """What a server says that may still be starting."""
    for _ in range(tries):
        try:
            with urllib.request.urlopen(url, timeout=5) as reply:  # noqa: S310 -- loopback
                rows: list[dict[str, Any]] = json.load(reply)["rows"]
                return rows
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"{url} does not answer")
