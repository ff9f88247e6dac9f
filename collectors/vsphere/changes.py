"""Reads ``configChanges`` of an event: which paths it names, with old and new values.

One entry is ``path: old -> new;`` (modified) or ``path: value;`` (added, deleted). Values may be quoted text,
``<unset>``, ``(2000, 2001)``, nested ``(key = 2001, deviceInfo = (label = "Hard disk 2"))`` or a reference in single
quotes. A server may cut the text; what does not close is refused as a whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

KEYED = re.compile(r"\((\"[^\"]*\"|[^()]*)\)(?=\.|$)")  # device(4000). -> device[4000].
OPENING, CLOSING, QUOTES = "([{", ")]}", "\"'"


def split(text: str, mark: str, limit: int = 0) -> list[str]:
    """Parts of a text between marks that stand outside quotes and brackets; at most ``limit`` cuts if given.

    Raises:
        ValueError: a quote or a bracket does not close.
    """
    parts: list[str] = []
    start = 0
    for i in _plain_places(text):
        if i >= start and text.startswith(mark, i) and (not limit or len(parts) < limit):
            parts.append(text[start:i])
            start = i + len(mark)
    return [*parts, text[start:]]


def _plain_places(text: str) -> Iterator[int]:
    """Indexes outside quotes and brackets."""
    depth, quote, skip = 0, "", False
    for i, c in enumerate(text):
        if skip:
            skip = False
        elif quote:
            skip, quote = c == "\\", "" if c == quote else quote
        elif c in QUOTES:
            quote = c
        elif c in OPENING or c in CLOSING:
            depth += 1 if c in OPENING else -1
        elif depth == 0:
            yield i
    if quote or depth:
        raise ValueError(f"cut or unbalanced: {text[:60]}…")


def read_changes(text: str, *, paired: bool) -> Iterator[tuple[str, str | None, str]]:
    """Entries as (path, old, new) with brackets for keys; ``old`` is ``None`` where entries are not pairs.

    Raises:
        ValueError: the text is cut, or an entry is not of its form.
    """
    for entry in filter(None, map(str.strip, split(text, ";"))):
        path, value = split(entry, ": ", 1)
        old, new = split(value, " -> ", 1) if paired else (None, value)
        yield KEYED.sub(r"[\1]", path.strip()), old.strip() if old is not None else None, new.strip()
