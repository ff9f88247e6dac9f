"""``driftline targets``: what is visited, how often, and how it went last."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Annotated

import typer

from driftline.api.cli.frame import frame_of
from driftline.api.judging import records
from driftline.api.output import Column
from driftline.api.site import NotYet, Site
from driftline.config.units import show_duration
from driftline.graph.records import Outcome, Run
from driftline.graph.store import Compare, Cond, Store

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="What is visited, and how it went.")

LISTED = (
    Column("name"),
    Column("collector"),
    Column("address"),
    Column("every"),
    Column("outcome", "last visit"),
    Column("ended_ms", "at", instant=True),
    Column("items", right=True),
    Column("complete_ms", "last complete", instant=True),
)


@app.command("list", epilog="driftline targets list  |  driftline targets list -o csv")
def list_(ctx: typer.Context) -> None:
    """List targets with their last visit and their last complete one."""
    frame = frame_of(ctx)
    site = frame.site
    runs = last_runs(site)
    rows = []
    for target in site.settings.targets:
        last, complete = runs.get(target.name, (None, None))
        rows.append(
            {
                "name": target.name,
                "collector": target.collector,
                "address": target.address,
                "every": show_duration(target.every),
                "outcome": last.outcome.value if last else "",
                "ended_ms": last.ended_ms if last else None,
                "items": last.items if last else None,
                "complete_ms": complete.ended_ms if complete else None,
            }
        )
    frame.output.rows(LISTED, rows, empty="no targets; add one to the configuration, then: driftline check --all")


@app.command(epilog="driftline targets show vcenter-ber1  |  driftline targets show vcenter-ber1 -o json")
def show(
    ctx: typer.Context, name: Annotated[str, typer.Argument(metavar="TARGET", help="Name of the target.")]
) -> None:
    """Show one target: where it is, how it is trusted, its source, its last visit."""
    frame = frame_of(ctx)
    target = frame.site.target(name)
    last, complete = last_runs(frame.site).get(name, (None, None))
    trust = "the system's authorities"
    if target.tls:
        trust = f"authority {target.tls.ca}" if target.tls.ca else f"pinned {target.tls.pin}"
    facts = {
        "name": target.name,
        "collector": target.collector,
        "address": target.address,
        "credential": target.credential,
        "every": show_duration(target.every),
        "trust": trust,
        "site": target.site or frame.site.settings.site.name,
        "source": last.source if last else None,
        "last_run": last.id if last else None,
        "outcome": last.outcome.value if last else None,
        "error": last.error if last else None,
        "ended_ms": last.ended_ms if last else None,
        "complete_ms": complete.ended_ms if complete else None,
    }
    frame.output.facts(facts, instants=("ended_ms", "complete_ms"))


def last_runs(site: Site) -> Mapping[str, tuple[Run | None, Run | None]]:
    """The last visit and the last complete one by target, as far as there is a store."""
    found: dict[str, tuple[Run | None, Run | None]] = {}
    with suppress(NotYet), site.store() as store:
        for target in site.settings.targets:
            runs = _newest(store, target.name)
            complete = next((run for run in reversed(runs) if run.outcome is Outcome.COMPLETE), None)
            found[target.name] = (runs[-1] if runs else None, complete)
    return found


def _newest(store: Store, target: str) -> list[Run]:
    """Visits of a target, the newest last."""
    return records(store, Run, [Cond("target", Compare.EQ, target)], order="started_ms")
