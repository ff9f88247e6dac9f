"""What all commands that ask questions share: the store, of which time, and how answers are printed.

JSON is the body that the API gives, CSV the rows that it gives; a table is for people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, TypeVar

import typer

from driftline.api.answers import Listing, Moment, columns, flat, listed, single
from driftline.api.cli.frame import Frame, frame_of
from driftline.api.instants import instant
from driftline.api.output import Column, Format, Row, moment
from driftline.api.questions.requests import window_of
from driftline.api.site import NotYet
from driftline.graph.model.values import Key, Ms, ms
from driftline.graph.questions.find_ci import the_one
from driftline.graph.questions.page import Page
from driftline.graph.questions.viewer import Viewer
from driftline.graph.store import Store

Answer = TypeVar("Answer")

CiArgument = Annotated[str, typer.Argument(metavar="CI", help="Name or glob, key, serial, UUID, moref or address.")]
AsOf = Annotated[str, typer.Option("--as-of", metavar="T", help="The estate as it was then.")]
AsKnown = Annotated[str, typer.Option("--as-known-at", metavar="T", help="By what was known then.")]
Depth = Annotated[int, typer.Option("--depth", min=0, max=16, help="How many links away, at most.")]


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One command that asks. ``found``: the store, ``None`` where nothing was written yet."""

    frame: Frame
    found: Store | None
    moment: Moment
    viewer: Viewer

    @property
    def store(self) -> Store:
        """The store of a command that opened it."""
        if self.found is None:
            raise NotYet("there is no store yet; visit a target first: driftline visit TARGET")
        return self.found

    @property
    def tabular(self) -> bool:
        """Whether a person reads the answer."""
        return self.frame.output.format is Format.TABLE

    def ci(self, text: str) -> Key:
        """The CI that a text means.

        Raises:
            NoSuchCi, SeveralCis: none or several fit.
        """
        return the_one(self.viewer, self.store, text)

    def instant(self, text: str) -> Ms | None:
        """An instant as people write it; ``None`` for nothing.

        Raises:
            BadInstant: the text means none.
        """
        return _instant(self.frame, self.store, text)

    def rows(
        self,
        found: Page[Answer],
        kind: type[Answer],
        path: str,
        table: Callable[[Answer], Row],
        *,
        query: Mapping[str, str] | None = None,
        empty: str,
    ) -> None:
        """Print a list; ``path`` and ``query`` are where the API gives the same."""
        output = self.frame.output
        if output.format is Format.JSON:
            asked = {name: value for name, value in (query or {}).items() if value}
            output.body(
                listed(found.rows, self.moment, Listing(f"/api/v1{path}", asked).next(found.after, self.moment))
            )
        elif output.format is Format.CSV:
            output.rows(columns(kind), map(flat, found.rows))
        else:
            self.table([table(row) for row in found.rows], empty=empty)
        if found.after is not None:
            output.say(f"more than {len(found.rows)} rows; --limit N shows more")

    def one(self, answer: object, lines: Callable[[], None]) -> None:
        """Print one thing: for people as ``lines`` print it."""
        output = self.frame.output
        if output.format is Format.JSON:
            output.body(single(answer, self.moment))
        elif output.format is Format.CSV:
            output.rows(columns(type(answer)), [flat(answer)])
        else:
            lines()

    def table(self, rows: Sequence[Row], *, empty: str = "", heading: str = "") -> None:
        """Print rows for people; columns are the names in the first row."""
        if heading and rows:
            self.frame.output.line("")
            self.frame.output.line(heading)
        names = list(rows[0]) if rows else []
        self.frame.output.rows([Column(name) for name in names], rows, empty=empty)

    def line(self, text: str = "") -> None:
        """Print a line for people."""
        self.frame.output.line(text)

    def at(self, when: datetime | None) -> str:
        """An instant for people, in the zone of the reader."""
        return "" if when is None else moment(ms(when), self.frame.output.zone)

    def span(self, after: datetime, until: datetime) -> str:
        """A span of time for people: the day is said once."""
        begin, end = self.at(after), self.at(until)
        same = begin[:10] == end[:10]
        return f"{begin[:19]} to {end[11:] if same else end}"


@contextmanager
def asking(
    ctx: typer.Context, *, as_of: str = "", as_known_at: str = "", writing: bool = False, unwritten: bool = False
) -> Iterator[Inquiry]:
    """Open the store for a question. ``unwritten``: there may be none yet, and the question has an answer all the same.

    Raises:
        NotYet: there is no store.
    """
    frame = frame_of(ctx)
    with ExitStack() as stack:
        store = None
        with suppress(NotYet) if unwritten else nullcontext():
            store = stack.enter_context(frame.site.store(writing=writing))
        now = frame.site.clock.ms()
        time = Moment(now, _instant(frame, store, as_of), _instant(frame, store, as_known_at))
        yield Inquiry(frame, store, time, Viewer.everything())


def joined(values: Iterable[object]) -> str:
    """Several values in one cell."""
    return ", ".join(map(str, values))


def _instant(frame: Frame, store: Store | None, text: str) -> Ms | None:
    if not text or store is None:
        return None
    return instant(text, frame.site.clock.ms(), frame.output.zone, lambda number: window_of(store, number))
