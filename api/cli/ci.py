"""``driftline ci``: find items, show them, their history and what they are linked with."""

from __future__ import annotations

from typing import Annotated

import typer

from driftline.api.cli import identity
from driftline.api.cli.group import group
from driftline.api.cli.reading import AsOf, CiArgument, Depth, Inquiry, asking, joined
from driftline.api.output import Row
from driftline.api.site import NoSuch
from driftline.graph.model.selector import Selector, selector
from driftline.graph.model.values import Micros, Ms, known_at
from driftline.graph.questions.find_ci import Match, NoSuchCi, find_ci
from driftline.graph.questions.history import Differs, Held, difference, history
from driftline.graph.questions.item import ItemFacts, Said, item
from driftline.graph.questions.items import ItemRow, items
from driftline.graph.questions.neighbours import BOTH, Tie, neighbours
from driftline.graph.questions.page import Page
from driftline.graph.questions.switch_ports import SwitchPort
from driftline.graph.store import Direction

app = group("Find items, show them, their history, links and identity.")
app.add_typer(identity.app)
Since = Annotated[str, typer.Option("--since", metavar="T", help="From this instant on.")]
Until = Annotated[str, typer.Option("--until", metavar="T", help="Until this instant.")]


@app.command(epilog="driftline ci find 'db-*'  |  driftline ci find --filter 'kind=VirtualMachine&site=ber1' -o csv")
def find(
    ctx: typer.Context,
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Name or glob, key, serial, UUID, moref, address.")] = "",
    filter_: Annotated[str, typer.Option("--filter", help="List what fulfils this instead.")] = "",
    as_of: AsOf = "",
) -> None:
    """Find items by whatever is at hand, or list those that fulfil a filter."""
    with asking(ctx, as_of=as_of) as ask:
        if filter_ or not text:
            wanted = selector(filter_, tuple(ask.store.model.items)) if filter_ else Selector(())
            page = items(ask.viewer, ask.store, wanted, limit=ask.frame.limit, at=ask.moment.at)
            query = dict(part.split("=", 1) for part in filter_.split("&") if "=" in part)
            ask.rows(page, ItemRow, "/ci", _listed, query=query, empty="no item fulfils the filter")
            return
        found = find_ci(ask.viewer, ask.store, text)
        if not found.matches:
            raise NoSuchCi(text, found.nearest)
        ask.one(found, lambda: ask.table([_matched(match) for match in found.matches]))


@app.command(epilog="driftline ci show db-01  |  driftline ci show db-01 --as-of yesterday -o json")
def show(ctx: typer.Context, ci: CiArgument, as_of: AsOf = "") -> None:
    """Show everything known of one item: values with source and age, sources, owners, links."""
    with asking(ctx, as_of=as_of) as ask:
        facts = item(ask.viewer, ask.store, ask.ci(ci), at=ask.moment.at)
        if facts is None:
            raise NoSuch(f'"{ci}" did not exist at {as_of}')
        ask.one(facts, lambda: _show(ask, facts))


@app.command("history", epilog="driftline ci history db-01  |  driftline ci history db-01 --since 7d -o csv")
def history_(ctx: typer.Context, ci: CiArgument, since: Since = "", until: Until = "") -> None:
    """Show every value that an item had, and when."""
    with asking(ctx) as ask:
        key, begin, end = ask.ci(ci), ask.instant(since), ask.instant(until)
        held = history(ask.viewer, ask.store, key, since=_micros(begin), until=_micros(end))
        where = f"/ci/{key}/history"
        query = {"since": since, "until": until}
        ask.rows(Page(held), Held, where, lambda row: _held(ask, row), query=query, empty="nothing held then")


@app.command(
    epilog="driftline ci diff db-01 --since 24h  |  driftline ci diff db-01 --since CHG-1.start --until CHG-1.end"
)
def diff(
    ctx: typer.Context,
    ci: CiArgument,
    since: Annotated[str, typer.Option("--since", metavar="T", help="From this instant on.")],
    until: Until = "",
) -> None:
    """Show what differs in an item between two instants; without --until from then until now."""
    with asking(ctx) as ask:
        key, begin, end = ask.ci(ci), ask.instant(since), ask.instant(until)
        then = known_at(begin if begin is not None else ask.moment.now)
        found = difference(ask.viewer, ask.store, key, then, _micros(end))
        where, query = f"/ci/{key}/diff", {"since": since, "until": until}
        ask.rows(Page(found), Differs, where, _differs, query=query, empty="nothing differs")


@app.command("neighbours", epilog="driftline ci neighbours db-01  |  driftline ci neighbours ds-gold --direction in")
def neighbours_(
    ctx: typer.Context,
    ci: CiArgument,
    depth: Depth = 1,
    direction: Annotated[
        Direction | None, typer.Option("--direction", help="out: what it depends on; in: what depends on it.")
    ] = None,
    as_of: AsOf = "",
) -> None:
    """Show what an item is linked to, and who says so."""
    with asking(ctx, as_of=as_of) as ask:
        key = ask.ci(ci)
        ways = (direction,) if direction else BOTH
        ties = neighbours(ask.viewer, ask.store, key, directions=ways, depth=depth, at=ask.moment.at)
        query = {"depth": str(depth), "direction": direction.value if direction else ""}
        ask.rows(Page(ties), Tie, f"/ci/{key}/neighbours", lambda tie: _tie(ask, tie), query=query, empty="no links")


def _show(ask: Inquiry, facts: ItemFacts) -> None:
    ended = f", ended {ask.at(facts.ended_at)}" if facts.ended_at else ""
    where = f" at {facts.site}" if facts.site else ""
    ask.line(f"{facts.kind} {facts.name}{where}, since {ask.at(facts.created_at)}{ended}")
    if facts.owners:
        ask.line(f"part of {joined(f'{one.kind} {one.name}' for one in facts.owners)}")
    ask.line(f"key {facts.ci}")
    ask.table([_said(ask, said) for said in facts.values], heading="values")
    seen = [
        {"source": s.source, "last complete read": ask.at(s.read_at), "missed": s.missed or "",
         "missed since": ask.at(s.missed_since_at)}
        for s in facts.seen_by
    ]  # fmt: skip
    ask.table(seen, heading="who speaks of it")
    ask.table([_tie(ask, tie) for tie in facts.links], heading="links")
    ask.table([_port(port) for port in facts.ports], heading="switch ports")
    people = [{"role": c.role, "name": c.name, "of": c.of_name, "reached by": joined(c.reach)} for c in facts.contacts]
    ask.table(people, heading="whom to call")


def _port(port: SwitchPort) -> Row:
    carried = {True: "yes", False: "NO", None: "not known"}[port.carried]
    return {
        "card": port.card.name,
        "port group": port.port_group.name,
        "vlan": port.vlan or "untagged",
        "uplink": port.uplink.name,
        "switch port": port.port.name,
        "carried": carried,
    }


def _said(ask: Inquiry, said: Said) -> Row:
    differ = joined(f"{word.source}: {word.value}" for word in said.words)
    value = joined(said.value) if isinstance(said.value, tuple) else said.value
    return {
        "field": said.name,
        "value": f"{value} {said.unit}".rstrip() if said.unit else value,
        "since": ask.at(said.since_at),
        "source": said.source,
        "sources differ": differ,
    }


def _matched(match: Match) -> Row:
    return {
        "kind": match.kind,
        "name": match.name,
        "found by": match.by,
        "ended": "ended" if match.ended else "",
        "key": match.ci,
    }


def _listed(row: ItemRow) -> Row:
    return {"kind": row.kind, "name": row.name, "site": row.site, "source": row.source, "key": row.ci}


def _held(ask: Inquiry, row: Held) -> Row:
    until = ask.at(row.until_at) or "now"
    return {"since": ask.at(row.since_at), "until": until, "field": row.path, "value": row.value, "source": row.source}


def _differs(row: Differs) -> Row:
    return {"field": row.path, "then": row.then, "now": row.now}


def _tie(ask: Inquiry, tie: Tie) -> Row:
    return {
        "": "->" if tie.direction is Direction.OUT else "<-",
        "link": tie.type.lower().replace("_", " "),
        "kind": tie.other.kind,
        "name": tie.other.name,
        "since": ask.at(tie.since_at),
        "said by": joined(tie.sources),
    }


def _micros(at: Ms | None) -> Micros | None:
    return None if at is None else known_at(at)
