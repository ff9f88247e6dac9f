"""What each type of event does, and which of our paths it is able to change (the source says it nowhere).

``*`` stands for every path of the item. An event whose ``configChanges`` are read fully is no evidence for a path that
it does not name; the others are evidence for what stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from driftline.graph.model.observed import ALL, Act

PLACE = ("runs_on", "member_of", "stored_on", "file_path", "virtual_disk/file_path", "virtual_disk/stored_on")
POWER = ("power", "boot_at", "connection", "virtual_nic/connected")


@dataclass(frozen=True, slots=True)
class EventType:
    """Whom an event is about (its argument of that name), what was done, what it can change, what it says typed.

    ``typed`` gives our path and the names of the fields with its old and new value.
    """

    about: str
    act: Act
    can_change: tuple[str, ...] = (ALL,)
    typed: tuple[str, str, str] | None = None
    automatic: bool = False


def _vm(act: Act, *can_change: str, typed: tuple[str, str, str] | None = None, automatic: bool = False) -> EventType:
    return EventType("vm", act, can_change or (ALL,), typed, automatic)


def _about(what: str, act: Act, *can_change: str, typed: tuple[str, str, str] | None = None) -> EventType:
    return EventType(what, act, can_change or (ALL,), typed)


CREATED, REMOVED, MOVED, CHANGED = Act.CREATED, Act.REMOVED, Act.MOVED, Act.CHANGED

EVENT_TYPES: Mapping[str, EventType] = {
    "VmCreatedEvent": _vm(CREATED),
    "VmClonedEvent": _vm(CREATED),
    "VmDeployedEvent": _vm(CREATED),
    "VmRegisteredEvent": _vm(CREATED),
    "VmDiscoveredEvent": _vm(CREATED),
    "VmRemovedEvent": _vm(REMOVED),
    "VmReconfiguredEvent": _vm(CHANGED),
    "VmResourceReallocatedEvent": _vm(
        CHANGED, "cpu_reservation_mhz", "cpu_limit_mhz", "memory_reservation_mb", "memory_limit_mb"
    ),
    "VmRenamedEvent": _vm(CHANGED, "name", typed=("name", "oldName", "newName")),
    "VmMacChangedEvent": _vm(CHANGED, "virtual_nic/mac"),
    "VmUuidChangedEvent": _vm(CHANGED, "bios_uuid", typed=("bios_uuid", "oldUuid", "newUuid")),
    "VmInstanceUuidChangedEvent": _vm(
        CHANGED, "instance_uuid", typed=("instance_uuid", "oldInstanceUuid", "newInstanceUuid")
    ),
    "CustomFieldValueChangedEvent": _about("entity", CHANGED, "custom_fields"),
    "VmUpgradeCompleteEvent": _vm(CHANGED, "hardware_version"),
    "VmResourcePoolMovedEvent": _vm(MOVED, "member_of"),
    "VmMigratedEvent": _vm(MOVED, *PLACE),
    "VmRelocatedEvent": _vm(MOVED, *PLACE),
    "DrsVmMigratedEvent": _vm(MOVED, *PLACE, automatic=True),
    "VmRestartedOnAlternateHostEvent": _vm(MOVED, *PLACE, *POWER, automatic=True),
    "VmPoweredOnEvent": _vm(CHANGED, *POWER),
    "DrsVmPoweredOnEvent": _vm(CHANGED, *POWER, *PLACE, automatic=True),
    "VmPoweredOffEvent": _vm(CHANGED, *POWER),
    "VmSuspendedEvent": _vm(CHANGED, *POWER),
    "VmResettingEvent": _vm(CHANGED, *POWER),
    "VmGuestShutdownEvent": _vm(CHANGED, *POWER),
    "VmGuestRebootEvent": _vm(CHANGED, *POWER),
    "HostAddedEvent": _about("host", CREATED),
    "HostRemovedEvent": _about("host", REMOVED),
    "HostConnectedEvent": _about("host", CHANGED, "connection"),
    "HostDisconnectedEvent": _about("host", CHANGED, "connection"),
    "HostConnectionLostEvent": _about("host", CHANGED, "connection"),
    "EnteredMaintenanceModeEvent": _about("host", CHANGED, "maintenance_mode"),
    "ExitMaintenanceModeEvent": _about("host", CHANGED, "maintenance_mode"),
    "ClusterCreatedEvent": _about("computeResource", CREATED),
    "ClusterDestroyedEvent": _about("computeResource", REMOVED),
    "ClusterReconfiguredEvent": _about("computeResource", CHANGED),
    "ResourcePoolCreatedEvent": _about("resourcePool", CREATED),
    "ResourcePoolDestroyedEvent": _about("resourcePool", REMOVED),
    "ResourcePoolReconfiguredEvent": _about("resourcePool", CHANGED),
    "ResourcePoolMovedEvent": _about("resourcePool", MOVED, "part_of"),
    "DatastoreRemovedOnHostEvent": _about("host", CHANGED, "mounts"),
    "DatastoreRenamedEvent": _about("datastore", CHANGED, "name", typed=("name", "oldName", "newName")),
    "DatastoreCapacityIncreasedEvent": _about(
        "datastore", CHANGED, "capacity_bytes", typed=("capacity_bytes", "oldCapacity", "newCapacity")
    ),
    "DatastoreDestroyedEvent": _about("datastore", REMOVED),
    "VMFSDatastoreCreatedEvent": _about("datastore", CREATED),
    "NASDatastoreCreatedEvent": _about("datastore", CREATED),
    "DatacenterCreatedEvent": _about("datacenter", CREATED),
    "DatacenterRenamedEvent": _about("datacenter", CHANGED, "name", typed=("name", "oldName", "newName")),
    "DvsCreatedEvent": _about("dvs", CREATED),
    "DvsDestroyedEvent": _about("dvs", REMOVED),
    "DvsReconfiguredEvent": _about("dvs", CHANGED),
    "DvsRenamedEvent": _about("dvs", CHANGED, "name", typed=("name", "oldName", "newName")),
    "DvsHostJoinedEvent": _about("dvs", CHANGED, "uplinks_to"),
    "DvsHostLeftEvent": _about("dvs", CHANGED, "uplinks_to"),
    "DVPortgroupCreatedEvent": _about("net", CREATED),
    "DVPortgroupDestroyedEvent": _about("net", REMOVED),
    "DVPortgroupReconfiguredEvent": _about("net", CHANGED),
    "DVPortgroupRenamedEvent": _about("net", CHANGED, "name", typed=("name", "oldName", "newName")),
}

REMOVAL_EVENTS: Mapping[str, frozenset[str]] = {
    "VirtualMachine": frozenset({"VmRemovedEvent"}),
    "HypervisorHost": frozenset({"HostRemovedEvent"}),
    "Cluster": frozenset({"ClusterDestroyedEvent"}),
    "ResourcePool": frozenset({"ResourcePoolDestroyedEvent"}),
}
"""Kinds whose removal raises an event in every vCenter: where the feed has no gap, absence without one is no removal.

Datastores are not here: unmounted from its last host, one goes without an event of its own.
"""

SESSION_EVENTS = ("UserLoginSessionEvent", "UserLogoutSessionEvent")
"""Our own login marks the place in the feed for the next visit; it is no event about an item."""

ARGUMENTS = {"net": "network"}
"""Arguments of an event whose field with the reference is not named as the argument itself."""
