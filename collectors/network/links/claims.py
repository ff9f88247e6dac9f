"""What one row claims: that at the other end of this port is that device, on one of those ports."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address, ip_interface

from driftline.collectors.network.links.ports import NONE, Names, Ports
from driftline.collectors.network.links.remote_device import CHASSIS_MAC, Far, Find, Mark, called, far_device, marks_in
from driftline.collectors.network.links.remote_port import FarPort, far_port
from driftline.collectors.network.links.texts import as_mac
from driftline.graph.model.neighbours import ArpRow, Neighbour, NeighbourRow, PortTable

Port = tuple[str, str]
"""Device and name of a port."""

ARP = "arp"
FORWARDS = frozenset({"bridge", "router", "switch"})
TWO_ENDS = {4: 30, 6: 126}
"""Shortest prefix of a subnet that joins two ports and no more, by version of IP."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One announcement, or one ARP entry, with what it was found to mean. ``port`` is the local one, if it is known.

    ``said_ms`` is when it was first read so, ``read_ms`` and ``end_ms`` when its last reading began and ended.
    ``wanted`` is what was looked for to resolve it. ``macs`` are MAC addresses that the announcement gives of its
    sender; ``onward``: it says that it forwards.
    """

    row: str
    device: str
    port: str | None
    protocol: str
    local: str
    far: Far
    far_port: FarPort
    wanted: tuple[Mark, ...]
    name: str = ""
    addresses: tuple[str, ...] = ()
    macs: tuple[str, ...] = ()
    onward: bool = False
    said_ms: int = 0
    read_ms: int = 0
    end_ms: int = 0

    @property
    def place(self) -> Port | None:
        """The port on which it was heard."""
        return None if self.port is None else (self.device, self.port)

    @property
    def ends(self) -> Names:
        """Ports of the far device that fit."""
        return self.far_port.names

    @property
    def proof(self) -> str:
        """In one line: the row, and the methods by which local port, device and far port were found."""
        return f"{self.row} ({self.local}; {self.far.method or 'unknown'}; {self.far_port.method or 'no port'})"


@dataclass(frozen=True, slots=True)
class Known:
    """What claims are resolved against: devices by mark, tables and ports by device."""

    find: Find
    table: Callable[[str], PortTable]
    ports: Callable[[str], Ports]


def claims_of(row: NeighbourRow, known: Known) -> list[Claim]:
    """The claims of a neighbour row, one per announcement."""
    found = []
    for said in row.heard:
        marks = marks_in(said)
        far = far_device(said, row.protocol, marks, known.find, known.table)
        end = far_port(said, row.protocol, known.ports(far.device)) if far.device else FarPort()
        claim = Claim(
            row=row.id,
            device=row.device,
            port=row.port,
            protocol=row.protocol.value,
            local=row.method,
            far=far,
            far_port=end,
            wanted=marks,
            name=called(said),
            addresses=said.addresses,
            macs=_macs(said),
            onward=bool(FORWARDS.intersection(said.capabilities)),
            said_ms=row.since_ms,
            read_ms=row.read_start_ms,
            end_ms=row.read_end_ms,
        )
        found.append(claim)
    return found


def _macs(said: Neighbour) -> tuple[str, ...]:
    """MAC addresses by which a host that announces itself may be known: of its card, and of itself."""
    told = ((said.port_subtype, "3", said.port_id), (said.chassis_subtype, CHASSIS_MAC, said.chassis_id))
    return tuple(mac for subtype, wanted, octets in told if subtype == wanted and (mac := as_mac(octets)))


def arp_claims(table: PortTable, known: Known) -> list[Claim]:
    """The claims of the ARP entries of a device on ports that have two ends (network.md 7.6)."""
    ports = known.ports(table.device)
    rows = [row for row in table.arp if joins_two(row, ports)]
    return [_arp_claim(table.device, ports.homes[row.port], row, known) for row in rows]


def joins_two(row: ArpRow, ports: Ports) -> bool:
    """Whether whoever answers for an address on a port is the only one who can.

    So it is on /30, /31, /127 and on ports without a subnet of their own (unnumbered, or link-local only). A port that
    is no physical one has no cable.
    """
    if row.port not in ports.rows or not ports.rows[ports.homes[row.port]].physical:
        return False
    own = [ip_interface(text) for text in ports.rows[row.port].addresses]
    numbered = [one for one in own if one.network.prefixlen < one.max_prefixlen and not one.ip.is_link_local]
    near = [one for one in numbered if ip_address(row.address) in one.network]
    return all(one.network.prefixlen >= TWO_ENDS[one.version] for one in near) if near else not numbered


def _arp_claim(device: str, port: str, row: ArpRow, known: Known) -> Claim:
    mark = ("mac", row.mac)
    hits = known.find(mark)
    far = Far(next(iter(hits)), "ARP") if len(hits) == 1 else Far(candidates=hits)
    end = FarPort(_answering(row, known.ports(far.device)), "MAC") if far.device else FarPort()
    return Claim(f"{device}|{ARP}|{row.port}|{row.address}", device, port, ARP, "name", far, end, (mark,))


def _answering(row: ArpRow, ports: Ports) -> Names:
    """Physical ports that answer with this MAC address: with this address, if any of them has it."""
    by_mac = frozenset(name for name in ports.by("mac", row.mac) if ports.rows[name].physical)
    return by_mac & ports.by("address", row.address) or by_mac or NONE
