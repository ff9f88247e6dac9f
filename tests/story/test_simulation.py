"""Laws of dating, absence and quiet, on an estate whose truth is known (verdicts.md 7)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from driftline.api.model import MODEL
from driftline.diff.words import Change, Grade, Mark
from driftline.graph.model.change_records import Op
from driftline.graph.model.values import Micros, canonical_json
from driftline.graph.sqlite import SqliteStore
from tests.story.simulation import DISK, VM, Simulation, Step, number_of, quiet, steps

few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
offsets = st.sampled_from((0, 5_000, -3_600_000, 86_400_000))
Snapshot = dict[tuple[str, str], str]


@contextmanager
def simulation(offset: int = 0, *, renames: bool = True) -> Iterator[Simulation]:
    """A simulation with a memory of its own."""
    clock = [0]
    with TemporaryDirectory() as folder:
        store = SqliteStore.open(Path(folder) / "store.db", MODEL, clock=lambda: Micros(clock[0]))
        with store.lease("test") as lease:
            yield Simulation(store, lease, clock, offset, renames=renames)
        store.close()


def snapshot(world: Simulation) -> Snapshot:
    """Every attribute of every live machine and disk."""
    rows = [row for kind in (VM, DISK) for row in world.store.find(kind)]
    return {(row.id, name): canonical_json(value) for row in rows for name, value in row.body.items() if name != "key"}


@few
@given(script=steps, offset=offsets)
def test_the_true_instant_lies_in_the_interval_of_every_change(script: list[Step], offset: int) -> None:
    """I26: whatever was read or not, wherever the server's clock stands."""
    with simulation(offset) as world:
        for report in world.play(script):
            for change in report.changes:
                at = _true(world, change)
                if Mark.EVENT_CONFLICT not in change.marks and at is not None:
                    assert change.lower_ms < at <= change.upper_ms, change


@few
@given(script=steps)
def test_changes_fold_to_the_snapshot(script: list[Step]) -> None:
    """I16: what was there before, with every change applied, is what is there; and each change begins at the last."""
    with simulation() as world:
        before: Snapshot = {}
        for report in world.play(script):
            now = snapshot(world)
            said = {(str(c.ci), c.path): c for c in report.changes if c.path}
            for place in {*before, *now} if before else ():
                ci = place[0]
                if _exists(before, ci) and _exists(now, ci):
                    change = said.get(place)
                    old, new = before.get(place), now.get(place)
                    assert (old, new) == ((change.old, change.new) if change else (new, new)), (place, change)
            before = now


@few
@given(script=steps)
def test_nothing_that_lives_is_ever_deleted_and_all_that_died_is(script: list[Step]) -> None:
    """I13: failed scopes, refusals and lost pages create no DELETE; when all is read well again, the dead are gone."""
    with simulation() as world:
        for report in world.play(script):
            for change in report.changes:
                if change.op is Op.DELETE and change.ci_kind == VM:
                    assert (number_of(change.ci), "delete", None) in world.truth
                    assert not world.machines[number_of(change.ci)]["alive"] or change.upper_ms < world.clock[0] // 1000
        alive = {number for number, own in world.machines.items() if own["alive"]}
        assert {number_of(row.id) for row in world.store.find(VM)} == alive
        with_disk = {number for number in alive if world.machines[number]["disk"]}
        assert {number_of(row.id) for row in world.store.find(DISK)} == with_disk


@few
@given(script=quiet)
def test_a_quiet_estate_gives_no_finding_whatever_is_not_read(script: list[Step]) -> None:
    """I14: noise and failures are not news."""
    with simulation() as world:
        for report in world.play(script):
            assert (report.changes, report.verdicts, report.disputes) == ((), (), 0)
        assert world.store.find("Finding") == []


@few
@given(script=steps)
def test_renaming_changes_no_other_change(script: list[Step]) -> None:
    """I15: with or without renames, the same machines changed in the same way at the same time."""
    told = []
    for renames in (True, False):
        with simulation(renames=renames) as world:
            reports = list(world.play(script))
            changes = [c for report in reports for c in report.changes if c.path != "name"]
            told.append(sorted((c.ci, c.path, c.op, c.old or "", c.new or "", c.upper_ms) for c in changes))
    assert told[0] == told[1]


def _true(world: Simulation, change: Change) -> int | None:
    if change.ci_kind == VM and change.path:
        value = change.new.strip('"') if change.new else None
        return world.truth.get((number_of(change.ci), change.path, value))
    if change.ci_kind == VM and change.grade is not Grade.PARTIAL:
        return world.truth.get((number_of(change.ci), change.op.value, None))
    return None


def _exists(snap: Snapshot, ci: str) -> bool:
    return any(key == ci for key, _ in snap)
