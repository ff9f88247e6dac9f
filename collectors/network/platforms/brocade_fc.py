"""Brocade Fibre Channel switches (Fabric OS): their ports. Who is logged in on them is usually not told by SNMP."""

from __future__ import annotations

from driftline.collectors.network.asks import Table
from driftline.collectors.network.platforms import Platform

platform = Platform(
    name="brocade_fc",
    prefixes=("1.3.6.1.4.1.1588.2.1.1",),
    parts=((Table("SW-MIB", "swFCPortTable", (2, 4, 5, 34, 35, 36)),),),
)
