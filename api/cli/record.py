"""``driftline record``: raw answers of a target in a folder, to keep, to send, to replay."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from driftline.api.cli.frame import frame_of, outcome
from driftline.api.cli.visits import CODES
from driftline.api.lines import Lines
from driftline.api.site import Site
from driftline.api.visiting import OUTCOMES, noted, read
from driftline.collectors.visit import Visited
from driftline.config import Target

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog="driftline record vcenter-ber1 -o capture  |  driftline record vcenter-ber1 -o /tmp/report")
def record(
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(metavar="TARGET", help="Name of the target.")],
    folder: Annotated[Path, typer.Option("-o", "--out", metavar="DIR", help="Folder to write to.")],
) -> None:
    """Ask a target everything and keep the answers, without password or session key. The store is not used."""
    frame = frame_of(ctx)
    target = frame.site.target(name)
    begun = frame.site.clock.ms()
    with frame.output.progress(f"record {name}"):
        visited = asyncio.run(_read(frame.site, target))
    capture = noted(visited, f"{name}@{begun}", begun)
    manifest = capture.write(folder)
    frame.output.facts(
        {
            "capture": str(manifest),
            "outcome": OUTCOMES[visited.outcome].value,
            "asks": len(capture.entries),
            "bytes": sum(entry.size for entry in capture.entries),
            "seconds": round(visited.seconds, 1),
            "error": str(visited.error or ""),
        }
    )
    outcome([CODES[OUTCOMES[visited.outcome]]])


async def _read(site: Site, target: Target) -> Visited:
    with Lines(site) as lines:
        return await read(site, target, lines)
