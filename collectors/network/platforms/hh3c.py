"""H3C and HPE Comware: an IRF stack shows its members as chassis in ENTITY-MIB; the log of configuration changes."""

from __future__ import annotations

from driftline.collectors.network.asks import Objects, Table
from driftline.collectors.network.platforms import Platform

platform = Platform(
    name="hh3c",
    prefixes=("1.3.6.1.4.1.25506",),
    descriptions=("Comware", "H3C Switch"),
    stamps=(
        (Objects("h3c stamps", {"SNMPv2-MIB": ("sysUpTime",), "HH3C-CONFIG-MAN-MIB": ("hh3cCfgRunModifiedLast",)}),),
        (Table("HH3C-CONFIG-MAN-MIB", "hh3cCfgLogTable", (2, 10, 12)),),
    ),
)
