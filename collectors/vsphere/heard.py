"""What hosts hear on their cards, as rows for the resolution of links: one per card and protocol.

A card that heard nothing says nothing: its link may be down, its switch silent or just started, so what it heard
before stands. A card that heard something by one protocol has said all: what it heard by the other before is over.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

from driftline.collectors.capture import Capture
from driftline.collectors.told import PORTS, Told
from driftline.collectors.vsphere.asks import Asked
from driftline.collectors.vsphere.hints import Hints, hints_of
from driftline.collectors.vsphere.observe import observe
from driftline.collectors.vsphere.pages import last_session
from driftline.collectors.vsphere.refs import server_of
from driftline.collectors.vsphere.shown import row, rows, words
from driftline.graph.model import identity
from driftline.graph.model.neighbours import Neighbour, NeighbourRow, PortRow, PortTable, Protocol
from driftline.graph.model.observed import SourceIs
from driftline.graph.model.values import Key, Ms

CHASSIS_MAC, PORT_MAC = "4", "3"
CAPABILITIES = {
    "router": "router", "transparentBridge": "bridge", "networkSwitch": "switch", "host": "station",
    "repeater": "repeater",
}  # fmt: skip
Hint = dict[str, Any]


def told_by_hosts(capture: Capture) -> Iterator[Told]:
    """What each host that answered says of itself and of its switches."""
    capture = last_session(capture)
    asked = list(capture.named(Asked.NETWORK_SYSTEMS, Asked.NETWORK_HINTS))
    first = next(observe(capture), None) if asked else None
    if not isinstance(first, SourceIs):
        return
    start, end = Ms(min(one.start_ms for one in asked)), Ms(max(one.end_ms for one in asked))
    for found in hints_of(capture):
        if "config.network.pnic" in found.host.props:
            device, found_rows = server_of(found.host.moref), tuple(_rows(found, start, end))
            yield Told(device, _table(found), found_rows, frozenset({PORTS, Protocol.LLDP, Protocol.CDP}), first.id)


def _table(found: Hints) -> PortTable:
    cards = rows(found.host.props.get("config.network.pnic"))
    named = [(words(card.get("device")), identity.mac(words(card.get("mac")) or "")) for card in cards]
    name = words(found.host.props.get("name"))
    return PortTable(
        id="",
        device=Key(""),
        names=(name,) if name else (),
        ports=tuple(PortRow(device, mac=mac or "") for device, mac in named if device),
        host=True,
    )


def _rows(found: Hints, start: Ms, end: Ms) -> Iterator[NeighbourRow]:
    for hint in found.hints:
        cdp, lldp = _cdp(row(hint.get("connectedSwitchPort"))), _lldp(row(hint.get("lldpInfo")))
        card = words(hint.get("device"))
        for protocol, heard in ((Protocol.CDP, cdp), (Protocol.LLDP, lldp)) if card and (cdp or lldp) else ():
            yield NeighbourRow(
                id="",
                device=Key(""),
                protocol=protocol,
                port=card,
                method="card",
                heard=(heard,) if heard else (),
                since_ms=end,
                read_start_ms=start,
                read_end_ms=end,
            )


def _lldp(info: Hint) -> Neighbour | None:
    """Ids come as text without their subtypes; what has the form of a MAC address is one."""
    chassis, port = words(info.get("chassisId")), words(info.get("portId")) or ""
    if chassis is None:
        return None
    more = {one.get("key"): one.get("value") for one in rows(info.get("parameter"))}
    chassis_subtype, chassis_id = _id(chassis, CHASSIS_MAC)
    port_subtype, port_id = _id(port, PORT_MAC)
    return Neighbour(
        chassis_subtype=chassis_subtype,
        chassis_id=chassis_id,
        port_subtype=port_subtype,
        port_id=port_id,
        port_descr=words(more.get("Port Description")) or "",
        name=words(more.get("System Name")) or "",
        addresses=_addresses(more.get("Management Address")),
    )


def _cdp(info: Hint) -> Neighbour | None:
    device = words(info.get("devId"))
    if device is None:
        return None
    can = row(info.get("deviceCapability"))
    return Neighbour(
        chassis_id=_hex(device),
        port_id=_hex(words(info.get("portId")) or ""),
        name=words(info.get("systemName")) or "",
        addresses=_addresses(info.get("address"), info.get("mgmtAddr")),
        capabilities=tuple(name for field, name in CAPABILITIES.items() if can.get(field) is True),
        platform=words(info.get("hardwarePlatform")) or "",
    )


def _id(text: str, subtype: str) -> tuple[str, str]:
    mac = identity.mac(text)
    return (subtype, mac.replace(":", "")) if mac else ("", _hex(text))


def _hex(text: str) -> str:
    return text.encode().hex()


def _addresses(*said: object) -> tuple[str, ...]:
    return tuple(sorted({address for text in said if (address := _address(text))}))


def _address(text: object) -> str:
    try:
        found = ip_address(text) if isinstance(text, str) else None
    except ValueError:
        return ""
    return "" if found is None or found.is_unspecified else str(found)
