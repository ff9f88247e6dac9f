"""How a table of a file is declared: once, and headers, reader, JSON Schema and documentation all follow it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Form(StrEnum):
    """What a cell holds. In CSV everything is text; in JSON each form has its own type."""

    TEXT = "text"
    PERSON = "person"
    TIME = "time"
    FLAG = "flag"
    COUNT = "count"
    TEXTS = "texts"
    PERSONS = "persons"
    VALUE = "value"


LISTS = frozenset({Form.TEXTS, Form.PERSONS})


@dataclass(frozen=True, slots=True)
class Column:
    """One column. ``needed``: a row without it is an error. ``choices``: the only texts allowed."""

    name: str
    says: str
    form: Form = Form.TEXT
    needed: bool = False
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """One CSV file, or one list of objects in a document; ``parts`` are lists inside each of its objects.

    ``joins`` lead from a part to its whole; in a document the nesting says it.
    """

    name: str
    says: str
    columns: tuple[Column, ...]
    joins: tuple[Column, ...] = ()
    parts: tuple[Table, ...] = ()

    @property
    def by_name(self) -> dict[str, Column]:
        """All columns of the CSV file."""
        return {column.name: column for column in (*self.joins, *self.columns)}


def flat(tables: tuple[Table, ...]) -> dict[str, Table]:
    """Tables and their parts by name."""
    return {table.name: table for outer in tables for table in (outer, *outer.parts)}
