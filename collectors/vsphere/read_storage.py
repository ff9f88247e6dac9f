"""Datastores, and the adapters, initiators and volumes of a host."""

from __future__ import annotations

import re
from collections.abc import Iterator

from driftline.collectors.vsphere.decode import Found
from driftline.collectors.vsphere.refs import server_of, volume
from driftline.collectors.vsphere.shown import Row, integer, row, rows, truth, words
from driftline.graph.model.compute import Datastore
from driftline.graph.model.declare import Item, Ref
from driftline.graph.model.hardware import HostBusAdapter
from driftline.graph.model.identity import durable_name, iqn, wwn
from driftline.graph.model.storage import Initiator, Volume

CONTAINER = re.compile(r"/(?:vsan|vvol):([0-9a-f-]+)", re.IGNORECASE)
TRANSPORTS = {
    "HostFibreChannelHba": "fc",
    "HostFibreChannelOverEthernetHba": "fcoe",
    "HostInternetScsiHba": "iscsi",
    "HostBlockHba": "block",
    "HostParallelScsiHba": "scsi",
    "HostSerialAttachedHba": "sas",
    "HostPcieHba": "pcie",
    "HostTcpHba": "nvme-tcp",
    "HostRdmaHba": "nvme-rdma",
}


def read_datastore(found: Found, vcenter: Ref) -> Datastore:
    """A datastore; its name is never its identity."""
    info = row(found.props.get("info"))
    vmfs, nas = row(info.get("vmfs")), row(info.get("nas"))
    container = None if vmfs or nas else CONTAINER.search(words(info.get("url")) or "")
    names = [durable_name(str(extent.get("diskName", "")), "vsphere") for extent in rows(vmfs.get("extent"))]
    return Datastore(
        moref=found.moref,
        vmfs_uuid=words(vmfs.get("uuid")),
        nas_host=words(nas.get("remoteHost")),
        nas_path=words(nas.get("remotePath")),
        container_id=container[1].lower() if container else None,
        name=words(found.props.get("name")),
        type=words(found.props.get("summary.type")),
        capacity_bytes=integer(found.props.get("summary.capacity")),
        accessible=truth(found.props.get("summary.accessible")),
        maintenance_mode=words(found.props.get("summary.maintenanceMode")),
        multiple_hosts=truth(found.props.get("summary.multipleHostAccess")),
        vcenter=vcenter,
        volumes=tuple(volume(name.text) for name in names if name),
    )


def read_adapters(found: Found) -> Iterator[Item]:
    """Storage adapters of a host, each followed by its port."""
    for adapter in rows(found.props.get("config.storageDevice.hostBusAdapter")):
        device = words(adapter.get("device"))
        if device:
            yield HostBusAdapter(
                device=device,
                model=words(adapter.get("model")),
                driver=words(adapter.get("driver")),
                transport=TRANSPORTS.get(adapter["_type"], adapter["_type"]),
                pci=words(adapter.get("pci")),
                status=words(adapter.get("status")),
                server=server_of(found.moref),
            )
            yield from _initiator(adapter, Ref("HostBusAdapter", "device", (device,), owner=server_of(found.moref)))


def _initiator(adapter: Row, of: Ref) -> Iterator[Initiator]:
    port, node = integer(adapter.get("portWorldWideName")), integer(adapter.get("nodeWorldWideName"))
    name = wwn(port) if port is not None else None
    if name:
        yield Initiator(port_name=name, node_name=wwn(node) if node is not None else None, protocol="fc", adapter=of)
    elif iscsi := iqn(words(adapter.get("iScsiName")) or ""):
        yield Initiator(port_name=iscsi, protocol="iscsi", adapter=of)


def read_volumes(found: Found) -> Iterator[Volume]:
    """Disks that a host sees under a name that holds beyond it; ``mpx.`` and ``t10.`` names do not."""
    for lun in rows(found.props.get("config.storageDevice.scsiLun")):
        name = durable_name(words(lun.get("canonicalName")) or "", "vsphere")
        if name and lun.get("lunType") == "disk":
            capacity = row(lun.get("capacity"))
            blocks, size = integer(capacity.get("block")), integer(capacity.get("blockSize"))
            yield Volume(
                durable_name=name.text,
                vendor=words(lun.get("vendor")),
                model=words(lun.get("model")),
                serial=words(lun.get("serialNumber")),
                capacity_bytes=blocks * size if blocks is not None and size is not None else None,
            )
