"""Every fault that the design names dies by a law of judging, and not only by a table of examples."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.diff.mutants.mutations import MUTATIONS

HUNT = Path(__file__).with_name("hunt.py")
AT_ONCE = 2


def hunted(number: int) -> str:
    """The law that finds a fault; what went wrong, if the hunt itself broke."""
    command = [sys.executable, str(HUNT), str(number)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)  # noqa: S603 -- our own
    assert done.returncode == 0, f"{MUTATIONS[number].fault}: {done.stderr[-300:]}"
    return done.stdout.strip()


@pytest.fixture(scope="module")
def hunts() -> Iterator[list[Future[str]]]:
    """All hunts, two at a time."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield [pool.submit(hunted, number) for number in range(len(MUTATIONS))]


@pytest.mark.parametrize("number", range(len(MUTATIONS)), ids=[one.fault for one in MUTATIONS])
def test_a_law_finds_the_fault(number: int, hunts: list[Future[str]]) -> None:
    """A mutant that lives shows a law that holds in vain."""
    law = hunts[number].result()
    print(f"{MUTATIONS[number].fault} -> {law}")  # noqa: T201 -- the list of who found what is wanted
    assert law, f"no law finds: {MUTATIONS[number].fault}"
