"""FortiOS: serial and version as single objects, the units of a cluster by serial."""

from __future__ import annotations

from driftline.collectors.network.answers import Answers
from driftline.collectors.network.asks import Objects, Table
from driftline.collectors.network.particular import Particular
from driftline.collectors.network.platforms import Platform
from driftline.collectors.network.shown import text
from driftline.graph.model.identity import serial

UNITS = "fgHaStatsTable"
SERIAL = 2
CHASSIS = Objects("fortinet chassis", {"FORTINET-FORTIGATE-MIB": ("fnSysSerial", "fgSysVersion")})


def read(answers: Answers) -> Particular:
    """Serial, version, cluster; a unit that stands alone is in no cluster."""
    units = [text(row.get(SERIAL)) for row in answers.rows(UNITS).values()]
    members = tuple(unit for unit in units if unit)
    return Particular(
        serial=serial(text(answers.value("fnSysSerial")) or ""),
        version=text(answers.value("fgSysVersion")),
        ha_members=members if len(members) > 1 else None,
    )


platform = Platform(
    name="fortinet",
    prefixes=("1.3.6.1.4.1.12356",),
    descriptions=("FortiGate", "FortiOS"),
    parts=((CHASSIS,), (Table("FORTINET-FORTIGATE-MIB", UNITS, (2, 11)),)),
    read=read,
    identity=(CHASSIS.name,),
)
