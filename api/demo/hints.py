"""What the demonstration says before and after the week: where it is, and which commands to try on its store."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from rich.text import Text

from driftline import __version__
from driftline.api.demo.week import Player
from driftline.api.questions.changes import ChangeRow
from driftline.diff.words import Outcome


def beginning(folder: Path) -> Iterator[Text]:
    """What this is. Nobody may take it for a real vCenter."""
    yield Text.assemble((f"driftline {__version__} demo", "bold"), f"   data in {folder} (delete it to forget)")
    yield Text("Recorded from a vCenter simulator, then moved to a week in March 2026. Times are UTC.", "dim")


def ending(folder: Path, player: Player) -> Iterator[Text]:
    """Commands to try, each as it can be pasted."""
    yield Text("")
    yield Text("Try on the store it left:", "bold")
    start = f"{program()} --config {shlex.quote(str(folder / 'driftline.yaml'))}"
    for words, says in commands(folder, player.rows.values()):
        yield Text.assemble(f"  {start} {words}", (f"   # {says}", "dim"))


def commands(folder: Path, rows: Iterable[ChangeRow]) -> list[tuple[str, str]]:
    """Command lines without the program, and what each does."""
    asked = next(row for row in rows if row.verdict is Outcome.OUT_OF_SCOPE)
    last = max((folder / "captures").glob("*.json"))
    return [
        ("changes list --verdict UNAPPROVED", "what nobody approved"),
        (f"changes explain {asked.id}", "one verdict with all its evidence"),
        ("changed sql-0008 --since 2026-03-02", "one machine since Monday"),
        ("drift list", "what somebody has to look at"),
        ("rfc show CHG-103", "a request, and what became of it"),
        ("impact C1-DS0", "who and what stands behind a datastore"),
        (f"replay --as-new {shlex.quote(str(last))}", "read the last capture again: nothing changed"),
    ]


def program() -> str:
    """How this program is called from where it was started."""
    started = Path(sys.argv[0])
    if shutil.which(started.name) == str(started) or started.name not in {"driftline", "driftline.exe"}:
        return "driftline"
    here = Path.cwd()
    return shlex.quote(str(started.relative_to(here) if started.is_relative_to(here) else started))
