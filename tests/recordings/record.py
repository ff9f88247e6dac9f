"""Makes the recordings of the vSphere collector from the lab: ``python3 -m tests.recordings.record``, in the checkout.

Each is what ``RecordingLine`` kept of one visit to a small estate that was first brought into its situation. The
goldens beside them are rewritten by ``pytest tests/recordings --accept`` and reviewed by a person.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from driftline.collectors.capture import Capture
from tests.collectors.vsphere.reader import CANARY, go, observed, target
from tests.lab.control import Control, Rule, typed
from tests.lab.estate import Estate
from tests.lab.fixtures import Vcsim
from tests.lab.vcsim import simulator

HERE = Path(__file__).parent / "vsphere"
SMALL = ("-clusters=1", "-hosts=2", "-vms=6", "-datastores=3", "-seed=30")
MEMORY = "config.hardware.memoryMB: 8192 -> 16384; config.hardware.device(2000).capacityInKB: 41943040 -> 52428800;"


def whole(control: Control, estate: Estate, refs: dict[str, str]) -> None:
    """Everything that a kind of ours can say is said by something."""
    nas = {"type": "NFS", "name": "nfs1", "capacity": 1 << 40, "remoteHost": "NAS1.lab.example", "remotePath": "/vol/a"}
    info = {"name": "nfs1", "url": "ds:///vmfs/volumes/0e3f/", "freeSpace": 1, "maxFileSize": 1}
    control.set("Datastore", refs["C0-DS1"], "info", typed("NasDatastoreInfo", {**info, "nas": nas}))
    vsan = {**info, "url": "ds:///vmfs/volumes/vsan:52d4e8a1b2c3d4e5-f60718293a4b5c6d/"}
    control.set("Datastore", refs["C0-DS2"], "info", typed("VsanDatastoreInfo", vsan))
    managed = typed("ManagedByInfo", {"extensionKey": "com.vmware.vcDr", "type": "placeholderVm"})
    control.set("VirtualMachine", refs["web-0003"], "config.managedBy", managed)
    pair = typed("FaultToleranceConfigInfo", {"role": 1, "instanceUuids": ["a"], "configPaths": ["b"]})
    control.set("VirtualMachine", refs["app-0004"], "config.ftInfo", pair)
    share = {"reservation": 500, "limit": 2000, "expandableReservation": False}
    for path in ("config.cpuAllocation", "config.memoryAllocation"):
        control.set("VirtualMachine", refs["app-0001"], path, typed("ResourceAllocationInfo", share))
    estate.finish(
        estate.vm("app-0004").CreateSnapshot_Task("before-upgrade", "taken by night", memory=False, quiesce=False)
    )


def unreadable(control: Control, estate: Estate, refs: dict[str, str]) -> None:
    """A machine that may not be read, one whose files are gone, a host that does not answer."""
    del estate
    control.rules(Rule(ref=refs["web-0000"], mode="unread"), Rule(ref=refs["sql-0002"], mode="lost", times=1))
    control.set("VirtualMachine", refs["app-0001"], "config", None)
    control.set("VirtualMachine", refs["app-0001"], "runtime.connectionState", "inaccessible")
    host = next(ref for name, ref in refs.items() if name.startswith("esx-"))
    control.set("HostSystem", host, "config", None)
    control.set("HostSystem", host, "hardware", None)
    control.set("HostSystem", host, "runtime.connectionState", "notResponding")


def changed(control: Control, estate: Estate, refs: dict[str, str]) -> None:
    """Named users changed things, and the server says what."""
    del refs
    estate.reconfigure("app-0001", memory_mb=16_384)
    control.event(estate.events("app-0001")[-1].key, modified=MEMORY, change_tag="CHG0042")
    estate.rename("web-0003", "web-renamed")
    estate.destroy("sql-0005")


def plugged(control: Control, estate: Estate, refs: dict[str, str]) -> None:
    """One host hears its switches, by both protocols; the other hears nothing."""
    del estate
    host = next(ref for name, ref in refs.items() if name.startswith("esx-"))
    switch = {"devId": "leaf1", "portId": "Gi1/0/1", "systemName": "leaf1", "mgmtAddr": "10.0.0.1"}
    leaf = {"chassisId": "00:1c:73:10:02:00", "portId": "Ethernet7", "timeToLive": 120}
    named = [{"key": "System Name", "value": typed("string", "leaf2")}]
    control.hints(
        host,
        {"device": "vmnic0", "connectedSwitchPort": switch},
        {"device": "vmnic2", "lldpInfo": {**leaf, "parameter": named}},
    )


SITUATIONS: dict[str, Callable[[Control, Estate, dict[str, str]], None]] = {
    "vcsim_8.0.2_whole": whole,
    "vcsim_8.0.2_unreadable": unreadable,
    "vcsim_8.0.2_changed": changed,
    "vcsim_8.0.2_plugged": plugged,
}


def main() -> None:
    """Make all recordings again, or those that are named."""
    for name in sys.argv[1:] or SITUATIONS:
        bring_about = SITUATIONS[name]
        with _lab(name) as lab:
            refs = _references(go(target(lab)).capture)
            with lab.estate() as estate:
                bring_about(lab.control, estate, refs)
            folder = HERE / name
            for old in folder.glob("*.gz"):
                old.unlink()
            go(target(lab)).capture.write(folder, "capture")
            (folder / "never.yaml").write_text(f"- {json.dumps(CANARY)}\n- canary\n")


@contextmanager
def _lab(name: str) -> Iterator[Vcsim]:
    one = Vcsim(simulator(f"record-{name}"), SMALL)
    one.up()
    try:
        yield one
    finally:
        one.down()


def _references(capture: Capture) -> dict[str, str]:
    named = [one for one in observed(capture).items if getattr(one, "moref", None)]
    return {str(getattr(one, "name", "")): str(getattr(one, "moref", "")) for one in named}


if __name__ == "__main__":
    main()
