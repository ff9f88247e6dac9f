"""Turns the server's events into ours: who did what to which item, which paths it names, what it can have changed.

A reconfiguration that names a disk or a card becomes an event of the machine and one of each such part. Times are the
server's own. The message of an event is in the language of its reader and is never read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from driftline.collectors.vsphere.blanks import without_values
from driftline.collectors.vsphere.changes import read_changes
from driftline.collectors.vsphere.event_types import ARGUMENTS, EVENT_TYPES, EventType
from driftline.collectors.vsphere.refs import device_of, ref
from driftline.graph.model.declare import Ref
from driftline.graph.model.observed import Act, Event, Named
from driftline.graph.model.values import ms

MACHINES = ("vpxd-extension-", "com.vmware.", "vmware-vpxd", "vpxd-")
PREFIX = re.compile(r"^(?:config|configurationEx|configuration)\.")
DEVICE = re.compile(r"^hardware\.device\[(\d+)\](?:\.(.+))?$")
KIB = "KiB"

PATHS: Mapping[str, Mapping[str, str]] = {
    "VirtualMachine": {
        "name": "name",
        "uuid": "bios_uuid",
        "instanceUuid": "instance_uuid",
        "template": "template",
        "version": "hardware_version",
        "guestId": "guest_id",
        "annotation": "annotation",
        "firmware": "firmware",
        "files.vmPathName": "file_path",
        "hardware.numCPU": "cpu_count",
        "hardware.numCoresPerSocket": "cores_per_socket",
        "hardware.memoryMB": "memory_mb",
        "cpuHotAddEnabled": "cpu_hot_add",
        "memoryHotAddEnabled": "memory_hot_add",
        "cpuAllocation.reservation": "cpu_reservation_mhz",
        "cpuAllocation.limit": "cpu_limit_mhz",
        "memoryAllocation.reservation": "memory_reservation_mb",
        "memoryAllocation.limit": "memory_limit_mb",
    },
    "Cluster": {
        "dasConfig.enabled": "ha_enabled",
        "dasConfig.admissionControlEnabled": "ha_admission_control",
        "drsConfig.enabled": "drs_enabled",
        "drsConfig.defaultVmBehavior": "drs_behavior",
    },
    "ResourcePool": {
        "cpuAllocation.reservation": "cpu_reservation_mhz",
        "cpuAllocation.limit": "cpu_limit_mhz",
        "memoryAllocation.reservation": "memory_reservation_mb",
        "memoryAllocation.limit": "memory_limit_mb",
    },
    "PortGroup": {
        "name": "name",
        "numPorts": "port_count",
        "type": "binding",
        "defaultPortConfig.vlan": "vlan",
        "defaultPortConfig.vlan.vlanId": "vlan",
    },
    "VirtualSwitch": {"name": "name", "maxPorts": "max_ports", "maxMtu": "mtu_bytes"},
}
"""Paths of ``configChanges`` and ours. A path that we do not know leaves an event incomplete: it may be any."""

PARTS: Mapping[str, tuple[str, str, str]] = {  # path below a device -> kind of the part, our path there, unit
    "capacityInKB": ("VirtualDisk", "capacity_bytes", KIB),
    "capacityInBytes": ("VirtualDisk", "capacity_bytes", ""),
    "backing.fileName": ("VirtualDisk", "file_path", ""),
    "backing.diskMode": ("VirtualDisk", "mode", ""),
    "backing.thinProvisioned": ("VirtualDisk", "thin", ""),
    "backing.uuid": ("VirtualDisk", "disk_uuid", ""),
    "macAddress": ("VirtualNic", "mac", ""),
    "connectable.startConnected": ("VirtualNic", "start_connected", ""),
    "connectable.connected": ("VirtualNic", "connected", ""),
    "backing.port.portgroupKey": ("VirtualNic", "attached_to", ""),
    "backing.network": ("VirtualNic", "attached_to", ""),
}
PART_PATHS = {"VirtualDisk": "virtual_disk", "VirtualNic": "virtual_nic"}
SIGNS = {"capacityInKB": "VirtualDisk", "capacityInBytes": "VirtualDisk", "macAddress": "VirtualNic"}
IRRELEVANT = re.compile(
    r"(?:modified|changeVersion|createDate|extraConfig.*|hardware\.device\[\d+\]\.(?:device|key|unitNumber|"
    r"deviceInfo\..*|controllerKey|shares\..*|storageIOAllocation\..*))$"
)
"""Paths that no field of ours shows."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What an event says of one device: its kind and number, whether it came or went, which path with which values."""

    kind: str
    key: str
    act: Act
    named: Named | None = None


@dataclass(frozen=True, slots=True)
class _Said:
    """What ``configChanges`` say, in our words. ``complete``: nothing in it was strange to us."""

    names: tuple[Named, ...] = ()
    parts: tuple[_Part, ...] = ()
    complete: bool = False
    raw: str = ""


def read_events(events: Sequence[Mapping[str, Any]]) -> Iterator[Event]:
    """Our events of the server's, which are ordered. Logins are not among them: they are about no item."""
    people = _people(events)
    for event in events:
        known = EVENT_TYPES.get(event["_type"])
        item = _item(event, known) if known else None
        if known and item:
            yield from _events(event, known, item, people)


def _people(events: Iterable[Mapping[str, Any]]) -> dict[int, str]:
    """The first human of each chain of events."""
    people: dict[int, str] = {}
    for event in events:
        user = event.get("userName") or ""
        if user and not is_machine(user):
            people.setdefault(event.get("chainId", event["key"]), user)
    return people


def is_machine(user: str) -> bool:
    """Whether an account is the system's own."""
    return not user or user.rpartition("\\")[2].lower().startswith(MACHINES)


def _item(event: Mapping[str, Any], known: EventType) -> Ref | None:
    argument = event.get(known.about)
    if not isinstance(argument, dict):
        return None
    return ref(argument.get(ARGUMENTS.get(known.about, known.about)))


def _events(event: Mapping[str, Any], known: EventType, item: Ref, people: Mapping[int, str]) -> Iterator[Event]:
    at, user = ms(event["createdTime"]), event.get("userName") or ""
    machine = is_machine(user)
    said = _typed(event, known) if known.typed else _said(event.get("configChanges"), item.kind)
    whole = Event(
        id=f"{at}-{event['key']}",
        at_ms=at,
        item=item,
        type=event["_type"],
        act=known.act,
        actor=people.get(event.get("chainId", event["key"]), "") if machine else user,
        automatic=machine or known.automatic,
        names=said.names,
        typed=known.typed is not None,
        complete=said.complete,
        can_change=known.can_change,
        tag=event.get("changeTag") or "",
        raw=said.raw,
    )
    yield whole
    for part in said.parts:
        names = (part.named,) if part.named else ()
        yield replace(
            whole,
            id=f"{whole.id}/{part.kind}/{part.key}" + (f"/{part.named.path}" if part.named else ""),
            item=device_of(part.kind, item, part.key),
            act=part.act,
            names=names,
            complete=False,
            can_change=tuple(named.path for named in names) or ("*",),
        )


def _typed(event: Mapping[str, Any], known: EventType) -> _Said:
    path, old, new = known.typed or ("", "", "")
    return _Said((Named(path, _plain(event.get(old)), _plain(event.get(new))),))


def _said(changes: Any, kind: str) -> _Said:  # noqa: ANN401 -- whatever the server sent
    rows = changes if isinstance(changes, list) else [changes]
    texts = [(act, str(row[name])) for row in rows if isinstance(row, dict) for name, act in _SECTIONS if row.get(name)]
    raw = "\n".join(f"{act.value}: {without_values(text, paired=act is Act.CHANGED)}" for act, text in texts)
    names, parts, complete = list[Named](), list[_Part](), bool(texts)
    try:
        for act, text in texts:
            for path, old, new in read_changes(text, paired=act is Act.CHANGED):
                found = _in_our_words(kind, PREFIX.sub("", path), old, new, act)
                names += [one for one in found if isinstance(one, Named)]
                parts += [one for one in found if isinstance(one, _Part)]
                complete = complete and (bool(found) or IRRELEVANT.fullmatch(PREFIX.sub("", path)) is not None)
    except ValueError:
        return _Said(raw=raw)
    return _Said(tuple(names), tuple(parts), complete, raw)


_SECTIONS = (("modified", Act.CHANGED), ("added", Act.CREATED), ("deleted", Act.REMOVED))


def _in_our_words(kind: str, path: str, old: str | None, new: str, act: Act) -> list[Named | _Part]:
    if kind == "VirtualMachine" and (device := DEVICE.match(path)):
        return _device(device[1], device[2], old, new, act)
    ours = PATHS.get(kind, {}).get(path)
    if ours is None:
        return []
    if act is Act.REMOVED:
        return [Named(ours, _value(new), None)]
    return [Named(ours, _value(old), _value(new))]


def _device(key: str, below: str | None, old: str | None, new: str, act: Act) -> list[Named | _Part]:
    if below is None:  # the whole device came or went; what it is, its fields tell
        kind = next((kind for sign, kind in SIGNS.items() if sign in new), None)
        return [Named(PART_PATHS[kind]), _Part(kind, key, act)] if kind else []
    if below not in PARTS:
        return []
    kind, path, unit = PARTS[below]
    named = Named(path, _value(old, unit), _value(new, unit))
    return [replace(named, path=f"{PART_PATHS[kind]}/{path}"), _Part(kind, key, Act.CHANGED, named)]


def _value(text: str | None, unit: str = "") -> str | None:
    """A value as the field of ours would print it; ``None`` where there is none."""
    if text is None or text in {"<unset>", "null", ""}:
        return None
    bare = text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text
    return str(int(bare) * 1024) if unit == KIB and bare.isdigit() else bare


def _plain(value: Any) -> str | None:  # noqa: ANN401 -- a decoded value
    return None if value is None else str(value)
