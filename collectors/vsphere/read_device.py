"""Disks and network cards of a virtual machine, from its list of devices."""

from __future__ import annotations

from collections.abc import Iterator

from driftline.collectors.vsphere.refs import local, ref, volume
from driftline.collectors.vsphere.shown import Row, integer, moref, row, truth, words
from driftline.collectors.vsphere.tables import is_a
from driftline.graph.model.compute import VirtualDisk, VirtualNic
from driftline.graph.model.declare import Ref
from driftline.graph.model.identity import durable_name

KIB = 1024
MAX_CHAIN = 1_000


def read_devices(devices: list[Row], machine: Ref) -> Iterator[VirtualDisk | VirtualNic]:
    """All disks and cards; other devices were left out while decoding."""
    for device in devices:
        key, kind = integer(device.get("key")), device["_type"]
        if key is None:
            continue
        if is_a(kind, "VirtualDisk"):
            yield _disk(device, key, machine)
        elif is_a(kind, "VirtualEthernetCard"):
            yield _card(device, key, machine)


def _disk(device: Row, key: int, machine: Ref) -> VirtualDisk:
    backing, kib = row(device.get("backing")), integer(device.get("capacityInKB"))
    size = integer(device.get("capacityInBytes"))
    capacity = size if size is not None else kib * KIB if kib is not None else None
    unit = integer(device.get("unitNumber"))
    return VirtualDisk(
        device_key=str(key),
        label=words(row(device.get("deviceInfo")).get("label")),
        capacity_bytes=capacity,
        file_path=words(_base(backing).get("fileName")),
        disk_uuid=words(backing.get("uuid")),
        mode=words(backing.get("diskMode")),
        thin=truth(backing.get("thinProvisioned")),
        raw_mapping=words(backing.get("compatibilityMode")),
        controller=None if unit is None else f"{device.get('controllerKey')}:{unit}",
        machine=machine,
        stored_on=_stores(backing),
    )


def _base(backing: Row) -> Row:
    """The file under all snapshots: each snapshot puts a delta before it."""
    for _ in range(MAX_CHAIN):
        parent = row(backing.get("parent"))
        if not parent:
            return backing
        backing = parent
    return backing


def _stores(backing: Row) -> tuple[Ref, ...]:
    datastore = ref(moref(backing.get("datastore")))
    raw = durable_name(words(backing.get("deviceName")) or "", "vsphere")
    return tuple(found for found in (datastore, volume(raw.text) if raw else None) if found)


def _card(device: Row, key: int, machine: Ref) -> VirtualNic:
    plug = row(device.get("connectable"))
    return VirtualNic(
        device_key=str(key),
        label=words(row(device.get("deviceInfo")).get("label")),
        mac=words(device.get("macAddress")),
        model=device["_type"],
        start_connected=truth(plug.get("startConnected")),
        connected=truth(plug.get("connected")),
        machine=machine,
        port_group=_port_group(row(device.get("backing"))),
    )


def _port_group(backing: Row) -> Ref | None:
    port = row(backing.get("port"))
    group, switch = words(port.get("portgroupKey")), words(port.get("switchUuid"))
    if group and switch:
        return Ref("PortGroup", "portgroup_key", (group,), owner=Ref("VirtualSwitch", "uuid", (switch,)))
    network = moref(backing.get("network"))
    return local("PortGroup", network[1]) if network else None
