"""Recordings of others: read in place, they lie beside the checkout and are no part of it."""

from pathlib import Path
from typing import NoReturn

import pytest

DATA = Path(__file__).parents[2] / "shared" / "data"
ABSENT = "recorded data absent"
"""How the reason of a skip begins that is allowed everywhere, also where CI is true."""


def absent(place: Path) -> NoReturn:
    """Skip the test, and say what is missing."""
    pytest.skip(f"{ABSENT}: {place}")


def folder(name: str) -> Path:
    """A folder of recordings, or a skipped test."""
    found = DATA / name
    return found if found.is_dir() else absent(found)
