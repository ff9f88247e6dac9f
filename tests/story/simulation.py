"""A small estate with a known truth: what was changed when, and visits that see it through every kind of noise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from driftline.api.pipeline import Report, take_in
from driftline.api.visit.order import Order
from driftline.diff.policy import Policy
from driftline.graph.model.compute import VCenter
from driftline.graph.model.declare import Item, Ref
from driftline.graph.model.observed import (
    ALL,
    Act,
    Clock,
    Coverage,
    Event,
    FeedCoverage,
    Part,
    SourceIs,
    Status,
    Withheld,
)
from driftline.graph.model.values import Ms
from driftline.graph.store import Lease, Store
from tests.api.visits import GROUPS, HOUR, KINDS, START, UUIDS, disk, machine, vcenter

VM, DISK = "VirtualMachine", "VirtualDisk"
FIELDS = ("cpu_count", "memory_mb", "annotation", "name")
NUMBERS = (1, 2, 3, 4)
Change = tuple[int, str]


@dataclass(frozen=True)
class Noise:
    """How a visit fails to see: scopes read badly, machines that show nothing, fields that are not shown."""

    scopes: frozenset[str] = frozenset()
    failed: bool = False
    hidden: frozenset[int] = frozenset()
    withheld: frozenset[tuple[int, str]] = frozenset()
    feed: bool = True


@dataclass(frozen=True)
class Step:
    """What is done before a visit (machine and what: a field, ``disk`` or ``life``), and the noise of the visit."""

    done: tuple[Change, ...] = ()
    noise: Noise = Noise()


numbers = st.sampled_from(NUMBERS)
noises = st.builds(
    Noise,
    scopes=st.frozensets(st.sampled_from((VM, DISK)), max_size=1),
    failed=st.sampled_from((False, False, False, True)),
    hidden=st.frozensets(numbers, max_size=1),
    withheld=st.frozensets(st.tuples(numbers, st.sampled_from((*FIELDS, DISK))), max_size=3),
    feed=st.booleans(),
)
deeds = st.tuples(numbers, st.sampled_from((*FIELDS, "disk", "life")))
steps = st.lists(
    st.builds(Step, st.lists(deeds, max_size=3).map(tuple), st.one_of(st.just(Noise()), noises)), min_size=2, max_size=6
)
quiet = st.lists(st.builds(Step, st.just(()), noises), min_size=2, max_size=6)


@dataclass
class Simulation:
    """The estate, its log, and the memory that looks at it. ``offset``: how far the server's clock is ahead of ours."""

    store: Store
    lease: Lease
    clock: list[int]
    offset: int = 0
    renames: bool = True
    count: int = 0
    machines: dict[int, dict[str, Any]] = field(default_factory=dict)
    truth: dict[tuple[int, str, str | None], int] = field(default_factory=dict)
    log: list[Event] = field(default_factory=list)
    heard: int = 0

    def __post_init__(self) -> None:
        """Four machines with a disk each."""
        for number in NUMBERS:
            self.machines[number] = self._new()

    def play(self, script: Iterable[Step]) -> Iterator[Report]:
        """A first good visit, every step with its visit, and good visits until everything has come out."""
        yield self.visit(Noise())
        for step in script:
            for number, (which, what) in enumerate(step.done):
                self._do(which, what, self._instant(number))
            yield self.visit(step.noise)
        for _ in range(3):
            yield self.visit(Noise())

    def _instant(self, number: int) -> int:
        return START + self.count * HOUR + 600_000 + number * 60_000

    def _new(self) -> dict[str, Any]:
        return {"cpu_count": 2, "memory_mb": 4096, "annotation": "note", "name": None, "disk": 40, "alive": True}

    def _do(self, number: int, what: str, at: int) -> None:
        """Change the estate for real. Every value is one of its own, so that a change is known by what it made."""
        own, value = self.machines[number], self.count * 10 + at % 7 + 100 + at // 60_000 % 1000
        if what == "life":
            self._live_or_die(number, at)
        elif not own["alive"] or (what == "name" and not self.renames):
            return
        elif what == "disk":
            own["disk"] = 0 if own["disk"] else 40
            self._note(number, "disk", None, at, act=Act.CHANGED)
        else:
            own[what] = value if what in {"cpu_count", "memory_mb"} else None if own[what] == "x" else f"{what}{value}"
            self._note(number, what, str(own[what]), at, act=Act.CHANGED, can=("name",) if what == "name" else (ALL,))

    def _live_or_die(self, number: int, at: int) -> None:
        if self.machines[number]["alive"]:
            self.machines[number]["alive"] = False
            self._note(number, "delete", None, at, act=Act.REMOVED)
        else:
            self.machines[number]["alive"] = True
            self._note(number, "create", None, at, act=Act.CREATED)

    def _note(
        self, number: int, what: str, value: str | None, at: int, *, act: Act, can: tuple[str, ...] = (ALL,)
    ) -> None:
        self.truth[number, what, value] = at
        ref = Ref(VM, "moref", (f"vm-{number}",))
        event = Event(f"e{at}", Ms(at + self.offset), ref, "Done", act, actor="alice", can_change=can)
        self.log.append(event)

    # looking

    def visit(self, noise: Noise) -> Report:
        """Read the estate through noise."""
        self.count += 1
        start = Ms(START + self.count * HOUR)
        self.clock[0] = (start + 60_000) * 1000
        order = Order(
            run=f"vc@{self.count}",
            target="vc",
            collector="vsphere",
            capture=f"{self.count:064x}",
            started_ms=start,
            ended_ms=Ms(start + 60_000),
            policy=Policy(mass_loss_count=100),
            pseudonym=lambda login: f"p-{login}",
            removal_logged=frozenset({VM}),
        )
        return take_in(order, self._parts(noise, start), self.store, self.lease)

    def _parts(self, noise: Noise, start: Ms) -> Iterator[Part]:
        yield SourceIs(f"vcenter:{UUIDS['a']}", vcenter("a"))
        yield VCenter(instance_uuid=UUIDS["a"], name="vc-a")
        yield Clock(self.offset, 20)
        if not noise.failed:
            for number, own in self.machines.items():
                if own["alive"]:
                    yield from self._machine(number, own, noise)
        if noise.feed and not noise.failed:
            yield from (event for event in self.log if event.at_ms > self.heard)
            yield FeedCoverage(Ms(self.heard or START - HOUR), Ms(start + 60_000 + self.offset))
            self.heard = start + self.offset
        for kind in KINDS:
            bad = noise.failed or kind in noise.scopes
            for group in GROUPS:
                yield Coverage(kind, group, Status.PARTIAL if bad else Status.COMPLETE, 1, start, Ms(start + 60_000))

    def _machine(self, number: int, own: dict[str, Any], noise: Noise) -> Iterator[Item | Withheld]:
        moref = f"vm-{number}"
        ref = Ref(VM, "moref", (moref,))
        hides = {what for which, what in noise.withheld if which == number}
        if number in noise.hidden:
            yield Withheld(ref, (ALL,), "NoPermission")
            return
        if VM in noise.scopes and number % 2:
            return  # lost with its page
        shown = {**own, "name": own["name"] or f"vm{number}"}
        said: Any = {name: None if name in hides else shown[name] for name in FIELDS}
        yield machine(moref, number, **said)
        if own["disk"] and DISK not in hides and DISK not in noise.scopes:
            yield disk(moref)
        if hides:
            yield Withheld(ref, tuple(sorted(hides)), "NoPermission")


def number_of(ci: str) -> int:
    """The machine that a key leads to, or whose part it is."""
    return int(ci.partition("50000000-0000-4000-8000-")[2][:12], 16)
