"""Datacenters, clusters and resource pools from what a vCenter shows of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from driftline.collectors.vsphere.decode import Found
from driftline.collectors.vsphere.refs import local, ref
from driftline.collectors.vsphere.shown import limit, moref, row, truth, words
from driftline.graph.model.compute import Cluster, Datacenter, ResourcePool
from driftline.graph.model.declare import Ref

MAX_DEPTH = 64

Parents = Mapping[str, tuple[str, str]]
"""Parent (type, reference) of every container, by reference."""


def read_datacenter(found: Found, vcenter: Ref) -> Datacenter:
    """A datacenter."""
    return Datacenter(moref=found.moref, name=words(found.props.get("name")), vcenter=vcenter)


def read_cluster(found: Found, vcenter: Ref, parents: Parents) -> Cluster:
    """A cluster, or the compute resource of a host that is in none."""
    config = row(found.props.get("configurationEx"))
    ha, drs = row(config.get("dasConfig")), row(config.get("drsConfig"))
    return Cluster(
        moref=found.moref,
        name=words(found.props.get("name")),
        ha_enabled=truth(ha.get("enabled")),
        ha_admission_control=truth(ha.get("admissionControlEnabled")),
        drs_enabled=truth(drs.get("enabled")),
        drs_behavior=words(drs.get("defaultVmBehavior")),
        vcenter=vcenter,
        datacenter=_datacenter(found.moref, parents),
    )


def read_pool(found: Found) -> ResourcePool:
    """A resource pool or a vApp."""
    cpu, memory = row(found.props.get("config.cpuAllocation")), row(found.props.get("config.memoryAllocation"))
    return ResourcePool(
        moref=found.moref,
        name=words(found.props.get("name")),
        vapp=found.type == "VirtualApp",
        cpu_reservation_mhz=limit(cpu.get("reservation")),
        cpu_limit_mhz=limit(cpu.get("limit")),
        memory_reservation_mb=limit(memory.get("reservation")),
        memory_limit_mb=limit(memory.get("limit")),
        cluster=ref(moref(found.props.get("owner"))),
    )


def _datacenter(of: str, parents: Parents) -> Ref | None:
    for kind, above in _ancestors(of, parents):
        if kind == "Datacenter":
            return local("Datacenter", above)
    return None


def _ancestors(of: str, parents: Parents) -> Iterator[tuple[str, str]]:
    at: str | None = of
    for _ in range(MAX_DEPTH):
        above = parents.get(at) if at else None
        if above is None:
            return
        yield above
        at = above[1]
