"""``driftline runs``: visits that were made."""

from __future__ import annotations

from typing import Annotated

import typer

from driftline.api.cli.group import group
from driftline.api.cli.reading import Inquiry, asking, joined
from driftline.api.output import Row
from driftline.api.site import NoSuch
from driftline.graph.questions.collection import Scope, Visited, VisitFacts, runs, visit

app = group("Visits that were made, and how completely each read.")


@app.command("list", epilog="driftline runs list --limit 20  |  driftline runs list --target vcenter-ber1 -o csv")
def list_(
    ctx: typer.Context, target: Annotated[str, typer.Option("--target", help="Visits of this target only.")] = ""
) -> None:
    """List visits, the newest first."""
    with asking(ctx) as ask:
        found = runs(ask.viewer, ask.store, target=target or None, limit=ask.frame.limit)
        empty = "no visits yet; make one: driftline visit TARGET"
        ask.rows(found, Visited, "/runs", lambda row: _row(ask, row), query={"target": target}, empty=empty)


@app.command(epilog="driftline runs show vcenter-ber1@1795544184542  |  driftline runs show RUN -o json")
def show(ctx: typer.Context, run: Annotated[str, typer.Argument(metavar="RUN", help="Id of the visit.")]) -> None:
    """Show one visit, and how completely it read; what a later visit has read again is shown with that one."""
    with asking(ctx) as ask:
        found = visit(ask.viewer, ask.store, run)
        if found is None:
            raise NoSuch(f'no visit "{run}"; see: driftline runs list')
        ask.one(found, lambda: _lines(ask, found))


def covered(ask: Inquiry, row: Scope) -> Row:
    """How completely a kind and group was read, in a table."""
    return {
        "kind": row.kind,
        "group": row.group,
        "read": row.status,
        "items": row.count,
        "not shown of": row.hidden,
        "at": ask.at(row.read_at),
        "last complete": ask.at(row.complete_at),
        "because": joined(row.errors),
    }


def _row(ask: Inquiry, row: Visited) -> Row:
    return {
        "run": row.id,
        "outcome": row.outcome,
        "began": ask.at(row.started_at),
        "ended": ask.at(row.ended_at),
        "items": row.items,
        "changes": row.changes,
        "not understood": row.unread,
        "error": row.error,
    }


def _lines(ask: Inquiry, row: VisitFacts) -> None:
    whose = {"target": row.target, "collector": row.collector, "source": row.source or "never answered"}
    rest = {"links without an end": row.dangling, "capture": row.capture or "none"}
    ask.frame.output.facts({**_row(ask, row), **whose, **rest})
    ask.table([covered(ask, scope) for scope in row.coverage], heading="read by this visit")
    if row.source and not row.coverage:
        ask.line("")
        ask.line(f"a later visit has read it all again; see: driftline targets show {row.target}")
