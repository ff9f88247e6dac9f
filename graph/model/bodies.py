"""Records as plain JSON and back, driven by their declared types."""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
from typing import Any, TypeVar, get_type_hints

from driftline.graph.model.declare import Record

AnyRecord = TypeVar("AnyRecord", bound=Record)


def body(record: object) -> dict[str, Any]:
    """The record as JSON values; what was not said (``None``, an empty tuple) is left out."""
    kind: Any = type(record)
    named = ((name, getattr(record, name)) for name in _types(kind))
    return {name: _plain(value) for name, value in named if value is not None and value != ()}


def record_of(kind: type[AnyRecord], said: Mapping[str, Any]) -> AnyRecord:
    """The record of a body. Unknown names are an error: a newer program wrote them."""
    return typing.cast("AnyRecord", _nested(kind, said))


@cache
def _types(kind: Any) -> dict[str, Any]:  # noqa: ANN401 -- any declared class
    hints = get_type_hints(kind)
    return {f.name: hints[f.name] for f in fields(kind)}


def _nested(kind: Any, said: Mapping[str, Any]) -> Any:  # noqa: ANN401 -- any declared class
    hints = _types(kind)
    return kind(**{name: _typed(hints[name], value) for name, value in said.items()})


def _plain(value: Any) -> Any:  # noqa: ANN401 -- any JSON value
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    if is_dataclass(value):
        return body(value)
    return value


def _typed(hint: Any, value: Any) -> Any:  # noqa: ANN401 -- any annotation, any JSON value
    if value is None:
        return None
    origin = typing.get_origin(hint)
    if origin is types.UnionType or origin is typing.Union:
        return _typed(next(part for part in typing.get_args(hint) if part is not types.NoneType), value)
    if origin is tuple:
        part = typing.get_args(hint)[0]
        return tuple(_typed(part, one) for one in value)
    if isinstance(hint, type) and issubclass(hint, StrEnum):
        return hint(value)
    if is_dataclass(hint):
        return _nested(hint, value)
    return value
