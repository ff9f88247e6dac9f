"""``driftline visit``: read targets now."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from driftline.api.cli import failures
from driftline.api.cli.frame import Frame, frame_of, outcome
from driftline.api.cli.visits import CODES, COLUMNS, row_of
from driftline.api.engine import Engine, all_of
from driftline.api.pipeline import Report
from driftline.api.writer import Writer
from driftline.config import Target

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog="driftline visit vcenter-ber1  |  driftline visit --all -o json")
def visit(
    ctx: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(metavar="TARGET…", help="Names of targets.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All targets of the configuration.")] = False,
) -> None:
    """Read targets now, take in what they say, and judge what changed."""
    frame = frame_of(ctx)
    targets = chosen(frame, names or [], every=every)
    with Writer.open(frame.site) as writer:
        results = asyncio.run(_all(frame, writer, targets))
    reports = [one for one in results.values() if isinstance(one, Report)]
    frame.output.rows(COLUMNS, [row_of(report) for report in reports])
    told = [failures.tell(one, frame) or failures.BUG for one in results.values() if isinstance(one, Exception)]
    outcome([*(CODES[report.run.outcome] for report in reports), *told])


def chosen(frame: Frame, names: list[str], *, every: bool) -> list[Target]:
    """The targets that a person named; a command without any is a mistake.

    Raises:
        NoSuch: a name that is no target.
    """
    if every == bool(names):
        raise typer.BadParameter("name targets, or write --all", param_hint="TARGET")
    return list(frame.site.settings.targets) if every else [frame.site.target(name) for name in names]


async def _all(frame: Frame, writer: Writer, targets: list[Target]) -> dict[str, Report | Exception]:
    engine = Engine(frame.site, writer)
    now = frame.site.clock.ms()
    try:
        with frame.output.progress("visit", len(targets)) as progress:
            drops = await engine.import_records()
            done: list[str] = []

            def told(name: str) -> None:
                done.append(name)
                progress.at(len(done), name)

            results = await all_of({t.name: engine.visit(t, f"{t.name}@{now}") for t in targets}, told)
            if any(drop.unbound for drop in drops):
                await engine.import_records()  # what people named may be known by now
            return results
    finally:
        engine.close()
