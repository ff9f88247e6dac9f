"""``driftline drift``: open findings about changes, and what people decide about them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from driftline.api.cli.changes import what
from driftline.api.cli.group import group
from driftline.api.cli.reading import AsKnown, Inquiry, asking, joined
from driftline.api.decisions import Decided, Decider, accept, assign, open_again, waive
from driftline.api.output import Row
from driftline.api.questions.findings import About, FindingRow, Group, Sought, finding, groups, page_of
from driftline.api.site import NoSuch
from driftline.diff.words import State
from driftline.graph.model.values import Key
from driftline.graph.questions.page import Page
from driftline.graph.store import Lease, Store

app = group("Findings that wait for somebody, and what people decide about them.")

ANY = "any"
Ids = Annotated[list[str], typer.Argument(metavar="FINDING…", help="Ids, as drift list shows them.")]
Reason = Annotated[str, typer.Option("--reason", help="Why, for those who read it later.")]


@app.command("list", epilog="driftline drift list  |  driftline drift list --about drift --fail-on drift -o json")
def list_(
    ctx: typer.Context,
    *,
    about: Annotated[About | None, typer.Option("--about", help="Only findings about this.")] = None,
    owner: Annotated[str, typer.Option("--owner", metavar="NAME", help="Only those whose turn it is.")] = "",
    ci: Annotated[str, typer.Option("--ci", help="On this item.")] = "",
    closed: Annotated[bool, typer.Option("--closed", help="Those that are closed instead of the open ones.")] = False,
    fail_on: Annotated[
        str, typer.Option("--fail-on", metavar="ABOUT", help="Exit 1 if there is a finding about this; or: any.")
    ] = "",
    as_known_at: AsKnown = "",
) -> None:
    """List what somebody has to look at: due first, then the worst; equal changes of one person are one line."""
    if fail_on not in {"", ANY, *About}:
        raise typer.BadParameter(f'"{fail_on}"; there are {joined((ANY, *About))}', param_hint="--fail-on")
    with asking(ctx, as_known_at=as_known_at) as ask:
        state = State.CLOSED if closed else State.OPEN
        sought = Sought(state, about, _owner(ask, owner) if owner else None, ask.ci(ci) if ci else None)
        found = groups(ask.viewer, ask.store, sought, known_at=ask.moment.known)
        query = {"state": state.value, "about": about or "", "owner": owner, "ci": ci}
        shown = page_of(found, limit=ask.frame.limit)
        empty = "nothing to decide"
        ask.rows(shown, Group, "/findings/groups", lambda group: _group(ask, group), query=query, empty=empty)
    if fail_on and any(fail_on in {ANY, group.about} for group in found):
        raise typer.Exit(1)


@app.command(epilog="driftline drift show FINDING  |  driftline drift show FINDING -o json")
def show(ctx: typer.Context, finding_id: Annotated[str, typer.Argument(metavar="FINDING", help="Its id.")]) -> None:
    """Show one finding."""
    with asking(ctx) as ask:
        found = finding(ask.viewer, ask.store, finding_id)
        if found is None:
            raise NoSuch(f'no finding "{finding_id}"; see: driftline drift list')
        ask.one(found, lambda: _show(ask, found))


@app.command(
    "assign", epilog="driftline drift assign FINDING --to Team:Operations  |  driftline drift assign FINDING --to anna"
)
def assign_(ctx: typer.Context, findings: Ids, to: Annotated[str, typer.Option("--to", help="Team or login.")]) -> None:
    """Say whose turn it is."""
    with asking(ctx, writing=True) as ask:
        owner = _owner(ask, to)
        _decide(ask, lambda store, lease, decider: assign(store, lease, decider, findings, owner))


@app.command("accept", epilog="driftline drift accept FINDING --reason seen  |  driftline drift accept FINDING FINDING")
def accept_(ctx: typer.Context, findings: Ids, reason: Reason = "") -> None:
    """Accept changes that were approved in all but proof or time: they become part of the baseline."""
    with asking(ctx, writing=True) as ask:
        _decide(ask, lambda store, lease, decider: accept(store, lease, decider, findings, reason))


@app.command(
    "waive", epilog="driftline drift waive FINDING --until 2027-01-01 --authority CAB  |  driftline drift waive --help"
)
def waive_(
    ctx: typer.Context,
    findings: Ids,
    until: Annotated[str, typer.Option("--until", metavar="T", help="The drift returns then.")],
    authority: Annotated[str, typer.Option("--authority", help="On whose word.")],
    reason: Reason = "",
) -> None:
    """Tolerate the values of findings for a time, on somebody's word."""
    with asking(ctx, writing=True) as ask:
        end = ask.instant(until)
        until_ms = ask.moment.now if end is None else end
        _decide(
            ask,
            lambda store, lease, decider: waive(
                store, lease, decider, findings, until_ms=until_ms, authority=authority, reason=reason
            ),
        )


@app.command("reopen", epilog="driftline drift reopen FINDING  |  driftline drift reopen FINDING FINDING")
def reopen_(ctx: typer.Context, findings: Ids) -> None:
    """Take a decision back: the finding is open again."""
    with asking(ctx, writing=True) as ask:
        _decide(ask, lambda store, lease, decider: open_again(store, lease, decider, findings))


def _decide(ask: Inquiry, decision: Callable[[Store, Lease, Decider], Decided]) -> None:
    site = ask.frame.site
    with ask.store.lease(site.actor) as lease:
        done = decision(ask.store, lease, Decider(site.actor, ask.moment.now, site.policy))
    rows = [finding(ask.viewer, ask.store, one.id) for one in done.findings]
    found = Page(tuple(row for row in rows if row is not None))
    ask.rows(found, FindingRow, "/findings", _decided, empty="nothing decided")
    if done.verdicts:
        ask.frame.output.say(f"{len(done.verdicts)} verdicts became others by it")


def _owner(ask: Inquiry, text: str) -> str:
    """A person by login, or whatever else the text names."""
    person = Key(f"Person.pseudonym:{ask.frame.site.pseudonym(text)}")
    return person if ask.store.read([person]) else ask.ci(text)


def _group(ask: Inquiry, group: Group) -> Row:
    first = group.rows[0]
    said = f"{first.name}: {what(first.change)}" if first.change else group.first
    return {
        "due": ask.at(group.due_at),
        "about": group.words or group.about,
        "what": said if group.count == 1 else f"{said}, and {group.count - 1} more",
        "who": group.actor,
        "request": first.rfc_number,
        "whose turn": group.owner,
        "opened": ask.at(first.opened_at),
        "id": first.id,
    }


def _decided(row: FindingRow) -> Row:
    return {
        "id": row.id,
        "state": f"{row.state} ({row.disposition})" if row.disposition else row.state,
        "whose turn": row.owner,
        "what": row.text,
    }


def _show(ask: Inquiry, row: FindingRow) -> None:
    ask.line(row.text)
    ask.line(f"state      {row.state}{f', {row.disposition} by {row.disposed_by}' if row.disposition else ''}")
    if row.reason:
        ask.line(f"reason     {row.reason}")
    ask.line(f"opened     {ask.at(row.opened_at)}")
    if row.due_at:
        ask.line(f"due        {ask.at(row.due_at)}")
    ask.line(f"whose turn {row.owner or 'nobody'}")
    if row.change:
        ask.line(f"change     {row.change.id}; explain it: driftline changes explain {row.change.id}")
