"""Foundry and Brocade IP switches (FastIron, NetIron): standard tables; neighbours by FDP as well."""

from __future__ import annotations

from driftline.collectors.network.asks import Table
from driftline.collectors.network.platforms import Platform

platform = Platform(
    name="foundry",
    prefixes=("1.3.6.1.4.1.1991",),
    parts=((Table("FOUNDRY-SN-SWITCH-GROUP-MIB", "snFdpCacheTable", (3, 5, 7, 8)),),),
)
