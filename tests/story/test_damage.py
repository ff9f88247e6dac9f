"""No cut, no damage and no refusal removes anything; and a good visit afterwards tells only the truth.

Three real visits: the first, a second after a named person gave a machine six CPUs, a third after that. The second is
damaged in every way that is known; the third is always good.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from driftline.api.model import MODEL
from driftline.api.pipeline import Report
from driftline.api.site import Site, WallClock
from driftline.collectors.capture import Capture
from driftline.collectors.vsphere.asks import Asked
from driftline.config import Settings
from driftline.graph.model.change_records import Op
from driftline.graph.records import Outcome
from driftline.graph.sqlite import SqliteStore
from driftline.graph.store import Family
from tests.collectors.vsphere.reader import observed
from tests.lab.fixtures import VcsimFactory
from tests.story.damage import BREAKS, PROPERTIES, ROWS, broken, cut_after, sample, withheld
from tests.story.desk import Desk, Lab, Told, now, told

pytestmark = pytest.mark.vcsim

MACHINE = "web-0003"
REMOVALS = {Op.DELETE, Op.REMOVE, Op.UNRELATE}
ASKS = [ask for ask in Asked if ask not in {Asked.CONTENT, Asked.AGAIN, Asked.TAG_GOODBYE}]
CUTS = range(2, 29)
"""After the first two asks it is known who answers."""


@dataclass(frozen=True)
class Story:
    """Three captures of one vCenter, what was done between the first two and when, and a store with the first."""

    first: Capture
    second: Capture
    third: Capture
    change: Told
    happened: tuple[int, int]
    base: Path
    site: Site


@pytest.fixture(scope="module")
def lab(vcsim_factory: VcsimFactory) -> Lab:
    """A small vCenter: there are many cases."""
    return vcsim_factory("-clusters=1", "-hosts=2", "-vms=4")


@pytest.fixture(scope="module")
def story(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Story:
    """The three visits."""
    folder = tmp_path_factory.mktemp("damage")
    site = Site(Settings(captures=folder / "captures"), {}, actor="local:test")
    store = SqliteStore.open(folder / "made.db", MODEL, clock=WallClock().micros)
    with store.lease("the test") as lease, lab.estate("VSPHERE.LOCAL\\alice") as alice:
        desk = Desk(site, store, lease)
        first = desk.capture(lab)
        desk.take(first)
        store.backup(folder / "base.db")
        before = now()
        alice.reconfigure(MACHINE, cpus=6)
        span = before, now()
        second = desk.capture(lab)
        change = told(desk.take(second))
        third = desk.capture(lab)
        assert told(desk.take(third)) == []
    store.close()
    assert change == [(MACHINE, "cpu_count", "set", "2", "6")]
    return Story(first, second, third, change, span, folder / "base.db", site)


@pytest.fixture
def trial(story: Story, tmp_path: Path) -> Iterator[Trial]:
    """A damaged second visit into a memory of the first, then the good third."""
    shutil.copy(story.base, tmp_path / "store.db")
    store = SqliteStore.open(tmp_path / "store.db", MODEL, clock=WallClock().micros)
    with store.lease("the test") as lease:
        yield Trial(story, Desk(story.site, store, lease))
    store.close()


@dataclass(frozen=True)
class Trial:
    """A memory that has seen the first visit."""

    story: Story
    desk: Desk

    def survives(self, damaged: Capture) -> None:
        """Nothing is removed or missing, what was not read is said, and in the end exactly the truth is told."""
        before = live(self.desk)
        report = self.desk.take(damaged)
        assert [change for change in report.changes if change.op in REMOVALS] == []
        assert report.missing == 0
        assert live(self.desk) == before
        assert self.says_so(report, damaged)

        after = self.desk.take(self.story.third)
        assert sorted(told(report) + told(after)) == self.story.change
        assert (after.missing, live(self.desk)) == (0, before)
        (change,) = (*report.changes, *after.changes)
        assert change.lower_ms < self.story.happened[1]
        assert change.upper_ms >= self.story.happened[0]

    def says_so(self, report: Report, damaged: Capture) -> bool:
        """Whether the visit says that it is not whole; silent is right only what read everything."""
        whole, seen = observed(self.story.second), observed(damaged)
        if report.run.outcome is not Outcome.COMPLETE or report.unread or seen.withheld != whole.withheld:
            return True
        return seen.items == whole.items


def live(desk: Desk) -> set[tuple[str, ...]]:
    """Every item that has not ended, and every link."""
    rows = desk.store.export((Family.ITEM, Family.LINK))
    names = ("key", "src", "type", "dst")
    return {tuple(str(row.row.get(n)) for n in names) for row in rows if row.row.get("deleted") is None}


@pytest.mark.parametrize("count", CUTS)
def test_a_capture_cut_after_any_ask_removes_nothing(story: Story, trial: Trial, count: int) -> None:
    """A kill, a broken line, a deadline: what was read counts, the rest is not absent."""
    trial.survives(cut_after(story.second, count))


def test_every_ask_was_cut_after(story: Story) -> None:
    """The numbers above reach to the end of the visit."""
    assert len(story.second.entries) == CUTS.stop


@pytest.mark.parametrize("how", BREAKS)
@pytest.mark.parametrize("ask", ASKS)
def test_a_broken_reply_to_any_ask_removes_nothing(story: Story, trial: Trial, ask: Asked, how: str) -> None:
    """Cut short, empty, a page of a proxy, a fault."""
    trial.survives(broken(story.second, ask, BREAKS[how]))


@pytest.mark.parametrize(("stage", "how"), [(stage, how) for stage, rows in ROWS.items() for how in rows])
def test_damage_inside_a_reply_removes_nothing(story: Story, trial: Trial, stage: Asked, how: str) -> None:
    """The rows of vsphere.md 5: nothing is lost beyond the damaged object, and what is lost is said."""
    trial.survives(broken(story.second, stage, ROWS[stage][how]))


@pytest.mark.parametrize(("stage", "kind", "path"), PROPERTIES)
def test_a_withheld_property_removes_nothing(story: Story, trial: Trial, stage: Asked, kind: str, path: str) -> None:
    """Refused by every second object of its type: values stay, links stay, parts stay, and coverage names it."""
    trial.survives(withheld(story.second, stage, kind, path))


@pytest.mark.parametrize("how", BREAKS)
def test_a_source_that_does_not_say_who_it_is_writes_nothing(story: Story, trial: Trial, how: str) -> None:
    """Without a source there is nobody whose word this could be."""
    damaged = broken(story.second, Asked.CONTENT, BREAKS[how])
    before = trial.desk.counts()
    with pytest.raises(ValueError, match="does not say who answered"):
        trial.desk.take(damaged)
    assert trial.desk.counts() == before


def test_a_sample_of_damage_on_both_stores(lab: Lab, desk: Desk) -> None:
    """One memory lives through all of it, one after the other, and keeps every item and link."""
    desk.visit(lab)
    before = live(desk)
    good = desk.capture(lab)
    for number, (name, damaged) in enumerate(sample(good)):
        report = desk.take(damaged, f"damaged@{number}")
        assert (told(report), report.missing, live(desk)) == ([], 0, before), name
    assert told(desk.visit(lab)) == []
