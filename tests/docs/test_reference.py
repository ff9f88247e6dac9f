"""Generated pages are checked, not trusted; words keep their rooms."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from driftline.api import reference
from driftline.api.cli import COMMANDS
from driftline.api.model import MODEL

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("collectors", "graph", "diff", "api", "config")
WORD = re.compile(r"\| (\w+) \| ([\w, ]+) \|")


def words() -> dict[str, frozenset[str]]:
    """Rooms of each word of the glossary."""
    lines = (ROOT / "docs/glossary.md").read_text("utf-8").splitlines()
    found = (match for line in lines if (match := WORD.match(line)) and match[1] != "word")
    return {match[1]: frozenset(match[2].split(", ")) for match in found}


def test_generated_pages_are_fresh() -> None:
    """Every generated page says what the program declares; rewrite: ``python -m driftline.api.reference``."""
    assert reference.stale() == []


def test_a_stale_page_is_named(tmp_path: Path) -> None:
    """The check names what is missing or different, and nothing else."""
    for path, text in reference.pages().items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text, "utf-8")
    assert reference.stale(tmp_path) == []
    (tmp_path / "docs/reference/links.md").write_text("old", "utf-8")
    (tmp_path / "docs/reference/cli.md").unlink()

    assert sorted(reference.stale(tmp_path)) == ["docs/reference/cli.md", "docs/reference/links.md"]


@pytest.mark.parametrize("page", ["fields", "links", "records", "cli", "api"])
def test_everything_declared_is_on_its_page(page: str) -> None:
    """Every kind, field, link, record and command has its heading or row."""
    text = reference.pages()[Path(f"docs/reference/{page}.md")]
    wanted = {
        "fields": [f"| {a.name} |" for kind in MODEL.items.values() for a in kind.attributes],
        "links": [f"| {type_} |" for type_ in MODEL.links],
        "records": [f"## {kind}" for kind in MODEL.records],
        "cli": [f"## driftline {name}\n" for name in COMMANDS if name in {"ci", "changes", "drift", "rfc", "impact"}],
        "api": [f"## GET /api/v1/{name}\n" for name in ("ci", "changes", "rfcs", "impact", "health/ready")],
    }

    assert [one for one in wanted[page] if one not in text] == []


def test_a_word_belongs_to_one_room() -> None:
    """No class takes a word of another room (style.md 1)."""
    owners = words()
    taken = [
        f"{file.relative_to(ROOT)}: {node.name} is a word of {' and '.join(sorted(owners[node.name]))}"
        for room in ROOMS
        for file in sorted((ROOT / room).rglob("*.py"))
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ClassDef) and room not in owners.get(node.name, ROOMS)
    ]

    assert taken == []


def test_every_word_of_the_glossary_is_in_use() -> None:
    """A word that no class bears is no word of ours; ``Key`` is a type of its own."""
    names = {
        node.name
        for room in ROOMS
        for file in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.ClassDef)
    }

    assert sorted(set(words()) - names) == ["Key"]
