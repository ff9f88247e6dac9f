"""Fixtures of the whole suite."""

import pytest

from tests.lab.fixtures import honest, lab_network, neo4j_server, vcsim, vcsim_factory

__all__ = ["honest", "lab_network", "neo4j_server", "vcsim", "vcsim_factory"]


def pytest_addoption(parser: pytest.Parser) -> None:
    """``--accept``: write the goldens of the recordings again, for a person to review."""
    parser.addoption("--accept", action="store_true", help="rewrite goldens; never where CI=true")
