"""Tables and scalars of MIB modules as data: numbers, names, kinds and indexes, without any MIB code at run time.

The files beside this module are made by ``tools/mib_tables.py``, or written by hand where it says so in ``origin``.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from driftline.collectors.network.snmp import ber
from driftline.collectors.network.snmp.peer import TableSpec


class Kind(StrEnum):
    """What the value of a column or scalar means."""

    INT = "int"
    ENUM = "enum"
    BITS = "bits"
    OCTETS = "octets"
    TEXT = "text"
    MAC = "mac"
    OID = "oid"
    IPV4 = "ipv4"
    INET = "inet"
    TICKS = "ticks"
    TIMESTAMP = "timestamp"
    DATEANDTIME = "dateandtime"
    TRUTH = "truth"
    PORTLIST = "portlist"
    COUNTER = "counter"


@dataclass(frozen=True, slots=True)
class Column:
    """A column, or a scalar. ``labels`` are the names of the numbers of an ``enum`` and of the bits of ``bits``."""

    name: str
    kind: Kind
    labels: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of an index: ``int``, ``fixed`` so many ``octets``, or ``octets`` and ``oid`` of any length.

    The last two tell their length first, unless they are ``implied`` and take what is left.
    """

    name: str
    form: str
    octets: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a module."""

    name: str
    entry: bytes
    index: Sequence[Part]
    columns: Mapping[int, Column]

    @property
    def spec(self) -> TableSpec:
        """What a peer needs to read it."""
        return TableSpec(self.name, self.entry, sorted(self.columns))

    def split(self, index: tuple[int, ...]) -> dict[str, int | bytes | tuple[int, ...]] | None:
        """The values of an index by name; None if it does not fit, as of devices that leave parts out."""
        found: dict[str, int | bytes | tuple[int, ...]] = {}
        rest = index
        for part in self.index:
            size, rest = _size(part, rest)
            if size > len(rest):
                return None
            taken, rest = rest[:size], rest[size:]
            try:
                found[part.name] = _index_value(part, taken)
            except ValueError:
                return None
        return None if rest else found


@dataclass(frozen=True, slots=True)
class Scalar:
    """An object that there is once; ``oid`` ends with its zero."""

    oid: bytes
    meaning: Column


@dataclass(frozen=True, slots=True)
class Module:
    """A module: what of it is read. ``origin`` is pysmi, or "by hand"."""

    name: str
    revision: str
    origin: str
    tables: Mapping[str, Table]
    scalars: Mapping[str, Scalar]


def module_names() -> list[str]:
    """Every module there is data of, sorted."""
    return sorted(one.name.removesuffix(".json") for one in _folder().iterdir() if one.name.endswith(".json"))


def load(name: str) -> Module:
    """Read the data of a module."""
    data = json.loads((_folder() / f"{name}.json").read_text(encoding="utf-8"))
    tables = {
        label: Table(
            label,
            ber.from_dotted(table["entry"]),
            tuple(Part(**part) for part in table["index"]),
            {int(number): _column(one["name"], one) for number, one in table["columns"].items()},
        )
        for label, table in data["tables"].items()
    }
    scalars = {
        label: Scalar(ber.from_dotted(one["oid"]), _column(label, one)) for label, one in data["scalars"].items()
    }
    return Module(data["module"], data["revision"], data["origin"], tables, scalars)


def _folder() -> Traversable:
    return files("driftline.collectors.network.snmp") / "mibs"


def _column(name: str, data: Mapping[str, Any]) -> Column:
    labels = {int(number): label for number, label in data.get("labels", {}).items()}
    return Column(name, Kind(data["kind"]), labels)


def _size(part: Part, rest: tuple[int, ...]) -> tuple[int, tuple[int, ...]]:
    """How many numbers a part takes, and the index from its first one on."""
    if part.form == "int":
        return 1, rest
    if part.form == "fixed":
        return part.octets, rest
    if part.form.startswith("implied"):
        return len(rest), rest
    return (rest[0], rest[1:]) if rest else (1, rest)


def _index_value(part: Part, taken: tuple[int, ...]) -> int | bytes | tuple[int, ...]:
    if part.form == "int":
        return taken[0]
    return taken if part.form.endswith("oid") else bytes(taken)
