"""``driftline doctor``: checks of this installation."""

from __future__ import annotations

import typer

from driftline.api.cli.frame import frame_of
from driftline.api.doctor import State, examine
from driftline.api.output import Column

app = typer.Typer(rich_markup_mode=None)

COLUMNS = (Column("check"), Column("state"), Column("says"), Column("do"))


@app.command(epilog="driftline doctor  |  driftline doctor -o json")
def doctor(ctx: typer.Context) -> None:
    """Check versions, secrets, policy, store, disk, rights and networks. Exit 1 if a check fails."""
    frame = frame_of(ctx)
    checks = list(examine(frame.site))
    frame.output.rows(COLUMNS, [{"check": c.name, "state": c.state.value, "says": c.says, "do": c.do} for c in checks])
    if any(check.state is State.FAIL for check in checks):
        raise typer.Exit(1)
