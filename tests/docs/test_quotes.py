"""What README and documentation quote is what the program says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from driftline.config import Settings
from tests.api.demo.conftest import Demo, demo
from tests.api.program import Program
from tests.docs.picture import PICTURE, drawn, words

__all__ = ["demo"]

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("README.md", *(f"docs/how-{name}.md" for name in ("a-visit-flows", "identity-works", "a-verdict-is-reached")))
QUOTED = re.compile(r"^```text\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINKED = re.compile(r"\]\(([^)#]+)(?:#[^)]*)?\)")


def quotes(page: str) -> Iterator[tuple[str, str]]:
    """Each quoted line with the command that prints it; without one it is the demo's own."""
    for block in QUOTED.findall((ROOT / page).read_text()):
        command = ""
        for line in filter(str.strip, block.splitlines()):
            if line.startswith("$ driftline "):
                command = line.removeprefix("$ driftline ")
            else:
                yield command, line


@pytest.fixture(scope="module")
def answers() -> dict[str, str]:
    """What commands said so far."""
    return {}


@pytest.mark.parametrize("page", PAGES)
def test_every_quoted_line_is_printed(demo: Demo, answers: dict[str, str], page: str) -> None:
    """Each line of a quotation stands in the output of the demo, or of the command above it."""
    found = list(quotes(page))
    assert found
    for command, line in found:
        assert line in answer(demo, answers, command), f"{page}: driftline {command or 'demo'} does not say: {line}"


@pytest.mark.parametrize("page", [*PAGES, "docs/index.md"])
def test_every_link_leads_somewhere(page: str) -> None:
    """Links between pages, pictures and folders exist."""
    path = ROOT / page
    linked = [target for target in LINKED.findall(path.read_text()) if "://" not in target]
    assert linked or page.startswith("docs/how-")
    assert [target for target in linked if not (path.parent / target).exists()] == []


@pytest.mark.parametrize("page", [*PAGES, "docs/index.md"])
def test_an_explanation_is_one_page(page: str) -> None:
    """At most 110 lines, quotations included; prose is no wider than code."""
    text = (ROOT / page).read_text()
    prose = [line for line in QUOTED.sub("", text).splitlines() if not line.startswith("|")]
    assert len(text.splitlines()) <= 110
    assert max(map(len, prose)) <= 128


def test_the_readme_names_the_two_commands() -> None:
    """``make demo`` and ``make test`` on the first screen."""
    first = (ROOT / "README.md").read_text().splitlines()[:20]
    assert any("make demo" in line for line in first)
    assert any("make test" in line for line in first)


def test_the_configuration_of_the_readme_is_valid(tmp_path: Path) -> None:
    """It loads as it stands."""
    (block,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    (tmp_path / "driftline.yaml").write_text(re.sub(r"^   ", "", block, flags=re.MULTILINE))
    settings = Settings.load(tmp_path / "driftline.yaml", {}, collectors=["vsphere"])
    assert [target.name for target in settings.targets] == ["vcenter-ber1"]


def test_the_picture_shows_what_the_demo_prints() -> None:
    """Drawn anew it has the same words: python -m tests.docs.picture makes it."""
    picture = PICTURE.read_text()
    ET.fromstring(picture)  # noqa: S314 -- our own file
    assert words(picture) == words(drawn())
    assert "http" not in picture.replace("http://www.w3.org/2000/svg", "").replace("https://www.textualize.io", "")


def answer(demo: Demo, answers: dict[str, str], command: str) -> str:
    """What the demo or a command on its store says, on both streams."""
    if not command:
        return demo.said.stdout
    if command not in answers:
        said = Program(demo.home)("--config", "driftline-demo/driftline.yaml", *command.split())
        assert said.returncode == 0, said.stderr
        answers[command] = said.stdout + said.stderr
    return answers[command]
