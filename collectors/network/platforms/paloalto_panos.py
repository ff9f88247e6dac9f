"""PAN-OS: serial, version and high-availability state as single objects."""

from __future__ import annotations

from driftline.collectors.network.answers import Answers
from driftline.collectors.network.asks import Objects
from driftline.collectors.network.particular import Particular
from driftline.collectors.network.platforms import Platform
from driftline.collectors.network.shown import text
from driftline.graph.model.identity import serial

SYSTEM = Objects(
    "paloalto system",
    {"PAN-COMMON-MIB": ("panSysSwVersion", "panSysSerialNumber", "panSysHAState", "panSysHAPeerState", "panSysHAMode")},
)


def read(answers: Answers) -> Particular:
    """Serial, version, state."""
    return Particular(
        serial=serial(text(answers.value("panSysSerialNumber")) or ""),
        version=text(answers.value("panSysSwVersion")),
        ha_state=text(answers.value("panSysHAState")),
    )


platform = Platform(
    name="paloalto_panos",
    prefixes=("1.3.6.1.4.1.25461",),
    descriptions=("Palo Alto Networks",),
    parts=((SYSTEM,),),
    cli="paloalto_panos",
    read=read,
    identity=(SYSTEM.name,),
)
