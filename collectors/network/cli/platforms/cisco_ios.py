"""Cisco IOS and IOS-XE."""

from __future__ import annotations

from collections.abc import Sequence

from driftline.collectors.network.cli.asking import CliAsk, CliPlatform
from driftline.collectors.network.cli.cells import (
    arp,
    cdp,
    configuration,
    device,
    interface,
    lldp,
    part,
    stations,
    vlan,
)
from driftline.collectors.network.cli.rows import RouteCount, Row
from driftline.collectors.network.cli.texts import Cells, by_template, number

NO_NEIGHBOURS = r"Total (?:cdp )?entries displayed ?: 0\b"


def routes(cells: Cells) -> Sequence[Row]:
    """Routes of one protocol."""
    count = (number(cells["networks"]) or 0) + (number(cells["subnets"]) or 0)
    return [RouteCount(f"{cells['name']} {cells['route_source']}", count)]


platform = CliPlatform(
    "cisco_ios",
    (
        CliAsk(
            "show version",
            by_template(
                "cisco_ios_show_version",
                device("cisco", name="hostname", model="hardware", serial="serial", version="version"),
            ),
        ),
        CliAsk("show inventory", by_template("cisco_ios_show_inventory", part)),
        CliAsk("show interfaces", by_template("cisco_ios_show_interfaces", interface)),
        CliAsk("show lldp neighbors detail", by_template("cisco_ios_show_lldp_neighbors_detail", lldp, NO_NEIGHBOURS)),
        CliAsk("show cdp neighbors detail", by_template("cisco_ios_show_cdp_neighbors_detail", cdp, NO_NEIGHBOURS)),
        CliAsk(
            "show mac address-table",
            by_template("cisco_ios_show_mac-address-table", stations("destination_address", "destination_port")),
        ),
        CliAsk("show ip arp", by_template("cisco_ios_show_ip_arp", arp())),
        CliAsk("show vlan", by_template("cisco_ios_show_vlan", vlan())),
        CliAsk("show ip route summary", by_template("cisco_ios_show_ip_route_summary", routes)),
        CliAsk("show running-config", configuration("end"), "running"),
        CliAsk("show startup-config", configuration("end"), "startup"),
    ),
)
