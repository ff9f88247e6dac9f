"""``driftline ci merges``, ``disputes`` and ``split``: what was decided about identity, and taking a merge back."""

from __future__ import annotations

from typing import Annotated

import typer

from driftline.api.cli.reading import Inquiry, asking, joined
from driftline.api.identity import undo_merge
from driftline.api.output import Row
from driftline.api.site import NoSuch
from driftline.graph.questions.identity import DisputeRow, MergeRow, disputes, merge, merges
from driftline.graph.records import Settlement

app = typer.Typer(rich_markup_mode=None)


@app.command("merges", epilog="driftline ci merges  |  driftline ci merges -o csv")
def merges_(ctx: typer.Context) -> None:
    """List items that were found to be one, the newest first."""
    with asking(ctx) as ask:
        page = merges(ask.viewer, ask.store, limit=ask.frame.limit)
        ask.rows(page, MergeRow, "/merges", lambda row: _merged(ask, row), empty="nothing was merged")


@app.command("disputes", epilog="driftline ci disputes  |  driftline ci disputes --all -o json")
def disputes_(
    ctx: typer.Context,
    *,
    whole: Annotated[bool, typer.Option("--all", help="Also those that are settled.")] = False,
) -> None:
    """List items whose keys contradict each other, the newest first; until that is settled no change is judged."""
    with asking(ctx) as ask:
        state = None if whole else Settlement.OPEN
        page = disputes(ask.viewer, ask.store, state=state, limit=ask.frame.limit)
        query = {"state": "any" if whole else ""}
        ask.rows(page, DisputeRow, "/disputes", lambda row: _disputed(ask, row), query=query, empty="no disputes")


@app.command(epilog="driftline ci split MERGE  |  driftline --as anna ci split MERGE -o json")
def split(
    ctx: typer.Context, merge_id: Annotated[str, typer.Argument(metavar="MERGE", help="Its id, as ci merges shows it.")]
) -> None:
    """Take a merge back, under your name: it becomes two items again, each with what was told of it."""
    with asking(ctx, writing=True) as ask:
        if merge(ask.viewer, ask.store, merge_id) is None:
            raise NoSuch(f'no merge "{merge_id}"; see: driftline ci merges')
        site = ask.frame.site
        with ask.store.lease(site.actor) as lease:
            back = undo_merge(ask.store, lease, site.policy, merge_id, site.actor, ask.moment.now)
        found = merge(ask.viewer, ask.store, merge_id)
        ask.one(found, lambda: ask.table([_merged(ask, found)] if found else []))
        ask.frame.output.say(f"{len(back)} items live again, parts included")


def _merged(ask: Inquiry, row: MergeRow) -> Row:
    return {
        "at": ask.at(row.at),
        "kind": row.kept.kind,
        "kept": row.kept.name,
        "absorbed": row.absorbed.ci,
        "because": row.reason,
        "by": row.by,
        "undone": f"{ask.at(row.undone_at)} by {row.undone_by}" if row.undone_at else "",
        "id": row.id,
    }


def _disputed(ask: Inquiry, row: DisputeRow) -> Row:
    return {
        "opened": ask.at(row.opened_at),
        "about": row.about,
        "state": row.state,
        "items": joined(f"{one.kind} {one.name}" for one in row.items),
        "keys": joined(row.keys),
        "source": row.source,
        "id": row.id,
    }
