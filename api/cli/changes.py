"""``driftline changes``: list changes with their verdicts, and explain one."""

from __future__ import annotations

from typing import Annotated

import typer

from driftline.api.cli.group import group
from driftline.api.cli.reading import AsKnown, Inquiry, asking, joined
from driftline.api.output import Row
from driftline.api.questions.changes import ChangeRow, Wanted, changes
from driftline.api.questions.explanation import Candidate, Explanation, explain
from driftline.api.questions.requests import request_named
from driftline.api.site import NoSuch
from driftline.api.texts import TextDifference, text_difference
from driftline.collectors.network.cli.difference import shown
from driftline.diff.words import Outcome
from driftline.graph.model.ci_text import kind_named

app = group("Changes with their verdicts, and why each verdict is what it is.")

Id = Annotated[str, typer.Argument(metavar="CHANGE", help="Id of the change, as lists show it.")]


@app.command(
    "list", epilog="driftline changes list --since 24h  |  driftline changes list --verdict UNAPPROVED -o json"
)
def list_(  # noqa: PLR0913 -- one option for each condition
    ctx: typer.Context,
    *,
    ci: Annotated[str, typer.Option("--ci", help="On this item.")] = "",
    kind: Annotated[str, typer.Option("--kind", help="On items of this kind.")] = "",
    verdict: Annotated[Outcome | None, typer.Option("--verdict", help="With this verdict.")] = None,
    actor: Annotated[str, typer.Option("--actor", metavar="LOGIN", help="By this person.")] = "",
    rfc: Annotated[str, typer.Option("--rfc", metavar="NUMBER", help="Linked to this change request.")] = "",
    since: Annotated[str, typer.Option("--since", metavar="T", help="Seen after this instant.")] = "",
    until: Annotated[str, typer.Option("--until", metavar="T", help="Seen by this instant.")] = "",
    as_known_at: AsKnown = "",
) -> None:
    """List changes with their verdicts, newest first."""
    with asking(ctx, as_known_at=as_known_at) as ask:
        wanted = Wanted(
            cis=(ask.ci(ci),) if ci else (),
            kind=_kind(ask, kind),
            verdict=verdict,
            actors=(actor, ask.frame.site.pseudonym(actor)) if actor else (),
            rfc=request_named(ask.viewer, ask.store, rfc).id if rfc else None,
            since=ask.instant(since),
            until=ask.instant(until),
        )
        page = changes(ask.viewer, ask.store, wanted, limit=ask.frame.limit, known_at=ask.moment.known)
        query = {"ci": ci, "kind": kind, "verdict": verdict.value if verdict else "", "actor": actor, "rfc": rfc}
        query |= {"since": since, "until": until}
        ask.rows(page, ChangeRow, "/changes", lambda row: row_of(ask, row), query=query, empty="no such change")


@app.command(epilog="driftline changes show CHANGE  |  driftline changes show CHANGE -o json")
def show(ctx: typer.Context, change: Id, as_known_at: AsKnown = "") -> None:
    """Show one change: what, when, who, and the verdict with its reason."""
    with asking(ctx, as_known_at=as_known_at) as ask:
        told = _explained(ask, change)
        ask.one(told, lambda: _show(ask, told))


@app.command("explain", epilog="driftline changes explain CHANGE  |  driftline changes explain CHANGE -o json")
def explain_(ctx: typer.Context, change: Id, as_known_at: AsKnown = "") -> None:
    """Explain a verdict: the requests that were weighed, the facts it cites, the evidence, and earlier verdicts."""
    with asking(ctx, as_known_at=as_known_at) as ask:
        told = _explained(ask, change)
        ask.one(told, lambda: _explain(ask, told))


@app.command("diff", epilog="driftline changes diff CHANGE_OF_TEXT  |  driftline changes diff CHANGE_OF_TEXT -o json")
def diff_(ctx: typer.Context, change: Id) -> None:
    """Show how a changed configuration differs from the one before: lines added (+), removed (-) and moved (~)."""
    with asking(ctx) as ask:
        told = text_difference(ask.store, ask.frame.site.captures, change)
        ask.one(told, lambda: _lines(ask, told))


def row_of(ask: Inquiry, row: ChangeRow) -> Row:
    """A change in a table: what it came to before what it was."""
    return {
        "by": ask.at(row.by_at),
        "item": row.name,
        "what": what(row),
        "who": row.actor,
        "verdict": verdict_of(row),
        "request": row.rfc_number,
        "id": row.id,
    }


def what(row: ChangeRow) -> str:
    """What happened, in words."""
    if not row.path:
        return {"create": "was created", "delete": "was removed"}.get(row.op.value, row.op.value)
    if row.old is None or row.new is None:
        verb = "added" if row.old is None else "removed"
        return f"{row.path}: {row.new if row.old is None else row.old} {verb}"
    return f"{row.path}: {row.old} -> {row.new}"


def verdict_of(row: ChangeRow) -> str:
    """The verdict in words, with its reason."""
    if row.words is None:
        return "not judged" if not row.judged else "not judged yet"
    return f"{row.words} ({row.reason})" if row.reason else row.words


def _kind(ask: Inquiry, text: str) -> str | None:
    if not text:
        return None
    found = kind_named(text, ask.store.model.items)
    if found is None:
        raise NoSuch(f'no kind "{text}"; there are {joined(ask.store.model.items)}')
    return found


def _explained(ask: Inquiry, change: str) -> Explanation:
    told = explain(ask.viewer, ask.store, change, known_at=ask.moment.known)
    if told is None:
        raise NoSuch(f'no change "{change}"; see: driftline changes list')
    return told


def _show(ask: Inquiry, told: Explanation) -> None:
    row = told.change
    ask.line(f"{row.kind} {row.name}: {what(row)}")
    ask.line(f"happened   {ask.span(row.after_at, row.by_at)}; {told.dated_by}")
    ask.line(
        f"by         {row.actor or 'nobody known'} ({row.actor_how}{f': {told.actor_why}' if told.actor_why else ''})"
    )
    ask.line(f"verdict    {verdict_of(row)}")
    if row.sentence:
        ask.line(f"because    {row.sentence}")
    if row.rfc_number:
        ask.line(f"request    {row.rfc_number}, match by {told.scope} scope and {told.strength}")
    if row.flags:
        ask.line(f"mind       {joined(row.flags)}")
    if told.due_at:
        ask.line(f"due        {ask.at(told.due_at)}")
    if told.would_change:
        ask.line(f"would change it  {told.would_change}")


def _explain(ask: Inquiry, told: Explanation) -> None:
    _show(ask, told)
    if told.change.rule:
        ask.line(f"rule       {told.change.rule}, policy {told.policy_version}, as known {ask.at(told.as_known_at)}")
    ask.table([_weighed(ask, one) for one in told.candidates], heading="requests weighed")
    ask.table([{"fact": f"{c.kind} {c.id}", "says": c.text} for c in told.cites], heading="facts cited")
    events = [{"at": ask.at(e.at), "type": e.type, "by": e.actor, "says": e.raw, "id": e.id} for e in told.events]
    ask.table(events, heading="events")
    if told.visit:
        ended = ask.at(told.visit.ended_at)
        ask.line()
        ask.line(f"evidence   visit {told.visit.id} ({told.visit.outcome}, {ended}), capture {told.capture}")
    for heading, rows in (
        ("follows from", (told.root,) if told.root else ()),
        ("rests on", told.rests_on),
        ("what follows from it", told.derived),
    ):
        ask.table([row_of(ask, row) for row in rows], heading=heading)
    earlier = [
        {"until": ask.at(e.until_at), "verdict": e.words, "rule": e.rule, "because": e.sentence} for e in told.earlier
    ]
    ask.table(earlier, heading="earlier verdicts")


def _lines(ask: Inquiry, told: TextDifference) -> None:
    for line in shown(told.lines).splitlines():
        ask.line(line)


def _weighed(ask: Inquiry, one: Candidate) -> Row:
    return {
        "request": one.number,
        "title": one.title,
        "windows": joined(ask.span(w.after_at, w.until_at) for w in one.windows),
        "came to": one.words or one.reason,
        "scope": one.scope,
        "detail": one.detail,
        "approved before": one.approval,
        "in window": one.window,
        "who": one.who,
        "rule": one.rule,
    }
