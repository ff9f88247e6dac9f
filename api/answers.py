"""Answers in the forms that programs get, the same from REST and from the command line: JSON bodies and CSV rows."""

from __future__ import annotations

import types
import typing
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from functools import cache
from io import StringIO
from json import dumps, loads
from typing import Any, get_type_hints
from urllib.parse import urlencode

from driftline.api.output import Column, Format, Output, Row, iso
from driftline.graph.model.values import Micros, Ms, known_at, ms
from driftline.graph.store import Cursor


@dataclass(frozen=True, slots=True)
class Moment:
    """Of which time an answer is: the estate ``as_of``, by what was known ``as_known`` (``None``: now)."""

    now: Ms
    as_of: Ms | None = None
    as_known: Ms | None = None

    @property
    def at(self) -> Micros | None:
        """State of items at this instant."""
        return None if self.as_of is None else known_at(self.as_of)

    @property
    def known(self) -> Micros | None:
        """Records as known by this instant."""
        return None if self.as_known is None else known_at(self.as_known)

    @property
    def head(self) -> dict[str, Any]:
        """What every body repeats."""
        return {
            "as_of": None if self.as_of is None else iso(self.as_of),
            "as_known_at": iso(self.now if self.as_known is None else self.as_known),
        }


@dataclass(frozen=True, slots=True)
class Listing:
    """Where a list was asked for, so that its next page can be: path and query without the cursor."""

    path: str
    query: Mapping[str, str]
    base: str = ""

    def next(self, after: Cursor | None, moment: Moment) -> str | None:
        """Address of the next page; it pins what is known, so that no row comes twice while data change."""
        if after is None:
            return None
        pinned = {"as_known_at": moment.head["as_known_at"], "after": pack(after)}
        return f"{self.base}{self.path}?{urlencode({**self.query, **pinned})}"


def listed(rows: Iterable[object], moment: Moment, next_: str | None = None) -> dict[str, Any]:
    """Body of a list."""
    return {**moment.head, "rows": [plain(row) for row in rows], "next": next_}


def single(answer: object, moment: Moment) -> dict[str, Any]:
    """Body of one thing."""
    return {**moment.head, "answer": plain(answer)}


def plain(value: object) -> Any:  # noqa: ANN401 -- any JSON value
    """An answer as JSON values: instants in UTC to the millisecond, what is not said is null."""
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, datetime):
        return iso(ms(value))
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in fields(value)}
    return value


def columns(kind: type) -> tuple[Column, ...]:
    """Columns of a CSV of these rows: what a row says itself and of the one thing it is about, not of many."""
    return tuple(_columns(kind, ""))


def flat(row: object) -> Row:
    """A row under the names of ``columns``."""
    return dict(_cells(type(row), row, ""))


def csv_text(kind: type, rows: Iterable[object]) -> str:
    """Rows as a CSV document that no spreadsheet runs."""
    text = StringIO()
    Output(Format.CSV, out=text).rows(columns(kind), map(flat, rows))
    return text.getvalue()


def pack(after: Cursor) -> str:
    """A cursor as an opaque word of an address."""
    return urlsafe_b64encode(dumps([after.value, after.id]).encode()).decode().rstrip("=")


def unpack(word: str) -> Cursor:
    """The cursor of a word.

    Raises:
        ValueError: nobody made this word.
    """
    value, id_ = loads(urlsafe_b64decode(word + "=" * (-len(word) % 4)))
    if not isinstance(id_, str):
        raise ValueError(word)  # noqa: TRY004 -- a bad word, whatever is in it
    return Cursor(value, id_)


def _columns(kind: type, prefix: str) -> Iterator[Column]:
    for name, part, many in _parts(kind):
        if is_dataclass(part):
            if not many:
                yield from _columns(part, f"{prefix}{name}_")
        else:
            yield Column(f"{prefix}{name}", instant=part is datetime)


def _cells(kind: type, row: object, prefix: str) -> Iterator[tuple[str, object]]:
    for name, part, many in _parts(kind):
        value = None if row is None else getattr(row, name)
        if is_dataclass(part):
            if not many:
                yield from _cells(part, value, f"{prefix}{name}_")
        else:
            yield f"{prefix}{name}", ms(value) if isinstance(value, datetime) else value


@cache
def _parts(kind: type) -> tuple[tuple[str, type, bool], ...]:
    """Fields of a row: name, what it holds, and whether it holds many."""
    hints = get_type_hints(kind)
    return tuple((f.name, *_part(hints[f.name])) for f in fields(kind))


def _part(hint: Any) -> tuple[type, bool]:  # noqa: ANN401 -- any annotation
    if isinstance(hint, types.UnionType):
        rest = [one for one in typing.get_args(hint) if one is not types.NoneType]
        return _part(rest[0]) if len(rest) == 1 else (object, False)
    if typing.get_origin(hint) is tuple:
        return _part(typing.get_args(hint)[0])[0], True
    return (hint if isinstance(hint, type) else object), False
