"""The estate on which stores are measured: virtual machines with every attribute that their kind declares.

Everything follows from a number, so that a million of them need no memory and every run measures the same. Each machine
has three links to others, which no estate has; it makes a closure of depth 6 about a thousand items wide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from driftline.diff.words import Change, Grade
from driftline.graph.model.bodies import body
from driftline.graph.model.change_records import Op
from driftline.graph.model.compute import VirtualMachine
from driftline.graph.model.facts import Ends
from driftline.graph.model.values import Key, Ms, Value
from driftline.graph.store import RecordRow

SOURCE: Final = "bench"
KIND: Final = "VirtualMachine"
LINK: Final = "STORED_ON"
STRIDES: Final = (31, 57, 101, 211, 307)
RELINKED: Final = (1, 34, 67)
"""Machines of every hundred that change one of three links: 1 % of all links."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What one visit says of one machine."""

    key: Key
    attrs: dict[str, Value]
    links: dict[str, Ends]


@dataclass(frozen=True, slots=True)
class Estate:
    """So many machines with so many links each. ``name`` tells their keys from those of other estates."""

    size: int
    links_each: int = 3
    name: str = "estate"

    def key(self, number: int) -> Key:
        """Key of a machine."""
        return Key(f"{KIND}.{self.name}:{number:07}")

    def chunk(self, start: int, size: int, *, later: bool = False) -> list[Machine]:
        """Machines from a number on, as they are now or ``later``, when 1 % of items and links have changed."""
        return [self._machine(number, later=later) for number in range(start, min(start + size, self.size))]

    def changes(self, start: int, size: int) -> tuple[RecordRow, ...]:
        """A change record of each machine."""
        return tuple(self._change(number) for number in range(start, min(start + size, self.size)))

    def sample(self, count: int) -> list[Key]:
        """Some keys, evenly spread."""
        return [self.key(number) for number in range(0, self.size, self.size // count)][:count]

    def _machine(self, number: int, *, later: bool) -> Machine:
        attrs = attributes(number)
        if later and number % 100 == 0:
            attrs |= {"cpu_count": 99, "memory_mb": 99, "annotation": "changed"}
        ends = {self.key(end) for end in self._ends(number, moved=later and number % 100 in RELINKED)}
        return Machine(self.key(number), attrs, {LINK: tuple(sorted(ends))})

    def _ends(self, number: int, *, moved: bool) -> Iterator[int]:
        for which, stride in enumerate(STRIDES[: self.links_each]):
            yield (number * stride + which * 7_919 + (moved and which == 0) * 4_001 + 13) % self.size

    def _change(self, number: int) -> RecordRow:
        change = Change(
            id=f"{self.name}-{number:07}",
            ci=self.key(number),
            ci_kind=KIND,
            title=f"vm{number}",
            source=SOURCE,
            path="cpu_count",
            op=Op.SET,
            old="2",
            new="4",
            lower_ms=Ms(number * 10),
            upper_ms=Ms(number * 10 + 5),
            grade=Grade.POLL,
        )
        return RecordRow("Change", change.id, body(change))


def attributes(number: int) -> dict[str, Value]:
    """All 30 attributes of a machine, of every type that a value can have, in the order of their names."""
    said: dict[str, Value] = {
        "addresses": (f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}",),
        "annotation": f"Machine {number} of rack {number % 997}, asked for by team {number % 37}",
        "bios_uuid": f"4210a1b2-c3d4-e5f6-a7b8-{number:012x}",
        "boot_at": 1_700_000_000_000_000 + number,
        "connection": "connected",
        "cores_per_socket": 1,
        "cpu_count": 2 + number % 16,
        "cpu_hot_add": number % 2 == 0,
        "cpu_limit_mhz": 20_000,
        "cpu_reservation_mhz": number % 1_000,
        "custom_fields": (f"Cost centre={number % 211}", "Stage=production"),
        "fault_tolerance": "none",
        "file_path": f"[ds{number % 89}] vm{number}/vm{number}.vmx",
        "firmware": "efi",
        "guest_id": "rhel9_64Guest",
        "guest_running": "rhel9_64Guest",
        "hardware_version": "vmx-21",
        "host_name": f"vm{number}.example.net",
        "instance_uuid": f"5010a1b2-c3d4-e5f6-a7b8-{number:012x}",
        "managed_by": "com.example.backup",
        "memory_hot_add": False,
        "memory_limit_mb": 65_536,
        "memory_mb": 4_096,
        "memory_reservation_mb": 0,
        "name": f"vm{number}",
        "power": "on",
        "tags": ("backup/daily", f"zone/{number % 7}"),
        "template": False,
        "tools_status": "running",
        "tools_version": "12389",
    }
    if said.keys() ^ VirtualMachine.kept:
        raise AssertionError(f"not the attributes of a machine: {sorted(said.keys() ^ VirtualMachine.kept)}")
    return said
