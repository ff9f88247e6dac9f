"""Every kind of link, its ends and its direction: always from the dependent to the supplier (decision D12)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from driftline.graph.model.declare import Volatility


class Impact(StrEnum):
    """What the loss of the supplier does to the dependent."""

    HARD = "hard"
    REDUNDANT = "redundant"
    INFORMATIONAL = "informational"


@dataclass(frozen=True, slots=True)
class LinkKind:
    """One type of link. ``one``: a dependent has at most one, so a new end replaces the old end in a single change."""

    type: str
    says: str
    src: tuple[str, ...]
    dst: tuple[str, ...]
    impact: Impact
    one: bool
    changes: Volatility = Volatility.CONFIG

    @property
    def path(self) -> str:
        """Name of the link as the path of a change, for example ``runs_on``."""
        return self.type.lower()


ANY = ("Item",)

LINKS: tuple[LinkKind, ...] = (
    LinkKind("MANAGED_BY", "managed by this vCenter", ANY, ("VCenter",), Impact.INFORMATIONAL, one=True),
    LinkKind("PART_OF", "owned part of; a request for the owner covers the part", ANY, ANY, Impact.HARD, one=True),
    LinkKind(
        "RUNS_ON",
        "runs on; a hypervisor on its server, a VM on its host",
        ("VirtualMachine", "HypervisorHost"),
        ("HypervisorHost", "Server"),
        Impact.HARD,
        one=True,
        changes=Volatility.RUNTIME,
    ),
    LinkKind(
        "STORED_ON",
        "stored on; loss of the store is loss of the data",
        ("VirtualMachine", "VirtualDisk", "Datastore"),
        ("Datastore", "Volume"),
        Impact.HARD,
        one=False,
    ),
    LinkKind("MOUNTS", "has mounted", ("HypervisorHost",), ("Datastore",), Impact.REDUNDANT, one=False),
    LinkKind("ATTACHED_TO", "plugged into", ("VirtualNic",), ("PortGroup",), Impact.HARD, one=True),
    LinkKind("UPLINKS_TO", "reaches the network by", ("VirtualSwitch",), ("Nic",), Impact.REDUNDANT, one=False),
    LinkKind(
        "RIDES_ON",
        "carried by the interfaces below, such as a subinterface by its port",
        ("Interface",),
        ("Interface",),
        Impact.REDUNDANT,
        one=False,
    ),
    LinkKind(
        "MEMBER_OF",
        "member of a group that shares a fate or a limit",
        ("HypervisorHost", "Cluster", "VirtualMachine", "Datastore", "Person", "Interface"),
        ("Cluster", "Datacenter", "ResourcePool", "DatastoreCluster", "Team", "Interface"),
        Impact.INFORMATIONAL,
        one=True,
    ),
    LinkKind(
        "CONNECTED_TO",
        "cabled to; has no direction between switches, where it is kept once; a host's card hangs on the far end",
        ("Interface", "NetworkDevice", "Nic"),
        ("Interface", "NetworkDevice", "Nic"),
        Impact.INFORMATIONAL,
        one=False,
        changes=Volatility.RUNTIME,
    ),
    LinkKind(
        "BUNDLED_WITH",
        "aggregate whose members are cabled to members of the other; has no direction",
        ("Interface",),
        ("Interface",),
        Impact.INFORMATIONAL,
        one=False,
        changes=Volatility.RUNTIME,
    ),
    LinkKind(
        "JOINS",
        "segment on which these hear each other, so that nobody knows which cable leads where",
        ("Segment",),
        ("Interface", "NetworkDevice", "Nic"),
        Impact.INFORMATIONAL,
        one=False,
        changes=Volatility.RUNTIME,
    ),
    LinkKind("RELIES_ON", "does not work without", ("Service",), ANY, Impact.HARD, one=False),
    LinkKind("BUYS", "buys the service", ("Customer",), ("Service",), Impact.HARD, one=False),
    LinkKind("OWNED_BY", "person or team that answers for it", ANY, ("Person", "Team"), Impact.INFORMATIONAL, one=True),
    LinkKind("SUPPORTED_BY", "team that is called when it breaks", ANY, ("Team",), Impact.INFORMATIONAL, one=True),
    LinkKind("LOCATED_AT", "stands at this site", ANY, ("Site",), Impact.INFORMATIONAL, one=True),
)
