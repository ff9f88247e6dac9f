"""Understands what a vCenter answered: items, what it withheld, what was odd, events, and how complete it all is.

Nothing is believed absent here. An object that was in the view before and after and in no page makes its kind partial;
a page that is cut, refused or never asked for does so too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from driftline.collectors.capture import Capture
from driftline.collectors.vsphere import soap
from driftline.collectors.vsphere.asks import SERVER, STAGES, Asked
from driftline.collectors.vsphere.decode import STRANGER, Found, Note, decode_object
from driftline.collectors.vsphere.event_feed import instant, read_feed
from driftline.collectors.vsphere.events import read_events
from driftline.collectors.vsphere.hints import unanswered
from driftline.collectors.vsphere.pages import Pages, last_session, page_or_nothing
from driftline.collectors.vsphere.read_host import read_host
from driftline.collectors.vsphere.read_machine import Around, read_machine
from driftline.collectors.vsphere.read_network import read_distributed_port_group, read_distributed_switch, read_network
from driftline.collectors.vsphere.read_storage import read_datastore
from driftline.collectors.vsphere.read_structure import Parents, read_cluster, read_datacenter, read_pool
from driftline.collectors.vsphere.refs import KINDS, local, ref_of, server_of
from driftline.collectors.vsphere.shown import integer, moref, row, rows, words
from driftline.collectors.vsphere.tags import Tags, read_tags
from driftline.graph.model.compute import VCenter
from driftline.graph.model.declare import Item, Ref
from driftline.graph.model.identity import uuid
from driftline.graph.model.observed import ALL, MEMBERSHIP, Clock, Part, SourceIs, Status, Unread, Withheld
from driftline.graph.model.storage import Volume
from driftline.graph.model.values import ms

SCHEMA = 1
"""Raised when an unchanged vCenter would be described in other words, so that nobody takes that for a change."""

DEEP = frozenset({"Initiator", "PortGroup", "Volume"})
"""Parts of parts of a host: one host that does not show its own makes their membership partial."""

STRUCTURE_ORDER = tuple(STAGES[Asked.STRUCTURE])


def observe(capture: Capture) -> Iterator[Part]:
    """Yield what the capture says, see ``contract.Collector.observe``."""
    pages = Pages(last_session(capture))
    reading = _Reading(pages)
    content = reading.content()
    about = row(content.get("about"))
    source = uuid(words(about.get("instanceUuid")) or reading.first_host_uuid(about))
    if source is None:
        yield Unread(Asked.CONTENT, "about.instanceUuid", "the source does not say who it is")
        return
    vcenter = Ref("VCenter", "instance_uuid", (source,))
    yield SourceIs(source, vcenter, SCHEMA)
    if clock := _clock(pages.capture):
        yield clock
    yield reading.counted(
        VCenter(
            instance_uuid=source,
            name=words(about.get("name")),
            version=words(about.get("version")),
            build=words(about.get("build")),
            api_version=words(about.get("apiVersion")),
        )
    )
    yield from reading.structure(vcenter)
    yield from reading.hosts(vcenter)
    yield from reading.machines(vcenter)
    feed = read_feed(pages.capture, clock)
    pages.note(Asked.EVENTS, "event", feed.notes)
    yield from read_events(feed.events)
    if feed.coverage:
        yield feed.coverage
    for system, why in unanswered(pages.capture):
        pages.note(Asked.NETWORK_HINTS, system, [Note("hints", why, lost=False)])
    yield from reading.close()


@dataclass(slots=True)
class _Reading:
    """The state of one observation: its account, what was seen already, what was odd."""

    pages: Pages
    _volumes: set[str] = field(default_factory=set)

    # what is said once

    def content(self) -> Mapping[str, Any]:
        """The decoded service content."""
        entry = next(self.pages.capture.named(Asked.CONTENT), None)
        return soap.returned_object(self.pages.capture.body(entry), "ServiceContent") if entry else {}

    def first_host_uuid(self, about: Mapping[str, Any]) -> str:
        """Identity of a standalone ESXi: it has no instanceUuid, but it is one host."""
        if about.get("apiType") != "HostAgent":
            return ""
        for entry in self.pages.capture.named(Asked.HOSTS):
            for found in page_or_nothing(self.pages.capture.body(entry)):
                return words(row(found.props.get("hardware.systemInfo")).get("uuid")) or ""
        return ""

    def counted(self, item: Item) -> Item:
        """The item, in the account."""
        self.pages.account.item(item.kind)
        return item

    # items

    def structure(self, vcenter: Ref) -> Iterator[Part]:
        """Containers, datastores and networks, owners first: they are few enough to be sorted."""
        found = list(self.pages.objects(Asked.STRUCTURE))
        parents = {one.moref: above for one in found if (above := moref(one.props.get("parent")))}
        for one in sorted(found, key=lambda one: STRUCTURE_ORDER.index(one.type)):
            if KINDS.get(one.type):
                yield from self._parts(Asked.STRUCTURE, one, _read_structure(one, vcenter, parents))

    def hosts(self, vcenter: Ref) -> Iterator[Part]:
        """Machines, hypervisors and what is in them; a volume that many see, once."""
        for found in self.pages.objects(Asked.HOSTS):
            yield from self._parts(Asked.HOSTS, found, self._volumes_once(read_host(found, vcenter)))

    def _volumes_once(self, parts: Iterable[Part]) -> Iterator[Part]:
        for part in parts:
            if isinstance(part, Volume):
                if part.durable_name in self._volumes:
                    continue
                self._volumes.add(part.durable_name)
            yield part

    def machines(self, vcenter: Ref) -> Iterator[Part]:
        """Virtual machines and their parts."""
        around = Around(vcenter, self._custom_fields(), self._tags())
        for found in self.pages.objects(Asked.MACHINES):
            yield from self._parts(Asked.MACHINES, found, read_machine(found, around))
            if around.tags and around.tags.of_machine(found.moref) is None:
                yield self._withheld(Withheld(local("VirtualMachine", found.moref), ("tags",), "not asked"))

    def _parts(self, stage: Asked, found: Found, read: Iterable[Part]) -> Iterator[Part]:
        """What was read of an object, and what it withheld; of one that shows nothing at all, only that."""
        me = local(KINDS[found.type], found.moref)
        if not found.props:
            why = ", ".join(sorted(set(found.missing.values()))) or "nothing shown"
            yield from self._hidden(found, me, why)
            return
        lost = self.pages.lost(stage, found)
        short = [note.place.partition(":")[0] for note in found.notes if note.why == STRANGER]
        damaged = {name for path in lost for name in _fields(stage, found.type, path)}
        for part in read:
            if isinstance(part, Item):
                self.pages.account.item(part.kind)
                yield part
                if part.kind in damaged or SERVER + part.kind in damaged:
                    yield from self._damaged(part)
            else:
                yield self._withheld(part) if isinstance(part, Withheld) else part
        for fault, names in _by_fault(stage, found, [*lost, *short]).items():
            yield from self._refused(found, me, names, fault)

    def _hidden(self, found: Found, me: Ref, why: str) -> Iterator[Withheld]:
        yield self._withheld(Withheld(me, (ALL,), why))
        if found.type == "HostSystem":
            yield self._withheld(Withheld(server_of(found.moref), (ALL,), why))
            self.pages.account.fail(DEEP, f"{found.moref}: {why}", MEMBERSHIP)

    def _damaged(self, part: Item) -> Iterator[Withheld]:
        if (reference := ref_of(part)) is not None:
            yield self._withheld(Withheld(reference, (ALL,), "not understood"))

    def _refused(self, found: Found, me: Ref, names: Iterable[str], why: str) -> Iterator[Withheld]:
        machine = tuple(name.removeprefix(SERVER) for name in names if name.startswith(SERVER))
        own = tuple(name for name in names if not name.startswith(SERVER))
        if own:
            yield self._withheld(Withheld(me, own, why))
        if machine:
            yield self._withheld(Withheld(server_of(found.moref), machine, why))

    def _withheld(self, part: Withheld) -> Withheld:
        self.pages.account.withheld(part)
        if deep := DEEP.intersection(part.fields):
            self.pages.account.fail(deep, f"{part.item.values[0]}: {part.why}", MEMBERSHIP)
        return part

    # the rest

    def _custom_fields(self) -> Mapping[int, str] | None:
        for entry in self.pages.capture.named(Asked.CUSTOM_FIELDS):
            for found in page_or_nothing(self.pages.capture.body(entry)):
                fields = rows(found.props.get("field"))
                return {key: str(one.get("name")) for one in fields if (key := integer(one.get("key"))) is not None}
        self.pages.account.fail(
            ["VirtualMachine"], "names of custom fields not answered", "custom_fields", status=Status.FAILED
        )
        return None

    def _tags(self) -> Tags | None:
        tags = read_tags(self.pages.capture)
        if isinstance(tags, Tags):
            return tags
        self.pages.account.fail(["VirtualMachine"], tags, "tags", status=Status.FAILED)
        return None

    def close(self) -> Iterator[Part]:
        """What was odd, then coverage."""
        _privileges(self.pages)
        self.pages.check_membership()
        self.pages.check_essentials()
        yield from self.pages.unread()
        yield from self.pages.account.coverage(self.pages.spans())


def _privileges(pages: Pages) -> None:
    entry = next(pages.capture.named(Asked.PRIVILEGES), None)
    answers = list(soap.returned(pages.capture.body(entry))) if entry else []
    said = [decode_object(one, "EntityPrivilege", []) for one in answers]
    granted = [rows(one.get("privAvailability")) for one in said]
    missing = [str(one.get("privId")) for rows_ in granted for one in rows_ if one.get("isGranted") is not True]
    if missing or not said:
        note = Note("root folder", f"not granted: {', '.join(missing)}" if missing else "not answered", lost=False)
        pages.note(Asked.PRIVILEGES, "account", [note])


def _clock(capture: Capture) -> Clock | None:
    """The server's clock against ours."""
    entry = next(capture.named(Asked.CLOCK), None)
    server = instant(capture.body(entry)) if entry else None
    if entry is None or server is None:
        return None
    middle, trip = (entry.start_ms + entry.end_ms) // 2, entry.end_ms - entry.start_ms
    return Clock(ms(server) - middle, trip // 2 + 1)


def _read_structure(found: Found, vcenter: Ref, parents: Parents) -> Iterator[Item | Withheld]:
    match KINDS[found.type]:
        case "Datacenter":
            yield read_datacenter(found, vcenter)
        case "Cluster":
            yield (cluster := read_cluster(found, vcenter, parents))
            if cluster.datacenter is None:  # every cluster is in one: a folder above it shows no parent
                yield Withheld(local("Cluster", found.moref), ("datacenter",), "the way up is not shown")
        case "ResourcePool":
            yield read_pool(found)
        case "Datastore":
            yield read_datastore(found, vcenter)
        case "VirtualSwitch":
            yield read_distributed_switch(found, vcenter)
        case _ if found.type == "DistributedVirtualPortgroup":
            yield read_distributed_port_group(found, vcenter)
        case _:
            yield read_network(found, vcenter)


def _fields(stage: Asked, kind: str, path: str) -> tuple[str, ...]:
    return STAGES[stage][kind].get(path, ())


def _by_fault(stage: Asked, found: Found, lost: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """Names of fields that were not shown, by the reason; parts among them may be there and not among those read."""
    grouped: dict[str, tuple[str, ...]] = {}
    for path, why in (*found.missing.items(), *((path, "not understood") for path in lost)):
        names = _fields(stage, found.type, path)
        grouped[why] = (*grouped.get(why, ()), *names)
    return {why: names for why, names in grouped.items() if names}
