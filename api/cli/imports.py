"""``driftline import``: files of change requests, people and services."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from driftline.api.cli.frame import Frame, frame_of
from driftline.api.output import Column
from driftline.api.records import Drop, Records, reading_of
from driftline.api.writer import Writer
from driftline.collectors.records.files import BadFiles, Fault, drop, read_people, read_rfcs
from driftline.config import RecordFiles

app = typer.Typer(rich_markup_mode=None)

COUNTED = ("requests", "items", "written", "rejudged", "unbound")
COLUMNS = tuple(Column(name, right=name in COUNTED) for name in ("path", "run", "state", *COUNTED))


@app.command(epilog="driftline import changes.json  |  driftline import people/ --people --dry")
def import_files(
    ctx: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="FILE…", help="JSON documents, or folders of CSV files.")],
    *,
    source: Annotated[str, typer.Option("--source", help="Name of the system that they come from.")] = "files",
    people: Annotated[bool, typer.Option("--people", help="The files hold people, services and owners.")] = False,
    dry: Annotated[bool, typer.Option("--dry", help="Only check the files, and write nothing.")] = False,
) -> None:
    """Take in change requests, or people: a whole file or none of it. The same file again changes nothing.

    Files that the configuration names are taken in before every visit, with the settings that stand there.
    """
    frame = frame_of(ctx)
    wanted = [(path, *_settings(frame, path, source, people=people)) for path in paths]
    if dry:
        _checked(frame, wanted)
        return
    with Writer.open(frame.site) as writer:
        drops = [_taken(writer.records, frame, *one) for one in wanted]
    frame.output.rows(COLUMNS, [_row(one) for one in drops])
    for text in (text for one in drops for text in (*one.unbound, *one.caveats)):
        frame.output.say(text)


def _settings(frame: Frame, path: Path, source: str, *, people: bool) -> tuple[RecordFiles, bool]:
    """How a file is read: as the configuration says of it, else as the command does."""
    whole = path.absolute()
    for one in frame.site.settings.records:
        if whole in {p.absolute() for p in (*one.people, *one.changes)}:
            return one, whole in {p.absolute() for p in one.people}
    here = (whole,)
    zone = frame.zone or None
    given = {"source": source, "zone": zone} | ({"people": here} if people else {"changes": here})
    return RecordFiles.model_validate(given), people


def _taken(records: Records, frame: Frame, path: Path, source: RecordFiles, people: bool) -> Drop:  # noqa: FBT001 -- a row
    return records.take(source, path, frame.site.clock.ms(), people=people)


def _checked(frame: Frame, wanted: list[tuple[Path, RecordFiles, bool]]) -> None:
    """Read every file and say what is in it.

    Raises:
        BadFiles: with the faults of all.
    """
    faults: list[Fault] = []
    rows = []
    for path, source, people in wanted:
        try:
            files, reading = drop(path), reading_of(frame.site, source)
            if people:
                rows.append({"path": str(path), "items": len(read_people(files, reading).items), "state": "good"})
            else:
                rows.append({"path": str(path), "requests": len(read_rfcs(files, reading).rfcs), "state": "good"})
        except BadFiles as error:
            faults += error.faults
    frame.output.rows(COLUMNS, rows)
    if faults:
        raise BadFiles(faults)


def _row(one: Drop) -> dict[str, object]:
    return {
        "path": one.path,
        "run": one.run,
        "state": "already in" if one.already else "taken in",
        "requests": one.rfcs,
        "items": one.items,
        "written": one.written,
        "rejudged": one.rejudged,
        "unbound": len(one.unbound),
    }
