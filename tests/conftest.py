"""Fixtures of the whole suite, and its one rule: where CI is true nothing is skipped in silence."""

import os
from collections.abc import Generator

import pytest

from tests.lab.fixtures import honest, lab_network, neo4j_server, vcsim, vcsim_factory
from tests.recorded import ABSENT

__all__ = ["honest", "lab_network", "neo4j_server", "vcsim", "vcsim_factory"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--accept``: write the goldens of the recordings again, for a person to review."""
    parser.addoption("--accept", action="store_true", help="rewrite goldens; never where CI=true")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Fail what was skipped on a machine that has to have everything."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI") == "true":  # noqa: TID251 -- no product setting
        why = report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else report.longrepr
        if not str(why).startswith(ABSENT):
            report.outcome, report.longrepr = "failed", f"skipped where CI=true: {why}"
    return report
