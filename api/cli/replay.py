"""``driftline replay``: captures taken in again, in the order in which they were made."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from driftline.api.cli.frame import Frame, frame_of, outcome
from driftline.api.cli.visits import CODES, COLUMNS, row_of
from driftline.api.pipeline import Report
from driftline.api.replaying import captures_of, replayed
from driftline.api.site import NotYet
from driftline.api.visiting import run_of
from driftline.api.writer import Writer, runs_of
from driftline.collectors.capture import Capture
from driftline.collectors.records.files import BadFiles

app = typer.Typer(rich_markup_mode=None)


@app.command(epilog="driftline replay captures/  |  driftline replay --as-new data/captures/3f….json")
def replay(
    ctx: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="CAPTURE…", help="Manifests of captures, or folders of them.")],
    *,
    as_new: Annotated[
        bool,
        typer.Option("--as-new", help="Compare the newest capture of a source once more, as a new visit."),
    ] = False,
) -> None:
    """Take captures in, oldest first. One that is in already writes nothing; one older than what is in is refused."""
    frame = frame_of(ctx)
    captures = captures_of(paths)
    clock = replayed(frame.site)
    with Writer.open(frame.site, replaying=runs_of(captures)) as writer:
        reports = [_again(writer, captures[-1])] if as_new else []
        if not as_new:
            clock.at_ms = captures[0].start_ms
            _, broken = writer.records.configured(clock.ms())
            if broken:
                raise BadFiles(broken)
            with frame.output.progress("replay", len(captures)) as progress:
                for number, capture in enumerate(captures, 1):
                    clock.at_ms = capture.end_ms
                    reports.append(writer.take(capture))
                    progress.at(number)
    frame.output.rows(COLUMNS, [row_of(report) for report in reports])
    if as_new:
        _told_same(frame, reports[0])
    outcome([CODES[report.run.outcome] for report in reports])


def _again(writer: Writer, capture: Capture) -> Report:
    """The capture as one more visit; only the newest one of its source can be one."""
    if not writer.has(run_of(capture)):
        raise NotYet(f"capture {capture.id} is not in the store; take it in first: driftline replay CAPTURE")
    number = 1
    while writer.has(name := f"{run_of(capture)}+{number}"):
        number += 1
    return writer.take(capture, name)


def _told_same(frame: Frame, report: Report) -> None:
    frame.output.say(f"compared {report.compared} items: {len(report.changes)} changes")
    if report.changes or not report.compared:
        raise typer.Exit(1)
