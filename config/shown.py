"""Shows settings: every value with its origin (``config show``), and the commented example (``config example``)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from driftline.config.problems import Path as Way
from driftline.config.problems import dotted
from driftline.config.settings import Settings
from driftline.config.yaml_reader import read_yaml

_HEAD = """\
# driftline.yaml. A line "#key: value" is a default: take the "#" away and change it; "# key: value" is an example.
# Durations need units (90s 15m 4h 30d). Passwords are references: env:NAME file:/path cred:NAME."""


@dataclass(frozen=True, slots=True)
class Shown:
    """One setting as a person sees it; a secret is its reference."""

    path: str
    value: str
    origin: str


def show(settings: Settings) -> tuple[Shown, ...]:
    """Every value of the settings and where it comes from: ``default``, ``file:line`` or ``env NAME``."""
    leaves = _leaves((), settings.model_dump(mode="json"))
    return tuple(Shown(dotted(path), flow(value), settings.origin(path)) for path, value in leaves)


def example() -> str:
    """A configuration file in which every default stands as a comment, with examples where there is no default."""
    parts = [_HEAD]
    for name, field in Settings.model_fields.items():
        parts += ["", f"# {field.description}", *_setting(name, field)]
    return "\n".join(parts) + "\n"


def flow(value: object) -> str:
    """A value as YAML on one line; text that YAML would take for something else is quoted."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(key)}: {flow(inner)}" for key, inner in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(flow(inner) for inner in value) + "]"
    if isinstance(value, str):
        return value if _is_plain(value) else json.dumps(value, ensure_ascii=False)
    return json.dumps(value)


def _is_plain(text: str) -> bool:
    safe = text.replace("-", "").replace("_", "").replace("/", "").replace(".", "").replace("@", "").isalnum()
    return safe and text.isascii() and text[0].isalnum() and read_yaml(f"a: {text}", "").root.plain() == {"a": text}


def _leaves(path: Way, value: object) -> Iterator[tuple[Way, object]]:
    """Values that hold no further settings; an empty mapping or list, and a list of plain values, are leaves."""
    if isinstance(value, Mapping) and value:
        for key, inner in value.items():
            yield from _leaves((*path, key), inner)
    elif isinstance(value, list) and any(isinstance(inner, Mapping) for inner in value):
        for n, inner in enumerate(value):
            yield from _leaves((*path, n), inner)
    else:
        yield path, value


def _setting(name: str, field: FieldInfo) -> Iterator[str]:
    default = field.default
    if name == "version":
        yield f"version: {default}"
    elif isinstance(default, BaseModel):
        yield f"#{name}:"
        values = default.model_dump(mode="json")
        width = max(len(f"{key}: {flow(value)}") for key, value in values.items())
        for key, inner in type(default).model_fields.items():
            yield f"#  {f'{key}: {flow(values[key])}':{width}}  # {inner.description}"
    else:
        yield f"#{name}: {flow(to_jsonable_python(default))}"
    for given in field.examples or ():
        yield f"# {name}: {flow(given)}"
