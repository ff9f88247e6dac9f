"""Checks a document against a model and words what is wrong, with the place of each fault.

Pydantic finds the faults; their texts are ours, because a person repairs a file, not a schema. No message quotes a
value of a secret field, and no exception of pydantic, which holds the values, is chained to ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path as FilePath
from types import UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from driftline.config.environment import Override
from driftline.config.problems import ConfigurationError, Path, Problem, dotted, nearest
from driftline.config.units import show_duration
from driftline.config.yaml_reader import Document, read_yaml


class Strict(BaseModel):
    """A frozen part of the configuration; an unknown key is an error."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        validate_default=True,
        revalidate_instances="always",  # a default that is a model holds paths, and they count from the file too
        hide_input_in_errors=True,
    )


Model = TypeVar("Model", bound=Strict)


def read_document(path: FilePath) -> Document:
    """Read a YAML file. Raises ConfigurationError, also when the file cannot be read."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        why = f"cannot be read: {error.strerror}"
    except UnicodeDecodeError as error:
        why = f"is not UTF-8 text (byte {error.start + 1})"
    else:
        return read_yaml(text, str(path))
    raise ConfigurationError([Problem(str(path), None, "", why)])


def check(
    kind: type[Model],
    given: Mapping[str, Any],
    document: Document,
    *,
    written: Mapping[Path, Override] | None = None,
    context: Mapping[str, object] | None = None,
) -> Model:
    """The model that ``given`` describes; faults stand in ``document``, or in the variable that ``written`` names.

    Raises:
        ConfigurationError: all faults at once.
    """
    try:
        return kind.model_validate(given, context=dict(context or {}))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_input=False)
    raise ConfigurationError(_problem(kind, fault, document, written or {}) for fault in faults)


def _problem(kind: type[Strict], fault: ErrorDetails, document: Document, written: Mapping[Path, Override]) -> Problem:
    parents, path = _walk(kind, fault["loc"])
    if fault["type"] == "union_tag_invalid":
        path = (*path, "kind")
    key = fault["type"] in _AT_KEY or fault["loc"][-1:] == ("[key]",)
    override = _blamed(path, document, written)
    if override:
        return Problem(override.variable, None, dotted(path), _message(fault, parents, path, override.text))
    node = document.find(path)
    if node and node.empty and not key:
        return document.problem(path, "is empty; give a value or delete the line")
    return document.problem(path, _message(fault, parents, path, node.text if node else ""), key=key)


def _blamed(path: Path, document: Document, written: Mapping[Path, Override]) -> Override | None:
    """The override that set a value, or that made the mapping in which something is wrong."""
    for way, override in written.items():
        if path[: len(way)] == way:
            return override
    around = path if len(path) == 1 else path[:-1]
    made = document.find(around) is None
    return next((override for way, override in written.items() if made and way[: len(around)] == around), None)


def _walk(kind: type[Strict], loc: Path) -> tuple[list[Any], Path]:
    """Types that the parent of a place may have, and the place without the tags that pydantic adds to it."""
    types: list[Any] = [kind]
    parents = types
    path: list[str | int] = []
    for part in loc:
        tagged = [one for one in types if _tag(one) == part]
        if tagged:
            types = tagged
        elif part != "[key]":
            parents, types = types, [inner for one in types for inner in _inside(one, part)]
            path.append(part)
    return parents, tuple(path)


def _inside(kind: Any, part: str | int) -> list[Any]:  # noqa: ANN401 -- annotations have no common type
    """What a type holds under a name or index, with optional, annotated and unions taken apart."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        field = kind.model_fields.get(str(part))
        return _alternatives(field.annotation) if field else []
    arguments = [one for one in get_args(kind) if one is not Ellipsis]
    return _alternatives(arguments[-1]) if arguments else []


def _alternatives(kind: Any) -> list[Any]:  # noqa: ANN401 -- annotations have no common type
    if get_origin(kind) is Annotated:
        return _alternatives(get_args(kind)[0])
    if get_origin(kind) in {Union, UnionType}:
        return [one for part in get_args(kind) for one in _alternatives(part)]
    return [kind]


def _tag(kind: Any) -> str | None:  # noqa: ANN401 -- annotations have no common type
    field = kind.model_fields.get("kind") if isinstance(kind, type) and issubclass(kind, BaseModel) else None
    return field.default if field else None


def _message(fault: ErrorDetails, parents: list[Any], path: Path, text: str) -> str:
    if fault["type"] == "extra_forbidden":
        models = [one for one in parents if isinstance(one, type) and issubclass(one, BaseModel)]
        return f"unknown key{nearest(str(path[-1]), [name for one in models for name in one.model_fields])}"
    word = _MESSAGES.get(fault["type"])
    return word(fault.get("ctx", {}), text) if word else fault["msg"]


def _number(_context: Mapping[str, Any], _text: str) -> str:
    return "a whole number expected"


def _text_expected(_context: Mapping[str, Any], text: str) -> str:
    return f'text expected; put it in quotes: "{text}"' if text else "text expected"


def _choice(context: Mapping[str, Any], text: str) -> str:
    """``"a", "b" expected`` from pydantic's ``'a', 'b'``."""
    expected = str(context.get("expected") or context.get("expected_tags")).replace("'", '"')
    return f"{expected} expected{nearest(text, expected.replace(chr(34), ' ').replace(',', ' ').split())}"


def _bound(context: Mapping[str, Any], name: str) -> str:
    bound = context[name]
    return show_duration(bound) if isinstance(bound, timedelta) else str(bound)


_AT_KEY = {"extra_forbidden", "missing"}
_MESSAGES: Mapping[str, Callable[[Mapping[str, Any], str], str]] = {
    "missing": lambda _context, _text: "is required",
    "value_error": lambda context, _text: str(context["error"]),
    "string_type": _text_expected,
    "string_too_short": lambda _context, _text: "must not be empty",
    "string_pattern_mismatch": lambda _context, _text: 'small letters, digits and ". _ -" expected',
    "literal_error": _choice,
    "union_tag_invalid": _choice,
    "union_tag_not_found": lambda _context, _text: 'settings as "key: value" expected',
    "model_type": lambda _context, _text: 'settings as "key: value" expected',
    "mapping_type": lambda _context, _text: 'settings as "key: value" expected',
    "tuple_type": lambda _context, _text: "a list expected",
    "path_type": lambda _context, _text: "a path expected",
    "int_type": _number,
    "int_parsing": _number,
    "int_from_float": _number,
    "greater_than_equal": lambda context, _text: f"at least {_bound(context, 'ge')} expected",
    "less_than_equal": lambda context, _text: f"at most {_bound(context, 'le')} expected",
}
