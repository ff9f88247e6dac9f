"""Kinds of the virtual estate: vCenters and what they manage."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from driftline.graph.model import canonical
from driftline.graph.model.declare import Item, Ref, Strength, Volatility, item, key, linked, says

IDENTITY, RUNTIME = Volatility.IDENTITY, Volatility.RUNTIME
LOCATOR = Volatility.EPHEMERAL
"""A managed object reference finds a thing inside one vCenter: an alias of the CI, never one of its attributes."""


class Power(StrEnum):
    """Power state of a machine."""

    ON = "on"
    OFF = "off"
    SUSPENDED = "suspended"


class Connection(StrEnum):
    """Whether the manager reaches the thing it manages."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    NOT_RESPONDING = "not_responding"
    INACCESSIBLE = "inaccessible"
    INVALID = "invalid"
    ORPHANED = "orphaned"


@item(keys=(key(Strength.STRONG, "instance_uuid"),), title="name")
class VCenter(Item):
    """A vCenter server, or a standalone ESXi that speaks for itself."""

    instance_uuid: str = says("Identity behind every address it has.", changes=IDENTITY, form=canonical.uuid)
    name: str | None = says("Product name, as the server says it.", form=canonical.text, default=None)
    version: str | None = says("Version.", default=None)
    build: str | None = says("Build number.", default=None)
    api_version: str | None = says("Version of the API.", default=None)


@item(keys=(key(Strength.LOCAL, "moref"), key(Strength.WEAK, "name")), title="name")
class Datacenter(Item):
    """A datacenter of a vCenter."""

    moref: str = says("Locator inside its vCenter; may change when the vCenter is rebuilt.", changes=LOCATOR)
    name: str | None = says("Name.", form=canonical.text, default=None)
    vcenter: Ref = linked("MANAGED_BY", "Its vCenter.")


@item(keys=(key(Strength.LOCAL, "moref"), key(Strength.WEAK, "name")), title="name")
class Cluster(Item):
    """A cluster of hypervisor hosts, or the compute resource of a single one."""

    moref: str = says("Locator inside its vCenter.", changes=LOCATOR)
    name: str | None = says("Name.", form=canonical.text, default=None)
    ha_enabled: bool | None = says("Whether vSphere HA restarts machines.", default=None)
    ha_admission_control: bool | None = says("Whether HA refuses to overcommit failover capacity.", default=None)
    drs_enabled: bool | None = says("Whether DRS places machines.", default=None)
    drs_behavior: str | None = says("How far DRS acts by itself.", default=None)
    vcenter: Ref = linked("MANAGED_BY", "Its vCenter.")
    datacenter: Ref | None = linked("MEMBER_OF", "Its datacenter.", default=None)


@item(
    keys=(key(Strength.STRONG, within="server"), key(Strength.LOCAL, "moref")),
    title="name",
)
class HypervisorHost(Item):
    """A hypervisor. The machine it runs on is a Server of its own."""

    moref: str = says("Locator inside its vCenter.", changes=LOCATOR)
    name: str | None = says("Name under which it was added.", form=canonical.host_name, default=None)
    connection: Connection | None = says("Whether the vCenter reaches it.", changes=RUNTIME, default=None)
    power: Power | None = says("Power state.", changes=RUNTIME, default=None)
    maintenance_mode: bool | None = says("Whether it takes no machines.", changes=RUNTIME, default=None)
    boot_at: datetime | None = says("Last boot.", changes=RUNTIME, default=None)
    product: str | None = says("Hypervisor product.", default=None)
    version: str | None = says("Hypervisor version.", default=None)
    build: str | None = says("Hypervisor build.", default=None)
    lockdown_mode: str | None = says("Lockdown mode.", default=None)
    ntp_servers: tuple[str, ...] | None = says("NTP servers, in order.", form=canonical.ordered, default=None)
    services: tuple[str, ...] | None = says(
        "Services as key=policy, for example TSM-SSH=off.", form=canonical.unordered, default=None
    )
    dns_servers: tuple[str, ...] | None = says("Resolvers, in order.", form=canonical.ordered, default=None)
    dns_domain: str | None = says("DNS domain.", form=canonical.folded, default=None)
    default_gateway: str | None = says("Default gateway.", default=None)
    vmkernel_addresses: tuple[str, ...] | None = says(
        "Addresses of its own ports.", form=canonical.addresses, default=None
    )
    vcenter: Ref = linked("MANAGED_BY", "Its vCenter.")
    server: Ref | None = linked("RUNS_ON", "The machine underneath.", default=None)
    cluster: Ref | None = linked("MEMBER_OF", "Its cluster.", changes=RUNTIME, default=None)
    datastores: tuple[Ref, ...] = linked("MOUNTS", "Datastores it has mounted.", default=())


@item(keys=(key(Strength.LOCAL, "moref"), key(Strength.WEAK, "name")), title="name", owner="cluster")
class ResourcePool(Item):
    """A share of a cluster's capacity; a vApp is one too."""

    moref: str = says("Locator inside its vCenter.", changes=LOCATOR)
    name: str | None = says("Name.", form=canonical.text, default=None)
    vapp: bool | None = says("Whether it is a vApp.", default=None)
    cpu_reservation_mhz: int | None = says("Guaranteed CPU.", unit="MHz", default=None)
    cpu_limit_mhz: int | None = says("Largest CPU; absent: no limit.", unit="MHz", default=None)
    memory_reservation_mb: int | None = says("Guaranteed memory.", unit="MiB", default=None)
    memory_limit_mb: int | None = says("Largest memory; absent: no limit.", unit="MiB", default=None)
    cluster: Ref | None = linked("PART_OF", "The cluster it divides.", default=None)


@item(
    keys=(
        key(Strength.STRONG, "instance_uuid", within="vcenter"),
        key(Strength.TRANSFER, "instance_uuid"),
        key(Strength.LOCAL, "moref"),
        key(Strength.WEAK, "name"),
    ),
    title="name",
)
class VirtualMachine(Item):
    """A virtual machine or a template of one."""

    moref: str = says("Locator inside its vCenter; changes on re-registration.", changes=LOCATOR)
    instance_uuid: str | None = says("Identity inside vCenter.", changes=IDENTITY, form=canonical.uuid, default=None)
    bios_uuid: str | None = says("UUID that the guest sees; clones may share it.", form=canonical.uuid, default=None)
    name: str | None = says("Name.", form=canonical.text, default=None)
    template: bool | None = says("Whether it is a template.", default=None)
    managed_by: str | None = says("Extension that manages it, for example an SRM placeholder.", default=None)
    hardware_version: str | None = says("Virtual hardware version, for example vmx-21.", default=None)
    guest_id: str | None = says("Guest system as configured.", default=None)
    annotation: str | None = says("Note on the machine.", form=canonical.text, default=None)
    firmware: str | None = says("bios or efi.", default=None)
    fault_tolerance: str | None = says("Role in a fault-tolerant pair.", default=None)
    file_path: str | None = says("Datastore path of its configuration.", default=None)
    cpu_count: int | None = says("Virtual CPUs.", default=None)
    cores_per_socket: int | None = says("Cores of each virtual socket.", default=None)
    memory_mb: int | None = says("Memory.", unit="MiB", default=None)
    cpu_hot_add: bool | None = says("Whether CPUs may be added while it runs.", default=None)
    memory_hot_add: bool | None = says("Whether memory may be added while it runs.", default=None)
    cpu_reservation_mhz: int | None = says("Guaranteed CPU.", unit="MHz", default=None)
    cpu_limit_mhz: int | None = says("Largest CPU; absent: no limit.", unit="MHz", default=None)
    memory_reservation_mb: int | None = says("Guaranteed memory.", unit="MiB", default=None)
    memory_limit_mb: int | None = says("Largest memory; absent: no limit.", unit="MiB", default=None)
    custom_fields: tuple[str, ...] | None = says(
        "Custom attributes as name=value.", form=canonical.unordered, group="custom_fields", default=None
    )
    tags: tuple[str, ...] | None = says("Tags as category/tag.", form=canonical.unordered, group="tags", default=None)
    power: Power | None = says("Power state.", changes=RUNTIME, default=None)
    connection: Connection | None = says("Whether its host reaches it.", changes=RUNTIME, default=None)
    boot_at: datetime | None = says("Last start.", changes=RUNTIME, default=None)
    host_name: str | None = says(
        "Name that the guest gives itself.", changes=RUNTIME, group="guest", form=canonical.host_name, default=None
    )
    addresses: tuple[str, ...] | None = says(
        "Addresses that the guest reports.", changes=RUNTIME, group="guest", form=canonical.addresses, default=None
    )
    guest_running: str | None = says("Guest system as the tools see it.", changes=RUNTIME, group="guest", default=None)
    tools_status: str | None = says("State of the guest tools.", changes=RUNTIME, group="guest", default=None)
    tools_version: str | None = says("Version of the guest tools.", changes=RUNTIME, group="guest", default=None)
    vcenter: Ref = linked("MANAGED_BY", "Its vCenter.")
    host: Ref | None = linked("RUNS_ON", "The hypervisor that runs it.", changes=RUNTIME, default=None)
    resource_pool: Ref | None = linked("MEMBER_OF", "Its resource pool or vApp.", default=None)
    datastores: tuple[Ref, ...] = linked("STORED_ON", "Datastores that hold its files.", changes=RUNTIME, default=())


@item(keys=(key(Strength.LOCAL, "device_key", within="machine"),), title="label", owner="machine")
class VirtualDisk(Item):
    """A disk of a virtual machine."""

    device_key: str = says("Number of the device inside its machine.", changes=IDENTITY)
    label: str | None = says("Label, for example Hard disk 1.", form=canonical.text, default=None)
    capacity_bytes: int | None = says("Size.", unit="bytes", default=None)
    file_path: str | None = says("Datastore path of the base file, under any snapshots.", default=None)
    disk_uuid: str | None = says("Identity of the disk's data.", form=canonical.uuid, default=None)
    mode: str | None = says("Persistence mode.", default=None)
    thin: bool | None = says("Whether space is taken only when written.", default=None)
    raw_mapping: str | None = says("Compatibility mode of a raw device mapping.", default=None)
    controller: str | None = says("Controller and unit, for example 1000:0.", default=None)
    machine: Ref = linked("PART_OF", "Its machine.")
    stored_on: tuple[Ref, ...] = linked(
        "STORED_ON", "Datastore of the file, and the volume of a raw mapping.", default=()
    )


@item(keys=(key(Strength.LOCAL, "device_key", within="machine"),), title="label", owner="machine")
class VirtualNic(Item):
    """A network card of a virtual machine."""

    device_key: str = says("Number of the device inside its machine.", changes=IDENTITY)
    label: str | None = says("Label, for example Network adapter 1.", form=canonical.text, default=None)
    mac: str | None = says("MAC address.", form=canonical.mac, default=None)
    model: str | None = says("Type of card, for example VirtualVmxnet3.", default=None)
    start_connected: bool | None = says("Whether it is connected at power on.", default=None)
    connected: bool | None = says("Whether it is connected now.", changes=RUNTIME, default=None)
    machine: Ref = linked("PART_OF", "Its machine.")
    port_group: Ref | None = linked("ATTACHED_TO", "The port group it is plugged into.", default=None)


@item(keys=(key(Strength.LOCAL, "moref"),), title="name", owner="machine")
class Snapshot(Item):
    """A snapshot of a virtual machine."""

    moref: str = says("Locator inside its vCenter.", changes=LOCATOR)
    name: str | None = says("Name.", form=canonical.text, default=None)
    description: str | None = says("Description.", form=canonical.text, default=None)
    created_at: datetime | None = says("When it was taken.", default=None)
    machine: Ref = linked("PART_OF", "Its machine.")


@item(
    keys=(
        key(Strength.STRONG, "vmfs_uuid"),
        key(Strength.STRONG, "nas_host", "nas_path"),
        key(Strength.STRONG, "container_id"),
        key(Strength.LOCAL, "moref"),
        key(Strength.WEAK, "name"),
    ),
    title="name",
)
class Datastore(Item):
    """A place for machines' files, known to every vCenter that mounts it."""

    moref: str | None = says("Locator inside one vCenter.", changes=LOCATOR, default=None)
    vmfs_uuid: str | None = says(
        "Identity of a VMFS file system.", changes=IDENTITY, form=canonical.folded, default=None
    )
    nas_host: str | None = says("Server of an NFS export.", changes=IDENTITY, form=canonical.folded, default=None)
    nas_path: str | None = says("Path of an NFS export.", changes=IDENTITY, form=canonical.text, default=None)
    container_id: str | None = says("Identity of a vSAN or vVol container.", changes=IDENTITY, default=None)
    name: str | None = says("Name.", form=canonical.text, default=None)
    type: str | None = says("VMFS, NFS, vsan ...", default=None)
    capacity_bytes: int | None = says("Size.", unit="bytes", default=None)
    accessible: bool | None = says("Whether it can be reached.", changes=RUNTIME, default=None)
    maintenance_mode: str | None = says("Maintenance mode.", changes=RUNTIME, default=None)
    multiple_hosts: bool | None = says("Whether several hosts mount it.", default=None)
    vcenter: Ref = linked("MANAGED_BY", "The vCenter that speaks of it.")
    volumes: tuple[Ref, ...] = linked("STORED_ON", "Volumes of its extents.", default=())


@item(
    keys=(
        key(Strength.STRONG, "uuid"),
        key(Strength.LOCAL, "moref"),
        key(Strength.LOCAL, "name", within="host"),
    ),
    title="name",
    owner="host",
)
class VirtualSwitch(Item):
    """A distributed switch of a vCenter (uuid), or a standard switch of one host (name)."""

    uuid: str | None = says("Identity of a distributed switch.", changes=IDENTITY, default=None)
    moref: str | None = says("Locator of a distributed switch in its vCenter.", changes=LOCATOR, default=None)
    name: str | None = says("Name.", form=canonical.text, default=None)
    mtu_bytes: int | None = says("Largest frame.", unit="bytes", default=None)
    max_ports: int | None = says("Largest number of ports.", default=None)
    discovery: str | None = says("Neighbour protocol and direction, for example lldp both.", default=None)
    product: str | None = says("Vendor and version of a distributed switch.", default=None)
    host: Ref | None = linked("PART_OF", "The host of a standard switch.", default=None)
    vcenter: Ref | None = linked("MANAGED_BY", "The vCenter of a distributed switch.", default=None)
    uplinks: tuple[Ref, ...] = linked("UPLINKS_TO", "Physical cards it uses.", default=())


@item(
    keys=(
        key(Strength.STRONG, "portgroup_key", within="switch"),
        key(Strength.LOCAL, "moref"),
        key(Strength.LOCAL, "name", within="switch"),
    ),
    title="name",
    owner="switch",
)
class PortGroup(Item):
    """A set of ports with one configuration: of a distributed or standard switch, or a network that a vCenter names."""

    portgroup_key: str | None = says("Key inside its distributed switch.", changes=IDENTITY, default=None)
    moref: str | None = says("Locator inside its vCenter.", changes=LOCATOR, default=None)
    name: str | None = says("Name.", form=canonical.text, default=None)
    vlan: str | None = says("VLAN id, trunk ranges or private VLAN, as text.", default=None)
    port_count: int | None = says("Ports.", default=None)
    binding: str | None = says("When ports are bound.", default=None)
    uplink: bool | None = says("Whether it carries the switch's uplinks.", default=None)
    security: tuple[str, ...] | None = says(
        "Security policy as name=value, for example promiscuous=false.", form=canonical.unordered, default=None
    )
    switch: Ref | None = linked("PART_OF", "Its switch.", default=None)
    vcenter: Ref | None = linked("MANAGED_BY", "The vCenter that names it.", default=None)
