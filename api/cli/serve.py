"""``driftline serve``: the service."""

from __future__ import annotations

from typing import Annotated

import typer

from driftline.api import logs
from driftline.api.cli.frame import frame_of
from driftline.api.rest.app import create_app
from driftline.api.serve import serve as run

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog="driftline serve  |  driftline --config /etc/driftline.yaml serve --no-scheduler")
def serve(
    ctx: typer.Context,
    *,
    scheduler: Annotated[bool, typer.Option(help="Visit targets; without it only answer.")] = True,
) -> None:
    """Visit all targets on schedule and answer over HTTP, until SIGTERM or Ctrl-C; a second one ends at once.

    SIGHUP reads the configuration again: if all of it is valid it holds from then on, else the log says what is wrong.
    """
    frame = frame_of(ctx)
    site = frame.site
    logs.configure(
        site.settings.log.format, frame.level if frame.verbose else site.settings.log.level, site.secrets.mask
    )
    run(site, create_app, scheduled=scheduler, reread=frame.settings)
