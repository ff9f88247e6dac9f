"""``driftline targets``: what is visited, how often, and how it went last."""

from __future__ import annotations

from typing import Annotated

import typer

from driftline.api.cli.group import group
from driftline.api.cli.reading import Inquiry, asking
from driftline.api.cli.runs import covered
from driftline.api.output import Row
from driftline.api.questions.targets import TargetFacts, TargetRow
from driftline.api.questions.targets import target as facts_of
from driftline.api.questions.targets import targets as rows_of
from driftline.graph.questions.page import Page

app = group("What is visited, and how it went.")


@app.command("list", epilog="driftline targets list  |  driftline targets list -o csv")
def list_(ctx: typer.Context) -> None:
    """List targets with their last visit and their last complete one."""
    with asking(ctx, unwritten=True) as ask:
        found = Page(rows_of(ask.viewer, ask.found, ask.frame.site.settings.targets))
        empty = "no targets; add one to the configuration, then: driftline check --all"
        ask.rows(found, TargetRow, "/targets", lambda row: _row(ask, row), empty=empty)


@app.command(epilog="driftline targets show vcenter-ber1  |  driftline targets show vcenter-ber1 -o json")
def show(
    ctx: typer.Context, name: Annotated[str, typer.Argument(metavar="TARGET", help="Name of the target.")]
) -> None:
    """Show one target: where it is, how it is trusted, its last visit, and how completely it is read as of now."""
    with asking(ctx, unwritten=True) as ask:
        found = facts_of(ask.viewer, ask.found, ask.frame.site.target(name))
        ask.one(found, lambda: _lines(ask, found))


def _row(ask: Inquiry, row: TargetRow) -> Row:
    return {
        "name": row.name,
        "collector": row.collector,
        "address": row.address,
        "every": row.every,
        "last visit": row.last.outcome if row.last else "never",
        "at": ask.at(row.last.ended_at) if row.last else "",
        "items": row.last.items if row.last else "",
        "last complete": ask.at(row.complete_at),
    }


def _lines(ask: Inquiry, row: TargetFacts) -> None:
    facts = {**_row(ask, row), "credential": row.credential, "trust": row.trust, "site": row.site or ""}
    if row.last:
        facts |= {"source": row.last.source or "not known yet", "last run": row.last.id, "error": row.last.error}
    ask.frame.output.facts({name: said for name, said in facts.items() if said != ""})
    ask.table([covered(ask, scope) for scope in row.coverage], heading="read, as of now")
