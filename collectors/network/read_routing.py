"""What routes: instances (VRF), routes that somebody configured, neighbours by BGP and OSPF.

Learned routes are no items. A neighbour of OSPF that is away is no deletion: they are state of the device.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from driftline.collectors.network.answers import Answers, Row
from driftline.collectors.network.read_interfaces import Ports
from driftline.collectors.network.replies import Index
from driftline.collectors.network.shown import address, label, number, octets, positive, text
from driftline.graph.model.declare import Ref
from driftline.graph.model.network import BgpPeer, StaticRoute, Vrf

MANAGED = 3
"""netmgmt(3), in all three tables: somebody configured it."""
CIDR_IF_INDEX, CIDR_PROTO, CIDR_METRIC = 7, 9, 12
OLD_IF_INDEX, OLD_PROTO, OLD_METRIC = 5, 7, 11
OLDEST_IF_INDEX, OLDEST_METRIC, NEXT_HOP, OLDEST_PROTO, OLDEST_MASK = 2, 3, 7, 9, 11
BGP_STATE, BGP_ADMIN, BGP_LOCAL, BGP_AS, BGP_STARTED = 2, 3, 5, 9, 2
OSPF_ROUTER, OSPF_STATE = 3, 6
RD, CISCO_VRF_NAME, ARISTA_RD = 4, 2, 3


def read_vrfs(answers: Answers, device: Ref) -> Iterator[Vrf]:
    """Routing instances by name."""
    named: dict[str, str | None] = {}
    for table, column in (("mplsL3VpnVrfTable", RD), ("aristaVrfTable", ARISTA_RD)):
        for index, row in answers.rows(table).items():
            told = octets(index[1:] if index and len(index) == index[0] + 1 else index)
            if found := text(told):
                named[found] = text(row.get(column))
    for row in answers.rows("cvVrfTable").values():
        if found := text(row.get(CISCO_VRF_NAME)):
            named.setdefault(found, None)
    for name, distinguisher in sorted(named.items()):
        yield Vrf(name=name, route_distinguisher=distinguisher, device=device)


NOWHERE = "none"
"""Next hop of what is thrown away (Junos ``discard``)."""


class _Route(NamedTuple):
    prefix: str | None
    next_hop: str | None
    if_index: int | None
    metric: int | None


def read_routes(answers: Answers, ports: Ports) -> Iterator[StaticRoute]:
    """Configured routes, each once."""
    seen: set[tuple[str, str]] = set()
    for table, of, proto in TABLES:
        for index, row in answers.rows(table).items():
            if row.get(proto) != MANAGED:
                continue
            route = of(index, row)
            port = ports.ref(route.if_index) if route else None
            if route is None or not route.prefix:
                answers.odd(table, index, "no destination")
                continue
            hop = route.next_hop or (port.values[0] if port else NOWHERE)
            if (route.prefix, hop) not in seen:
                seen.add((route.prefix, hop))
                yield StaticRoute(prefix=route.prefix, next_hop=hop, metric=route.metric, device=ports.device)


def _cidr(index: Index, row: Row) -> _Route | None:
    """Type, destination, prefix length, policy, type, next hop; each of any length."""
    parts = _parts(index)
    if parts is None:
        return None
    destination, length, hop = parts
    return _Route(
        _prefix(address(destination) or _zero(destination), length),
        address(hop),
        positive(row.get(CIDR_IF_INDEX)),
        positive(row.get(CIDR_METRIC)),
    )


def _parts(index: Index) -> tuple[bytes, int, bytes] | None:
    try:
        end = 2 + index[1]
        hop_at = end + 2 + index[end + 1] + 1
        destination, hop = octets(index[2:end]), octets(index[hop_at + 1 : hop_at + 1 + index[hop_at]])
    except IndexError:
        return None
    return (destination, index[end], hop) if destination is not None and hop is not None else None


def _old(index: Index, row: Row) -> _Route | None:
    """Destination, mask, type of service, next hop."""
    destination, mask, hop = octets(index[:4]), octets(index[4:8]), octets(index[9:])
    if len(index) != 13 or destination is None or mask is None:  # noqa: PLR2004 -- three addresses and a number
        return None
    metric = positive(row.get(OLD_METRIC))
    return _Route(_masked(destination, mask), address(hop), positive(row.get(OLD_IF_INDEX)), metric)


def _oldest(index: Index, row: Row) -> _Route | None:
    mask = row.get(OLDEST_MASK)
    destination = octets(index)
    if destination is None or not isinstance(mask, bytes):
        return None
    metric = positive(row.get(OLDEST_METRIC))
    where = _masked(destination, mask)
    return _Route(where, address(row.get(NEXT_HOP)), positive(row.get(OLDEST_IF_INDEX)), metric)


TABLES = (
    ("inetCidrRouteTable", _cidr, CIDR_PROTO),
    ("ipCidrRouteTable", _old, OLD_PROTO),
    ("ipRouteTable", _oldest, OLDEST_PROTO),
)


def _zero(octets: bytes) -> str | None:
    return str(ip_address(octets)) if octets in {bytes(4), bytes(16)} else None


def _prefix(destination: str | None, length: int) -> str | None:
    try:
        return str(ip_network(f"{destination}/{length}", strict=False)) if destination else None
    except ValueError:
        return None


def _masked(destination: bytes, mask: bytes) -> str | None:
    try:
        return str(ip_network(f"{ip_address(destination)}/{ip_address(mask)}", strict=False))
    except ValueError:
        return None


def read_bgp(answers: Answers, device: Ref) -> Iterator[BgpPeer]:
    """Configured neighbours by BGP."""
    for index, row in answers.rows("bgpPeerTable").items():
        peer = address(octets(index))
        if peer is None:
            answers.odd("bgpPeerTable", index, "no address")
            continue
        admin = number(row.get(BGP_ADMIN))
        yield BgpPeer(
            address=peer,
            remote_as=positive(row.get(BGP_AS)),
            local_address=address(row.get(BGP_LOCAL)),
            admin_up=admin == BGP_STARTED if admin else None,
            state=label("BGP4-MIB", "bgpPeerTable", BGP_STATE, row.get(BGP_STATE)),
            device=device,
        )


def read_ospf(answers: Answers) -> tuple[str, ...] | None:
    """Neighbours by OSPF: address, router id, state."""
    said: list[str] = []
    for index, row in answers.rows("ospfNbrTable").items():
        if not index:
            answers.odd("ospfNbrTable", index, "no address")
            continue
        peer = address(octets(index[:4]))
        state = label("OSPF-MIB", "ospfNbrTable", OSPF_STATE, row.get(OSPF_STATE))
        said.append(" ".join(filter(None, (peer or f"interface {index[-1]}", address(row.get(OSPF_ROUTER)), state))))
    return tuple(said) or None
