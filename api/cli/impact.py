"""``driftline impact``: who and what depends on an item."""

from __future__ import annotations

from typing import Annotated

import typer

from driftline.api.cli.reading import AsOf, Inquiry, asking, joined
from driftline.api.output import Row
from driftline.graph.questions.impact import Hit, ImpactOf
from driftline.graph.questions.impact import impact as asked

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(epilog="driftline impact ds-gold  |  driftline impact esx1.example.com esx2.example.com -o json")
def impact(
    ctx: typer.Context,
    cis: Annotated[list[str], typer.Argument(metavar="CI…", help="What fails, together.")],
    as_of: AsOf = "",
) -> None:
    """Show everything that depends on items: services, customers, machines, by which path, and whom to call."""
    with asking(ctx, as_of=as_of) as ask:
        found = asked(ask.viewer, ask.store, [ask.ci(ci) for ci in cis], at=ask.moment.at)
        ask.one(found, lambda: _lines(ask, found))


def _lines(ask: Inquiry, found: ImpactOf) -> None:
    ask.line(f"if {joined(f'{one.kind} {one.name}' for one in found.starts)} fails:")
    counts = joined(f"{c.hit} {c.kind}{f' ({c.spared} maybe spared)' if c.spared else ''}" for c in found.counts)
    ask.line(f"  {counts or 'nothing depends on it'}")
    if found.sites:
        ask.line(f"  at {joined(found.sites)}")
    if found.truncated:
        ask.line("  this is not all: there is more than was followed")
    for heading, hits in (("services", found.services), ("customers", found.customers), ("items", found.items)):
        ask.table([_hit(hit) for hit in hits], heading=heading)
    people = [{"name": c.name, "as": f"{c.role} of {c.of_name}", "reached by": joined(c.reach)} for c in found.contacts]
    ask.table(people, heading="whom to call")


def _hit(hit: Hit) -> Row:
    steps = (f"{step.dependent_name} {step.type.lower().replace('_', ' ')} {step.supplier_name}" for step in hit.path)
    return {
        "kind": hit.kind,
        "name": hit.name,
        "critical": hit.criticality,
        "state": "maybe spared (redundant)" if hit.spared else "hit",
        "path": "; ".join(steps),
    }
