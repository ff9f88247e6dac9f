"""The shipped table of words that sources use for states, types and decisions."""

from __future__ import annotations

from pathlib import Path

from driftline.collectors.records import files
from driftline.collectors.records.files import Words
from driftline.config.checking import read_document

SHIPPED = Path(str(files.__file__)).with_name("states.yaml")


def shipped_words() -> Words:
    """The words of every source that does not bring its own."""
    return Words.of(read_document(SHIPPED).root.plain())
