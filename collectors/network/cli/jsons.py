"""Reads JSON answers: a thin layer that says ``NotUnderstood`` instead of whatever a wrong shape would raise."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from driftline.collectors.network.cli.asking import Reader
from driftline.collectors.network.cli.rows import NotUnderstood, Row
from driftline.collectors.network.cli.texts import refused

Json = Any
"""What json.loads gives."""

MAX_DEPTH = 100


def by_json(make: Callable[[Json], Iterable[Row]]) -> Reader:
    """A reader: the parsed answer made into rows. A value of another shape than expected is ``NotUnderstood``."""

    def read(text: str) -> tuple[Row, ...]:
        if refused(text):
            raise NotUnderstood("the device refused the command")
        try:
            return tuple(make(_loaded(text)))
        except (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError) as error:
            raise NotUnderstood(f"not the JSON that was expected ({type(error).__name__})") from None

    return read


def _loaded(text: str) -> Json:
    start = min((place for place in (text.find("{"), text.find("[")) if place >= 0), default=-1)
    if start < 0:
        raise NotUnderstood("no JSON")
    value, _ = json.JSONDecoder().raw_decode(text[start:])
    return value


def listed(value: Json) -> list[Json]:
    """A list, and nothing else.

    Raises:
        TypeError: anything else.
    """
    if not isinstance(value, list):
        raise TypeError
    return value


def said(value: Json) -> str | None:
    """A text, None for an empty one and for anything that is no text."""
    return value.strip() or None if isinstance(value, str) else None


def whole(value: Json) -> int | None:
    """A number, None for anything that is none."""
    if isinstance(value, bool):
        return None
    return value if isinstance(value, int) else int(value) if isinstance(value, str) and value.isdecimal() else None


def junos(value: Json, *path: str) -> str | None:
    """A text of Junos, which wraps each as ``[{"data": "…"}]``; None where it is not there."""
    for name in path:
        found = value.get(name) if isinstance(value, dict) else None
        value = found[0] if isinstance(found, list) and found else found
    return said(value.get("data")) if isinstance(value, dict) else None


def junos_all(value: Json, *path: str) -> Iterator[Json]:
    """All elements at a path of Junos, whose every level is a list."""
    if not path:
        yield value
        return
    found = value.get(path[0], [])
    for one in found if isinstance(found, list) else [found]:
        yield from junos_all(one, *path[1:])
