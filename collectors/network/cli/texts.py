"""Reads text answers by the TextFSM templates of ntc-templates, each by its file name; no index is needed.

A template that meets a line it does not know, or that finds nothing at all, says ``NotUnderstood``: then nothing was
read, which is not the same as that nothing is there.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import textfsm

from driftline.collectors.network.cli.asking import Reader
from driftline.collectors.network.cli.rows import NotUnderstood, Row

Cells = Mapping[str, Any]
"""One row of a template: names in lower case, texts or lists of texts; empty is empty, not None."""

_REFUSALS = re.compile(
    r"\A\s*(?:%|\^|error: |syntax error|unknown command|invalid (?:input|syntax|command)|.{0,80}: command not found"
    r"|permission denied|.{0,80}not authorized)",
    re.IGNORECASE,
)


@cache
def _template(name: str) -> str:
    return files("ntc_templates").joinpath("templates", f"{name}.textfsm").read_text("utf-8")


def parse(template: str, text: str) -> list[dict[str, Any]]:
    """Rows of a text by a template such as ``cisco_ios_show_version``.

    Raises:
        NotUnderstood: a line is none of the template's.
    """
    machine = textfsm.TextFSM(io.StringIO(_template(template)))
    try:
        rows = machine.ParseText(text)
    except textfsm.TextFSMError:
        raise NotUnderstood(f"a line that {template} does not know") from None
    names = [name.lower() for name in machine.header]
    return [dict(zip(names, row, strict=True)) for row in rows]


def refused(text: str) -> bool:
    """Whether the device said that it does not know the command, or that it may not be asked."""
    return bool(_REFUSALS.match(text))


def by_template(template: str, make: Callable[[Cells], Sequence[Row]], nothing: str = "") -> Reader:
    """A reader: each row of the template made into rows of ours. ``nothing`` is how the device says there is none."""

    def read(text: str) -> tuple[Row, ...]:
        if refused(text):
            raise NotUnderstood("the device refused the command")
        if nothing and re.search(nothing, text):
            return ()
        rows = parse(template, text)
        if not rows:
            raise NotUnderstood("no line was understood")
        return tuple(made for cells in rows for made in make(cells))

    return read


def first(value: Any) -> str | None:  # noqa: ANN401  # a cell is a text or a list of them
    """A cell as one text, None for an empty one."""
    text = value[0] if isinstance(value, list) and value else value
    return text.strip() or None if isinstance(text, str) else None


def each(value: Any) -> list[str]:  # noqa: ANN401  # a cell is a text or a list of them
    """A cell as texts, without empty ones."""
    texts = value if isinstance(value, list) else [value]
    return [text.strip() for text in texts if isinstance(text, str) and text.strip()]


def number(value: Any) -> int | None:  # noqa: ANN401  # a cell is a text or a list of them
    """A cell as a number, None where it is none."""
    text = first(value) or ""
    return int(text) if text.isdecimal() else None
