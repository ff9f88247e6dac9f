"""Peers of the SNMP engine: a real daemon, and recordings of production devices."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.collectors.network.snmp.daemon import missing, snmpd
from tests.lab.fixtures import cannot_start
from tests.lab.process import LabError
from tests.recorded import folder


@pytest.fixture(scope="session")
def daemon_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """Port of a running snmpd on loopback."""
    if why := missing():
        cannot_start(LabError(why))
    with snmpd(tmp_path_factory.mktemp("snmpd")) as port:
        yield port


@pytest.fixture(scope="session")
def recordings() -> Path:
    """The folder of recorded production devices."""
    return folder("snmp-recordings")
