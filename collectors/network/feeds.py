"""Which kinds and groups of fields an ask feeds: what is wrong with its answer is wrong with them.

Everything that is named by its port rests on the tables that name ports. What feeds nothing here (neighbours, ARP,
forwarding tables, stamps, logs) makes no item and removes none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from types import MappingProxyType

from driftline.collectors.coverage import Scope, groups_of
from driftline.collectors.network import asks
from driftline.collectors.network.platforms import Platform
from driftline.graph.model import network
from driftline.graph.model.declare import Item
from driftline.graph.model.observed import MEMBERSHIP

KINDS: tuple[type[Item], ...] = (
    network.NetworkDevice,
    network.StackMember,
    network.Module,
    network.Vrf,
    network.Vlan,
    network.Interface,
    network.IpAddress,
    network.StaticRoute,
    network.BgpPeer,
    network.FcPort,
)
"""The kinds that a visit covers."""


def _all_of(*kinds: type[Item]) -> tuple[Scope, ...]:
    return tuple((kind.kind, group) for kind in kinds for group in groups_of(kind))


def _of(kind: type[Item], *groups: str) -> tuple[Scope, ...]:
    return tuple((kind.kind, group) for group in groups)


NAMED_PORTS = _all_of(network.Interface, network.IpAddress, network.StaticRoute)
CHASSIS = (
    *_of(network.NetworkDevice, network.HARDWARE, network.STACK, network.AVAILABILITY),
    *_all_of(network.StackMember),
)
PORT_VLANS = _of(network.Interface, network.VLANS)
BUNDLES = _of(network.Interface, network.AGGREGATION)
FEEDS: Mapping[str, tuple[Scope, ...]] = MappingProxyType(
    {
        asks.SYSTEM.name: _all_of(network.NetworkDevice),
        "ifTable": NAMED_PORTS,
        "ifXTable": NAMED_PORTS,
        "ifStackTable": (*BUNDLES, *_of(network.Interface, network.LAYERS)),
        "dot3adAggTable": BUNDLES,
        "dot3adAggPortTable": BUNDLES,
        "pagpEtherChannelTable": BUNDLES,
        "ipAddressTable": _all_of(network.IpAddress),
        "ipAddrTable": _all_of(network.IpAddress),
        "mplsL3VpnVrfTable": _all_of(network.Vrf),
        "aristaVrfTable": _all_of(network.Vrf),
        "cvVrfTable": _all_of(network.Vrf),
        "entPhysicalTable": (*CHASSIS, *_all_of(network.Module)),
        "cswSwitchInfoTable": CHASSIS,
        "jnxVirtualChassisMemberTable": CHASSIS,
        "hwStackMemberInfoTable": CHASSIS,
        "fgHaStatsTable": _of(network.NetworkDevice, network.AVAILABILITY),
        asks.BRIDGE.name: _of(network.NetworkDevice, network.HARDWARE),
        asks.LLDP_LOCAL.name: _of(network.NetworkDevice, network.HARDWARE),
        "dot1dBasePortTable": PORT_VLANS,
        "dot1qPortVlanTable": PORT_VLANS,
        "dot1qVlanStaticTable": (*PORT_VLANS, *_all_of(network.Vlan)),
        "dot1qVlanCurrentTable": (*PORT_VLANS, *_all_of(network.Vlan)),
        "vmMembershipTable": PORT_VLANS,
        "vlanTrunkPortTable": PORT_VLANS,
        "vtpVlanTable": _all_of(network.Vlan),
        "jnxL2aldVlanTable": _all_of(network.Vlan),
        "jnxExVlanTable": _all_of(network.Vlan),
        asks.ROUTE_COUNTS.name: _all_of(network.StaticRoute),
        "inetCidrRouteTable": _all_of(network.StaticRoute),
        "ipCidrRouteTable": _all_of(network.StaticRoute),
        "ipRouteTable": _all_of(network.StaticRoute),
        "bgpPeerTable": _all_of(network.BgpPeer),
        "ospfNbrTable": _of(network.NetworkDevice, network.ROUTING),
        "swFCPortTable": _all_of(network.FcPort),
    }
)


def fed_by(name: str, platform: Platform | None) -> tuple[Scope, ...]:
    """What an ask feeds; single objects of a platform say who the device is."""
    own = platform.identity if platform else ()
    return FEEDS.get(name, CHASSIS if name in own else ())


def choices(platform: Platform | None) -> Iterator[asks.Choice]:
    """Everything that a whole visit asks, with what may stand in for what."""
    yield (asks.SYSTEM,)
    yield (asks.ROUTE_COUNTS,)
    for stage in (*asks.BEFORE_ROUTES, asks.ROUTES, asks.PEERS):
        yield from stage
    if platform:
        yield from platform.parts
        if platform.vlan_contexts:
            yield (asks.VTP_VLANS,)


def silent(kinds: Collection[str], *, hardware: bool) -> frozenset[str]:
    """Kinds of which an agent that names none says nothing at all: the part of it that knows them is not there.

    A device that answers has an address and a port, and one with VLANs has the first; without any the tables are not
    spoken, today or ever, and nothing is gone.

    Args:
        kinds: of what was read.
        hardware: whether there is any hardware in ENTITY-MIB.
    """
    spoken = {one.kind for one in (network.Interface, network.IpAddress, network.Vlan)}
    parts = set() if hardware else {one.kind for one in (network.Module, network.StackMember)}
    return frozenset((spoken | parts) - set(kinds))


def memberships() -> Iterator[Scope]:
    """The scopes that say which items exist."""
    return ((kind.kind, MEMBERSHIP) for kind in KINDS)
