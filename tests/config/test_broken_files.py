"""Broken configuration files and the exact words that a person gets for each (``broken/*.yaml`` and ``*.txt``)."""

from __future__ import annotations

from pathlib import Path

import pytest

from driftline.config import ConfigurationError, Settings

BROKEN = Path(__file__).with_name("broken")
FILES = sorted(BROKEN.glob("*.yaml"))


def complaint(file: Path) -> str:
    """What a person reads."""
    with pytest.raises(ConfigurationError) as caught:
        Settings.load(file, {}, collectors=("vsphere", "network"))
    return str(caught.value).replace(f"{BROKEN}/", "") + "\n"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_broken_file_is_explained_word_for_word(file: Path) -> None:
    """Errors come all at once, each with file:line:column, path, hint, and the line with a caret."""
    assert complaint(file) == file.with_suffix(".txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_explanation_shows_a_secret(file: Path) -> None:
    """Errors never contain the value of a secret, nor does the line they show."""
    assert "CANARY" not in complaint(file)


def test_there_are_enough_broken_files() -> None:
    """At least 25 broken files, and some of them hold a secret."""
    assert len(FILES) >= 25
    assert len(FILES) == len(list(BROKEN.glob("*.txt")))
    assert sum(b"CANARY" in file.read_bytes() for file in FILES) >= 6


def test_the_caret_stands_under_the_fault() -> None:
    """The caret stands under the column that the place names."""
    line, caret = complaint(BROKEN / "unknown_collector.yaml").splitlines()[1:3]
    assert line[caret.index("^") :].startswith("vspere")
