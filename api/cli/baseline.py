"""``driftline baseline``: the state that somebody vouched for."""

from __future__ import annotations

from typing import Annotated

import typer

from driftline.api.cli.group import group
from driftline.api.cli.reading import Inquiry, asking
from driftline.api.decisions import Decider, sign
from driftline.api.output import Row
from driftline.api.questions.baselines import Apart, BaselineFacts, apart, baselines, sources
from driftline.api.site import NoSuch
from driftline.graph.questions.page import Page

app = group("The state somebody vouched for, and what differs from it.")

Source = Annotated[str, typer.Argument(metavar="SOURCE", help="A source, as baseline show names it.")]


@app.command(epilog="driftline baseline show  |  driftline baseline show -o json")
def show(ctx: typer.Context) -> None:
    """Show the baseline of every source; until somebody signs one, the first complete reading stands in."""
    with asking(ctx) as ask:
        found = baselines(ask.viewer, ask.store, ask.frame.site.policy, ask.moment.now)
        ask.rows(Page(found), BaselineFacts, "/baselines", lambda row: _row(ask, row), empty="nothing was read yet")


@app.command(
    "sign", epilog="driftline baseline sign SOURCE  |  driftline --as anna baseline sign SOURCE --as-of yesterday"
)
def sign_(
    ctx: typer.Context,
    source: Source,
    as_of: Annotated[str, typer.Option("--as-of", metavar="T", help="The state as it was then; without it: now.")] = "",
    note: Annotated[str, typer.Option("--note", help="What you want to say with it.")] = "",
) -> None:
    """Vouch for the state of a source, under your name: what changed before is settled by it."""
    with asking(ctx, writing=True) as ask:
        _known(ask, source)
        site = ask.frame.site
        decider = Decider(site.actor, ask.moment.now, site.policy)
        at = ask.instant(as_of)
        with ask.store.lease(site.actor) as lease:
            signed = sign(ask.store, lease, decider, source, ask.moment.now if at is None else at, note)
        ask.frame.output.facts(
            {"source": source, "signed_by": signed.signed_by, "as_of_ms": signed.as_of_ms, "note": note},
            instants=("as_of_ms",),
        )


@app.command(epilog="driftline baseline diff SOURCE  |  driftline baseline diff SOURCE -o csv")
def diff(ctx: typer.Context, source: Source) -> None:
    """Show where the present state of a source is not the authorised one and nobody waived it."""
    with asking(ctx) as ask:
        _known(ask, source)
        found = apart(ask.viewer, ask.store, source, ask.frame.site.policy, ask.moment.now)
        ask.rows(Page(found), Apart, f"/baselines/{source}/diff", _apart, empty="nothing differs")


def _known(ask: Inquiry, source: str) -> None:
    known = sources(ask.store)
    if source not in known:
        raise NoSuch(f'no source "{source}"; there are {", ".join(known) or "none yet"}')


def _row(ask: Inquiry, row: BaselineFacts) -> Row:
    return {
        "source": row.source,
        "state of": ask.at(row.as_of_at) or "never read completely",
        "signed by": row.signed_by or "nobody (unsigned)",
        "signed": ask.at(row.signed_at),
        "differs in": row.differs,
        "note": row.note,
    }


def _apart(row: Apart) -> Row:
    return {
        "kind": row.kind,
        "item": row.name,
        "field": row.path or "the item itself",
        "should be": row.authorised,
        "is": row.current,
        "because": row.words,
        "change": row.change,
    }
