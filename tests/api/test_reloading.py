"""What a configuration that was read again changes, and what it cannot."""

from __future__ import annotations

import json
import logging
from pathlib import Path

import pytest

from driftline.api.reloading import reloaded
from driftline.api.site import Site
from driftline.config import Settings


def given(folder: Path, **said: object) -> Settings:
    """The configuration of a folder."""
    file = folder / "driftline.yaml"
    file.write_text(json.dumps({"version": 1, **said}))
    return Settings.load(file, {})


def test_what_holds_for_the_whole_process_is_left_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A store cannot be changed under a running service; the rest of the file is taken over."""
    caplog.set_level(logging.INFO)
    site = Site(given(tmp_path, store={"path": "a.db"}, zone="Europe/Berlin"), {})
    said = given(tmp_path, store={"path": "b.db"}, zone="UTC")

    assert reloaded(site, lambda: said)
    assert (site.settings.store, site.zone) == (given(tmp_path, store={"path": "a.db"}).store, "UTC")
    assert "configuration: store changed; it holds from the next start on" in caplog.messages
    assert "configuration: zone changed" in caplog.messages


def test_a_policy_is_taken_over_whole_or_not_at_all(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A broken policy file leaves settings and policy as they were; a good one is in force from then on."""
    file = tmp_path / "policy.yaml"
    file.write_text('version: "1"\n')
    site = Site(given(tmp_path, policy="policy.yaml"), {})
    before = site.policy
    file.write_text('version: "2"\nwho_by_criticality: {crown-jewel: deny}\n')

    assert not reloaded(site, lambda: given(tmp_path, policy="policy.yaml", zone="UTC"))
    assert (site.policy, site.settings.zone) == (before, None)
    assert any("crown-jewel" in text for text in caplog.messages)

    file.write_text('version: "2"\nlinger: 1h\n')
    assert reloaded(site, lambda: given(tmp_path, policy="policy.yaml", zone="UTC"))
    assert (site.policy.linger_ms, site.settings.zone) == (3_600_000, "UTC")
