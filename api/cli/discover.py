"""``driftline discover``: proposes targets."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack
from typing import TYPE_CHECKING, Annotated

import typer

from driftline.api.cli.frame import Frame, frame_of
from driftline.api.discovery import Candidate, Known, by_neighbours, in_networks
from driftline.api.output import Column, Format
from driftline.api.site import NotYet
from driftline.collectors.network.snmp.peer import PORT
from driftline.config.units import read_network

if TYPE_CHECKING:
    from driftline.graph.store import Store

app = typer.Typer(rich_markup_mode=None)

COLUMNS = tuple(map(Column, ("name", "address", "credential", "found_by", "also", "description", "target")))
SHOWN = 60
"""Characters of a description in a table."""


@app.command(
    epilog="driftline discover 10.1.0.0/24 --credential switches-v3  |  driftline discover --neighbours -o json"
)
def discover(
    ctx: typer.Context,
    networks: Annotated[
        list[str] | None,
        typer.Argument(metavar="NETWORK…", help="Where to look, inside networks: of the configuration."),
    ] = None,
    *,
    credential: Annotated[
        list[str] | None, typer.Option("--credential", metavar="NAME", help="SNMP credential to try; may be repeated.")
    ] = None,
    neighbours: Annotated[
        bool, typer.Option("--neighbours", help="Propose whom devices hear and nobody reads. Sends nothing.")
    ] = False,
    rate: Annotated[float, typer.Option("--rate", min=0.1, max=500, help="Addresses asked per second at most.")] = 50,
    port: Annotated[int, typer.Option("--port", min=1, max=65_535, help="UDP port of the agents.")] = PORT,
) -> None:
    """Propose network devices as targets, with the lines for the configuration. Nothing is written.

    Every address of the networks is asked by SNMP who it is. A community goes over the wire as it is: whoever listens
    at one of these addresses gets to know it. Addresses outside networks: of the configuration are never contacted.
    """
    frame = frame_of(ctx)
    if neighbours == bool(credential):
        raise typer.BadParameter("name a --credential to look with, or say --neighbours", param_hint="--credential")
    with ExitStack() as stack:
        try:
            store: Store | None = stack.enter_context(frame.site.store())
        except NotYet:
            store = None
        known = Known.of(frame.site.settings.targets, store)
        found = (
            _heard(store, known)
            if neighbours
            else _answering(frame, networks or [], credential or [], known, rate, port)
        )
    _tell(frame, found)


def _heard(store: Store | None, known: Known) -> list[Candidate]:
    if store is None:
        raise NotYet("no device was read yet, so nobody hears anybody; visit a target first: driftline visit TARGET")
    return by_neighbours(store, known)


def _answering(
    frame: Frame, networks: list[str], credentials: list[str], known: Known, rate: float, port: int
) -> list[Candidate]:
    try:
        wanted = [read_network(text) for text in networks]
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="NETWORK") from None
    with frame.output.progress("asked") as progress:
        told = in_networks(
            frame.site, wanted, credentials, known, port=port, per_second=rate, done=lambda n, _: progress.at(n)
        )
        return asyncio.run(told)


def _tell(frame: Frame, found: list[Candidate]) -> None:
    people = frame.output.format is Format.TABLE
    rows = [
        {
            "name": one.name,
            "address": one.address,
            "credential": one.credential,
            "found_by": one.found_by,
            "also": one.also,
            "description": one.description[:SHOWN] if people else one.description,
            "target": one.snippet,
        }
        for one in found
    ]
    frame.output.rows(COLUMNS[:-1] if people else COLUMNS, rows, empty="nobody who is not known")
    if people and found:
        frame.output.line("")
        frame.output.line("targets:")
        for one in found:
            frame.output.line(f"  {one.snippet}")
