"""What the first visit of a module's simulator saw, before anything was changed."""

from __future__ import annotations

import pytest

from driftline.collectors.visit import Visited
from driftline.graph.model.observed import Observation
from tests.collectors.vsphere.reader import go, observed, target
from tests.lab.fixtures import Vcsim


@pytest.fixture(scope="module")
def first(vcsim: Vcsim) -> Visited:
    """The first visit."""
    return go(target(vcsim))


@pytest.fixture(scope="module")
def seen(first: Visited) -> Observation:
    """What it observed."""
    return observed(first.capture)
