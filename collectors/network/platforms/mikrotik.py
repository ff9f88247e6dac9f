"""RouterOS: serial and version as single objects, neighbours by MNDP."""

from __future__ import annotations

from driftline.collectors.network.answers import Answers
from driftline.collectors.network.asks import Objects, Table
from driftline.collectors.network.particular import Particular
from driftline.collectors.network.platforms import Platform
from driftline.collectors.network.shown import text
from driftline.graph.model.identity import serial

SYSTEM = Objects("mikrotik system", {"MIKROTIK-MIB": ("mtxrSerialNumber", "mtxrLicVersion", "mtxrFirmwareVersion")})


def read(answers: Answers) -> Particular:
    """Serial and version."""
    return Particular(
        serial=serial(text(answers.value("mtxrSerialNumber")) or ""), version=text(answers.value("mtxrLicVersion"))
    )


platform = Platform(
    name="mikrotik",
    prefixes=("1.3.6.1.4.1.14988",),
    descriptions=("^RouterOS",),
    parts=((SYSTEM,), (Table("MIKROTIK-MIB", "mtxrNeighborTable", (2, 3, 5, 6, 8)),)),
    read=read,
    identity=(SYSTEM.name,),
)
