"""How things of a vCenter are named inside an observation, before anybody knows which CI they are."""

from __future__ import annotations

import functools

from driftline.graph.model.declare import Item, Ref, Strength

KINDS = {
    "Datacenter": "Datacenter",
    "ComputeResource": "Cluster",
    "ClusterComputeResource": "Cluster",
    "ResourcePool": "ResourcePool",
    "VirtualApp": "ResourcePool",
    "HostSystem": "HypervisorHost",
    "Datastore": "Datastore",
    "DistributedVirtualSwitch": "VirtualSwitch",
    "VmwareDistributedVirtualSwitch": "VirtualSwitch",
    "Network": "PortGroup",
    "OpaqueNetwork": "PortGroup",
    "DistributedVirtualPortgroup": "PortGroup",
    "VirtualMachine": "VirtualMachine",
}
"""Our kind of each managed type that becomes an item of its own."""

Moref = tuple[str, str]
"""A managed object as decoded: type and reference."""


@functools.lru_cache(maxsize=100_000)
def local(kind: str, moref: str) -> Ref:
    """A thing by its reference inside its vCenter."""
    return Ref(kind, "moref", (moref,))


def ref(moref: Moref | None) -> Ref | None:
    """A thing by what a property points to; ``None`` if it points nowhere, or to nothing that becomes an item."""
    kind = KINDS.get(moref[0]) if moref else None
    return local(kind, moref[1]) if moref and kind else None


def refs(morefs: list[Moref] | None) -> tuple[Ref, ...]:
    """Things that a list of references names."""
    return tuple(found for moref in morefs or () if (found := ref(moref)))


def server_of(host_moref: str) -> Ref:
    """The machine under a hypervisor."""
    return Ref("Server", "host_moref", (host_moref,))


def device_of(kind: str, machine: Ref, key: int | str) -> Ref:
    """A disk or card of a virtual machine, by its number there."""
    return Ref(kind, "device_key", (str(key),), owner=machine)


def ref_of(item: Item, strength: Strength | None = None) -> Ref | None:
    """The reference by which an item is found, by the first key (of that strength) that it fills."""
    for spec in item.key_specs:
        if strength and spec.strength is not strength:
            continue
        values = tuple(str(value) for name in spec.fields if (value := getattr(item, name)) is not None)
        owner = getattr(item, spec.within) if spec.within else None
        if values and len(values) == len(spec.fields) and (owner is not None or not spec.within):
            return Ref(item.kind, spec.name, values, owner)
    return None


def volume(durable_name: str) -> Ref:
    """A volume by the name under which every host knows it."""
    return Ref("Volume", "durable_name", (durable_name,))
