"""Cisco NX-OS. Its text is asked for: the JSON differs between releases in where it nests tables."""

from __future__ import annotations

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
from driftline.collectors.network.cli.texts import by_template

NO_LLDP = r"Total entries displayed: 0\b"

platform = CliPlatform(
    "cisco_nxos",
    (
        CliAsk(
            "show version",
            by_template(
                "cisco_nxos_show_version",
                device("cisco", name="hostname", model="platform", serial="serial", version="os"),
            ),
        ),
        CliAsk("show inventory", by_template("cisco_nxos_show_inventory", part)),
        CliAsk("show interface", by_template("cisco_nxos_show_interface", interface)),
        CliAsk("show lldp neighbors detail", by_template("cisco_nxos_show_lldp_neighbors_detail", lldp, NO_LLDP)),
        CliAsk("show cdp neighbors detail", by_template("cisco_nxos_show_cdp_neighbors_detail", cdp)),
        CliAsk(
            "show mac address-table",
            by_template("cisco_nxos_show_mac_address-table", stations("mac_address", "ports")),
        ),
        CliAsk("show ip arp", by_template("cisco_nxos_show_ip_arp", arp())),
        CliAsk("show vlan", by_template("cisco_nxos_show_vlan", vlan())),
        CliAsk("show running-config", configuration(), "running"),
        CliAsk("show startup-config", configuration(), "startup"),
    ),
)
