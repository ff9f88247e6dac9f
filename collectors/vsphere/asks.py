"""Everything this collector may ever ask of a vCenter, and which fields of our kinds each answer fills.

The tables serve three ends: they are the property paths that are asked (always leaves: whole ``config`` costs twice
and more), they say which fields are withheld when a path is not shown, and the permissions page is made from them.
The name of a kind among the fields stands for items of that kind that the path shows.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

Paths = Mapping[str, tuple[str, ...]]

SERVER = "server/"
"""Marks what a host's answer says of the machine underneath."""


class Asked(StrEnum):
    """Names of the asks, as they stand in captures."""

    CONTENT = "service content"
    LOGIN = "login"
    CLOCK = "clock"
    PRIVILEGES = "privileges"
    VIEW = "view"
    BEFORE = "members before"
    STRUCTURE = "structure"
    HOSTS = "hosts"
    MACHINES = "machines"
    AFTER = "members after"
    AGAIN = "again"
    CUSTOM_FIELDS = "custom fields"
    TAG_SESSION = "tag session"
    TAGS = "tags"
    TAG = "tag"
    CATEGORY = "category"
    ATTACHED = "attached tags"
    TAG_GOODBYE = "tag goodbye"
    NETWORK_SYSTEMS = "network systems"
    NETWORK_HINTS = "network hints"
    COLLECTOR = "event collector"
    REWIND = "rewind"
    EVENTS = "events"
    NO_COLLECTOR = "drop event collector"
    NO_VIEW = "drop view"
    LOGOUT = "logout"


MACHINE: Paths = {
    "name": ("name",),
    "resourcePool": ("resource_pool",),
    "datastore": ("datastores",),
    "customValue": ("custom_fields",),
    "snapshot": ("Snapshot",),
    "config.uuid": ("bios_uuid",),
    "config.instanceUuid": ("instance_uuid",),
    "config.template": ("template",),
    "config.version": ("hardware_version",),
    "config.changeVersion": (),
    "config.guestId": ("guest_id",),
    "config.annotation": ("annotation",),
    "config.firmware": ("firmware",),
    "config.managedBy": ("managed_by",),
    "config.ftInfo": ("fault_tolerance",),
    "config.files.vmPathName": ("file_path",),
    "config.hardware.numCPU": ("cpu_count",),
    "config.hardware.numCoresPerSocket": ("cores_per_socket",),
    "config.hardware.memoryMB": ("memory_mb",),
    "config.hardware.device": ("VirtualDisk", "VirtualNic"),
    "config.cpuHotAddEnabled": ("cpu_hot_add",),
    "config.memoryHotAddEnabled": ("memory_hot_add",),
    "config.cpuAllocation": ("cpu_reservation_mhz", "cpu_limit_mhz"),
    "config.memoryAllocation": ("memory_reservation_mb", "memory_limit_mb"),
    "guest.hostName": ("host_name",),
    "guest.net": ("addresses",),
    "guest.guestId": ("guest_running",),
    "guest.toolsRunningStatus": ("tools_status",),
    "guest.toolsVersion": ("tools_version",),
    "runtime.host": ("host",),
    "runtime.powerState": ("power",),
    "runtime.connectionState": ("connection",),
    "runtime.bootTime": ("boot_at",),
}
HOST: Paths = {
    "name": ("name",),
    "parent": ("cluster",),
    "datastore": ("datastores",),
    "hardware.systemInfo": tuple(SERVER + name for name in ("vendor", "model", "serial", "system_uuid")),
    "hardware.biosInfo": (SERVER + "bios_version",),
    "hardware.cpuInfo": tuple(SERVER + name for name in ("cpu_sockets", "cpu_cores", "cpu_threads")),
    "hardware.memorySize": (SERVER + "memory_bytes",),
    "summary.hardware": (SERVER + "cpu_model",),
    "runtime.connectionState": ("connection",),
    "runtime.powerState": ("power",),
    "runtime.inMaintenanceMode": ("maintenance_mode",),
    "runtime.bootTime": ("boot_at",),
    "config.product": ("product", "version", "build"),
    "config.lockdownMode": ("lockdown_mode",),
    "config.dateTimeInfo.ntpConfig": ("ntp_servers",),
    "config.service.service": ("services",),
    "config.network.pnic": (SERVER + "Nic",),
    "config.network.vnic": ("vmkernel_addresses",),
    "config.network.vswitch": ("VirtualSwitch",),
    "config.network.portgroup": ("PortGroup",),
    "config.network.dnsConfig": ("dns_servers", "dns_domain"),
    "config.network.ipRouteConfig": ("default_gateway",),
    "config.storageDevice.hostBusAdapter": (SERVER + "HostBusAdapter", "Initiator"),
    "config.storageDevice.scsiLun": ("Volume",),
}
DATASTORE: Paths = {
    "name": ("name",),
    "info": ("vmfs_uuid", "nas_host", "nas_path", "container_id", "volumes"),
    "summary.type": ("type",),
    "summary.capacity": ("capacity_bytes",),
    "summary.accessible": ("accessible",),
    "summary.maintenanceMode": ("maintenance_mode",),
    "summary.multipleHostAccess": ("multiple_hosts",),
}
NETWORK_SYSTEM = ("name", "runtime.connectionState", "configManager.networkSystem", "config.network.pnic")
"""Asked of hosts beside all this: who is to be asked what a host hears on which card."""
FOLDER: Paths = {"parent": ()}
DATACENTER: Paths = {"name": ("name",), "parent": ()}
COMPUTE: Paths = {"name": ("name",), "parent": ("datacenter",)}
CLUSTER: Paths = {
    **COMPUTE,
    "configurationEx": ("ha_enabled", "ha_admission_control", "drs_enabled", "drs_behavior"),
}
POOL: Paths = {
    "name": ("name",),
    "owner": ("cluster",),
    "config.cpuAllocation": ("cpu_reservation_mhz", "cpu_limit_mhz"),
    "config.memoryAllocation": ("memory_reservation_mb", "memory_limit_mb"),
}
NETWORK: Paths = {"name": ("name",)}
PORT_GROUP: Paths = {
    "name": ("name",),
    "key": ("portgroup_key",),
    "config.distributedVirtualSwitch": ("switch",),
    "config.defaultPortConfig": ("vlan", "security"),
    "config.numPorts": ("port_count",),
    "config.type": ("binding",),
    "config.uplink": ("uplink",),
}
SWITCH: Paths = {
    "name": ("name",),
    "uuid": ("uuid",),
    "summary.productInfo": ("product",),
    "config.maxPorts": ("max_ports",),
    "config.host": ("uplinks",),
}
VMWARE_SWITCH: Paths = {
    **SWITCH,
    "config.maxMtu": ("mtu_bytes",),
    "config.linkDiscoveryProtocolConfig": ("discovery",),
}

STAGES: Mapping[Asked, Mapping[str, Paths]] = {
    Asked.STRUCTURE: {
        "Folder": FOLDER,
        "StoragePod": FOLDER,
        "Datacenter": DATACENTER,
        "ComputeResource": COMPUTE,
        "ClusterComputeResource": CLUSTER,
        "ResourcePool": POOL,
        "VirtualApp": POOL,
        "Datastore": DATASTORE,
        "DistributedVirtualSwitch": SWITCH,
        "VmwareDistributedVirtualSwitch": VMWARE_SWITCH,
        "Network": NETWORK,
        "OpaqueNetwork": NETWORK,
        "DistributedVirtualPortgroup": PORT_GROUP,
    },
    Asked.HOSTS: {"HostSystem": HOST},
    Asked.MACHINES: {"VirtualMachine": MACHINE},
}
"""What is asked in one go: owners before their parts, so that nothing has to be kept back while reading."""

DECLARED_BY_SUBTYPE = frozenset({"config.maxMtu", "config.linkDiscoveryProtocolConfig"})
"""Paths below a property whose declared type is wider than what a vCenter answers: the tables cannot check them."""

PRIVILEGES = ("System.View", "System.Read")
"""Of the built-in Read-only role; needed on the root folder and everything below it."""

PAGE_OBJECTS = 500
EVENT_PAGE = 1_000
TAG_CHUNK = 500
OVERLAP_MS = 10 * 60 * 1000
"""How far before the last event seen the next visit begins to read, against events that were written late."""
