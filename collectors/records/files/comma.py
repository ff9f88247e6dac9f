"""CSV files to rows: declared encoding and delimiter, a known header, and a place for every fault."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from itertools import chain

from driftline.collectors.records.files.columns import Table
from driftline.collectors.records.files.faults import Fault, meant
from driftline.collectors.records.files.reading import Reading
from driftline.collectors.records.files.rows import Notes, Row

MARK = "\ufeff"
"""Byte order mark that spreadsheets put in front of UTF-8."""


def rows_of(files: Mapping[str, bytes], tables: Mapping[str, Table], reading: Reading, notes: Notes) -> Iterator[Row]:
    """All rows of all files, each file named after its table."""
    for name in sorted(files):
        table = tables.get(name.removesuffix(".csv"))
        if table is None:
            notes.faults.append(
                Fault(name, 0, "", f"not one of our files; {meant(name, [f'{t}.csv' for t in tables])}")
            )
            continue
        text = _decoded(name, files[name], reading.encoding, notes)
        if text is not None:
            yield from _rows(name, text, table, reading, notes)


def _decoded(name: str, content: bytes, encoding: str, notes: Notes) -> str | None:
    try:
        return content.decode(encoding).removeprefix(MARK)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        what = f"byte {error.start + 1} is not {encoding}; declare the encoding of the file"
    except LookupError:
        line, what = 0, f"no encoding {encoding}; write utf-8, cp1252 or another known name"
    notes.faults.append(Fault(name, line, "", what))
    return None


def _rows(name: str, text: str, table: Table, reading: Reading, notes: Notes) -> Iterator[Row]:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=reading.delimiter, strict=True)
    header: list[str] | None = None
    before = 0
    try:
        for cells in lines:
            line, before = before + 1, lines.line_num
            if header is None:
                header = _header(name, cells, table, reading, notes)
            elif any(cell.strip() for cell in cells):
                yield from _row(Row(table, name, line, {}), header, cells, notes)
    except csv.Error as error:
        notes.faults.append(Fault(name, before + 1, "", f"not CSV ({error}); mind quotes and the delimiter"))
    if header is None:
        notes.faults.append(Fault(name, 1, "", f"no header; write {','.join(table.by_name)}"))


def _row(at: Row, header: list[str], cells: list[str], notes: Notes) -> Iterator[Row]:
    if len(cells) != len(header):
        what = f"{len(cells)} cells under {len(header)} headers; mind the delimiter and quotes"
        notes.faults.append(Fault(at.file, at.line, "", what))
    else:
        named = {column: cell for column, cell in zip(header, cells, strict=True) if column}
        yield Row(at.table, at.file, at.line, named)


def _header(name: str, cells: list[str], table: Table, reading: Reading, notes: Notes) -> list[str]:
    """Our column of every cell, blank for one that is left out."""
    found = [reading.headers.get(cell.strip(), cell.strip()) for cell in cells]
    known = table.by_name
    unknown = ((c, f"no such column; {meant(c, known)}") for c in found if c and c not in known)
    twice = ((c, "stands twice in the header; keep one") for c in dict.fromkeys(found) if c and found.count(c) > 1)
    lacking = (
        (c.name, "no such column in the file; add it") for c in known.values() if c.needed and c.name not in found
    )
    notes.faults.extend(Fault(name, 1, column, what) for column, what in chain(unknown, twice, lacking))
    return [c if c in known else "" for c in found]
