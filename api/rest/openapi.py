"""The description of the API as it is committed, and what a newer one takes away from clients."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from driftline.api.rest.app import create_app
from driftline.api.site import Site
from driftline.config import Settings


def text() -> str:
    """The description as a file: it depends on nothing but the program."""
    document = create_app(Site(Settings(), {}, actor="nobody")).openapi()
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def narrowed(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """What the old description promises and the new one does not: paths, query keys, fields of answers."""
    return sorted(set(_promises(old)) - set(_promises(new)) - set(_of_lost_paths(old, new)))


def _promises(document: dict[str, Any]) -> Iterator[str]:
    for path, operations in document["paths"].items():
        yield f"path {path}"
        yield from (f"key {path} {one['name']}" for one in operations["get"].get("parameters", ()))
    for name, schema in document["components"]["schemas"].items():
        yield from (f"field {name}.{field}" for field in schema.get("properties", ()))


def _of_lost_paths(old: dict[str, Any], new: dict[str, Any]) -> Iterator[str]:
    """Keys of a path that is gone as a whole: the path says it."""
    for path in old["paths"].keys() - new["paths"].keys():
        yield from (f"key {path} {one['name']}" for one in old["paths"][path]["get"].get("parameters", ()))
