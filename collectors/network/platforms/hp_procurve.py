"""HP ProCurve and ArubaOS-S: standard tables; neighbours by CDP as well."""

from __future__ import annotations

from driftline.collectors.network.platforms import Platform
from driftline.collectors.network.platforms.cisco_ios import CDP

platform = Platform(name="hp_procurve", prefixes=("1.3.6.1.4.1.11.2.3.7",), descriptions=("ProCurve",), parts=CDP)
