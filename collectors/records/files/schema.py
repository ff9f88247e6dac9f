"""JSON Schema of the documents, made from the same tables as the reader. The shipped files are a stable contract."""

from __future__ import annotations

from typing import Any

from driftline.collectors.records.files.columns import Column, Form, Table
from driftline.collectors.records.files.document import VERSION
from driftline.collectors.records.files.people_tables import PEOPLE_TABLES
from driftline.collectors.records.files.rfc_tables import HEADS, RFC_TABLES

TEXTS: dict[str, Any] = {"type": "array", "items": {"type": "string"}}
FORMS: dict[Form, dict[str, Any]] = {
    Form.FLAG: {"type": "boolean"},
    Form.COUNT: {"type": "integer", "minimum": 1, "maximum": 999_999_999},
    Form.TEXTS: TEXTS,
    Form.PERSONS: TEXTS,
    Form.VALUE: {"anyOf": [{"type": ["string", "number", "boolean"]}, TEXTS]},
}


def rfc_schema() -> dict[str, Any]:
    """Schema of a document of change requests, ``rfc.schema.json``."""
    return _document("Change requests", RFC_TABLES)


def people_schema() -> dict[str, Any]:
    """Schema of a document of people and services, ``people.schema.json``."""
    return _document("People and services", PEOPLE_TABLES)


def _document(title: str, tables: tuple[Table, ...]) -> dict[str, Any]:
    heads = {column.name: _column(column) for column in HEADS}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "type": "object",
        "additionalProperties": False,
        "required": ["version"],
        "properties": {"version": {"const": VERSION}, **heads, **{table.name: _table(table) for table in tables}},
    }


def _table(table: Table) -> dict[str, Any]:
    columns = {column.name: _column(column) for column in table.columns}
    needed = [column.name for column in table.columns if column.needed]
    one: dict[str, Any] = {"type": "object", "additionalProperties": False}
    one |= {"required": needed} if needed else {}
    one |= {"properties": {**columns, **{part.name: _table(part) for part in table.parts}}}
    return {"type": "array", "description": table.says, "items": one}


def _column(column: Column) -> dict[str, Any]:
    said = {"description": column.says, **FORMS.get(column.form, {"type": "string"})}
    if column.choices:
        said["enum"] = list(column.choices) if column.needed else ["", *column.choices]
    elif column.needed and said["type"] == "string":
        said["pattern"] = r"\S"
    return said
