"""A source's own log: it dates by the source's clock, and what it once said of a removal is not forgotten."""

from __future__ import annotations

import pytest

from driftline.diff.words import ActorHow, Grade
from driftline.graph.model.change_records import Op
from tests.story.simulation import VM, Noise, Simulation, Step
from tests.story.test_simulation import simulation

OFFSETS = (0, 5_000, -3_600_000, 86_400_000)


def last(world: Simulation, *script: Step) -> list[tuple[str, Op, str, str | None]]:
    """Changes of machines over a script and its good visits: path, op, how sure the actor is, who."""
    reports = list(world.play(script))
    changes = [change for report in reports for change in report.changes if change.ci_kind == VM]
    return [(c.path, c.op, c.actor_how.value, c.actor) for c in changes]


@pytest.mark.parametrize("offset", OFFSETS)
def test_an_event_dates_a_change_wherever_the_servers_clock_stands(offset: int) -> None:
    """The feed's coverage is compared with our intervals in our time."""
    with simulation(offset) as world:
        reports = list(world.play([Step(), Step(((1, "cpu_count"),))]))
        (change,) = [change for report in reports for change in report.changes]
        assert (change.grade, change.actor_how, change.actor) == (Grade.EVENT, ActorHow.NAMED, "p-alice")
        assert change.upper_ms - change.lower_ms < 100


@pytest.mark.parametrize("offset", OFFSETS)
def test_a_logged_removal_is_believed_at_once_wherever_the_servers_clock_stands(offset: int) -> None:
    """A removal counts if it came after the machine was last shown, by our clock."""
    with simulation(offset) as world:
        assert last(world, Step(), Step(((1, "life"),))) == [("", Op.DELETE, "named", "p-alice")]


@pytest.mark.parametrize("offset", OFFSETS)
def test_a_removal_logged_before_the_machine_was_shown_again_does_not_count(offset: int) -> None:
    """It was unregistered and registered again; that it is hidden later is no removal."""
    with simulation(offset) as world:
        told = last(world, Step(((1, "life"), (1, "life"))))
        assert told == []
        world.machines[1]["alive"] = False  # gone without a word of the log: hidden
        for _ in range(3):
            report = world.visit(Noise())
            assert (report.changes, report.missing) == ((), 1)


def test_a_removal_that_a_partial_visit_read_is_remembered() -> None:
    """The visit that read the log could not see that the machine was gone; the next one can."""
    with simulation() as world:
        told = last(world, Step(((2, "life"),), Noise(scopes=frozenset({VM}))))
        assert told == [("", Op.DELETE, "named", "p-alice")]


def test_absence_is_measured_against_everything_that_was_heard() -> None:
    """Each visit reads only its own stretch of the log; together they say that nothing was removed."""
    with simulation() as world:
        list(world.play([Step()]))
        world.machines[3]["alive"] = False
        for _ in range(4):
            report = world.visit(Noise())
            assert (report.changes, report.missing) == ((), 1)
        assert [row.body["text"] for row in world.store.find("Finding")] == [
            "vanished without event: hidden by a permission?"
        ]
