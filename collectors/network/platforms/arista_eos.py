"""Arista EOS: standard tables, and VRFs in its own."""

from __future__ import annotations

from driftline.collectors.network.asks import Table
from driftline.collectors.network.platforms import Platform

platform = Platform(
    name="arista_eos",
    prefixes=("1.3.6.1.4.1.30065",),
    descriptions=("Arista Networks EOS",),
    parts=((Table("ARISTA-VRF-MIB", "aristaVrfTable", (1, 3)),),),
    cli="arista_eos",
)
