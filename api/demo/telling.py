"""Tells the week in plain words: what was read, what changed, who did it, and each verdict with its reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from driftline.api.demo.week import Chapter, Player, Revised
from driftline.api.output import clean
from driftline.api.pipeline import Report
from driftline.api.questions.changes import ChangeRow
from driftline.api.questions.requests import RequestRow
from driftline.api.records import Drop
from driftline.diff.explain import WORDS
from driftline.diff.words import ActorHow, Outcome
from driftline.graph.model.change_records import Op
from driftline.graph.model.values import as_datetime
from driftline.graph.records import Outcome as Ended

INDENT = " " * 18
MINUTE_SECONDS = 60

COLOURS = {
    Outcome.AUTHORISED: "green",
    Outcome.RETRO: "green",
    Outcome.EXPECTED: "cyan",
    Outcome.REVERTS: "cyan",
    Outcome.UNPROVEN: "yellow",
    Outcome.EMERGENCY: "yellow",
    Outcome.INDETERMINATE: "yellow",
    Outcome.OUT_OF_WINDOW: "red",
    Outcome.OUT_OF_SCOPE: "red",
    Outcome.UNAPPROVED: "red",
}
MEANINGS = {
    Outcome.AUTHORISED: "a request allowed exactly this beforehand, and an event or two readings prove the time",
    Outcome.UNPROVEN: "a request allowed it, but nothing shows that it was done inside the window",
    Outcome.EMERGENCY: "done without approval under an emergency request; somebody has to approve it in time",
    Outcome.RETRO: "done first, approved later",
    Outcome.OUT_OF_WINDOW: "the right work, outside the time that was approved",
    Outcome.OUT_OF_SCOPE: "approved work on this item, but another setting or another value",
    Outcome.UNAPPROVED: "no request covers it, or the request is about another item or another person",
    Outcome.EXPECTED: "the platform did it by itself, and its own event says so",
    Outcome.REVERTS: "brings back the value that was there before an unapproved change",
    Outcome.INDETERMINATE: "the evidence does not allow a verdict, so nobody is accused",
}


@dataclass(frozen=True, slots=True)
class Passage:
    """A line with what stands in front of it; what of it does not fit on a terminal goes on below ``body``."""

    front: Text
    body: Text

    def printed(self, console: Console) -> None:
        """Print it: hung on a terminal, as one plain line elsewhere."""
        if not console.is_terminal:
            console.print(Text.assemble(self.front, self.body), soft_wrap=True)
            return
        grid = Table.grid(padding=0)
        grid.add_column(no_wrap=True)
        grid.add_column()
        grid.add_row(self.front, self.body)
        console.print(grid)


def story(console: Console, player: Player, advance: Callable[[], None]) -> None:
    """Play the week and say what comes of it as it comes; ``advance`` is called after each chapter."""
    known = 0
    for told in player.play():
        for line in chapter(told, known):
            line.printed(console)
        known = shown(told) or known
        advance()
    for line in ending(player.rows.values()):
        line.printed(console)


def chapter(told: Chapter, known: int) -> Iterator[Passage]:
    """The lines of one chapter. ``known``: how many items the newest complete reading had shown."""
    what = told.came_of
    yield Passage(Text(f"{_when(as_datetime(told.at_ms)):18}", "bold"), Text("".join(_read(what, known, told))))
    yield from map(_request, told.requests)
    shown = [one for one in told.news if one.change.judged and not one.change.derived_from]
    for one in shown:
        yield from _verdict(one)
    if hidden := sum(one.before is None for one in told.news) - sum(one.before is None for one in shown):
        yield _small(f"and {hidden} parts that came or went with them")


def ending(rows: Iterable[ChangeRow]) -> Iterator[Passage]:
    """How often each verdict was reached, and what it means."""
    judged = [row for row in rows if row.judged and not row.derived_from]
    counts = Counter(row.verdict for row in judged)
    yield Passage(Text(), Text())
    yield Passage(Text(), Text(f"{len(judged)} changes were judged:", "bold"))
    for verdict, meaning in MEANINGS.items():
        front = Text.assemble(f"{counts[verdict]:4}  ", (f"{WORDS[verdict]:29}", COLOURS[verdict]))
        yield Passage(front, Text(meaning))


def shown(told: Chapter) -> int:
    """How many items a complete reading showed; 0 for anything else."""
    what = told.came_of
    return what.run.items if isinstance(what, Report) and what.run.outcome is Ended.COMPLETE else 0


def _read(what: Report | Drop, known: int, told: Chapter) -> Iterator[str]:
    if isinstance(what, Drop):
        yield _imported(what, told)
        return
    if what.run.outcome is Ended.PARTIAL:
        yield f"read {what.run.target}, which broke off: {what.run.items} of {known} items were shown. "
        yield "What was not shown stays as it was, nothing is deleted"
    elif known:
        yield f"read {what.run.target}: {what.compared} items compared, {_of(len(_roots(told)), 'change')}"
    else:
        yield f"read {what.run.target} for the first time: {what.run.items} items. What is there already is not judged"
    if what.missing:
        yield f"; {what.missing} is not shown any more, but no event says that it was removed: kept"


def _imported(what: Drop, told: Chapter) -> str:
    if what.items:
        return f"imported people: {what.items} people, teams, services and customers"
    later = f", {_of(len(told.news), 'verdict')} revised" if told.news else ""
    return f"imported change requests: {what.rfcs} new or changed{later}"


def _roots(told: Chapter) -> list[Revised]:
    return [one for one in told.news if one.before is None and not one.change.derived_from]


def _verdict(one: Revised) -> Iterator[Passage]:
    row = one.change
    if row.verdict is None or row.words is None:
        return
    before = f"  (before: {one.before.words})" if one.before else ""
    words = (f"{row.words:29}", COLOURS[row.verdict])
    yield Passage(Text.assemble(INDENT, words), Text.assemble((clean(_what(row)), "bold"), before))
    yield _small(f"{_who(row)}, {_time(row)}; {_why(row)}")


def _request(row: RequestRow) -> Passage:
    windows = " and ".join(f"{_when(span.after_at)} to {_when(span.until_at)}" for span in row.windows) or "no window"
    return Passage(Text(f"{INDENT}{row.number}  {clean(row.title):34}"), Text(f"{windows}, {row.state.value}", "dim"))


def _small(text: str) -> Passage:
    return Passage(Text(f"{INDENT}    "), Text(clean(text), "dim"))


def _what(row: ChangeRow) -> str:
    """What changed, as short as can be: ``app-0001 cpu_count 4 -> 8``."""
    if not row.path:
        return f"{row.name} {'was removed' if row.op is Op.DELETE else 'is new'}"
    return f"{row.name} {row.path} {row.old or 'nothing'} -> {row.new or 'nothing'}"


def _who(row: ChangeRow) -> str:
    if row.actor_how is ActorHow.SYSTEM:
        return "by the platform"
    if row.actor is None:
        return "by somebody unknown"
    return f"perhaps by {row.actor}" if row.actor_how is ActorHow.POSSIBLE else f"by {row.actor}"


def _time(row: ChangeRow) -> str:
    if (row.by_at - row.after_at).total_seconds() < MINUTE_SECONDS:
        return _when(row.by_at)
    return f"after {_when(row.after_at)}, by {_when(row.by_at)}"


def _why(row: ChangeRow) -> str:
    """The reason alone: the sentence of a verdict says before it what happened, and the verdict."""
    return row.sentence.partition(f": {row.words}; ")[2].rstrip(".") or row.sentence


def _when(at: datetime) -> str:
    return f"{at:%a} {at.day} {at:%b %H:%M}"


def _of(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"
