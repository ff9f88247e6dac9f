"""The pages of a capture as objects, each once, and the account of what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from driftline.collectors.capture import Capture, Entry
from driftline.collectors.coverage import Account, Scope, Span, groups_of
from driftline.collectors.vsphere import soap
from driftline.collectors.vsphere.asks import STAGES, Asked
from driftline.collectors.vsphere.decode import Cut, Found, Note, page, wanted_device
from driftline.collectors.vsphere.read_host import CONNECTIONS, POWERS
from driftline.collectors.vsphere.refs import KINDS
from driftline.graph.model import compute, hardware, storage
from driftline.graph.model.declare import Item
from driftline.graph.model.garbage import uncollected
from driftline.graph.model.observed import MEMBERSHIP, Status, Unread
from driftline.graph.model.values import Ms

READ: Mapping[Asked, tuple[type[Item], ...]] = {
    Asked.CONTENT: (compute.VCenter,),
    Asked.STRUCTURE: (
        compute.Datacenter, compute.Cluster, compute.ResourcePool, compute.Datastore, compute.VirtualSwitch,
        compute.PortGroup,
    ),
    Asked.HOSTS: (
        hardware.Server, compute.HypervisorHost, hardware.Nic, compute.VirtualSwitch, compute.PortGroup,
        hardware.HostBusAdapter, storage.Initiator, storage.Volume,
    ),
    Asked.MACHINES: (compute.VirtualMachine, compute.VirtualDisk, compute.VirtualNic, compute.Snapshot),
}  # fmt: skip
"""The kinds that each stage fills."""

CHOICES: Mapping[str, Mapping[str, object]] = {
    "runtime.powerState": POWERS,
    "runtime.connectionState": CONNECTIONS,
}
"""Properties whose values we translate: one that we do not know is not a removed one."""

MAX_UNREAD = 1_000
_ASKED = {
    "tags": (Asked.TAGS, Asked.TAG, Asked.CATEGORY, Asked.ATTACHED),
    "custom_fields": (Asked.CUSTOM_FIELDS, Asked.MACHINES),
}
"""Groups that other asks fill than their stage."""


@dataclass(slots=True)
class Pages:
    """Reads the pages of one capture and keeps the account: what was seen, what failed, what was odd."""

    capture: Capture
    account: Account = field(default_factory=lambda: Account(kinds_read()))
    _seen: dict[str, str] = field(default_factory=dict)
    _gone: set[str] = field(default_factory=set)
    _dropped: dict[str, str] = field(default_factory=dict)
    _odd: dict[tuple[str, str, str], list[str]] = field(default_factory=dict)

    def objects(self, stage: Asked) -> Iterator[Found]:
        """Every object of a stage, once; what is wrong with its pages goes into the account."""
        kinds = [kind.kind for kind in READ[stage]]
        token, number = "?", 0
        for number, entry in enumerate(self.capture.named(stage), 1):
            body = self.capture.body(entry)
            if fault := soap.fault_of(body):
                self._faulted(stage, kinds, fault)
                continue
            token = soap.token_of(body)
            yield from self._page(entry, stage, body, number, kinds)
        if token:
            why = f"read to page {number}, more to come" if number else "not asked"
            self.account.fail(kinds, why, status=Status.PARTIAL if number else Status.FAILED)
        yield from self._again(stage, kinds)

    def _page(self, entry: Entry, stage: Asked, body: bytes, number: int, kinds: list[str]) -> Iterator[Found]:
        try:
            with uncollected():
                found, mended = page(body, wanted_device)
        except Cut as error:
            self.account.fail(kinds, f"page {number} (HTTP {entry.status}): {error}")
            return
        if mended:
            self.note(stage, f"page {number}", [Note("characters", "not XML, replaced", lost=False)])
        for one in found:
            if one.moref not in self._seen and one.type in STAGES[stage]:
                self._seen[one.moref] = one.type
                one.missing.update(
                    (path, why) for path, why in self._dropped.items() if path in STAGES[stage][one.type]
                )
                yield one

    def _faulted(self, stage: Asked, kinds: list[str], fault: soap.Fault) -> None:
        path = fault.details.get("name", "")
        if fault.type == "InvalidProperty" and path:
            self._dropped[path] = fault.type
            self.note(stage, path, [Note("path", "unknown to this server", lost=False)])
        else:
            self.account.fail(kinds, f"{fault.type or 'fault'}: {fault.message}"[:200])

    def _again(self, stage: Asked, kinds: list[str]) -> Iterator[Found]:
        for entry in self.capture.named(Asked.AGAIN):
            body = self.capture.body(entry)
            if fault := soap.fault_of(body):
                if fault.type == "ManagedObjectNotFound":
                    self._gone.add(fault.details.get("obj", ""))
                continue
            found = page_or_nothing(body)
            if any(one.type in STAGES[stage] for one in found):
                yield from self._page(entry, stage, body, 0, kinds)

    def lost(self, stage: Asked, found: Found) -> list[str]:
        """Paths of an object whose value was damaged on its way, all oddities noted."""
        for path, known in CHOICES.items():
            if (value := found.props.get(path)) and value not in known:
                found.notes.append(Note(path, f"unknown value {value!r}", lost=True))
        self.note(stage, f"{found.type} {found.moref}", found.notes)
        return [note.place.partition(":")[0] for note in found.notes if note.lost]

    def note(self, ask: Asked, where: str, notes: Iterable[Note]) -> None:
        """Remember oddities; equal ones of many objects are one."""
        for one in notes:
            self._odd.setdefault((ask, one.place, one.why), []).append(where)

    def unread(self) -> Iterator[Unread]:
        """Everything odd; equal oddities of many objects are one row."""
        for (ask, place, why), where in list(self._odd.items())[:MAX_UNREAD]:
            more = f" (and {len(where) - 1} more)" if len(where) > 1 else ""
            yield Unread(ask, f"{where[0]} {place}{more}", why)

    def check_membership(self) -> None:
        """Compare what was read with the lists of the view: an object in both and in no page was lost on the way."""
        lists = [self._members(name) for name in (Asked.BEFORE, Asked.AFTER)]
        if lists[0] is None or lists[1] is None:
            self.account.fail([kind.kind for kind in kinds_read()], "the list of objects was not answered", MEMBERSHIP)
            return
        unread = set(lists[0].items()) & set(lists[1].items()) - set(self._seen.items())
        for reference, kind in sorted(unread):
            stage = next((stage for stage, types in STAGES.items() if kind in types), None)
            if stage and kind in KINDS and reference not in self._gone:
                kinds = [one.kind for one in READ[stage]]
                self.account.fail(kinds, f"{reference} is in the view and in no page", MEMBERSHIP)

    def _members(self, name: Asked) -> Mapping[str, str] | None:
        for entry in self.capture.named(name):
            found = page_or_nothing(self.capture.body(entry))
            if found and "view" in found[0].props:
                return {reference: kind for kind, reference in found[0].props["view"]}
        return None

    def check_essentials(self) -> None:
        """A visit without a login or a view is none, whatever else stands in the capture."""
        for name in (Asked.LOGIN, Asked.VIEW):
            entry = next(self.capture.named(name), None)
            if entry is None or next(soap.returned(self.capture.body(entry)), None) is None:
                self.account.fail([kind.kind for kind in kinds_read()], f"no {name}")

    def spans(self) -> Mapping[Scope, Span]:
        """When each kind and group was read, by our clock."""
        whole = self._span(Asked.BEFORE, Asked.AFTER)
        spans: dict[Scope, Span] = {}
        for stage, kinds in READ.items():
            for kind in kinds:
                for group in groups_of(kind)[1:]:
                    before = spans.get((kind.kind, group))
                    spans[kind.kind, group] = _hull(before, self._span(*_ASKED.get(group, (stage,))))
                spans[kind.kind, MEMBERSHIP] = whole
        return spans

    def _span(self, *asks: Asked) -> Span:
        entries = list(self.capture.named(*asks))
        if not entries:
            return self.capture.start_ms, self.capture.end_ms
        return Ms(min(entry.start_ms for entry in entries)), Ms(max(entry.end_ms for entry in entries))


def last_session(capture: Capture) -> Capture:
    """The capture from the last login on: what a lost session had read before is not put together with the rest."""
    logins = [at for at, entry in enumerate(capture.entries) if entry.ask == Asked.LOGIN]
    if len(logins) < 2:  # noqa: PLR2004 -- there is something to leave out
        return capture
    contents = [at for at, entry in enumerate(capture.entries) if entry.ask == Asked.CONTENT and at < logins[-1]]
    return replace(capture, entries=capture.entries[contents[-1] if contents else logins[-1] :])


def kinds_read() -> tuple[type[Item], ...]:
    """All kinds that this collector fills."""
    return tuple(dict.fromkeys(kind for kinds in READ.values() for kind in kinds))


def _hull(one: Span | None, other: Span) -> Span:
    return other if one is None else (min(one[0], other[0]), max(one[1], other[1]))


def page_or_nothing(body: bytes) -> list[Found]:
    """The objects of a short answer; none if it is damaged."""
    try:
        return page(body)[0]
    except Cut:
        return []
