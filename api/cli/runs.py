"""``driftline runs``: visits that were made."""

from __future__ import annotations

from dataclasses import fields
from typing import Annotated

import typer

from driftline.api.cli.frame import frame_of
from driftline.api.judging import records
from driftline.api.output import Column, Format
from driftline.api.site import NoSuch
from driftline.graph.records import ReadCoverage, Run
from driftline.graph.store import Compare, Cond

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Visits that were made.")

LISTED = (
    Column("id", "run"),
    Column("outcome"),
    Column("started_ms", "started", instant=True),
    Column("ended_ms", "ended", instant=True),
    Column("items", right=True),
    Column("changes", right=True),
    Column("unread", right=True),
    Column("error"),
)
INSTANTS = ("started_ms", "ended_ms", "read_start_ms", "read_end_ms")
COVERED = (
    Column("item_kind", "kind"),
    Column("group"),
    Column("status"),
    Column("count", right=True),
    Column("read_end_ms", "read", instant=True),
    Column("errors"),
)


@app.command("list", epilog="driftline runs list --limit 20  |  driftline runs list --target vcenter-ber1 -o csv")
def list_(
    ctx: typer.Context, target: Annotated[str, typer.Option("--target", help="Visits of this target only.")] = ""
) -> None:
    """List the newest visits, the newest first."""
    frame = frame_of(ctx)
    where = [Cond("target", Compare.EQ, target)] if target else []
    with frame.site.store() as store:
        runs = records(store, Run, where, order="started_ms")
    newest = list(reversed(runs))[: frame.limit]
    rows = [{c.name: getattr(run, c.name) for c in LISTED} for run in newest]
    frame.output.rows(LISTED, rows, empty="no visits yet; make one: driftline visit TARGET")


@app.command(epilog="driftline runs show vcenter-ber1@1795544184542  |  driftline runs show RUN -o json")
def show(ctx: typer.Context, run: Annotated[str, typer.Argument(metavar="RUN", help="Id of the visit.")]) -> None:
    """Show one visit, and how completely its source was read last."""
    frame = frame_of(ctx)
    with frame.site.store() as store:
        found = records(store, Run, [Cond("id", Compare.EQ, run)])
        if not found:
            raise NoSuch(f'no visit "{run}"; see: driftline runs list')
        one = found[0]
        rows = records(store, ReadCoverage, [Cond("source", Compare.EQ, one.source)]) if one.source else []
    facts = {name: getattr(one, name) for name in (f.name for f in fields(Run))}
    covered = [{c.name: getattr(row, c.name) for c in COVERED} for row in rows]
    if frame.output.format is Format.JSON:
        frame.output.body({**facts, "coverage": covered})
        return
    frame.output.facts(facts, instants=INSTANTS)
    if frame.output.format is Format.TABLE:
        frame.output.line("")
        frame.output.rows(COVERED, covered)
