"""The systemd unit that ships."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[2] / "deploy" / "driftline.service"
BARS = (
    "NoNewPrivileges ProtectSystem=strict ProtectHome PrivateTmp PrivateDevices ProtectKernelTunables "
    "ProtectKernelModules ProtectControlGroups ProtectProc=invisible RestrictSUIDSGID RestrictNamespaces "
    "RestrictRealtime LockPersonality MemoryDenyWriteExecute SystemCallArchitectures=native "
    "SystemCallFilter=@system-service RestrictAddressFamilies=AF_INET|AF_INET6|AF_UNIX CapabilityBoundingSet= "
    "UMask=0077"
)
"""Control S4 of the security design."""


def test_the_unit_bars_what_the_service_does_not_need() -> None:
    """Every bar of the design is in it, and a reload is the signal that the service takes for one."""
    lines = UNIT.read_text().splitlines()

    for bar in BARS.split():
        name, _, value = bar.partition("=")
        wanted = f"{name}={value.replace('|', ' ')}" if "=" in bar else f"{name}=yes"
        assert wanted in lines
    assert "ExecReload=/bin/kill -HUP $MAINPID" in lines


def test_systemd_rates_it_as_safe(tmp_path: Path) -> None:
    """``systemd-analyze security`` gives 2.0 or less, of 10."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("no systemd-analyze on this machine")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text())
    said = subprocess.run(  # noqa: S603 -- our own file
        ["systemd-analyze", "security", "--no-pager", "--offline=true", str(unit)],  # noqa: S607 -- of the system
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    rated = re.search(r"Overall exposure level for driftline\.service: ([\d.]+)", said.stdout)

    assert rated, said.stdout + said.stderr
    assert float(rated[1]) <= 2.0
