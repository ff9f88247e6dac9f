"""A morning of a small estate, taken in by the pipeline itself: six visits, three requests, a people file.

08:00  first reading            10:00  alice: CPU of db-01 2 to 4, in the window of CHG-1 (event)
08:10  people and services      10:10  mallory: memory of web-01, nobody asked for it (event)
09:00  nothing changed          10:50  somebody: note of db-01, by 11:00; window of CHG-3 begins 10:30
10:20  reads the two changes    11:00  reads the note, a new disk of web-01, and the end of the evil machine (event)
12:00  nothing changed
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from driftline.api.model import MODEL
from driftline.api.pipeline import take_in
from driftline.api.visit.context import row_of
from driftline.api.visit.order import Order
from driftline.diff.policy import Policy
from driftline.graph.model.change_records import (
    Approval,
    Decision,
    ExpectedChange,
    Rfc,
    RfcState,
    RfcType,
    RfcVersion,
    ScopeBy,
    ScopeItem,
    Window,
)
from driftline.graph.model.compute import Cluster, Datastore, HypervisorHost, VCenter, VirtualDisk, VirtualMachine
from driftline.graph.model.declare import Item, Ref
from driftline.graph.model.hardware import Server
from driftline.graph.model.observed import (
    MEMBERSHIP,
    Act,
    Coverage,
    Event,
    FeedCoverage,
    Link,
    Named,
    Part,
    SourceIs,
    Status,
)
from driftline.graph.model.people import Criticality, Customer, Person, Service, Site, Team
from driftline.graph.model.pseudonym import pseudonym
from driftline.graph.model.storage import Volume
from driftline.graph.model.values import Key, Micros, Ms
from driftline.graph.questions.find_ci import the_one
from driftline.graph.questions.viewer import Viewer
from driftline.graph.store import Batch, Lease, PersonRow, Store
from tests.graph.contract.estate import Clock, Place

EIGHT = 1_772_438_400_000
"""2026-03-02T08:00:00Z."""

MINUTE = 60_000
SITE_KEY = b"story".ljust(32, b".")
ALL = Viewer.everything()
SOURCE = "vcenter:5d1c4dc2-0000-4000-8000-000000000001"
EVIL = '=HYPERLINK("http://evil")\N{RIGHT-TO-LEFT OVERRIDE}\x1b[31m<b>'
KINDS = ("VCenter", "Cluster", "Server", "HypervisorHost", "Volume", "Datastore", "VirtualMachine", "VirtualDisk")
VC = Ref("VCenter", "instance_uuid", (SOURCE.removeprefix("vcenter:"),))


def at(hour: int, minute: int = 0) -> Ms:
    """An instant of the morning."""
    return Ms(EIGHT + ((hour - 8) * 60 + minute) * MINUTE)


def hidden(login: str) -> str:
    """The pseudonym of a login in this story."""
    return pseudonym(SITE_KEY, login)


def _vm(number: int, name: str, on: str, stores: tuple[str, ...], **said: object) -> VirtualMachine:
    values = {
        "instance_uuid": f"50000000-0000-4000-8000-{number:012x}",
        "name": name,
        "cpu_count": 2,
        "memory_mb": 4096,
        "addresses": (f"10.0.0.{number}",),
        "vcenter": VC,
        "host": Ref("HypervisorHost", "moref", (on,)),
        "datastores": tuple(Ref("Datastore", "moref", (one,)) for one in stores),
    } | said
    return VirtualMachine(moref=f"vm-{number}", **values)  # type: ignore[arg-type]  # values of any field


def _disk(vm: int, key: str, store: str) -> VirtualDisk:
    owner, on = Ref("VirtualMachine", "moref", (f"vm-{vm}",)), Ref("Datastore", "moref", (store,))
    return VirtualDisk(
        device_key=key, label=f"Hard disk {key}", capacity_bytes=40 << 30, machine=owner, stored_on=(on,)
    )


def _host(number: int, *stores: str) -> list[Item]:
    moref = f"host-{number}"
    mounted = tuple(Ref("Datastore", "moref", (one,)) for one in stores)
    server = Server(host_moref=moref, vendor="Dell", serial=f"SRV{number:04}")
    host = HypervisorHost(
        moref=moref,
        name=f"esx{number}.example.com",
        vmkernel_addresses=(f"10.0.1.{number}/24",),
        vcenter=VC,
        server=Ref("Server", "vendor_serial", ("Dell", f"SRV{number:04}")),
        cluster=Ref("Cluster", "moref", ("domain-1",)),
        datastores=mounted,
    )
    return [server, host]


def estate(cpu: int = 2, memory: int = 4096, note: str = "orders") -> list[Item]:
    """The estate as it is read until eleven."""
    volume = Ref("Volume", "durable_name", ("naa.600508b1001c4d2e8000000000000001",))
    return [
        VCenter(instance_uuid=VC.values[0], name="vc.example.com"),
        Cluster(moref="domain-1", name="prod", vcenter=VC),
        *_host(1, "datastore-1", "datastore-2"),
        *_host(2, "datastore-1"),
        Volume(durable_name=volume.values[0], vendor="HPE"),
        Datastore(moref="datastore-1", vmfs_uuid="5f000000-1", name="ds-gold", vcenter=VC, volumes=(volume,)),
        Datastore(moref="datastore-2", vmfs_uuid="5f000000-2", name="ds-iron", vcenter=VC),
        _vm(1, "db-01", "host-1", ("datastore-1",), annotation=note, cpu_count=cpu),
        _vm(2, "web-01", "host-2", ("datastore-1",), memory_mb=memory),
        _disk(1, "2000", "datastore-1"),
        _vm(3, EVIL, "host-1", ("datastore-2",)),
    ]


def last() -> list[Item]:
    """The estate from eleven on: a note, a disk more, a machine less."""
    return [*estate(4, 8192, "orders, old")[:-1], _disk(2, "2000", "datastore-1")]


def _event(name: str, when: Ms, vm: int, actor: str, path: str = "", old: str = "", new: str = "") -> Event:
    named = (Named(path, old, new),) if path else ()
    act = Act.CHANGED if path else Act.REMOVED
    return Event(
        id=f"{SOURCE}|{name}",
        at_ms=when,
        item=Ref("VirtualMachine", "moref", (f"vm-{vm}",)),
        type="VmReconfiguredEvent" if path else "VmRemovedEvent",
        act=act,
        actor=actor,
        names=named,
        typed=bool(path),
        complete=bool(path),
        raw=f"{path}: {old} -> {new}" if path else "removed",
    )


@dataclass
class Story:
    """The store after the morning, and how to find things in it."""

    store: Store
    clock: Clock
    policy: Policy = field(default_factory=Policy)

    def ci(self, text: str) -> Key:
        """A CI by its name."""
        return the_one(ALL, self.store, text)

    @property
    def now(self) -> Ms:
        """Now: half an hour after the last visit."""
        return at(12, 30)


def told(place: Place) -> Story:
    """Let the morning happen."""
    story = Story(place.open(MODEL), place.clock)
    with story.store.lease("the story") as lease:
        _visit(story, lease, 1, at(8), estate())
        _people(story, lease)
        _visit(story, lease, 2, at(9), estate())
        _request(story, lease, "CHG-1", at(9, 30), at(10, 30), ("db-01",), "cpu_count", "4")
        _request(story, lease, "CHG-2", at(9, 30), at(10, 30), ("web-01", "ds-iron"), "memory_mb", "9000")
        _request(story, lease, "CHG-3", at(10, 30), at(11, 30), ("db-01",), "annotation", None)
        work = [
            _event("1", at(10), 1, "LAB\\alice", "cpu_count", "2", "4"),
            _event("2", at(10, 10), 2, "LAB\\mallory", "memory_mb", "4096", "8192"),
        ]
        _visit(story, lease, 3, at(10, 20), estate(4, 8192), work)
        _visit(story, lease, 4, at(11), last(), [_event("3", at(10, 55), 3, "LAB\\alice")])
        _visit(story, lease, 5, at(12), last())
    story.clock.now = Micros(story.now * 1000)
    return story


def _visit(story: Story, lease: Lease, number: int, start: Ms, items: list[Item], events: Iterable[Event] = ()) -> None:
    end = Ms(start + MINUTE)
    story.clock.now = Micros(end * 1000)
    order = Order(
        run=f"vc-1@{number}",
        target="vc-1",
        collector="vsphere",
        capture=f"{number:064x}",
        started_ms=start,
        ended_ms=end,
        policy=story.policy,
        pseudonym=hidden,
        removal_logged=frozenset({"VirtualMachine"}),
    )
    take_in(order, _parts(items, events, start, end), story.store, lease)


def _parts(items: list[Item], events: Iterable[Event], start: Ms, end: Ms) -> Iterator[Part]:
    yield SourceIs(SOURCE, VC)
    yield from items
    yield from events
    yield FeedCoverage(at(7), end)
    for kind in KINDS:
        count = sum(item.kind == kind for item in items)
        for group in (MEMBERSHIP, "config", "guest", "tags"):
            tags_off = group == "tags" and kind == "VirtualMachine"
            status, errors = (Status.PARTIAL, ("tag service refused",)) if tags_off else (Status.COMPLETE, ())
            yield Coverage(kind, group, status, count, start, end, errors)


def _people(story: Story, lease: Lease) -> None:
    start = at(8, 10)
    story.clock.now = Micros(start * 1000)
    order = Order(
        run="people@1",
        target="people",
        collector="files",
        capture=f"{77:064x}",
        started_ms=start,
        ended_ms=start,
        policy=story.policy,
        pseudonym=hidden,
        judged=False,
    )
    take_in(order, _people_parts(story, start), story.store, lease)
    named = {"LAB\\anna": "Anna Berg", "LAB\\mallory": "Mallory Moe", "LAB\\boss": "Bea Boss"}
    rows = [PersonRow(hidden(login), "name", name) for login, name in named.items()]
    rows.append(PersonRow(hidden("LAB\\anna"), "phone", "+49 30 1"))
    _write(story.store, lease, "people", persons=tuple(rows))


def _people_parts(story: Story, start: Ms) -> Iterator[Part]:
    db, web, esx = (Ref("Item", "key", (story.ci(name),)) for name in ("db-01", "web-01", "esx1.example.com"))
    anna, ops = Ref("Person", "pseudonym", (hidden("LAB\\anna"),)), Ref("Team", "name", ("Operations",))
    shop = Ref("Service", "name", ("Shop",))
    ber = Ref("Site", "name", ("ber1",))
    yield SourceIs("files")
    yield Site(name="ber1")
    yield Team(name="Operations", contact="+49 30 999")
    yield Person(pseudonym=anna.values[0], team=ops)
    yield Service(name="Shop", criticality=Criticality.CROWN_JEWEL, relies_on=(db,), owner=anna, support=ops)
    yield Service(name="Intranet", criticality=Criticality.LOW, relies_on=(web,))
    yield Customer(name="ACME", services=(shop,))
    yield Link(db, "OWNED_BY", anna)
    yield Link(esx, "LOCATED_AT", ber)
    for kind in ("Site", "Team", "Person", "Service", "Customer"):
        yield Coverage(kind, MEMBERSHIP, Status.COMPLETE, 1, start, start)
        yield Coverage(kind, "config", Status.COMPLETE, 1, start, start)
    for group in ("owned_by", "located_at", "supported_by"):
        yield Coverage("Item", group, Status.COMPLETE, 1, start, start)


def _request(
    story: Story, lease: Lease, number: str, after: Ms, until: Ms, on: tuple[str, ...], path: str, value: str | None
) -> None:
    rfc = Rfc(id=f"rfc:itsm:{number}", source="itsm", source_id=number, number=number)
    scope = tuple(ScopeItem(ScopeBy.CI, text, (story.ci(text),)) for text in on)
    version = RfcVersion(
        id=f"{rfc.id}@{at(9)}",
        rfc=rfc.id,
        valid_from_ms=at(9),
        material_hash=number,
        type=RfcType.NORMAL,
        state=RfcState.SCHEDULED,
        title=f"Work {number}",
        requester=hidden("LAB\\anna"),
        opened_ms=at(8, 30),
        windows=(Window(after, until),),
        scope=scope,
        expected=(ExpectedChange(path, value=value),),
    )
    approval = Approval(
        id=f"approval:{number}",
        rfc=rfc.id,
        approver=hidden("LAB\\boss"),
        decision=Decision.APPROVED,
        decided_ms=at(9, 10),
        material_hash=number,
    )
    _write(story.store, lease, number, records=(row_of(rfc), row_of(version), row_of(approval)))


def _write(store: Store, lease: Lease, name: str, **parts: object) -> None:
    batch = Batch(id=f"story/{name}", at=lease.now(), run=f"story/{name}", source="itsm", fence=lease.fence, **parts)  # type: ignore[arg-type]  # fields of a batch
    assert store.apply(batch)
