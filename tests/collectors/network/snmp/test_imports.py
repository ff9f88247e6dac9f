"""What the engine must not bring along, and must not be able to do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import driftline.collectors.network.snmp as room

SOURCE = Path(room.__file__).parent


def test_reading_devices_loads_no_mib_machinery() -> None:
    """4: production code must not import pysmi or load a MIB module."""
    found = subprocess.run(
        [sys.executable, "-c", "import sys, driftline.collectors.network.snmp; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert not [
        name for name in found if name.startswith(("pysmi", "pysnmp.smi.mibs", "pysnmp.hlapi", "pysnmp.entity.engine"))
    ]


def test_there_is_no_way_to_write() -> None:
    """1.7: the collector is read-only: the interface has no SET."""
    set_request = "0xA3"
    assert not [path.name for path in SOURCE.glob("*.py") if set_request.lower() in path.read_text().lower()]
    assert not [name for name in dir(room.SessionPeer) if "set" in name.split("_")]
