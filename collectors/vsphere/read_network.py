"""Virtual switches and port groups: distributed ones of a vCenter, standard ones of a host; and physical cards."""

from __future__ import annotations

from collections.abc import Iterator

from driftline.collectors.vsphere.decode import Found
from driftline.collectors.vsphere.refs import local, ref, server_of
from driftline.collectors.vsphere.shown import Row, integer, moref, row, rows, texts, truth, words
from driftline.graph.model.compute import PortGroup, VirtualSwitch
from driftline.graph.model.declare import Item, Ref
from driftline.graph.model.hardware import Nic

CARD_KEY = "PhysicalNic-"  # key-vim.host.PhysicalNic-vmnic0
ALL_VLANS = 4095  # a standard port group that passes every VLAN through to its guests


def read_distributed_switch(found: Found, vcenter: Ref) -> VirtualSwitch:
    """A distributed switch."""
    product = row(found.props.get("summary.productInfo"))
    named = [words(product.get(name)) for name in ("vendor", "name", "version")]
    members = [row(member.get("config")) for member in rows(found.props.get("config.host"))]
    cards = [
        _card(host[1], str(spec.get("pnicDevice")))
        for config in members
        if (host := moref(config.get("host")))
        for spec in rows(row(config.get("backing")).get("pnicSpec"))
    ]
    return VirtualSwitch(
        moref=found.moref,
        uuid=words(found.props.get("uuid")),
        name=words(found.props.get("name")),
        mtu_bytes=integer(found.props.get("config.maxMtu")),
        max_ports=integer(found.props.get("config.maxPorts")),
        discovery=_discovery(row(found.props.get("config.linkDiscoveryProtocolConfig"))),
        product=" ".join(filter(None, named)) or None,
        vcenter=vcenter,
        uplinks=tuple(cards),
    )


def read_distributed_port_group(found: Found, vcenter: Ref) -> PortGroup:
    """A port group of a distributed switch."""
    config = row(found.props.get("config.defaultPortConfig"))
    return PortGroup(
        portgroup_key=words(found.props.get("key")),
        moref=found.moref,
        name=words(found.props.get("name")),
        vlan=_vlan(row(config.get("vlan"))),
        port_count=integer(found.props.get("config.numPorts")),
        binding=words(found.props.get("config.type")),
        uplink=truth(found.props.get("config.uplink")),
        security=_distributed_security(config),
        switch=ref(moref(found.props.get("config.distributedVirtualSwitch"))),
        vcenter=vcenter,
    )


def read_network(found: Found, vcenter: Ref) -> PortGroup:
    """A network under the name by which a vCenter gathers equal port groups of many hosts."""
    return PortGroup(moref=found.moref, name=words(found.props.get("name")), vcenter=vcenter)


def read_cards(found: Found) -> Iterator[Nic]:
    """Physical network cards of a host."""
    for card in rows(found.props.get("config.network.pnic")):
        device, link = words(card.get("device")), row(card.get("linkSpeed"))
        if device:
            speed = integer(link.get("speedMb"))
            yield Nic(
                device=device,
                mac=words(card.get("mac")),
                driver=words(card.get("driver")),
                pci=words(card.get("pci")),
                speed_bps=speed * 1_000_000 if speed else None,
                full_duplex=truth(link.get("duplex")),
                server=server_of(found.moref),
            )


def read_standard_switches(found: Found) -> Iterator[Item]:
    """Standard switches of a host and their port groups."""
    host = local("HypervisorHost", found.moref)
    for switch in rows(found.props.get("config.network.vswitch")):
        bridge = row(row(switch.get("spec")).get("bridge"))
        yield VirtualSwitch(
            name=words(switch.get("name")),
            mtu_bytes=integer(switch.get("mtu")),
            max_ports=integer(switch.get("numPorts")),
            discovery=_discovery(row(bridge.get("linkDiscoveryProtocolConfig"))),
            host=host,
            uplinks=tuple(_card(found.moref, key.rpartition(CARD_KEY)[2]) for key in texts(switch.get("pnic"))),
        )
    for group in rows(found.props.get("config.network.portgroup")):
        yield from _standard_port_group(group, host)


def _standard_port_group(group: Row, host: Ref) -> Iterator[PortGroup]:
    spec = row(group.get("spec"))
    name, switch, vlan = words(spec.get("name")), words(spec.get("vswitchName")), integer(spec.get("vlanId"))
    security = row(row(group.get("computedPolicy")).get("security")) or row(row(spec.get("policy")).get("security"))
    if name and switch:
        yield PortGroup(
            name=name,
            vlan="all" if vlan == ALL_VLANS else _id(vlan),
            security=_security(security),
            switch=Ref("VirtualSwitch", "name", (switch,), owner=host),
        )


def _card(host: str, device: str) -> Ref:
    return Ref("Nic", "device", (device,), owner=server_of(host))


def _discovery(config: Row) -> str | None:
    protocol, operation = words(config.get("protocol")), words(config.get("operation"))
    return f"{protocol} {operation}" if protocol and operation else None


def _vlan(spec: Row) -> str | None:
    vlan = spec.get("vlanId", spec.get("pvlanId"))
    if isinstance(vlan, list):
        ends = sorted((one.get("start", 0), one.get("end", 0)) for one in rows(vlan))
        return ",".join(str(low) if low == high else f"{low}-{high}" for low, high in ends)
    number = integer(vlan)
    return f"private {number}" if number and "pvlanId" in spec else _id(number)


def _id(vlan: int | None) -> str | None:
    """A VLAN id; 0 is how vSphere says that frames carry none."""
    return str(vlan) if vlan else None


def _distributed_security(config: Row) -> tuple[str, ...] | None:
    policy = row(config.get("macManagementPolicy")) or row(config.get("securityPolicy"))
    shown = {name: row(value).get("value", value) for name, value in policy.items() if name != "_type"}
    return _security(shown)


def _security(policy: Row) -> tuple[str, ...] | None:
    said = [(name, truth(policy.get(name))) for name in ("allowPromiscuous", "macChanges", "forgedTransmits")]
    return tuple(f"{name}={str(value).lower()}" for name, value in said if value is not None) or None
