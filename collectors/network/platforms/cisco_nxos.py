"""Cisco NX-OS: as IOS, but without its stacks, and with one forwarding table for all VLANs."""

from __future__ import annotations

from driftline.collectors.network.asks import VTP_VLANS
from driftline.collectors.network.platforms import Platform
from driftline.collectors.network.platforms.cisco_ios import CDP, LAYER_2, LOG, STAMPS

platform = Platform(
    name="cisco_nxos",
    prefixes=("1.3.6.1.4.1.9.12.3.1.3",),
    descriptions=("Cisco NX-OS",),
    stamps=((STAMPS,), (LOG,)),
    parts=((VTP_VLANS,), *LAYER_2, *CDP),
    cli="cisco_nxos",
)
