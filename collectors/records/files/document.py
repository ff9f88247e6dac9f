"""A JSON document to rows: the same tables as the CSV files, their parts nested, every object with its line."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from json.decoder import JSONObject  # type: ignore[attr-defined]  # public in CPython since 2.6, missing in typeshed
from json.scanner import py_make_scanner  # type: ignore[attr-defined]  # as above
from typing import Any

from driftline.collectors.records.files.columns import LISTS, Column, Form, Table
from driftline.collectors.records.files.faults import BadFiles, Fault, meant
from driftline.collectors.records.files.rows import Cell, Notes, Row
from driftline.graph.model.values import canonical_json

VERSION = 1
TYPES: Mapping[Form, tuple[type, str]] = {
    Form.FLAG: (bool, "true or false"),
    Form.COUNT: (int, "a whole number"),
    Form.TEXTS: (list, "a list of texts"),
    Form.PERSONS: (list, "a list of texts"),
}


class Placed(dict[str, Any]):
    """An object of the document and where it begins."""

    at: int = 0
    twice: tuple[str, ...] = ()


class _Decoder(json.JSONDecoder):
    """The standard decoder, which tells where each object stood and which names it had twice."""

    def __init__(self) -> None:
        super().__init__()
        self.parse_object = self._placed
        self.scan_once = py_make_scanner(self)

    def _placed(self, text_and_end: tuple[str, int], *rest: Any) -> tuple[Placed, int]:  # noqa: ANN401 -- decoder's own
        strict, scan_once, *_ = rest
        pairs, end = JSONObject(text_and_end, strict, scan_once, None, list, {})
        found = Placed(pairs)
        names = [name for name, _ in pairs]
        found.at, found.twice = text_and_end[1], tuple(n for n in dict.fromkeys(names) if names.count(n) > 1)
        return found, end


class Document:
    """A parsed document that yields its rows."""

    def __init__(self, name: str, content: bytes, tables: Sequence[Table], heads: Sequence[Column]) -> None:
        """Parse it.

        Raises:
            BadFiles: not UTF-8, not JSON, not an object, or of another version.
        """
        self.name, self.tables, self.heads = name, {table.name: table for table in tables}, heads
        try:
            text = content.decode("utf-8-sig")
            self._ends = [i for i, character in enumerate(text) if character == "\n"]
            self.root = _Decoder().decode(text)
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
            raise self._bad(line, f"byte {error.start + 1} is not UTF-8; JSON is always UTF-8") from None
        except json.JSONDecodeError as error:
            raise self._bad(error.lineno, f"not JSON ({error.msg} at column {error.colno}); correct it") from None
        except RecursionError:
            raise self._bad(1, "nested too deeply; see the schema") from None
        if not isinstance(self.root, Placed) or self.root.get("version") != VERSION or self.root["version"] is True:
            raise self._bad(1, f'"version" is not {VERSION}; write {{"version": {VERSION}, ...}}')

    def head(self, notes: Notes) -> Row:
        """What the document says of itself: when it was exported, whether it is everything."""
        table = Table("document", "", tuple(self.heads))
        known = {"version", *self.tables, *table.by_name}
        own = {name: value for name, value in self.root.items() if name not in {"version", *self.tables}}
        return self._row(table, self.root, own, "", known, notes)

    def rows(self, notes: Notes) -> Iterator[Row]:
        """All rows, parts after their whole; a part carries the joins of its whole."""
        for name, table in self.tables.items():
            for path, one in self._objects(self.root, name, "", notes):
                row = self._row(table, one, one, f"{path}.", {*table.by_name, *(p.name for p in table.parts)}, notes)
                yield row
                yield from self._parts(table, row, one, notes)

    def _parts(self, table: Table, whole: Row, one: Placed, notes: Notes) -> Iterator[Row]:
        for part in table.parts:
            joined = {column.name: whole.cells.get(column.name, "") for column in part.joins}
            own = {column.name for column in part.columns}
            for path, inner in self._objects(one, part.name, whole.path, notes):
                row = self._row(part, inner, inner, f"{path}.", own, notes)
                yield Row(part, row.file, row.line, {**row.cells, **joined}, row.path)

    def _objects(self, inside: Placed, name: str, path: str, notes: Notes) -> Iterator[tuple[str, Placed]]:
        listed = inside.get(name, [])
        if not isinstance(listed, list):
            notes.faults.append(Fault(self.name, self._line(inside.at), f"{path}{name}", "is no list; write [{...}]"))
            return
        for number, one in enumerate(listed):
            if isinstance(one, Placed):
                yield f"{path}{name}[{number}]", one
            else:
                at = f"{path}{name}[{number}]"
                notes.faults.append(Fault(self.name, self._line(inside.at), at, "is no object; write {...}"))

    def _row(self, table: Table, at: Placed, said: Mapping[str, Any], path: str, known: set[str], notes: Notes) -> Row:
        line = self._line(at.at)
        unknown = [(n, f"no such name; {meant(n, known)}") for n in said if n not in known]
        twice = [(n, "stands twice in the object; keep one") for n in at.twice]
        notes.faults.extend(Fault(self.name, line, f"{path}{n}", what) for n, what in (*unknown, *twice))
        columns = table.by_name
        cells: dict[str, Cell] = {}
        for name, value in said.items():
            column = columns.get(name)
            if column is None or name not in known:
                continue
            cell = _cell(value, column)
            if cell is None:
                notes.faults.append(
                    Fault(self.name, line, f"{path}{name}", f"is not {_wanted(column)}; see the schema")
                )
            else:
                cells[name] = cell
        return Row(table, self.name, line, cells, path)

    def _line(self, at: int) -> int:
        return bisect_right(self._ends, at - 1) + 1

    def _bad(self, line: int, what: str) -> BadFiles:
        return BadFiles([Fault(self.name, line, "", what)])


def _wanted(column: Column) -> str:
    return (
        "text, a number, or a list of texts" if column.form is Form.VALUE else TYPES.get(column.form, (str, "text"))[1]
    )


def _cell(value: object, column: Column) -> Cell | None:
    """A value as the text that a CSV file would hold; ``None`` if it has another type than declared."""
    wanted = TYPES.get(column.form, (str, ""))[0]
    if column.form is Form.VALUE:
        return _value(value)
    if type(value) is not wanted:
        return None
    if column.form in LISTS and isinstance(value, list):
        return tuple(value) if all(isinstance(part, str) for part in value) else None
    return value if isinstance(value, str) else canonical_json(value)


def _value(value: object) -> str | None:
    if isinstance(value, str):
        return value
    listed = isinstance(value, list) and all(isinstance(part, str) for part in value)
    finite = isinstance(value, (int, float)) and value == value and abs(value) != float("inf")  # noqa: PLR0124 -- NaN
    return canonical_json(value) if listed or finite else None
