"""Two vCenters, read badly: nothing that lives is deleted, nobody is accused of what was approved or never done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from driftline.api.judging import records
from driftline.diff.words import Change, Finding, Mark, Outcome, State, Verdict
from driftline.graph.model.change_records import Op
from driftline.graph.records import IdentityDispute, Merge, Settlement
from tests.story.two_sites import VM, Deed, World, played

ACCUSED = {Outcome.UNAPPROVED, Outcome.OUT_OF_WINDOW, Outcome.OUT_OF_SCOPE, Outcome.RETRO}
STORIES = range(24)
Told = list[tuple[Change, Verdict | None]]


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[World]]:
    """Worlds whose stories have been played to their ends; each is the same whenever it is played."""
    with ExitStack() as stack:
        yield [stack.enter_context(played(number, tmp_path_factory.mktemp("world"))) for number in STORIES]


def told(world: World) -> Told:
    """The changes of machines that stand for themselves, with their verdicts."""
    verdicts = {verdict.id: verdict for verdict in records(world.store, Verdict)}
    own = (c for c in records(world.store, Change) if c.ci_kind == VM and not c.derived_from)
    return [(change, verdicts.get(change.id)) for change in own]


def deeds_of(world: World, change: Change) -> list[Deed]:
    """The deeds that the change may be: on this machine, of this path and value, in its interval."""
    found = [d for d in world.deeds if d.machine == change.title and change.lower_ms < d.at <= change.upper_ms]
    if change.path in {"cpu_count", "memory_mb"}:
        values = {str(d.value * unit): d for d in found if d.value for unit in (1, 2) if d.what == change.path}
        return [values[change.new]] if change.new in values else []
    return [d for d in found if d.what == (change.path or change.op.value)]


def test_nothing_that_lives_is_deleted(worlds: list[World]) -> None:
    """I13: every deletion of a known thing has its deed; once all is read well, there is one CI for each machine."""
    for world in worlds:
        for change, _ in told(world):
            if change.op is Op.DELETE and Mark.UNSETTLED not in change.marks:
                assert deeds_of(world, change), (world.number, change)
        assert sorted(row.body["name"] for row in world.store.find(VM)) == sorted(world.machines), world.number


def test_nobody_is_accused_of_what_was_never_done(worlds: list[World]) -> None:
    """Noise, cuts, other words of a collector and the search for identities accuse nobody."""
    for world in worlds:
        for change, verdict in told(world):
            if verdict and verdict.verdict in ACCUSED:
                assert deeds_of(world, change), (world.number, change, verdict.sentence)


def test_nobody_is_accused_of_what_was_approved(worlds: list[World]) -> None:
    """Whenever its request was recorded, and whatever was in doubt meanwhile."""
    for world in worlds:
        for change, verdict in told(world):
            deeds = deeds_of(world, change)
            if verdict and deeds and all(deed.approved for deed in deeds):
                assert verdict.verdict not in ACCUSED, (world.number, change, verdict.sentence)


def test_no_doubt_is_left_when_all_was_read_well(worlds: list[World]) -> None:
    """Disputes are over, and so are the findings about them."""
    for world in worlds:
        assert not [d for d in records(world.store, IdentityDispute) if d.state is Settlement.OPEN], world.number
        open_ = [f for f in records(world.store, Finding) if f.state is State.OPEN and f.verdict is None]
        assert not open_, (world.number, open_)


def test_the_stories_have_everything_in_them(worlds: list[World]) -> None:
    """Laws about what never comes about hold of anything: each of these came about often enough."""
    came: Counter[str] = Counter()
    for world in worlds:
        came.update(world.came_about)
        came.update(verdict.verdict.name for _, verdict in told(world) if verdict)
        came.update(f"dispute {dispute.state.value}" for dispute in records(world.store, IdentityDispute))
        came["merges"] += len(records(world.store, Merge))
        came["schema"] += sum(world.schema.values()) - len(world.schema)
    least = {
        "AUTHORISED": 8,
        "UNPROVEN": 20,
        "UNAPPROVED": 30,
        "REVERTS": 3,
        "INDETERMINATE": 1,
        "cut": 20,
        "given up": 8,
        "requests": 30,
        "dispute settled": 8,
        "dispute merged": 10,
        "merges": 20,
        "schema": 5,
    }
    assert {name: came[name] for name, times in least.items() if came[name] < times} == {}, came
