"""Makes what command lines say of neighbours into what links are resolved from: octets, as they went over the wire.

Commands show text, so the octets are made again: a MAC address is six, an address has its family before it, all else
is the text itself. Where a command does not name the subtype, only what cannot be anything else is given one.
"""

from __future__ import annotations

from ipaddress import ip_address

from driftline.collectors.network.cli.rows import HeardRow
from driftline.graph.model.identity import mac
from driftline.graph.model.neighbours import Neighbour, Protocol

CHASSIS = {
    "component": "1", "ifalias": "2", "mac": "4", "mac address": "4", "macaddress": "4", "network": "5", "ip": "5",
    "networkaddress": "5", "ifname": "6", "interface name": "6", "interfacename": "6", "local": "7",
    "locally assigned": "7", "locallyassigned": "7",
}  # fmt: skip
PORT = {
    "ifalias": "1", "interface alias": "1", "interfacealias": "1", "component": "2", "mac": "3", "mac address": "3",
    "macaddress": "3", "network": "4", "ip": "4", "networkaddress": "4", "ifname": "5", "interface name": "5",
    "interfacename": "5", "local": "7", "locally assigned": "7", "locallyassigned": "7",
}  # fmt: skip


def heard_lldp(
    port: str,
    chassis: tuple[str | None, str | None],
    end: tuple[str | None, str | None],
    *,
    port_descr: str | None = None,
    name: str | None = None,
    addresses: tuple[str, ...] = (),
) -> HeardRow:
    """A neighbour by LLDP; ``chassis`` and ``end`` are (kind as the command names it, value)."""
    chassis_subtype, chassis_id = _told(CHASSIS, *chassis)
    port_subtype, port_id = _told(PORT, *end)
    said = Neighbour(chassis_subtype, chassis_id, port_subtype, port_id, port_descr or "", name or "", addresses)
    return HeardRow(port, Protocol.LLDP, said)


def heard_cdp(port: str, device: str, end: str | None, *, platform: str | None, addresses: tuple[str, ...]) -> HeardRow:
    """A neighbour by CDP, which has no subtypes."""
    said = Neighbour(chassis_id=_hex(device), port_id=_hex(end), addresses=addresses, platform=platform or "")
    return HeardRow(port, Protocol.CDP, said)


def _told(kinds: dict[str, str], kind: str | None, value: str | None) -> tuple[str, str]:
    """Subtype and octets. Without a kind, what is written as a MAC address is one."""
    value = value or ""
    subtype = kinds.get((kind or "").lower(), "")
    as_mac = mac(value)
    if as_mac and (subtype == kinds["mac"] or not kind):
        return kinds["mac"], as_mac.replace(":", "")
    return subtype, _network(value) if subtype == kinds["ip"] else _hex(value)


def _network(value: str) -> str:
    try:
        address = ip_address(value)
    except ValueError:
        return _hex(value)
    return ("01" if address.version == 4 else "02") + address.packed.hex()  # noqa: PLR2004  # IANA families


def _hex(text: str | None) -> str:
    return (text or "").encode().hex()
