"""Prints rows: a table for people, JSON or CSV for programs. Data goes to standard output, all else to standard error.

One row is a mapping of column names to plain values; instants are milliseconds. Piped output has no colour, no cutting
and no control characters of others' texts.
"""

from __future__ import annotations

import csv
import json
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TextIO
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

Row = Mapping[str, object]

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
HEARTBEAT_SECONDS = 10


class Format(StrEnum):
    """Forms of output."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


@dataclass(frozen=True, slots=True)
class Column:
    """A column by the name that it has in a row. ``instant``: its values are milliseconds since 1970."""

    name: str
    title: str = ""
    instant: bool = False
    right: bool = False

    @property
    def head(self) -> str:
        """What stands above it."""
        return self.title or self.name.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Output:
    """Where and how one command prints. ``zone``: of the times in tables; programs always get UTC."""

    format: Format = Format.TABLE
    zone: str = "UTC"
    quiet: bool = False
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)

    def rows(self, columns: Sequence[Column], rows: Iterable[Row], *, empty: str = "") -> None:
        """Print rows; ``empty`` is said to people instead of a table without rows."""
        if self.format is Format.JSON:
            self.body([{c.name: _plain(row.get(c.name), c) for c in columns} for row in rows])
        elif self.format is Format.CSV:
            self._csv(columns, rows)
        elif found := list(rows):
            self._table(columns, found)
        elif empty:
            self.say(empty)

    def body(self, value: object) -> None:
        """Print a JSON document."""
        self.out.write(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")

    def facts(self, facts: Row, instants: Sequence[str] = ()) -> None:
        """Print the fields of one thing, a line each; in CSV one row."""
        columns = [Column(name, instant=name in instants) for name in facts]
        if self.format is Format.TABLE:
            width = max((len(c.head) for c in columns), default=0)
            for column in columns:
                self.out.write(f"{column.head:{width}}  {self._cell(facts[column.name], column)}".rstrip() + "\n")
        elif self.format is Format.JSON:
            self.body({c.name: _plain(facts[c.name], c) for c in columns})
        else:
            self._csv(columns, [facts])

    def line(self, text: str) -> None:
        """Print a line of data."""
        self.out.write(clean(text) + "\n")

    def say(self, text: str) -> None:
        """Tell a person something that is not data."""
        if not self.quiet:
            self.err.write(clean(text) + "\n")

    @contextmanager
    def progress(self, label: str, total: int | None = None) -> Iterator[Advance]:
        """Show how far long work is: a bar on a terminal, else a line every ten seconds."""
        if self.quiet or not self.err.isatty():
            yield Advance(None if self.quiet else self.err, label, total)
            return
        look = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}"), TimeElapsedColumn())
        with Progress(*look, console=Console(file=self.err), transient=True) as bar:
            task = bar.add_task(label, total=total)
            yield Advance(None, label, total, lambda done, text: bar.update(task, completed=done, description=text))

    def _csv(self, columns: Sequence[Column], rows: Iterable[Row]) -> None:
        writer = csv.writer(self.out, lineterminator="\r\n")
        writer.writerow([column.name for column in columns])
        for row in rows:
            writer.writerow([guarded(_text(_plain(row.get(c.name), c)), row.get(c.name)) for c in columns])

    def _table(self, columns: Sequence[Column], rows: Sequence[Row]) -> None:
        cells = [[self._cell(row.get(c.name), c) for c in columns] for row in rows]
        if self.out.isatty():
            table = Table(box=None, pad_edge=False, header_style="bold")
            for column in columns:
                table.add_column(Text(column.head), justify="right" if column.right else "left")
            for row in cells:
                table.add_row(*map(Text, row))
            Console(file=self.out).print(table)
            return
        widths = [max(map(len, column)) for column in zip([c.head for c in columns], *cells, strict=True)]
        for row in ([c.head for c in columns], *cells):
            padded = (_aligned(text, w, c) for text, w, c in zip(row, widths, columns, strict=True))
            self.out.write("  ".join(padded).rstrip() + "\n")

    def _cell(self, value: object, column: Column) -> str:
        if column.instant and isinstance(value, int):
            return moment(value, self.zone)
        return clean(_text(value))


@dataclass(slots=True)
class Advance:
    """How far work is. ``at`` says it; what is said is printed seldom."""

    err: TextIO | None
    label: str
    total: int | None
    draw: Any = None
    _said: float = field(default_factory=time.monotonic)

    def at(self, done: int, text: str = "") -> None:
        """So much is done, and this is under way."""
        label = clean(f"{self.label} {text}".rstrip())
        if self.draw is not None:
            self.draw(done, label)
        elif self.err is not None and time.monotonic() - self._said >= HEARTBEAT_SECONDS:
            self._said = time.monotonic()
            self.err.write(f"{label}: {done}{f' of {self.total}' if self.total else ''}\n")


def clean(text: str) -> str:
    """The text with everything that steers a terminal or hides in it written out, ESC as x1b after a backslash."""
    return "".join(c if c.isprintable() or c == "\N{NO-BREAK SPACE}" else _written(c) for c in text)


def guarded(text: str, value: object) -> str:
    """A cell that no spreadsheet takes for a formula: text that begins like one gets an apostrophe in front."""
    if isinstance(value, int | float):
        return text
    begins = text.startswith(FORMULA[4:]) or text.strip().startswith(FORMULA)
    return f"'{text}" if begins else text


def moment(when_ms: int, zone: str) -> str:
    """An instant for people: ``2026-03-02 09:58:00 CET``."""
    return datetime.fromtimestamp(when_ms / 1000, ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M:%S %Z")


def iso(when_ms: int) -> str:
    """An instant for programs: ``2026-03-02T08:58:00.000Z``."""
    said = datetime.fromtimestamp(when_ms // 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{said}.{when_ms % 1000:03}Z"


def _written(c: str) -> str:
    return f"\\x{ord(c):02x}" if ord(c) < 0x100 else f"\\u{ord(c):04x}"  # noqa: PLR2004 -- two digits or four


def _plain(value: object, column: Column) -> object:
    if column.instant and isinstance(value, int):
        return iso(value)
    return list(value) if isinstance(value, tuple | set | frozenset) else value


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(map(str, value))
    return str(value)


def _aligned(text: str, width: int, column: Column) -> str:
    return text.rjust(width) if column.right else text.ljust(width)
