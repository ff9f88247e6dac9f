"""Plays the week: captures and files in order of time, under a clock that stands where each was made (decision D21)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from driftline.api.pipeline import Report
from driftline.api.questions.changes import ChangeRow, Wanted, changes
from driftline.api.questions.requests import RequestRow, requests
from driftline.api.records import Drop
from driftline.api.replaying import captures_of, replayed
from driftline.api.site import ReplayClock, Site
from driftline.api.visiting import run_of
from driftline.api.writer import Writer
from driftline.collectors.capture import Capture
from driftline.graph.model.values import Ms, ms
from driftline.graph.questions.viewer import Viewer

FILES = (
    ("people", "2026-03-02T09:00:00+00:00"),
    ("requests/monday", "2026-03-02T09:05:00+00:00"),
    ("requests/thursday", "2026-03-05T16:00:00+00:00"),
    ("requests/friday", "2026-03-06T09:00:00+00:00"),
)
"""Files by their path in the folder, and when they were handed over."""
MOST_CHANGES = 1_000


@dataclass(frozen=True, slots=True)
class Revised:
    """A change with a verdict that is new, or other than ``before``."""

    change: ChangeRow
    before: ChangeRow | None


@dataclass(frozen=True, slots=True)
class Chapter:
    """What happened at one time: a visit or a file, the requests it brought, and the verdicts that came of it."""

    at_ms: Ms
    came_of: Report | Drop
    news: tuple[Revised, ...]
    requests: tuple[RequestRow, ...] = ()


@dataclass
class Player:
    """Plays the week into the store of a site."""

    site: Site
    folder: Path
    clock: ReplayClock = field(init=False)
    captures: list[Capture] = field(init=False)
    rows: dict[str, ChangeRow] = field(default_factory=dict)
    requests: frozenset[RequestRow] = frozenset()

    def __post_init__(self) -> None:
        self.clock = replayed(self.site)
        self.captures = captures_of([self.folder / "captures"])

    def __len__(self) -> int:
        return len(self.captures) + len(FILES)

    def play(self) -> Iterator[Chapter]:
        """Take everything in, oldest first."""
        with Writer.open(self.site) as writer:
            for at, what in self._steps():
                self.clock.at_ms = at
                yield Chapter(at, self._take(writer, what, at), self._news(writer), self._requests(writer))

    def _steps(self) -> list[tuple[Ms, Capture | Path]]:
        read: list[tuple[Ms, Capture | Path]] = [(capture.end_ms, capture) for capture in self.captures]
        given = [(ms(datetime.fromisoformat(when)), self.folder.absolute() / name) for name, when in FILES]
        return sorted([*read, *given], key=lambda step: step[0])

    def _take(self, writer: Writer, what: Capture | Path, at: Ms) -> Report | Drop:
        if isinstance(what, Capture):
            return writer.take(what, run_of(what))
        (source,) = self.site.settings.records
        return writer.records.take(source, what, at, people=what in source.people)

    def _news(self, writer: Writer) -> tuple[Revised, ...]:
        """Changes that are new, and those that are judged otherwise now."""
        now = changes(Viewer.everything(), writer.store, Wanted(), limit=MOST_CHANGES).rows
        news = [Revised(row, self.rows.get(row.id)) for row in reversed(now) if _other(row, self.rows.get(row.id))]
        self.rows |= {row.id: row for row in now}
        return tuple(news)

    def _requests(self, writer: Writer) -> tuple[RequestRow, ...]:
        """Requests that are new, or read otherwise now."""
        now = requests(Viewer.everything(), writer.store, limit=MOST_CHANGES).rows
        news = tuple(row for row in reversed(now) if row not in self.requests)
        self.requests = frozenset(now)
        return news


def _other(now: ChangeRow, before: ChangeRow | None) -> bool:
    return before is None or (now.verdict, now.rule) != (before.verdict, before.rule)
