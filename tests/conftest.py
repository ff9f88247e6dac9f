"""Fixtures of the whole suite."""

from tests.lab.fixtures import neo4j_server, vcsim, vcsim_factory

__all__ = ["neo4j_server", "vcsim", "vcsim_factory"]
