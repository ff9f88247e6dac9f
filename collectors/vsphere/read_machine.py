"""Virtual machines with their disks, cards and snapshots."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from driftline.collectors.vsphere.asks import MACHINE
from driftline.collectors.vsphere.decode import DEVICES, Found
from driftline.collectors.vsphere.read_device import read_devices
from driftline.collectors.vsphere.read_host import CONNECTIONS, POWERS
from driftline.collectors.vsphere.refs import local, ref, refs
from driftline.collectors.vsphere.shown import (
    Row,
    instant,
    integer,
    limit,
    moref,
    morefs,
    row,
    rows,
    texts,
    truth,
    words,
)
from driftline.collectors.vsphere.tags import Tags
from driftline.graph.model import canonical
from driftline.graph.model.compute import Power, Snapshot, VirtualMachine
from driftline.graph.model.declare import Item, Ref
from driftline.graph.model.observed import Stamp, Withheld
from driftline.graph.model.values import Ms, ms

RUNNING = "guestToolsRunning"
FROM_GUEST = ("host_name", "addresses", "guest_running")
"""What the tools inside the guest say; without them nobody says it."""
ALL_OF_GUEST = (*FROM_GUEST, "tools_status", "tools_version")
CONFIG = tuple(name for path, names in MACHINE.items() if path.startswith("config.") for name in names)
STAMPED = (
    "cpu_count", "cores_per_socket", "memory_mb", "cpu_hot_add", "memory_hot_add", "guest_id", "annotation", "firmware",
)  # fmt: skip
"""What only a reconfiguration changes, which always writes ``config.changeVersion``."""


@dataclass(frozen=True, slots=True)
class Around:
    """What a machine's own answer does not say: its vCenter, names of custom attributes, tags (``None`` = not read)."""

    vcenter: Ref
    custom_fields: Mapping[int, str] | None
    tags: Tags | None


def read_machine(found: Found, around: Around) -> Iterator[Item | Withheld | Stamp]:
    """A machine, its parts, and what was not shown of them."""
    machine = _machine(found, around)
    me = local("VirtualMachine", found.moref)
    yield machine
    yield from read_devices(rows(found.props.get(DEVICES)), me)
    yield from _snapshots(rows(row(found.props.get("snapshot")).get("rootSnapshotList")), me)
    yield from _not_shown(found, machine, me)
    changed = _instant_of(found.props.get("config.changeVersion"))
    if changed:
        yield Stamp(me, changed, STAMPED)


def _machine(found: Found, around: Around) -> VirtualMachine:
    get = found.props.get
    cpu, memory = row(get("config.cpuAllocation")), row(get("config.memoryAllocation"))
    return VirtualMachine(
        moref=found.moref,
        instance_uuid=words(get("config.instanceUuid")),
        bios_uuid=words(get("config.uuid")),
        name=words(get("name")),
        template=truth(get("config.template")),
        managed_by=_managed_by(row(get("config.managedBy"))),
        hardware_version=words(get("config.version")),
        guest_id=words(get("config.guestId")),
        annotation=words(get("config.annotation")),
        firmware=words(get("config.firmware")),
        fault_tolerance=_role(row(get("config.ftInfo"))),
        file_path=words(get("config.files.vmPathName")),
        cpu_count=integer(get("config.hardware.numCPU")),
        cores_per_socket=integer(get("config.hardware.numCoresPerSocket")),
        memory_mb=integer(get("config.hardware.memoryMB")),
        cpu_hot_add=truth(get("config.cpuHotAddEnabled")),
        memory_hot_add=truth(get("config.memoryHotAddEnabled")),
        cpu_reservation_mhz=limit(cpu.get("reservation")),
        cpu_limit_mhz=limit(cpu.get("limit")),
        memory_reservation_mb=limit(memory.get("reservation")),
        memory_limit_mb=limit(memory.get("limit")),
        custom_fields=_custom_fields(rows(get("customValue")), around.custom_fields),
        tags=around.tags.of_machine(found.moref) if around.tags else None,
        power=POWERS.get(str(get("runtime.powerState"))),
        connection=CONNECTIONS.get(str(get("runtime.connectionState"))),
        boot_at=instant(get("runtime.bootTime")),
        host_name=words(get("guest.hostName")),
        addresses=_addresses(rows(get("guest.net"))),
        guest_running=words(get("guest.guestId")),
        tools_status=words(get("guest.toolsRunningStatus")),
        tools_version=words(get("guest.toolsVersion")),
        vcenter=around.vcenter,
        host=ref(moref(get("runtime.host"))),
        resource_pool=ref(moref(get("resourcePool"))),
        datastores=refs(morefs(get("datastore"))),
    )


def _not_shown(found: Found, machine: VirtualMachine, me: Ref) -> Iterator[Withheld]:
    if "config.hardware.numCPU" not in found.props:  # its files cannot be reached: all of config is unset
        yield Withheld(me, CONFIG, "config not shown")
    if machine.power is not Power.ON:
        yield Withheld(me, ALL_OF_GUEST, "not running")
    elif machine.tools_status != RUNNING:
        yield Withheld(me, FROM_GUEST, "tools not running")


def _managed_by(by: Row) -> str | None:
    extension, kind = words(by.get("extensionKey")), words(by.get("type"))
    return f"{extension}/{kind}" if extension else None


def _role(info: Row) -> str | None:
    role = integer(info.get("role"))
    return None if role is None else "primary" if role == 1 else "secondary"


def _custom_fields(values: list[Row], names: Mapping[int, str] | None) -> tuple[str, ...] | None:
    if names is None:
        return None
    return tuple(f"{names.get(value.get('key', -1), value.get('key'))}={value.get('value', '')}" for value in values)


def _addresses(cards: list[Row]) -> tuple[str, ...]:
    """Addresses with their prefix length where the guest gives one; each once, however its two lists write it."""
    found: dict[str, str] = {}
    for card in cards:
        configured = rows(row(card.get("ipConfig")).get("ipAddress"))
        lengths = {one.get("ipAddress"): integer(one.get("prefixLength")) for one in configured}
        plain = texts(card.get("ipAddress"))
        if not lengths.keys() >= set(plain):
            plain = [canonical.address(one) for one in plain]
            lengths = {canonical.address(one): length for one, length in lengths.items() if isinstance(one, str)}
        for address in (*plain, *(one for one in lengths if isinstance(one, str))):
            length = lengths.get(address)
            found[address] = f"{address}/{length}" if length is not None else address
    return tuple(found.values())


def _snapshots(trees: list[Row], machine: Ref) -> Iterator[Snapshot]:
    """Snapshots from the root down; the tree is walked without recursion, however deep it is."""
    left = list(trees)
    while left:
        tree = left.pop(0)
        if reference := moref(tree.get("snapshot")):
            yield Snapshot(
                moref=reference[1],
                name=words(tree.get("name")),
                description=words(tree.get("description")),
                created_at=instant(tree.get("createTime")),
                machine=machine,
            )
        left += rows(tree.get("childSnapshotList"))


def _instant_of(version: object) -> Ms | None:
    """The time in a ``changeVersion``, which is text in the form of a time."""
    try:
        found = datetime.fromisoformat(version) if isinstance(version, str) else None
    except ValueError:
        return None
    return ms(found) if found and found.tzinfo else None
