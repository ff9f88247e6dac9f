"""The recordings of the demonstration: whole, small, without secrets, in their week, and what the script makes."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from driftline.api.demo.folder import SHIPPED, prepared, site_in
from driftline.api.demo.week import Player
from driftline.api.questions.changes import ChangeRow
from driftline.collectors.capture import Capture, Entry, capture_of
from driftline.collectors.visit import observed
from driftline.collectors.vsphere import collector
from driftline.collectors.vsphere.asks import OVERLAP_MS, Asked
from driftline.graph.model.observed import Coverage, FeedCoverage, Status
from driftline.graph.model.values import ms
from tests.api.demo.conftest import Demo
from tests.lab.fixtures import cannot_start
from tests.lab.process import LabError
from tests.lab.timeline import INSTANT
from tests.lab.week import PASSWORD

CHECKOUT = Path(__file__).resolve().parents[3]
MANIFESTS = sorted((SHIPPED / "captures").glob("*.json"))
BROKE_OFF, WITHOUT_EVENTS = "04-wed-0600", "06-thu-0200"
SECRETS = re.compile(rb"(?i)vmware_soap_session|vmware-api-session-id|set-cookie|authorization:|x86_64|/tmp/|/home/")
EVENT = re.compile(rb"<returnval.*?<createdTime>([^<]*)</createdTime>.*?</returnval>", re.DOTALL)


def texts(capture: Capture) -> list[bytes]:
    """Everything that a capture says."""
    bodies = [capture.body(entry) for entry in capture.entries]
    return [capture.manifest.encode(), *bodies]


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda path: str(path.stem))
def test_no_secret_and_no_trace_of_the_machine_is_in_a_capture(manifest: Path) -> None:
    """Neither password nor session key, nor where it was recorded."""
    for text in texts(Capture.read(manifest)):
        assert PASSWORD.encode() not in text
        assert SECRETS.search(text) is None
    assert b"<key>hidden</key>" in b"".join(texts(Capture.read(manifest)))


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda path: str(path.stem))
def test_every_instant_lies_in_the_week_or_is_a_fact_of_the_estate(manifest: Path) -> None:
    """The week of 2 March; the births of machines, in January; a date of the simulator's; no day of the recording."""
    said = (found[0] for text in texts(Capture.read(manifest)) for found in INSTANT.finditer(text))
    assert {when[:7] for when in said} == {b"2026-03", b"2026-01", b"2015-07"}


def test_together_they_are_small() -> None:
    """Below three megabytes."""
    assert sum(file.stat().st_size for file in (SHIPPED / "captures").iterdir()) < 3_000_000
    assert len(MANIFESTS) == 9


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda path: str(path.stem))
def test_only_the_visit_that_broke_off_is_incomplete(manifest: Path) -> None:
    """All groups of all kinds were read in the eight others: a machine that is answered with null has no tags."""
    parts = list(observed(collector, Capture.read(manifest)))
    status = {part.status for part in parts if isinstance(part, Coverage)}
    assert (status == {Status.COMPLETE}) == (manifest.stem != BROKE_OFF)


@pytest.mark.parametrize("manifest", MANIFESTS, ids=lambda path: str(path.stem))
def test_moving_the_instants_tears_no_hole_into_the_event_log(manifest: Path) -> None:
    """Each visit finds the newest event of the one before, as in the recording."""
    feeds = [part for part in observed(collector, Capture.read(manifest)) if isinstance(part, FeedCoverage)]
    assert [feed.gaps for feed in feeds] == ([] if manifest.stem == WITHOUT_EVENTS else [()])


def test_the_story_rests_on_no_event_that_a_real_week_would_not_show_again(demo: Demo, tmp_path: Path) -> None:
    """A visit asks for ten minutes before its cursor, which in the recording is all of it: without those, the same."""
    folder = tmp_path / "week"
    prepared(folder)
    dropped = 0
    for manifest in sorted((folder / "captures").glob("*.json")):
        capture = Capture.read(manifest)
        since = int(capture.notes["cursor"].partition(":")[0] or 0) - OVERLAP_MS
        rows = [(entry, _younger(entry, capture.body(entry), since)) for entry in capture.entries]
        dropped += sum(len(capture.body(entry)) - len(body) for entry, body in rows)
        manifest.unlink()
        capture_of(rows, capture.notes).write(manifest.parent, manifest.stem)
    assert dropped
    assert told(folder) == told(demo.folder, tmp_path / "first")


def _younger(entry: Entry, body: bytes, since: int) -> bytes:
    """The answer without events from before an instant."""
    if entry.ask != Asked.EVENTS:
        return body
    return EVENT.sub(lambda found: found[0] if to_ms(found[1]) >= since else b"", body)


def to_ms(text: bytes) -> int:
    """An instant of a text in milliseconds."""
    return ms(datetime.fromisoformat(text.decode()))


def test_the_wheel_holds_the_whole_demonstration(tmp_path: Path) -> None:
    """Every file that the demonstration copies is packed."""
    said = subprocess.run(  # noqa: S603 -- our own build
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    (wheel,) = tmp_path.glob("*.whl")
    shutil.unpack_archive(wheel, tmp_path / "unpacked", "zip")
    packed = tmp_path / "unpacked" / "driftline" / "api" / "demo"
    assert files(packed) == files(SHIPPED)


@pytest.mark.vcsim
@pytest.mark.slow
def test_the_script_makes_captures_that_tell_the_same_story(demo: Demo, tmp_path: Path) -> None:
    """Recorded anew from the simulator, the week has the same changes with the same verdicts."""
    folder = tmp_path / "week"
    prepared(folder)
    recorded = subprocess.run(  # noqa: S603 -- our own script
        [sys.executable, "-m", "tests.lab.week", str(folder / "captures"), "--name", "week-test"],
        cwd=CHECKOUT,
        capture_output=True,
        text=True,
        check=False,
    )
    if "lab: " in recorded.stderr:
        cannot_start(LabError(recorded.stderr.strip()))
    assert recorded.returncode == 0, recorded.stderr
    assert told(folder) == told(demo.folder, tmp_path / "first")


def files(folder: Path) -> set[Path]:
    """Everything in a folder but compiled modules."""
    found = {path.relative_to(folder) for path in folder.rglob("*") if path.is_file()}
    return {path for path in found if "__pycache__" not in path.parts}


def told(folder: Path, into: Path | None = None) -> Counter[tuple[object, ...]]:
    """The changes and verdicts that the captures of a folder come to."""
    if into:
        prepared(into)
        shutil.rmtree(into / "captures")
        shutil.copytree(folder / "captures", into / "captures")
    player = Player(site_in(into or folder), into or folder)
    for _ in player.play():
        pass
    return Counter(map(_told, player.rows.values()))


def _told(row: ChangeRow) -> tuple[object, ...]:
    return row.name, row.path, row.op, row.old, row.new, row.actor, row.verdict, row.rule, row.reason
