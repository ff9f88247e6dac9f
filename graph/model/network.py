"""Kinds of network equipment: devices and stacks, their ports, addresses, VLANs, routes and hardware.

A device is one source, so every part is found by a local key inside it. Numbers that a reboot deals anew (ifIndex,
entPhysicalIndex, LLDP local port numbers) are no part of any kind.

Coverage groups of fields follow what feeds them, so that a table that could not be read empties nothing:
``system`` (scalars of the agent), ``hardware`` (serials and base MAC), ``stack``, ``availability``, ``ports``
(IF-MIB), ``layers`` (ifStackTable), ``aggregation`` (LACP, PAgP), ``vlans``, ``routing`` (OSPF), and ``config`` for
kinds of one table.
"""

from __future__ import annotations

from driftline.graph.model import canonical
from driftline.graph.model.declare import Item, Ref, Strength, Volatility, item, key, linked, says

IDENTITY, RUNTIME = Volatility.IDENTITY, Volatility.RUNTIME
SYSTEM, HARDWARE, STACK, AVAILABILITY = "system", "hardware", "stack", "availability"
PORTS, LAYERS, AGGREGATION, VLANS, ROUTING = "ports", "layers", "aggregation", "vlans", "routing"


@item(
    keys=(
        key(Strength.STRONG, "vendor", "serial"),
        key(Strength.STRONG, "base_mac"),
        key(Strength.STRONG, "chassis_id"),
        key(Strength.LOCAL, "polled_as"),
        key(Strength.WEAK, "name"),
    ),
    title="name",
)
class NetworkDevice(Item):
    """A switch, router, firewall or other box that an agent speaks for; a stack is one device."""

    vendor: str | None = says(
        "Maker in lower case, by the agent's object id.", form=canonical.folded, group=HARDWARE, default=None
    )
    serial: str | None = says(
        "Serial number of the chassis; of a stack, that of its member with the lowest number.",
        changes=IDENTITY,
        group=HARDWARE,
        form=canonical.serial,
        default=None,
    )
    base_mac: str | None = says(
        "Bridge address or LLDP chassis MAC; an address that devices share is none.",
        changes=IDENTITY,
        group=HARDWARE,
        form=canonical.base_mac,
        default=None,
    )
    chassis_id: str | None = says(
        "LLDP chassis id, <subtype>:<hex octets>, as neighbours name the device.",
        changes=IDENTITY,
        group=HARDWARE,
        form=canonical.chassis_id,
        default=None,
    )
    polled_as: str | None = says(
        "Target that read it; its key where nothing else is.", changes=Volatility.EPHEMERAL, default=None
    )
    name: str | None = says("sysName; never its identity.", form=canonical.text, group=SYSTEM, default=None)
    description: str | None = says("sysDescr.", form=canonical.text, group=SYSTEM, default=None)
    object_id: str | None = says("sysObjectID, dotted.", group=SYSTEM, default=None)
    platform: str | None = says("Platform as this program knows it, for example cisco.", group=SYSTEM, default=None)
    contact: str | None = says("sysContact.", form=canonical.text, group=SYSTEM, default=None)
    location: str | None = says("sysLocation.", form=canonical.text, group=SYSTEM, default=None)
    engine_id: str | None = says(
        "snmpEngineID in hex; supports an identity and never makes one.", group=SYSTEM, default=None
    )
    model: str | None = says("Model of the chassis.", form=canonical.text, group=HARDWARE, default=None)
    version: str | None = says("Software version.", form=canonical.text, group=HARDWARE, default=None)
    stack_master: str | None = says("Number of the stack member in charge.", changes=RUNTIME, group=STACK, default=None)
    ha_state: str | None = says(
        "State in its high-availability pair.", changes=RUNTIME, group=AVAILABILITY, default=None
    )
    ha_members: tuple[str, ...] | None = says(
        "Serials of the units of its high-availability cluster.",
        form=canonical.unordered,
        group=AVAILABILITY,
        default=None,
    )
    ospf_neighbours: tuple[str, ...] | None = says(
        "OSPF neighbours: address, router id and state.",
        changes=RUNTIME,
        group=ROUTING,
        form=canonical.unordered,
        default=None,
    )


@item(
    keys=(key(Strength.STRONG, "vendor", "serial"), key(Strength.LOCAL, "number", within="device")),
    title="number",
    owner="device",
)
class StackMember(Item):
    """A chassis of a stack."""

    number: str | None = says("Number in the stack.", default=None)
    vendor: str | None = says("Maker, as of the device.", form=canonical.folded, default=None)
    serial: str | None = says("Serial number.", changes=IDENTITY, form=canonical.serial, default=None)
    mac: str | None = says("MAC address of the member.", form=canonical.mac, default=None)
    model: str | None = says("Model.", form=canonical.text, default=None)
    version: str | None = says("Software version.", form=canonical.text, default=None)
    state: str | None = says("State in the stack.", changes=RUNTIME, default=None)
    device: Ref = linked("PART_OF", "Its stack.")


@item(keys=(key(Strength.LOCAL, "name", within="device"),), title="name", owner="device")
class Interface(Item):
    """A port of a device, physical or logical."""

    name: str = says("ifName, else ifDescr.", changes=IDENTITY, form=canonical.port_name)
    description: str | None = says(
        "What the device calls it (ifDescr).", form=canonical.text, group=PORTS, default=None
    )
    alias: str | None = says("Description that an operator gave it.", form=canonical.text, group=PORTS, default=None)
    type: str | None = says("IANA type, for example ethernetCsmacd.", group=PORTS, default=None)
    mac: str | None = says("MAC address.", form=canonical.mac, group=PORTS, default=None)
    mtu_bytes: int | None = says("Largest payload.", unit="bytes", group=PORTS, default=None)
    admin_up: bool | None = says("Whether an operator enabled it.", group=PORTS, default=None)
    oper_up: bool | None = says("Whether it passes traffic.", changes=RUNTIME, group=PORTS, default=None)
    speed_bps: int | None = says("Negotiated speed.", unit="bit/s", changes=RUNTIME, group=PORTS, default=None)
    has_connector: bool | None = says("Whether it is a physical port.", group=PORTS, default=None)
    lacp_partner: str | None = says(
        "LACP system at the other end of the aggregate.",
        changes=RUNTIME,
        group=AGGREGATION,
        form=canonical.mac,
        default=None,
    )
    untagged_vlan: int | None = says("VLAN of untagged frames (PVID, native VLAN).", group=VLANS, default=None)
    tagged_vlans: str | None = says("VLANs of tagged frames as ranges: 10,20-29.", group=VLANS, default=None)
    device: Ref = linked("PART_OF", "Its device.", group=PORTS)
    aggregate: Ref | None = linked("MEMBER_OF", "The aggregate it is bundled in.", group=AGGREGATION, default=None)
    lower: tuple[Ref, ...] = linked("RIDES_ON", "Interfaces below it.", group=LAYERS, default=())


@item(keys=(key(Strength.LOCAL, "address", within="interface"),), title="address", owner="interface")
class IpAddress(Item):
    """An address of an interface."""

    address: str = says("IPv4 or IPv6 address without prefix length.", changes=IDENTITY, form=canonical.address)
    prefix_length: int | None = says("Length of the prefix.", unit="bits", default=None)
    origin: str | None = says("manual, dhcp, linklayer, random or other.", default=None)
    interface: Ref = linked("PART_OF", "Its interface.")


@item(keys=(key(Strength.LOCAL, "number", within="device"),), title="number", owner="device")
class Vlan(Item):
    """A VLAN that a device is configured with."""

    number: str = says("VLAN id, 1 to 4094.", changes=IDENTITY)
    name: str | None = says("Name.", form=canonical.text, default=None)
    active: bool | None = says("Whether it is not suspended.", default=None)
    device: Ref = linked("PART_OF", "Its device.")


@item(keys=(key(Strength.LOCAL, "name", within="device"),), title="name", owner="device")
class Vrf(Item):
    """A routing instance."""

    name: str = says("Name.", changes=IDENTITY, form=canonical.text)
    route_distinguisher: str | None = says("Route distinguisher.", form=canonical.text, default=None)
    device: Ref = linked("PART_OF", "Its device.")


@item(
    keys=(key(Strength.LOCAL, "name", within="device"), key(Strength.WEAK, "serial")),
    title="name",
    owner="device",
)
class Module(Item):
    """A part that can be replaced: line card, power supply, fan tray, transceiver. Its place is its identity."""

    name: str = says("Place inside the device, as the device names it.", changes=IDENTITY, form=canonical.text)
    type: str | None = says("ENTITY class: module, powerSupply, fan, port ...", default=None)
    vendor: str | None = says("Maker.", form=canonical.text, default=None)
    serial: str | None = says("Serial number.", changes=IDENTITY, form=canonical.serial, default=None)
    model: str | None = says("Model.", form=canonical.text, default=None)
    description: str | None = says("Description.", form=canonical.text, default=None)
    hardware_version: str | None = says("Hardware revision.", form=canonical.text, default=None)
    firmware_version: str | None = says("Firmware revision.", form=canonical.text, default=None)
    software_version: str | None = says("Software revision.", form=canonical.text, default=None)
    device: Ref = linked("PART_OF", "Its device.")


@item(keys=(key(Strength.LOCAL, "prefix", "next_hop", within="device"),), title="prefix", owner="device")
class StaticRoute(Item):
    """A route that somebody configured; what a protocol learned is no item."""

    prefix: str = says("Destination with prefix length.", changes=IDENTITY, form=canonical.address)
    next_hop: str = says("Address of the next hop, or the interface.", changes=IDENTITY)
    metric: int | None = says("Metric.", default=None)
    device: Ref = linked("PART_OF", "Its device.")


@item(keys=(key(Strength.LOCAL, "address", within="device"),), title="address", owner="device")
class BgpPeer(Item):
    """A BGP neighbour that a device is configured with."""

    address: str = says("Address of the neighbour.", changes=IDENTITY, form=canonical.address)
    remote_as: int | None = says("Autonomous system of the neighbour.", default=None)
    local_address: str | None = says("Own end of the session.", changes=RUNTIME, form=canonical.address, default=None)
    admin_up: bool | None = says("Whether the session is wanted.", default=None)
    state: str | None = says("State of the session.", changes=RUNTIME, default=None)
    device: Ref = linked("PART_OF", "Its device.")


@item(keys=(key(Strength.LOCAL, "number", within="device"),), title="number", owner="device")
class FcPort(Item):
    """A port of a Fibre Channel switch."""

    number: str = says("Number of the port in the switch, as its panel counts.", changes=IDENTITY)
    name: str | None = says("Name that an operator gave it.", form=canonical.text, default=None)
    wwn: str | None = says("World wide name of the port.", form=canonical.wwn, default=None)
    admin_up: bool | None = says("Whether an operator enabled it.", default=None)
    oper_up: bool | None = says("Whether it passes traffic.", changes=RUNTIME, default=None)
    device: Ref = linked("PART_OF", "Its switch.")


@item(keys=(key(Strength.LOCAL, "document", within="device"),), title="document", owner="device")
class ConfigurationText(Item):
    """A configuration text of a device, kept apart under its digest with every secret in it replaced."""

    document: str = says("running or startup.", changes=IDENTITY)
    digest: str | None = says(
        "SHA-256 of what the text means: without lines that change by themselves and without idle order.", default=None
    )
    unsaved: bool | None = says(
        "Whether the running configuration differs from the one a restart loads.", changes=RUNTIME, default=None
    )
    device: Ref = linked("PART_OF", "Its device.")
