"""Named damage to captures: cut after an ask, replies broken, fields withheld. Each makes a new capture."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace

from lxml import etree

from driftline.collectors.capture import Capture, Entry
from driftline.collectors.vsphere.asks import STAGES, Asked
from tests.collectors.vsphere.reader import edited

V = "{urn:vim25}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}type"
FAULT = (
    b'<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    b"<soapenv:Fault><faultcode>ServerFaultCode</faultcode><faultstring>no</faultstring><detail>"
    b'<NoPermissionFault xmlns="urn:vim25" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    b'xsi:type="NoPermission"/></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>'
)
Edit = Callable[[bytes], bytes]

BREAKS: dict[str, Edit] = {
    "cut short": lambda body: body[: len(body) // 2],
    "empty": lambda _: b"",
    "a page of a proxy": lambda _: b"<html><body>502 Bad Gateway</body></html>",
    "a fault": lambda _: FAULT,
}
"""What can happen to any reply."""


def _swap(find: str, put: str) -> Edit:
    return lambda body: re.sub(find.encode(), put.encode(), body, count=1)


ANYWHERE: dict[str, Edit] = {
    "unknown field in a known type": _swap(r"(<val[^>]*>)(?=<)", r"\1<future>7</future>"),
    "empty enumeration": _swap(r"(<val[^>]*>)(?=<)", r"\1<faultToleranceState/>"),
    "unset property without a value": _swap(r"(</objects>)", r"<propSet><name>config.managedBy</name></propSet>\1"),
    "character that is not XML": _swap(r"(<val[^>]*>)(?=<)", r"\1<future>&#x1;</future>"),
    "bytes that are not UTF-8": lambda body: re.sub(
        rb"(<val[^>]*>)(?=<)", lambda hit: hit[1] + b"<future>\xff\xfe</future>", body, count=1
    ),
    "object lost": _swap(r"<objects>.*?</objects>", ""),
    "object twice": _swap(r"(<objects>.*?</objects>)", r"\1\1"),
}
OF_RUNNING: dict[str, Edit] = {
    "unknown value of an enumeration": _swap(r">poweredOn<", ">poweredPerhaps<"),
    "date that is none": _swap(r"(<name>runtime.bootTime</name><val[^>]*>)[^<]+", r"\1yesterday"),
}
OF_MACHINES: dict[str, Edit] = {
    "unknown device": _swap(r"type=\"VirtualVmxnet3\"", 'type="VirtualFuture"'),
    "unknown disk": _swap(r"type=\"VirtualDisk\"", 'type="VirtualFuture"'),
    "unknown backing of a disk": _swap(
        r"type=\"VirtualDiskFlatVer2BackingInfo\"", 'type="VirtualDiskFutureBackingInfo"'
    ),
    "number of a device that is none": _swap(r"(type=\"VirtualDisk\"><key>)\d+", r"\1first"),
    "number that is none": _swap(r"(<name>config.hardware.numCPU</name><val[^>]*>)\d+", r"\1two"),
    "size that is none": _swap(r"<capacityInBytes>\d+", "<capacityInBytes>plenty"),
}
ROWS: dict[Asked, dict[str, Edit]] = {
    Asked.STRUCTURE: ANYWHERE,
    Asked.HOSTS: ANYWHERE | OF_RUNNING,
    Asked.MACHINES: ANYWHERE | OF_RUNNING | OF_MACHINES,
}
"""The rows of vsphere.md 5 for each reply that holds objects."""


def cut_after(capture: Capture, count: int) -> Capture:
    """The first asks alone, as after a kill or a broken line."""
    return replace(capture, entries=capture.entries[:count])


def broken(capture: Capture, ask: str, edit: Edit) -> Capture:
    """The capture with all replies to an ask edited.

    Raises:
        AssertionError: that changes nothing, so a test would prove nothing.
    """
    hits = 0

    def change(_at: int, entry: Entry, body: bytes) -> tuple[Entry, bytes]:
        nonlocal hits
        if entry.ask != ask:
            return entry, body
        put = edit(body)
        hits += put != body
        return entry, put

    made = edited(capture, change)
    assert hits, f"{ask} has no such thing"
    return made


ABSENT = {"StoragePod", "ComputeResource", "VirtualApp", "VmwareDistributedVirtualSwitch", "OpaqueNetwork"}
"""Types that the lab has no object of."""

PROPERTIES = [
    (stage, kind, path)
    for stage, kinds in STAGES.items()
    for kind, rows in kinds.items()
    for path in rows
    if kind not in ABSENT
]
"""Every property that is asked: stage, type, path."""


def withheld(capture: Capture, stage: str, kind: str, path: str) -> Capture:
    """The capture with a property refused (``missingSet`` NoPermission) by every second object of a type."""
    return broken(capture, stage, lambda body: _refuse(body, kind, path))


def sample(capture: Capture) -> Iterator[tuple[str, Capture]]:
    """A few of each sort, for stores that are slower."""
    for count in range(8, len(capture.entries), 7):
        yield f"cut after {count}", cut_after(capture, count)
    for stage, kind, path in PROPERTIES[::12]:
        yield f"{kind} {path}", withheld(capture, stage, kind, path)
    for stage, rows in ROWS.items():
        yield f"{stage} lost", broken(capture, stage, rows["object lost"])


def _refuse(body: bytes, kind: str, path: str) -> bytes:
    root = etree.fromstring(body)
    objects = [one for one in root.iter(V + "objects") if one[0].get("type") == kind]
    for one in objects[len(objects) > 1 :: 2]:
        for part in one.findall(V + "propSet"):
            if part.findtext(V + "name") == path:
                one.remove(part)
        missing = etree.SubElement(one, V + "missingSet")
        etree.SubElement(missing, V + "path").text = path
        fault = etree.SubElement(etree.SubElement(missing, V + "fault"), V + "fault")
        fault.set(XSI, "NoPermission")
    return etree.tostring(root) if objects else body
