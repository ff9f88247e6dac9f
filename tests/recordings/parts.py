"""Parts of an observation as plain values, one line of YAML each, and items back."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from driftline.graph.model.declare import Item, Ref
from driftline.graph.model.kinds import KINDS
from driftline.graph.model.observed import Part

KIND = {kind.kind: kind for kind in KINDS}


def plain(part: Part) -> dict[str, Any]:
    """A part under the name of its type; what is not said is left out."""
    said = {one.name: _plain(getattr(part, one.name)) for one in fields(part)}
    return {"part": type(part).__name__, **{name: value for name, value in said.items() if value is not None}}


def item(said: dict[str, Any]) -> Item:
    """The item of its plain values."""
    kind = KIND[said["part"]]
    types = {one.name: one.type for one in kind.attributes}
    return kind(**{name: _typed(types.get(name), value) for name, value in said.items() if name != "part"})


def write(file: Path, parts: list[dict[str, Any]]) -> None:
    """One part a line, sorted, in the JSON that is YAML too."""
    lines = sorted(f"- {json.dumps(part, ensure_ascii=False)}\n" for part in parts)
    file.write_text("".join(lines), "utf-8")


def read(file: Path) -> Any:  # noqa: ANN401 -- whatever the file says
    """A YAML file."""
    return YAML(typ="safe").load(file.read_text("utf-8"))


def _plain(value: Any) -> Any:  # noqa: ANN401 -- any field of a part
    if isinstance(value, Ref):
        return {"ref": [value.kind, value.key, *value.values], **({"of": _plain(value.owner)} if value.owner else {})}
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if is_dataclass(value):
        return {one.name: _plain(getattr(value, one.name)) for one in fields(value)}
    return value


def _typed(kind: type | None, value: Any) -> Any:  # noqa: ANN401 -- any field of an item
    if isinstance(value, dict):
        name, key, *values = value["ref"]
        return Ref(name, key, tuple(values), _typed(None, value["of"]) if "of" in value else None)
    if isinstance(value, list):
        return tuple(_typed(None, one) for one in value)
    if kind is datetime:
        return datetime.fromisoformat(value)
    return kind(value) if kind and issubclass(kind, StrEnum) else value
