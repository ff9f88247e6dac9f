"""All kinds, in the order in which they are declared, documented and resolved."""

from __future__ import annotations

from driftline.graph.model.compute import (
    Cluster,
    Datacenter,
    Datastore,
    HypervisorHost,
    PortGroup,
    ResourcePool,
    Snapshot,
    VCenter,
    VirtualDisk,
    VirtualMachine,
    VirtualNic,
    VirtualSwitch,
)
from driftline.graph.model.declare import Item
from driftline.graph.model.hardware import HostBusAdapter, Nic, Server
from driftline.graph.model.neighbours import Segment
from driftline.graph.model.network import (
    BgpPeer,
    ConfigurationText,
    FcPort,
    Interface,
    IpAddress,
    Module,
    NetworkDevice,
    StackMember,
    StaticRoute,
    Vlan,
    Vrf,
)
from driftline.graph.model.people import Customer, Person, Service, Site, Team
from driftline.graph.model.storage import Initiator, Volume

KINDS: tuple[type[Item], ...] = (
    VCenter,
    Datacenter,
    Cluster,
    Server,
    HypervisorHost,
    ResourcePool,
    Volume,
    Datastore,
    VirtualSwitch,
    PortGroup,
    VirtualMachine,
    VirtualDisk,
    VirtualNic,
    Snapshot,
    HostBusAdapter,
    Nic,
    Initiator,
    NetworkDevice,
    StackMember,
    Module,
    Vrf,
    Vlan,
    Interface,
    IpAddress,
    StaticRoute,
    BgpPeer,
    FcPort,
    ConfigurationText,
    Segment,
    Site,
    Team,
    Person,
    Service,
    Customer,
)
