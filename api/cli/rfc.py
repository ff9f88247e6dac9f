"""``driftline rfc``: change requests and how far they were carried out."""

from __future__ import annotations

from typing import Annotated

import typer

from driftline.api.cli.changes import row_of, what
from driftline.api.cli.group import group
from driftline.api.cli.reading import AsKnown, Inquiry, asking, joined
from driftline.api.output import Row
from driftline.api.questions.requests import Asked, Done, RequestFacts, RequestRow, request_named, requests
from driftline.api.questions.requests import request as facts_of
from driftline.graph.model.change_records import RfcState

app = group("Change requests and how far they were carried out.")


@app.command("list", epilog="driftline rfc list  |  driftline rfc list --state scheduled -o csv")
def list_(
    ctx: typer.Context,
    state: Annotated[RfcState | None, typer.Option("--state", help="In this state now.")] = None,
) -> None:
    """List change requests by number, the highest first."""
    with asking(ctx) as ask:
        page = requests(ask.viewer, ask.store, state=state, limit=ask.frame.limit)
        query = {"state": state.value if state else ""}
        ask.rows(page, RequestRow, "/rfcs", lambda row: _row(ask, row), query=query, empty="no change requests")


@app.command(epilog="driftline rfc show CHG-1  |  driftline rfc show CHG-1 -o json")
def show(
    ctx: typer.Context,
    rfc: Annotated[str, typer.Argument(metavar="RFC", help="Number or id of the change request.")],
    as_known_at: AsKnown = "",
) -> None:
    """Show a change request: what was asked, seen, missing, already true, and what went beyond it."""
    with asking(ctx, as_known_at=as_known_at) as ask:
        found = request_named(ask.viewer, ask.store, rfc)
        known = ask.moment.now if ask.moment.as_known is None else ask.moment.as_known
        facts = facts_of(ask.viewer, ask.store, found, ask.frame.site.policy, known)
        ask.one(facts, lambda: _lines(ask, facts))


def _row(ask: Inquiry, row: RequestRow) -> Row:
    return {
        "number": row.number,
        "title": row.title,
        "type": row.type,
        "state": row.state,
        "windows": joined(ask.span(w.after_at, w.until_at) for w in row.windows),
        "requested by": row.requester,
        "source": row.source,
    }


def _lines(ask: Inquiry, facts: RequestFacts) -> None:
    row = facts.request
    ask.line(f"{row.number} {row.title}: {row.type}, {row.state}, of {row.source}")
    ask.line(f"requested by {row.requester or 'nobody known'}, opened {ask.at(row.opened_at) or 'at no known time'}")
    if not facts.approved:
        ask.line("never approved")
    for done in facts.approved:
        _done(ask, done)
    ask.table([row_of(ask, change) for change in facts.changes], heading="changes linked to it")


def _done(ask: Inquiry, done: Done) -> None:
    ended = f", ended {ask.at(done.revoked_at)} ({done.why_revoked})" if done.revoked_at else ""
    ask.line()
    ask.line(f"approved {ask.at(done.approved_at)} by {joined(done.approvers) or 'nobody named'}{ended}: {done.words}")
    ask.line(f"  windows {joined(ask.span(w.after_at, w.until_at) for w in done.windows)}")
    for line in done.scope:
        ask.line(f"  scope   {line.by}: {line.text}{f' (not found: {line.unresolved})' if line.unresolved else ''}")
    if done.implementers:
        ask.line(f"  by      {joined(done.implementers)}")
    ask.table([_asked(ask, one) for one in done.asked], heading="asked")
    ask.table([row_of(ask, change) for change in done.extras], heading="beyond what was approved")


def _asked(ask: Inquiry, one: Asked) -> Row:
    seen = f"{what(one.change)} by {ask.at(one.change.by_at)}" if one.change else ""
    return {
        "item": one.name,
        "expected": f"{one.path} = {one.value}" if one.value else one.path,
        "came to": one.words,
        "seen": seen,
    }
