"""Run the laws of judging against one fault: ``python hunt.py NUMBER`` prints the law that finds it, or nothing.

The faulty module is loaded in place of the real one, in this process only; nothing is written. All laws that take
nothing but a case are asked of each case in turn, so that cases are drawn once.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from collections.abc import Callable, Sequence
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import UnsatisfiedAssumption
from typing_extensions import override

ROOT = Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT))

EXAMPLES = 2000
LAWS = ("tests.diff.properties.test_proof", "tests.diff.properties.test_world_of_requests")
COUNTING = "test_the_cases_reach_every_verdict_often_enough"

Law = Callable[..., Any]


class Found(Exception):
    """A law does not hold; its name."""


class Faulty(SourceFileLoader):
    """Loads a module with one edit in it, from source."""

    edit: tuple[str, str]

    @override
    def get_data(self, path: str) -> bytes:
        """The source with the edit; anything else (a cached compilation) is not there."""
        if not path.endswith(".py"):
            raise OSError(path)
        text = super().get_data(path).decode()
        old, new = self.edit
        if text.count(old) != 1:
            raise SystemExit(f"{path}: this must stand there once, not {text.count(old)} times: {old!r}")
        return text.replace(old, new).encode()


class Finder:
    """Finds one module in its faulty form, and leaves all others alone."""

    def __init__(self, module: str, edit: tuple[str, str]) -> None:
        self.module, self.edit = module, edit

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The specification of the faulty module."""
        if fullname != self.module:
            return None
        spec = PathFinder.find_spec(fullname, path, target)
        if spec is None or spec.origin is None:
            raise SystemExit(f"no module {fullname}")
        spec.loader = Faulty(fullname, spec.origin)
        spec.loader.edit = self.edit
        return spec


def laws() -> dict[str, Law]:
    """The laws by name, the strongest first."""
    modules = [importlib.import_module(name) for name in LAWS]
    found = ((name, one) for module in modules for name, one in vars(module).items())
    return {name: one for name, one in found if name.startswith("test_") and name != COUNTING}


def hunt() -> None:
    """Ask every law.

    Raises:
        Found: the first law that does not hold.
    """
    cases = importlib.import_module("tests.diff.properties.cases")
    vars(cases).update(EXAMPLES=EXAMPLES // 10, PHASES=(Phase.generate,))
    all_laws = laws()
    bare = {name: law.hypothesis.inner_test for name, law in all_laws.items()}  # type: ignore[attr-defined]  # given's
    simple = {name: inner for name, inner in bare.items() if set(inspect.signature(inner).parameters) == {"case"}}

    @settings(
        max_examples=EXAMPLES,
        phases=(Phase.generate,),
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases.cases())
    def every_law(case: object) -> None:
        for name, law in simple.items():
            ask(name, law, case=case)

    every_law()
    for name, law in all_laws.items():
        if name not in simple:
            ask(name, law)


def ask(name: str, law: Law, **case: object) -> None:
    """Ask one law."""
    try:
        law(**case)
    except UnsatisfiedAssumption:
        return
    except Exception as error:
        raise Found(name) from error


def main(number: int) -> str:
    """Name of the law that finds a fault; empty if none does."""
    mutation = importlib.import_module("tests.diff.mutants.mutations").MUTATIONS[number]
    finder: Any = Finder(f"driftline.diff.{mutation.module}", (mutation.old, mutation.new))
    sys.meta_path.insert(0, finder)
    try:
        hunt()
    except Found as found:
        return str(found)
    return ""


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    print(main(int(sys.argv[1])))  # noqa: T201 -- read by the test that starts this
