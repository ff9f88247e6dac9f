"""Visits made by hand: a memory on SQLite, a clock that is set, and estates of few items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from driftline.api.model import MODEL
from driftline.api.pipeline import Report, take_in
from driftline.api.visit.order import Order
from driftline.diff.policy import Policy
from driftline.graph.model.compute import HypervisorHost, VCenter, VirtualDisk, VirtualMachine
from driftline.graph.model.declare import Item, Ref
from driftline.graph.model.hardware import Server
from driftline.graph.model.observed import (
    MEMBERSHIP,
    Coverage,
    Event,
    FeedCoverage,
    Part,
    SourceIs,
    Stamp,
    Status,
    Withheld,
)
from driftline.graph.model.values import Key, Micros, Ms
from driftline.graph.sqlite import SqliteStore
from driftline.graph.store import Store

KINDS = ("VCenter", "Server", "HypervisorHost", "VirtualMachine", "VirtualDisk")
GROUPS = (MEMBERSHIP, "config", "guest", "tags")
HOUR = 3_600_000
START = Ms(1_770_000_000_000)
UUIDS = {"a": "aaaaaaaa-0000-4000-8000-000000000001", "b": "bbbbbbbb-0000-4000-8000-000000000002"}


def vcenter(name: str) -> Ref:
    """Reference to one of two vCenters."""
    return Ref("VCenter", "instance_uuid", (UUIDS[name],))


def machine(moref: str, number: int, at: str = "a", **said: object) -> VirtualMachine:
    """A machine; equal numbers have equal instance uuids."""
    values = {
        "instance_uuid": f"50000000-0000-4000-8000-{number:012x}",
        "name": f"vm{number}",
        "cpu_count": 2,
        "memory_mb": 4096,
        "vcenter": vcenter(at),
    } | said
    return VirtualMachine(moref=moref, **values)  # type: ignore[arg-type]  # values of any field


def disk(moref: str, key: str = "2000", **said: object) -> VirtualDisk:
    """A disk of the machine at a moref."""
    values = {"label": f"Hard disk {key}", "capacity_bytes": 40 << 30} | said
    owner = Ref("VirtualMachine", "moref", (moref,))
    return VirtualDisk(device_key=key, machine=owner, **values)  # type: ignore[arg-type]  # values of any field


def host(moref: str, at: str = "a", **hardware: object) -> list[Item]:
    """A hypervisor and the server under it."""
    server = Server(host_moref=moref, **hardware)  # type: ignore[arg-type]  # values of any field
    under = Ref("Server", "host_moref", (moref,))
    return [server, HypervisorHost(moref=moref, name=f"{moref}.example", vcenter=vcenter(at), server=under)]


@dataclass
class Memory:
    """A store with a clock that moves an hour a visit."""

    store: Store
    clock: list[int] = field(default_factory=lambda: [0])
    visits: int = 0
    policy: Policy = field(default_factory=Policy)

    @classmethod
    def at(cls, folder: Path) -> Memory:
        """Open a new memory."""
        clock = [0]
        return cls(SqliteStore.open(folder / "store.db", MODEL, clock=lambda: Micros(clock[0])), clock)

    def visit(  # noqa: PLR0913 -- the circumstances of a visit
        self,
        items: Iterable[Item],
        at: str = "a",
        *,
        withheld: Iterable[Withheld] = (),
        events: Iterable[Event] = (),
        feed: bool = False,
        partial: Iterable[str] = (),
        logged: Iterable[str] = (),
        stamps: Iterable[Stamp] = (),
        schema: int = 1,
    ) -> Report:
        """Take in one visit to vCenter ``at``; ``partial`` kinds, or ``Kind/group``, were not read completely."""
        self.visits += 1
        start = Ms(START + self.visits * HOUR)
        self.clock[0] = (start + 60_000) * 1000
        parts = _parts(items, at, start, withheld, (*events, *stamps), feed, frozenset(partial), schema)
        order = Order(
            run=f"vc-{at}@{self.visits}",
            target=f"vc-{at}",
            collector="vsphere",
            capture=f"{self.visits:064x}",
            started_ms=start,
            ended_ms=Ms(start + 60_000),
            policy=self.policy,
            pseudonym=lambda login: f"p-{login}",
            removal_logged=frozenset(logged),
        )
        with self.store.lease("test") as lease:
            return take_in(order, parts, self.store, lease)

    def live(self, kind: str) -> dict[Key, dict[str, object]]:
        """Live items of a kind."""
        return {Key(row.id): dict(row.body) for row in self.store.find(kind)}

    def open_findings(self) -> list[str]:
        """Texts of open findings."""
        return sorted(row.body["text"] for row in self.store.find("Finding") if row.body["state"] == "open")


def told(report: Report) -> list[tuple[str, str, str, str | None, str | None]]:
    """Changes that stand for themselves: title, path, op, old, new."""
    return sorted((c.title, c.path, c.op.value, c.old, c.new) for c in report.changes if not c.derived_from)


def _parts(
    items: Iterable[Item],
    at: str,
    start: Ms,
    withheld: Iterable[Withheld],
    events: Iterable[Event | Stamp],
    feed: bool,  # noqa: FBT001 -- a private step
    partial: frozenset[str],
    schema: int,
) -> Iterator[Part]:
    yield SourceIs(f"vcenter:{UUIDS[at]}", vcenter(at), schema)
    yield VCenter(instance_uuid=UUIDS[at], name=f"vc-{at}")
    yield from items
    yield from withheld
    yield from events
    if feed:
        yield FeedCoverage(START, Ms(start + 60_000))
    for kind in KINDS:
        for group in GROUPS:
            status = Status.PARTIAL if {kind, f"{kind}/{group}"} & partial else Status.COMPLETE
            yield Coverage(kind, group, status, 1, start, Ms(start + 60_000))
