"""``driftline check``: every step to a target, and what to do about the first that fails."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from driftline.api.checking import Ladder, State, climb
from driftline.api.cli.failures import CONFIGURATION
from driftline.api.cli.frame import Frame, frame_of, outcome
from driftline.api.cli.visit import chosen
from driftline.api.cli.visits import CODES
from driftline.api.lines import Lines
from driftline.api.output import Column, Format
from driftline.config import Target
from driftline.graph.records import Outcome

app = typer.Typer(rich_markup_mode=None)

COLUMNS = (Column("target"), Column("rung"), Column("state"), Column("says"), Column("do"))


@app.command(epilog="driftline check vcenter-ber1  |  driftline check --all -o json")
def check(
    ctx: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(metavar="TARGET…", help="Names of targets.")] = None,
    *,
    every: Annotated[bool, typer.Option("--all", help="All targets of the configuration.")] = False,
) -> None:
    """Try every step to a target: name, reach, tls, login, clock, privilege, read. One login; nothing is kept."""
    frame = frame_of(ctx)
    ladders = asyncio.run(_climbed(frame, chosen(frame, names or [], every=every)))
    if frame.output.format is Format.TABLE:
        _told(frame, ladders)
    else:
        rows = [
            {"target": one.target, "rung": r.name, "state": r.state.value.lower(), "says": r.says, "do": r.do}
            for one in ladders
            for r in one.rungs
        ]
        frame.output.rows(COLUMNS, rows)
    outcome([CONFIGURATION if one.misconfigured else CODES[one.outcome] for one in ladders])


async def _climbed(frame: Frame, targets: list[Target]) -> list[Ladder]:
    with frame.output.progress("check", len(targets)), Lines(frame.site) as lines:
        return list(await asyncio.gather(*(climb(frame.site, target, lines) for target in targets)))


def _told(frame: Frame, ladders: list[Ladder]) -> None:
    width = max((len(one.target) for one in ladders), default=0)
    for one in ladders:
        climbed = "  ".join(f"{r.name} {r.state} {r.says}".rstrip() for r in one.rungs)
        frame.output.line(f"{one.target:{width}}  {climbed}")
        for rung in one.rungs:
            if rung.state is not State.OK:
                frame.output.line(f"   do         {rung.do}")
    complete = sum(one.outcome is Outcome.COMPLETE for one in ladders)
    partial = sum(one.outcome is Outcome.PARTIAL for one in ladders)
    calls, seconds = sum(one.calls for one in ladders), max((one.seconds for one in ladders), default=0)
    frame.output.say(
        f"{len(ladders)} targets: {complete} complete, {partial} partial, {len(ladders) - complete - partial} failed. "
        f"Longest visit: {seconds} s; calls: {calls}"
    )
