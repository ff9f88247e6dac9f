"""Makes the captures of ``driftline demo``: ``python -m tests.lab.week api/demo/captures``, from the checkout.

A vCenter simulator is read ten times, by the code of ``driftline record``, while people of a lab change things one
after another through its API. Then each capture is moved to its place in the week of 2 March 2026 (``timeline.py``).

What a vCenter says and the simulator leaves out is added to its events as ``control.event`` allows: what a
reconfiguration changed (``configChanges``), and that nobody ordered a move by DRS.
"""

import asyncio
import os
import time
from argparse import ArgumentParser
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import ip_network
from pathlib import Path
from typing import Any, TypeVar

from driftline.api.visiting import noted
from driftline.collectors.capture import Capture
from driftline.collectors.egress import Egress
from driftline.collectors.line import HttpLine
from driftline.collectors.target import Login, Password, Target
from driftline.collectors.visit import observed, visit
from driftline.collectors.vsphere import collector
from driftline.graph.model.observed import FeedCoverage
from driftline.graph.model.values import Ms, ms
from tests.lab.control import Control, Fault, Rule, typed
from tests.lab.estate import Estate, ref, sdk
from tests.lab.timeline import Timeline
from tests.lab.vcsim import simulator

vim = sdk.vim
TARGET, PASSWORD = "vcenter-ber1", "wrong-horse-battery"
READER = "LAB\\driftline"
ALICE, BOB, CAROL, DAVE, ERIN, FRANK = (f"LAB\\{name}" for name in ("alice", "bob", "carol", "dave", "erin", "frank"))
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = ("mon", "tue", "wed", "thu", "fri")
PAUSE_SECONDS = 0.05
Answer = TypeVar("Answer")


def at(when: str) -> int:
    """``mon 22:20`` of the week, in milliseconds since 1970."""
    day, clock = when.split()
    hours, minutes = map(int, clock.split(":"))
    return ms(MONDAY) + ((DAYS.index(day) * 24 + hours) * 60 + minutes) * 60_000


def now() -> int:
    """The present instant in milliseconds."""
    return time.time_ns() // 1_000_000


@dataclass
class Week:
    """A recording under way: what was read so far, and which real instant is told of which of the week."""

    url: str
    control: Control
    timeline: Timeline = field(default_factory=Timeline)
    captures: list[tuple[str, Capture]] = field(default_factory=list)
    cursor: str = ""

    def happens(self, when: str, what: Callable[[], Answer]) -> Answer:
        """Do something that is told to have happened at a time of the week."""
        time.sleep(PAUSE_SECONDS)
        begun = now()
        self.timeline.anchor(begun, at(when))
        done = what()
        time.sleep(PAUSE_SECONDS)
        ended = now()
        self.timeline.anchor(ended, at(when) + ended - begun)
        return done

    def reads(self, when: str, *, rules: tuple[Rule, ...] = (), faults: tuple[Fault, ...] = ()) -> None:
        """Record a visit, under rules and faults that hold for it alone."""
        self.control.rules(*rules)
        self.control.faults(*faults)
        self.happens(when, lambda: self._record(when))
        self.control.faults()

    def _record(self, when: str) -> None:
        place = Target(TARGET, self.url.removesuffix("/sdk"), Login(READER, Password(PASSWORD)))
        egress = Egress((ip_network("127.0.0.0/8"),))
        begun = Ms(now())
        visited = asyncio.run(visit(collector, place, lambda p: HttpLine(p, egress), self.cursor))
        capture = noted(visited, TARGET, begun)
        feeds = [part for part in observed(collector, capture) if isinstance(part, FeedCoverage)]
        self.cursor = feeds[0].cursor if feeds else self.cursor
        self.captures.append((when, capture))

    def as_(self, user: str, when: str, what: Callable[[Estate], Any]) -> Any:  # noqa: ANN401 -- what pyvmomi returns
        """Let a person do something at a time of the week."""
        with Estate(self.control, self.url, user) as estate:
            return self.happens(when, lambda: what(estate))

    def reconfigures(self, user: str, when: str, vm: str, said: str, **wanted: Any) -> None:  # noqa: ANN401 -- as Estate takes it
        """Reconfigure a VM; ``said`` is how a vCenter writes it into ``configChanges``."""

        def work(estate: Estate) -> None:
            estate.reconfigure(vm, **wanted)
            event = estate.events(vm, vim.event.VmReconfiguredEvent)[-1]
            if "add_disk_gb" in wanted:
                self.control.event(event.key, added=said)
            else:
                self.control.event(event.key, modified=said)

        self.as_(user, when, work)

    def write(self, folder: Path) -> None:
        """Write the captures as of the week, named in the order in which they were made."""
        for number, (when, capture) in enumerate(self.captures, 1):
            moved = self.timeline.capture(capture, lambda begun: f"{TARGET}@{begun}")
            moved.write(folder, f"{number:02}-{when.replace(' ', '-').replace(':', '')}")
        for file in folder.iterdir():
            file.chmod(0o644)  # they are published


CPU, MEMORY = "config.hardware.numCPU: {} -> {};", "config.hardware.memoryMB: {} -> {};"
NEW_DISK = (
    'config.hardware.device(2001): (key = 2001, deviceInfo = (label = "Hard disk 2"), '
    'backing = (diskMode = "persistent"), capacityInKB = 209715200);'
)


def moved_by_drs(estate: Estate, vm: str, host: str) -> None:
    """Move a VM as DRS does: by an event that no user has."""
    machine, target = estate.vm(vm), estate.all(vim.HostSystem)[host]
    source = estate.read(machine, "runtime.host")["runtime.host"]
    estate.control.set("VirtualMachine", ref(machine), "runtime.host", moref(target))
    left = vim.event.HostEventArgument(name=estate.read(source, "name")["name"], host=source)
    event = estate.post(vim.event.DrsVmMigratedEvent(sourceHost=left), machine)
    estate.control.event(event.key, user="")


def moref(thing: Any) -> dict[str, Any]:  # noqa: ANN401 -- an object of pyvmomi
    """A reference as the control endpoint reads it."""
    return typed("ManagedObjectReference", {"type": type(thing).__name__.rpartition(".")[2], "value": ref(thing)})


def story(week: Week) -> None:
    """The week. Requests that go with it stand in ``api/demo/requests``, answers in ``tests/api/demo/answers.yaml``."""
    week.reads("mon 08:00")
    week.reconfigures(ALICE, "mon 22:20", "app-0001", CPU.format(4, 8), cpus=8)
    week.reconfigures(ALICE, "mon 22:25", "app-0001", MEMORY.format(8192, 16384), memory_mb=16384)
    week.reconfigures(ALICE, "mon 22:40", "app-0004", CPU.format(4, 16), cpus=16)
    week.as_(ERIN, "tue 03:00", lambda estate: moved_by_drs(estate, "web-0006", "esx-0-1.lab.example"))
    week.reads("tue 06:00")
    week.reconfigures(BOB, "tue 09:15", "web-0003", MEMORY.format(4096, 2048), memory_mb=2048)
    week.reconfigures(ALICE, "tue 14:00", "sql-0005", NEW_DISK, add_disk_gb=200)
    week.reconfigures(DAVE, "tue 20:30", "sql-0008", CPU.format(8, 12), cpus=12)
    week.reads("tue 23:00")
    _with_poor_readings(week)
    _end(week)


def _with_poor_readings(week: Week) -> None:
    """One visit ends before the machines, and one does not get at the event log."""
    ends = Fault(method="RetrievePropertiesEx", fault="SystemError", user=READER, skip=4, times=0)
    no_events = Fault(method="CreateCollectorForEvents", fault="NoPermission", user=READER, times=0)
    week.reads("wed 06:00", faults=(ends,))
    week.reconfigures(CAROL, "wed 07:00", "web-0003", MEMORY.format(2048, 4096), memory_mb=4096)
    week.reconfigures(ERIN, "wed 10:00", "app-0010", MEMORY.format(8192, 12288), memory_mb=12288)
    week.reads("wed 18:00")
    week.reconfigures(ALICE, "wed 23:30", "app-0013", CPU.format(4, 8), cpus=8)
    week.reads("thu 02:00", faults=(no_events,))
    week.reconfigures(FRANK, "thu 03:10", "sql-0011", CPU.format(8, 16), cpus=16)
    week.reconfigures(BOB, "thu 10:00", "web-0012", MEMORY.format(4096, 8192), memory_mb=8192)
    week.reads("thu 12:00")


def _end(week: Week) -> None:
    """A removal, a copy with the identity of its original, and a machine that the reader may not see any more."""
    week.as_(ALICE, "fri 09:30", lambda estate: estate.destroy("web-0018"))
    hidden = week.as_(DAVE, "fri 10:00", restored)
    week.reads("fri 12:00", rules=(hidden,))
    week.reads("fri 18:00", rules=(hidden,))


def restored(estate: Estate) -> Rule:
    """Bring a VM back from a copy beside itself, with its identity, and change it. Return what is then hidden."""
    said = estate.read(estate.vm("app-0016"), "config.uuid", "config.instanceUuid")
    same = {"bios_uuid": said["config.uuid"], "instance_uuid": said["config.instanceUuid"]}
    estate.clone("app-0016", "app-0016-restored", **same)
    estate.reconfigure("app-0016", memory_mb=12288)
    event = estate.events("app-0016", vim.event.VmReconfiguredEvent)[-1]
    estate.control.event(event.key, modified=MEMORY.format(8192, 12288))
    return Rule(ref=ref(estate.vm("web-0021")), mode="hidden", user=READER)


def main() -> None:
    """Record the week into the folder of the command line, which is emptied of captures first."""
    said = ArgumentParser(description=__doc__)
    said.add_argument("folder", type=Path)
    said.add_argument("--name", default="week", help="of the simulator, so that two recordings do not meet")
    given = said.parse_args()
    folder, lab = given.folder, simulator(given.name)
    lab.down()
    ready = lab.up([f"-owner={os.getpid()}"])
    try:
        week = Week(ready["url"], Control(ready["control"]))
        week.timeline.anchor(now() - 1_000, at("mon 07:00"))
        story(week)
    finally:
        lab.down()
    for old in [*folder.glob("*.json"), *folder.glob("*.gz")]:
        old.unlink()
    week.write(folder)


if __name__ == "__main__":
    main()
