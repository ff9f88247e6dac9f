"""``driftline db``: the store as a whole."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from driftline.api.cli.frame import Frame, frame_of
from driftline.api.cli.group import group
from driftline.api.site import Site
from driftline.collectors import COLLECTORS
from driftline.collectors.capture import Damaged
from driftline.config import Settings, process_environment
from driftline.graph.copy import copy as copied
from driftline.graph.dump import dump as dumped
from driftline.graph.dump import whole
from driftline.graph.store import Family, Store

app = group("Describe, dump, load, copy, back up and migrate the store.")


@app.command(epilog="driftline db info  |  driftline db info -o json")
def info(ctx: typer.Context) -> None:
    """Describe the store: kind, place, schema, size, rows."""
    frame = frame_of(ctx)
    with frame.site.store() as store:
        health = store.health()
    families = {family: health.counts.get(family, 0) for family in Family}
    facts = {
        "kind": health.kind,
        "version": health.version,
        "place": health.place,
        "schema": health.schema,
        "written_ms": health.at // 1_000,
        "bytes": health.bytes,
        **{f"rows of {family}": count for family, count in families.items()},
    }
    frame.output.facts(facts, instants=("written_ms",))
    for warning in health.warnings:
        frame.output.say(warning)


@app.command(epilog="driftline db dump > all.jsonl  |  driftline db dump --facts > facts.jsonl")
def dump(
    ctx: typer.Context,
    *,
    facts: Annotated[bool, typer.Option("--facts", help="Without book, batches and runs, for comparing.")] = False,
) -> None:
    """Print everything as canonical JSON lines; equal stores give equal bytes."""
    with frame_of(ctx).site.store() as store:
        for line in dumped(store, facts=facts):
            sys.stdout.write(line)


@app.command(epilog="driftline db load all.jsonl  |  driftline db load - < all.jsonl")
def load(
    ctx: typer.Context, file: Annotated[Path, typer.Argument(metavar="FILE", help="A dump; - is the input.")]
) -> None:
    """Fill an empty store from a dump."""
    frame = frame_of(ctx)
    given = nullcontext(sys.stdin) if str(file) == "-" else file.open(encoding="utf-8")
    with given as lines, frame.site.store(writing=True) as store:
        _loaded(frame, store, lines, file)


@app.command(epilog="driftline db copy neo4j.yaml  |  driftline --config old.yaml db copy new.yaml")
def copy(
    ctx: typer.Context,
    to: Annotated[Path, typer.Argument(metavar="CONFIGURATION", help="The file whose store is to be filled.")],
) -> None:
    """Copy the store, history and all, into the empty store of another configuration, and prove that both are equal."""
    frame = frame_of(ctx)
    environ = process_environment()
    there = Site(Settings.load(to, environ, collectors=COLLECTORS), environ, frame.site.actor)
    with frame.site.store(writing=True) as source, there.store(writing=True) as target, frame.output.progress("copy"):
        prints = copied(source, target)
    frame.output.facts({family.value: found.count for family, found in prints.items()})


@app.command(epilog="driftline db backup /backup/driftline.db  |  driftline db backup $(date +%F).db")
def backup(ctx: typer.Context, to: Annotated[Path, typer.Argument(metavar="FILE", help="A new file.")]) -> None:
    """Write a consistent, checked copy, also while visits run."""
    frame = frame_of(ctx)
    with frame.site.store() as store, frame.output.progress("backup"):
        store.backup(to)
    frame.output.say(f"{to}: {to.stat().st_size:,} bytes; keep {frame.site.data / 'site.key'} apart from it")


@app.command(epilog="driftline db migrate  |  driftline db backup before.db && driftline db migrate")
def migrate(ctx: typer.Context) -> None:
    """Bring the store to this program's schema, after a backup beside it."""
    frame = frame_of(ctx)
    with frame.site.store(writing=True) as store:
        had = store.migrate()
        now = store.health().schema
    frame.output.facts({"had": had, "has": now})


def _loaded(frame: Frame, store: Store, lines: Iterable[str], file: Path) -> None:
    try:
        with frame.output.progress("load"):
            store.load(whole(lines))
    except ValueError as error:
        raise Damaged(f"{file}: {error}") from error
