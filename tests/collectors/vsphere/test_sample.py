"""The configuration that a user copies."""

from __future__ import annotations

from pathlib import Path

from driftline.collectors import COLLECTORS
from driftline.config import Settings


def test_the_sample_is_a_configuration_that_loads() -> None:
    """It names this collector, and the program accepts it as it stands."""
    file = Path(__file__).parents[3] / "collectors" / "vsphere" / "sample.yaml"
    settings = Settings.load(file, {}, collectors=COLLECTORS)
    assert [target.collector for target in settings.targets] == ["vsphere"]
