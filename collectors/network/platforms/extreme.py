"""ExtremeXOS: standard tables; neighbours by EDP as well."""

from __future__ import annotations

from driftline.collectors.network.asks import Table
from driftline.collectors.network.platforms import Platform

platform = Platform(
    name="extreme",
    prefixes=("1.3.6.1.4.1.1916",),
    descriptions=("ExtremeXOS",),
    parts=((Table("EXTREME-EDP-MIB", "extremeEdpTable", (2, 3, 5, 6)),),),
)
