"""What SNMP answers as the body of a reply: canonical JSON, so that equal answers are equal bytes, and back.

A number stands for itself, octets are hexadecimal digits, an object identifier is a list of numbers, and a value that
is none (NULL, no such object) is ``null``: the row is there and the cell is not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from driftline.collectors.network.snmp import Nothing, TableRead, VarBind, ber, read_value
from driftline.collectors.network.snmp import Value as AnyValue
from driftline.graph.model.values import canonical_json

Value = int | bytes | tuple[int, ...]
Index = tuple[int, ...]
EMPTY = (b'{"complete":true,"rows":{}', b'{"complete":false,"rows":{}')


class BadReply(ValueError):
    """A body is not what was written here: it was cut, or is of something else."""


@dataclass(frozen=True, slots=True)
class TableReply:
    """What was read of a table: cells by index and column number.

    A row, a cell or a column that is missing was not there only if ``complete``. ``unreadable`` are columns that were
    not read to their end, and why; ``why`` says in one line what is not complete, empty if nothing is.
    """

    rows: Mapping[Index, Mapping[int, Value]] = field(repr=False)
    complete: bool = True
    unreadable: Mapping[int, str] = field(default_factory=dict)
    skipped_suspected: bool = False
    why: str = ""

    def encode(self) -> bytes:
        """The body of the reply."""
        rows = {_dotted(index): {str(c): _plain(v) for c, v in row.items()} for index, row in self.rows.items()}
        said = {
            "rows": rows,
            "complete": self.complete,
            "unreadable": {str(column): why for column, why in self.unreadable.items()},
            "skipped": self.skipped_suspected,
            "why": self.why,
        }
        return canonical_json(said).encode()

    @classmethod
    def decode(cls, body: bytes) -> TableReply:
        """Read a body.

        Raises:
            BadReply: it is not whole, or no table.
        """
        try:
            said = json.loads(body)
            rows = {_index(name): _cells(cells) for name, cells in said["rows"].items()}
            unreadable = {int(column): str(why) for column, why in said["unreadable"].items()}
            return cls(rows, said["complete"] is True, unreadable, said["skipped"] is True, str(said["why"]))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadReply(f"no table: {error}") from error


def of_table(read: TableRead) -> bytes:
    """The body for a table as an engine read it."""
    rows: Mapping[Index, Any] = read.rows
    unreadable = {column: end.value for column, end in read.unreadable_columns.items()}
    whys = [walk.why or walk.end.value for walk in read.walks if not walk.complete]
    if read.skipped_rows_suspected:
        whys.append("the agent leaves out rows")
    return TableReply(
        rows, read.complete, unreadable, read.skipped_rows_suspected, "; ".join(sorted(set(whys)))
    ).encode()


def of_objects(found: Iterable[VarBind]) -> bytes:
    """The body for single objects; those that are not there are left out."""
    values = {ber.dotted(one.oid): read_value(one.tag, one.value) for one in found}
    return canonical_json({name: _plain(v) for name, v in values.items() if not isinstance(v, Nothing)}).encode()


def decode_objects(body: bytes) -> Mapping[str, Value]:
    """Single objects by their dotted name; one that is missing was not there.

    Raises:
        BadReply: the body is not whole, or of something else.
    """
    try:
        said = json.loads(body)
        return {name: _value(value) for name, value in said.items() if ber.from_dotted(name)}
    except (ValueError, TypeError, AttributeError) as error:
        raise BadReply(f"no objects: {error}") from error


def has_rows(body: bytes) -> bool:
    """Whether there is anything in the body of a table or of single objects, without reading all of it."""
    return body != b"{}" and not body.startswith(EMPTY)


def _plain(value: AnyValue) -> int | str | list[int] | None:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, tuple):
        return list(value)
    return None if isinstance(value, Nothing) else value


def _cells(cells: Mapping[str, Any]) -> dict[int, Value]:
    return {int(column): _value(value) for column, value in cells.items() if value is not None}


def _value(value: object) -> Value:
    if isinstance(value, str):
        return bytes.fromhex(value)
    if isinstance(value, list) and all(type(one) is int for one in value):
        return tuple(value)
    if type(value) is int:
        return value
    raise ValueError(f"no value of SNMP: {type(value).__name__}")


def _dotted(index: Index) -> str:
    return ".".join(map(str, index))


def _index(name: str) -> Index:
    return tuple(map(int, name.split("."))) if name else ()
