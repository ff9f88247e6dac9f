"""Draws what ``driftline demo`` prints: ``python -m tests.docs.picture`` writes ``docs/images/demo.svg``."""

from __future__ import annotations

import re
import tempfile
from html import unescape
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI

from driftline.api.demo.folder import prepared, site_in
from driftline.api.demo.telling import story
from driftline.api.demo.week import Player

PICTURE = Path(__file__).resolve().parents[2] / "docs" / "images" / "demo.svg"
WIDTH = 118
FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
"""A picture loads nothing from elsewhere; the reader's own fixed font will do."""


def drawn() -> str:
    """The picture of a real run, in a folder of its own."""
    console = Console(record=True, force_terminal=True, width=WIDTH, file=StringIO(), highlight=False)
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "driftline-demo"
        prepared(home)
        story(console, Player(site_in(home), home), lambda: None)
    picture = console.export_svg(title="make demo", theme=MONOKAI, unique_id="demo")
    return FONTS.sub("", picture)


def words(picture: str) -> list[str]:
    """All words of a picture, in order."""
    return " ".join(unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", picture)).split()


if __name__ == "__main__":
    PICTURE.parent.mkdir(exist_ok=True)
    PICTURE.write_text(drawn())
