"""The platforms whose command line is known, one file each: what is asked and who reads the answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from driftline.collectors.network.cli.asking import CliPlatform
from driftline.collectors.network.cli.platforms import (
    arista_eos,
    cisco_ios,
    cisco_nxos,
    juniper_junos,
    linux,
    paloalto_panos,
)

PLATFORMS: Final[Mapping[str, CliPlatform]] = {
    module.platform.name: module.platform
    for module in (arista_eos, cisco_ios, cisco_nxos, juniper_junos, linux, paloalto_panos)
}
"""By netmiko's name for them."""
