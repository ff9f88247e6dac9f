"""Palo Alto PAN-OS. The running configuration is what was committed; candidates are not asked for."""

from __future__ import annotations

from collections.abc import Sequence

from driftline.collectors.network.cli.asking import CliAsk, CliPlatform
from driftline.collectors.network.cli.cells import arp, configuration, device, lldp, stations
from driftline.collectors.network.cli.rows import AddressRow, InterfaceRow, Row
from driftline.collectors.network.cli.texts import Cells, by_template, each, first
from driftline.graph.model.identity import mac

NONE = "N/A"


def interface(cells: Cells) -> Sequence[Row]:
    """A port of ``show interface all``: the hardware half has a state, the logical half addresses."""
    port = cells["interface"]
    found = [InterfaceRow(port, first(cells["state"]), None, mac(cells["mac_address"]))] if cells["state"] else []
    return [*found, *(AddressRow(port, address) for address in each(cells["ip_address"]) if address != NONE)]


platform = CliPlatform(
    "paloalto_panos",
    (
        CliAsk(
            "show system info",
            by_template(
                "paloalto_panos_show_system_info",
                device("palo alto", name="hostname", model="model", serial="serial", version="os"),
            ),
        ),
        CliAsk("show interface all", by_template("paloalto_panos_show_interface_all", interface)),
        CliAsk("show lldp neighbors all", by_template("paloalto_panos_show_lldp_neighbors_all", lldp)),
        CliAsk("show mac all", by_template("paloalto_panos_show_mac_all", stations("mac_address", "interface"))),
        CliAsk("show arp all", by_template("paloalto_panos_show_arp_all", arp())),
        CliAsk("show config running", configuration("}"), "running"),
    ),
)
