"""Two vCenters and a truth that is known by construction: what was done when, where, and whether it was approved.

They are read through everything that goes wrong: pages that are lost, fields and machines that are not shown, visits
that are cut, another schema of the collector, machines that move, copies that show the identity of their original,
and requests that are recorded late.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from driftline.api.judging import records
from driftline.api.model import MODEL
from driftline.api.pipeline import take_in
from driftline.api.rejudging import Touched, give_up, judge_again
from driftline.api.visit.context import Pen, row_of
from driftline.api.visit.order import Order
from driftline.diff.policy import Policy
from driftline.graph.batch import Rows
from driftline.graph.model.change_records import (
    Approval,
    Decision,
    Rfc,
    RfcState,
    RfcType,
    RfcVersion,
    ScopeBy,
    ScopeItem,
    Window,
)
from driftline.graph.model.compute import VCenter
from driftline.graph.model.declare import Ref
from driftline.graph.model.observed import ALL, MEMBERSHIP, Coverage, Part, SourceIs, Status, Withheld
from driftline.graph.model.values import Key, Micros, Ms
from driftline.graph.records import Outcome, Run
from driftline.graph.sqlite import SqliteStore
from driftline.graph.store import Batch, Compare, Cond, Lease, Store
from tests.api.visits import GROUPS, HOUR, KINDS, START, UUIDS, disk, machine, vcenter

VM, DISK = "VirtualMachine", "VirtualDisk"
FIELDS = ("cpu_count", "memory_mb")
NEAR = 600_000
PHASES = ("items/0", "links/0", "close")


class Cut(Exception):
    """The program ended in the middle of a visit."""


@dataclass
class Machine:
    """A machine as it is. ``shown``: the number in the identity that it shows; ``sites``: where it is registered."""

    moref: str
    shown: int
    sites: set[str]
    values: dict[str, int] = field(default_factory=lambda: {"cpu_count": 2, "memory_mb": 4096})


@dataclass(frozen=True)
class Deed:
    """Something that was really done. ``value``: what a field became, in plain units."""

    at: int
    machine: str
    what: str
    value: int | None = None
    approved: bool = False


@dataclass(frozen=True)
class Noise:
    """How a visit fails to see."""

    scopes: frozenset[str] = frozenset()
    hidden: frozenset[str] = frozenset()
    withheld: frozenset[tuple[str, str]] = frozenset()
    cut: str = ""
    resumed: bool = True


@dataclass
class World:
    """The estate, its truth, and the memory that looks at it; everything follows from ``number``."""

    store: Store
    lease: Lease
    clock: list[int]
    number: int
    count: int = 0
    deeds: list[Deed] = field(default_factory=list)
    late: list[Deed] = field(default_factory=list)
    schema: dict[str, int] = field(default_factory=lambda: {"a": 1, "b": 1})
    came_about: Counter[str] = field(default_factory=Counter)
    policy: Policy = field(default_factory=lambda: Policy(mass_loss_count=100))
    random: Random = field(init=False)

    def __post_init__(self) -> None:
        """Three machines in one vCenter, two in the other."""
        self.random = Random(self.number)  # noqa: S311 -- a story, not a secret
        homes = {1: "a", 2: "a", 3: "a", 4: "b", 5: "b"}
        self.machines = {f"vm-{n}": Machine(f"vm-{n}", n, {site}) for n, site in homes.items()}

    def play(self, steps: int) -> None:
        """First good visits, steps of deeds and bad visits, and good visits until everything has come out."""
        self._look(Noise())
        for _ in range(steps):
            for number in range(self.random.randrange(3)):
                self._do(START + self.count * HOUR + NEAR + number * 60_000)
            for site in self.random.sample(["a", "b"], self.random.choice((1, 2))):
                self.visit(site, self._noise())
        self._come_to_rest()
        for _ in range(4):
            self._look(Noise())
        for deed in self.late:
            self._request(deed)

    # doing

    def _do(self, at: int) -> None:
        what = self.random.choice(
            ("set", "set", "set", "set", "die", "birth", "move", "leave", "clone", "part", "schema")
        )
        one = self.machines[self.random.choice(sorted(self.machines))]
        getattr(self, f"_{what}")(one, at)

    def _set(self, one: Machine, at: int) -> None:
        name = self.random.choice(FIELDS)
        one.values[name] = value = 10 + len(self.deeds)
        self._note(Deed(at, one.moref, name, value, self.random.random() < 0.7))

    def _die(self, one: Machine, at: int) -> None:
        """It is deleted; not an original whose copy then looks like it under another locator and name."""
        if len(self.machines) > 3 and all(_number(one) > _number(copy) for copy in self._copies(one)):
            del self.machines[one.moref]
            if len(one.sites) > 1:
                self._note(Deed(at, one.moref, "managed_by"))  # as it looks until both vCenters were read
            self._note(Deed(at, one.moref, "delete", approved=self.random.random() < 0.7))

    def _birth(self, _: Machine, at: int) -> None:
        number = 20 + len(self.deeds)
        self.machines[f"vm-{number}"] = Machine(f"vm-{number}", number, {self.random.choice("ab")})
        self._note(Deed(at, f"vm-{number}", "create"))

    def _move(self, one: Machine, at: int) -> None:
        """It begins to be shown by the other vCenter too."""
        if len(one.sites) == 1 and not self._copies(one):
            one.sites = {"a", "b"}
            self._note(Deed(at, one.moref, "create"))

    def _leave(self, one: Machine, at: int) -> None:
        """It is no longer shown by the one that it came from, or goes over in one step."""
        if not self._copies(one):
            one.sites = {self.random.choice(sorted(one.sites))} if len(one.sites) > 1 else {"a", "b"} - one.sites
            self._note(Deed(at, one.moref, "delete"))
            self._note(Deed(at, one.moref, "create"))
            self._note(Deed(at, one.moref, "managed_by"))

    def _clone(self, one: Machine, at: int) -> None:
        """A copy beside it that shows its identity."""
        if len(one.sites) == 1 and not self._copies(one):
            copy = f"vm-{100 + len(self.deeds)}"
            self.machines[copy] = Machine(copy, one.shown, set(one.sites), dict(one.values))
            self._note(Deed(at, copy, "create"))

    def _part(self, one: Machine, at: int) -> None:
        """The copy of two gets an identity of its own."""
        if self._copies(one):
            copy = max((one, *self._copies(one)), key=_number)
            copy.shown = _number(copy)
            self._note(Deed(at, copy.moref, "instance_uuid"))

    def _schema(self, _: Machine, at: int) -> None:
        """From now on memory is told in another unit: nothing was done."""
        if at % 3 == 0:
            self.schema[self.random.choice("ab")] = 2

    def _come_to_rest(self) -> None:
        at = START + self.count * HOUR + NEAR
        for one in list(self.machines.values()):
            self._part(one, at)
            if len(one.sites) > 1:
                self._leave(one, at + 1)

    def _copies(self, one: Machine) -> list[Machine]:
        return [m for m in self.machines.values() if m is not one and m.shown == one.shown]

    def _note(self, deed: Deed) -> None:
        self.deeds.append(deed)
        if not deed.approved:
            return
        if self.random.random() < 0.5:
            self._request(deed)
        else:
            self.late.append(deed)

    def _request(self, deed: Deed) -> None:
        """Record the request for a deed, approved before it; whatever it concerns is judged again."""
        number, margin = f"{len(self.deeds)}-{deed.at}", self.random.choice((NEAR, 4 * HOUR))
        approved = Ms(deed.at - margin)
        cis = tuple(sorted(ci for ci in self._keys(deed.machine)))
        version = RfcVersion(
            id=f"rfc:{number}@1",
            rfc=f"rfc:{number}",
            valid_from_ms=approved,
            material_hash=number,
            type=RfcType.NORMAL,
            state=RfcState.SCHEDULED,
            requester="rita",
            opened_ms=approved,
            windows=(Window(approved, Ms(deed.at + margin)),),
            scope=tuple(ScopeItem(ScopeBy.CI, ci, (ci,)) for ci in cis),
        )
        rfc = Rfc(id=version.rfc, source="itsm", source_id=number, number=number)
        approval = Approval(
            id=f"approval:{number}",
            rfc=rfc.id,
            approver="boss",
            decision=Decision.APPROVED,
            decided_ms=approved,
            material_hash=number,
        )
        name = f"request/{number}/{len(self.deeds)}"
        Pen(self.store, self.lease, name, "itsm", "").write(
            "records", Rows(), [row_of(rfc), row_of(version), row_of(approval)]
        )
        touched = Touched({rfc.id}, [version]).affected(self.store, self.policy)
        judge_again(self.store, self.lease, self.policy, touched, name, Ms(self.clock[0] // 1000))
        self.came_about["requests"] += 1

    def _keys(self, moref: str) -> set[Key]:
        """The CIs that lead from the locator of a machine, in either vCenter."""
        ids = [f"VirtualMachine.moref:vcenter:{UUIDS[site]}/{moref}" for site in "ab"]
        return {Key(row.body["ci"]) for row in self.store.find("Alias", [Cond("id", Compare.IN, ids)])}

    # looking

    def _noise(self) -> Noise:
        def some(share: float) -> frozenset[str]:
            return frozenset(name for name in self.machines if self.random.random() < share)

        kinds = (VM, DISK, f"{VM}/config", f"{VM}/{MEMBERSHIP}")
        bad = frozenset(kind for kind in kinds if self.random.random() < 0.12)
        withheld = frozenset((name, self.random.choice(FIELDS)) for name in some(0.15))
        cut = self.random.choice(PHASES) if self.random.random() < 0.2 else ""
        return Noise(bad, some(0.1), withheld, cut, resumed=self.random.random() < 0.5)

    def _look(self, noise: Noise) -> None:
        self.visit("a", noise)
        self.visit("b", noise)

    def visit(self, site: str, noise: Noise) -> None:
        """Read one vCenter through noise; a visit that is cut is taken up again, or given up."""
        self.count += 1
        start = Ms(START + self.count * HOUR)
        self.clock[0] = (start + 60_000) * 1000
        order = Order(
            run=f"vc-{site}@{self.count}",
            target=f"vc-{site}",
            collector="vsphere",
            capture=f"{self.count:064x}",
            started_ms=start,
            ended_ms=Ms(start + 60_000),
            policy=self.policy,
            pseudonym=lambda login: f"p-{login}",
        )
        parts = list(self._parts(site, noise, start))
        if noise.cut and self._is_cut(order, parts, noise.cut) and not noise.resumed:
            run = next(r for r in records(self.store, Run) if r.outcome is Outcome.RUNNING)
            give_up(self.store, self.lease, self.policy, run, "its capture is gone")
            self.came_about["given up"] += 1
            return
        take_in(order, parts, self.store, self.lease)

    def _is_cut(self, order: Order, parts: list[Part], at: str) -> bool:
        written = self.store.apply

        def until(batch: Batch) -> bool:
            if batch.id.endswith(at):
                raise Cut
            return written(batch)

        self.store.apply = until  # type: ignore[method-assign]  # the program ends there
        try:
            take_in(order, parts, self.store, self.lease)
        except Cut:
            self.came_about["cut"] += 1
            return True
        finally:
            self.store.apply = written  # type: ignore[method-assign]  # as it was
        return False

    def _parts(self, site: str, noise: Noise, start: Ms) -> Iterator[Part]:
        yield SourceIs(f"vcenter:{UUIDS[site]}", vcenter(site), self.schema[site])
        yield VCenter(instance_uuid=UUIDS[site], name=f"vc-{site}")
        for one in self.machines.values():
            if site in one.sites:
                yield from self._machine(one, site, noise)
        for kind in KINDS:
            for group in GROUPS:
                status = Status.PARTIAL if {kind, f"{kind}/{group}"} & noise.scopes else Status.COMPLETE
                yield Coverage(kind, group, status, 1, start, Ms(start + 60_000))

    def _machine(self, one: Machine, site: str, noise: Noise) -> Iterator[Part]:
        ref = Ref(VM, "moref", (one.moref,))
        if one.moref in noise.hidden:
            yield Withheld(ref, (ALL,), "NoPermission")
            return
        if {VM, f"{VM}/{MEMBERSHIP}"} & noise.scopes and one.shown % 2:
            return  # lost with its page
        hides = {name for which, name in noise.withheld if which == one.moref}
        unit = self.schema[site]
        values = {"cpu_count": one.values["cpu_count"], "memory_mb": one.values["memory_mb"] * unit}
        said: dict[str, object] = {name: None if name in hides else value for name, value in values.items()}
        yield machine(one.moref, one.shown, at=site, name=one.moref, **said)
        if DISK not in noise.scopes:
            yield disk(one.moref)
        if hides:
            yield Withheld(ref, tuple(sorted(hides)), "NoPermission")


def _number(one: Machine) -> int:
    return int(one.moref.removeprefix("vm-"))


@contextmanager
def played(number: int, folder: Path) -> Iterator[World]:
    """A world whose story has been played to its end."""
    clock = [0]
    store = SqliteStore.open(folder / "store.db", MODEL, clock=lambda: Micros(clock[0]))
    with store.lease("test") as lease:
        world = World(store, lease, clock, number)
        world.play(8)
        yield world
    store.close()
