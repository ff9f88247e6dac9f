"""A person at work in the simulated vCenter: `Estate` changes it through the plain API, so events carry a name.

It reads by property paths only. pyvmomi cannot decode all that the simulator answers (a task's ``info.name``), and
single-property reads of pyvmomi (``vm.name``) pass by the rules of the control endpoint.
"""

import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeAlias

import pyVmomi

from tests.lab.control import Control

sdk: Any = pyVmomi  # its stubs demand optional arguments and know no constructor
vim, vmodl = sdk.vim, sdk.vmodl

API = "vim.version.v8_0_2_0"
TASK_SECONDS = 60
COLLECTOR = vmodl.query.PropertyCollector
Thing: TypeAlias = Any  # an object of pyvmomi


def ref(thing: Thing) -> str:
    """Return the value of a moref: ``vm-42``."""
    value: str = thing._moId  # noqa: SLF001 -- pyvmomi offers nothing else
    return value


@dataclass(frozen=True, slots=True)
class Unregistered:
    """Where the files of a VM lie that is in no inventory, and where it was."""

    name: str
    folder: Thing
    pool: Thing
    path: str


class TaskFailed(Exception):
    """A task ended with a fault, which is the argument."""


class Estate:
    """One session of one user. All arguments called `vm` take a name or a moref object."""

    def __init__(
        self,
        control: Control,
        url: str,
        user: str,
        password: str = "secret",  # noqa: S107 -- the simulator takes any
        certificate: Path | None = None,
    ) -> None:
        self.control = control
        trust = ssl.create_default_context(cafile=str(certificate)) if certificate else None
        self.stub = sdk.SoapStubAdapter(url=url, version=API, sslContext=trust, httpConnectionTimeout=60)
        try:
            self.content = vim.ServiceInstance("ServiceInstance", self.stub).RetrieveContent()
            self.content.sessionManager.Login(user, password)
        except BaseException:
            self.stub.DropConnections()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Log out, unless somebody ended the session or the simulator already."""
        with suppress(vim.fault.NotAuthenticated, OSError):
            self.content.sessionManager.Logout()
        self.stub.DropConnections()

    # reading

    def read(self, thing: Thing, *paths: str) -> dict[str, Any]:
        """Return the properties of one object that are set."""
        return self.read_all([thing], *paths)[0][1] if paths else {}

    def read_all(self, things: Sequence[Thing], *paths: str) -> list[tuple[Thing, dict[str, Any]]]:
        """Return ``(object, properties)`` of objects of one type, however many pages that takes."""
        wanted = COLLECTOR.PropertySpec(type=type(things[0]), pathSet=list(paths))
        chosen = [COLLECTOR.ObjectSpec(obj=thing) for thing in things]
        asked = COLLECTOR.FilterSpec(propSet=[wanted], objectSet=chosen)
        collector = self.content.propertyCollector
        page = collector.RetrievePropertiesEx([asked], COLLECTOR.RetrieveOptions())
        found = list(page.objects) if page else []
        while page and page.token:
            page = collector.ContinueRetrievePropertiesEx(page.token)
            found += page.objects
        return [(one.obj, {p.name: p.val for p in one.propSet}) for one in found]

    def all(self, kind: type) -> dict[str, Thing]:
        """Return all objects of a pyvmomi type by name."""
        view = self.content.viewManager.CreateContainerView(self.content.rootFolder, [kind], recursive=True)
        try:
            things = self.read(view, "view")["view"]
        finally:
            view.DestroyView()
        return {said["name"]: thing for thing, said in self.read_all(things, "name")} if things else {}

    def vm(self, vm: Thing) -> Thing:
        """Return the VM of that name."""
        return self.all(vim.VirtualMachine)[vm] if isinstance(vm, str) else vm

    def events(self, vm: Thing = None, *kinds: type, count: int = 1000) -> list[Thing]:
        """Return the newest events by key, of one VM and of some types if given."""
        asked = vim.event.EventFilterSpec(maxCount=count)
        asked.eventTypeId = [kind.__name__.rpartition(".")[2] for kind in kinds]
        if vm is not None:
            asked.entity = vim.event.EventFilterSpec.ByEntity(entity=self.vm(vm), recursion="self")
        return sorted(self.content.eventManager.QueryEvents(asked), key=lambda event: event.key)

    # changing

    def finish(self, task: Thing) -> Thing:
        """Wait for a task by looking at its state, and return its result."""
        end = time.monotonic() + TASK_SECONDS
        while (state := self.read(task, "info.state")["info.state"]) not in {"success", "error"}:
            if time.monotonic() > end:
                raise TimeoutError(ref(task))
            time.sleep(0.01)
        if state == "error":
            raise TaskFailed(self.read(task, "info.error")["info.error"])
        return self.read(task, "info.result").get("info.result")

    def reconfigure(
        self,
        vm: Thing,
        *,
        cpus: int | None = None,
        memory_mb: int | None = None,
        add_disk_gb: int | None = None,
        annotation: str | None = None,
    ) -> None:
        """Change what is given, in one task and one event."""
        spec = vim.vm.ConfigSpec(numCPUs=cpus, memoryMB=memory_mb, annotation=annotation)
        if add_disk_gb is not None:
            spec.deviceChange = [self._new_disk(self.vm(vm), add_disk_gb)]
        self.finish(self.vm(vm).ReconfigVM_Task(spec))

    def rename(self, vm: Thing, name: str, *, event: bool = True) -> None:
        """Rename a VM. The simulator posts no event of it, so this does, unless told to lose it."""
        vm = self.vm(vm)
        old = self.read(vm, "name")["name"]
        self.finish(vm.Rename_Task(name))
        if event:
            self.post(vim.event.VmRenamedEvent(oldName=old, newName=name), vm)

    def clone(self, vm: Thing, name: str, *, bios_uuid: str = "", instance_uuid: str = "") -> Thing:
        """Clone a VM beside itself and return the clone, with the same BIOS uuid and a new instance uuid if not told.

        With both uuids of a VM of another vCenter, this is how it arrives here.
        """
        vm = self.vm(vm)
        said = self.read(vm, "parent", "resourcePool", "config.uuid")
        spec = vim.vm.CloneSpec(location=vim.vm.RelocateSpec(pool=said["resourcePool"]), powerOn=False, template=False)
        spec.config = vim.vm.ConfigSpec(uuid=bios_uuid or said["config.uuid"], instanceUuid=instance_uuid or None)
        return self.finish(vm.CloneVM_Task(said["parent"], name, spec))

    def power(self, vm: Thing, *, on: bool) -> None:
        """Switch a VM on or off."""
        vm = self.vm(vm)
        self.finish(vm.PowerOnVM_Task() if on else vm.PowerOffVM_Task())

    def relocate(self, vm: Thing, *, host: str | None = None, datastore: str | None = None) -> None:
        """Move a VM to another host, another datastore, or both."""
        spec = vim.vm.RelocateSpec()
        if host:
            spec.host = self.all(vim.HostSystem)[host]
        if datastore:
            spec.datastore = self.all(vim.Datastore)[datastore]
        self.finish(self.vm(vm).RelocateVM_Task(spec))

    def destroy(self, vm: Thing) -> None:
        """Switch a VM off and delete it with its files."""
        vm = self._off(vm)
        self.finish(vm.Destroy_Task())

    def unregister(self, vm: Thing) -> Unregistered:
        """Switch a VM off and take it out of the inventory; its files stay."""
        vm = self._off(vm)
        said = self.read(vm, "name", "parent", "resourcePool", "config.files.vmPathName")
        vm.UnregisterVM()
        return Unregistered(said["name"], said["parent"], said["resourcePool"], said["config.files.vmPathName"])

    def register(self, files: Unregistered) -> Thing:
        """Take a VM into the inventory again, as it was but under a new moref; return it."""
        task = files.folder.RegisterVM_Task(files.path, files.name, asTemplate=False, pool=files.pool)
        vm = self.finish(task)
        self.control.reread(ref(vm))
        return vm

    def post(self, event: Thing, vm: Thing = None) -> Thing:
        """Post an event as this user, about a VM if given; return it as the server keeps it."""
        event.key = event.chainId = 0
        event.createdTime = datetime.now(UTC)
        event.userName = ""
        if vm is not None:
            vm = self.vm(vm)
            event.vm = vim.event.VmEventArgument(vm=vm, name=self.read(vm, "name")["name"])
        if isinstance(event, vim.event.VmEvent):
            event.template = False  # required by the schema
        self.content.eventManager.PostEvent(event)
        return self.events(None, type(event))[-1]

    def end_sessions(self, user: str) -> int:
        """End all sessions of another user, as an administrator would; return how many."""
        manager = self.content.sessionManager
        keys = [one.key for one in self.read(manager, "sessionList")["sessionList"] if one.userName == user]
        if keys:
            manager.TerminateSession(keys)
        return len(keys)

    def _off(self, vm: Thing) -> Thing:
        vm = self.vm(vm)
        if self.read(vm, "runtime.powerState")["runtime.powerState"] == "poweredOn":
            self.power(vm, on=False)
        return vm

    def _new_disk(self, vm: Thing, gigabytes: int) -> Thing:
        devices = self.read(vm, "config.hardware.device")["config.hardware.device"]
        disks = [device for device in devices if isinstance(device, vim.vm.device.VirtualDisk)]
        disk = vim.vm.device.VirtualDisk(key=-1, controllerKey=disks[0].controllerKey, capacityInKB=gigabytes << 20)
        disk.unitNumber = max(one.unitNumber for one in disks) + 1
        disk.backing = vim.vm.device.VirtualDisk.FlatVer2BackingInfo(diskMode="persistent", fileName="")
        return vim.vm.device.VirtualDeviceSpec(operation="add", fileOperation="create", device=disk)
