"""``driftline demo``: a recorded week of a simulated vCenter, from readings to verdicts."""

from __future__ import annotations

import sys
import webbrowser
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING, Annotated

import typer

from driftline.api.cli.frame import frame_of

if TYPE_CHECKING:
    from rich.console import Console

app = typer.Typer(rich_markup_mode=None)

FOLDER = Path("driftline-demo")


@app.command(epilog="driftline demo --exit  |  driftline demo --data /tmp/week --port 9000")
def demo(
    ctx: typer.Context,
    *,
    ends: Annotated[bool, typer.Option("--exit", help="Tell the story and end; serve nothing.")] = False,
    data: Annotated[
        Path,
        typer.Option("--data", metavar="DIR", help="Folder; an earlier demo in it is replaced."),
    ] = FOLDER,
    port: Annotated[int, typer.Option("--port", help="Port of the API; if taken, the next free one.")] = 8484,
    browser: Annotated[bool, typer.Option(help="On a terminal with a display, open the API's page.")] = True,
) -> None:
    """Replay a recorded week of a vCenter simulator, and tell what changed, who did it, and whether it was approved.

    Nothing is contacted: collector, store and judging are the real ones, the answers are recordings.
    """
    from rich.console import Console  # noqa: PLC0415 -- help must not load it

    from driftline.api import logs  # noqa: PLC0415 -- the same
    from driftline.api.demo import hints, telling  # noqa: PLC0415 -- the same
    from driftline.api.demo.folder import prepared, site_in  # noqa: PLC0415 -- the same
    from driftline.api.demo.week import Player  # noqa: PLC0415 -- the same

    frame = frame_of(ctx)
    logs.configure("console", frame.level, str)
    prepared(data)
    console = Console(file=sys.stdout, quiet=frame.quiet, highlight=False)
    player = Player(site_in(data), data)
    for line in hints.beginning(data):
        console.print(line)
    with _bar(console, len(player)) as advance:
        telling.story(console, player, advance)
    for line in hints.ending(data, player):
        console.print(line, soft_wrap=True)
    if not ends:
        serve(console, data, port, browser=browser)


def serve(console: Console, folder: Path, port: int, *, browser: bool) -> None:
    """Answer over HTTP on the store that the week left, until Ctrl-C. Nothing is visited."""
    from driftline.api.demo.folder import site_in  # noqa: PLC0415 -- help must not load it
    from driftline.api.demo.ports import free_port  # noqa: PLC0415 -- the same
    from driftline.api.rest.app import create_app  # noqa: PLC0415 -- the same
    from driftline.api.serve import serve as run  # noqa: PLC0415 -- the same
    from driftline.config import process_environment  # noqa: PLC0415 -- the same

    site = site_in(folder, free_port(port))
    page = f"http://{site.settings.http.bind}/api/docs"
    console.print(f"The API answers at {page}   (Ctrl-C ends it)")
    if browser and console.is_terminal and displayed(process_environment()):
        Timer(1, webbrowser.open, [page]).start()  # once the door is open
    run(site, create_app, scheduled=False)


def displayed(environ: Mapping[str, str]) -> bool:
    """Whether there is a screen to open a browser on."""
    return bool(environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY"))


@contextmanager
def _bar(console: Console, total: int) -> Iterator[Callable[[], None]]:
    """A bar below the story on a terminal; elsewhere the story itself is the progress."""
    if not console.is_terminal:
        yield lambda: None
        return
    from rich.progress import Progress  # noqa: PLC0415 -- help must not load it

    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("the week", total=total)
        yield lambda: progress.advance(task)
