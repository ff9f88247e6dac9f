"""``driftline changed``: what changed on an item or around it."""

from __future__ import annotations

from typing import Annotated

import typer

from driftline.api.cli.changes import row_of
from driftline.api.cli.reading import AsKnown, CiArgument, Inquiry, asking
from driftline.api.questions.changes import Changed
from driftline.api.questions.changes import changed as asked

app = typer.Typer(rich_markup_mode=None, add_completion=False)


@app.command(
    epilog="driftline changed db-01 --since 24h  |  driftline changed db-01 --since yesterday --closure -o json"
)
def changed(
    ctx: typer.Context,
    ci: CiArgument,
    *,
    since: Annotated[str, typer.Option("--since", metavar="T", help="From this instant on.")],
    closure: Annotated[bool, typer.Option("--closure", help="Also what it rests on, four links away.")] = False,
    as_known_at: AsKnown = "",
) -> None:
    """Show what changed since an instant on an item and its parts, or on everything it rests on."""
    with asking(ctx, as_known_at=as_known_at) as ask:
        begin = ask.instant(since)
        depth = 4 if closure else 0
        found = asked(
            ask.viewer,
            ask.store,
            ask.ci(ci),
            ask.moment.now if begin is None else begin,
            depth=depth,
            known_at=ask.moment.known,
        )
        ask.one(found, lambda: _lines(ask, found))


def _lines(ask: Inquiry, found: Changed) -> None:
    around = f" and {found.around - 1} items around it" if found.around > 1 else ""
    ask.line(f"{found.ci.kind} {found.ci.name}{around} since {ask.at(found.since_at)}: {len(found.rows)} changes")
    if found.truncated:
        ask.line("this is not all: there is more around it than was followed")
    ask.table([row_of(ask, row) for row in found.rows])
