"""Understands what a network device answered: items, what it does not show, stamps and events, and how complete it is.

Nothing is believed absent here. A table that was cut, refused, not asked, or has rows that nobody understood, leaves
everything that it feeds as it was (see ``feeds``); and who perhaps is not who answered the last time says nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from driftline.collectors.capture import Capture, Damaged
from driftline.collectors.coverage import Account, Scope, Span
from driftline.collectors.network import asks, feeds
from driftline.collectors.network.answers import Answers
from driftline.collectors.network.cli.configuration import Configurations
from driftline.collectors.network.how import unread
from driftline.collectors.network.messages import read_messages
from driftline.collectors.network.particular import Particular
from driftline.collectors.network.platforms import Platform, identify, named
from driftline.collectors.network.read_addresses import read_addresses
from driftline.collectors.network.read_device import read_device, read_members, read_unsaid
from driftline.collectors.network.read_fibre import read_fibre_ports
from driftline.collectors.network.read_hardware import chassis_of, read_modules
from driftline.collectors.network.read_identity import Identity, read_identity
from driftline.collectors.network.read_interfaces import Ports, read_ports
from driftline.collectors.network.read_ports import read_interfaces
from driftline.collectors.network.read_routing import read_bgp, read_routes, read_vrfs
from driftline.collectors.network.read_stamps import read_clock, read_events, read_stamps
from driftline.collectors.network.read_vlans import read_vlans
from driftline.graph.model.declare import Item, Ref
from driftline.graph.model.observed import Coverage, Part, SourceIs, Status, Unread, Withheld
from driftline.graph.model.values import Ms

AGENT_REPEATS_MS = 60_000
"""Agents keep what they said of a table for up to a minute (net-snmp) and say it again: it may be as old as that."""
SCHEMA = 1
"""Raised when an unchanged device would be described in other words, so that nobody takes that for a change."""


def observe(capture: Capture) -> Iterator[Part]:
    """Yield what the capture says, see ``contract.Collector.observe``."""
    answers = Answers.of(capture)
    if asks.SYSTEM.name not in answers.objects:
        yield Unread(asks.SYSTEM.name, "reply", "the device does not say who it is")
        return
    platform = _platform(capture, answers)
    own = platform.read(answers) if platform else Particular()
    chassis = chassis_of(answers)
    parts = platform.identity if platform else ()
    identity = read_identity(answers, chassis, own, capture.notes.get("target", ""), parts)
    if identity.doubts:
        yield Unread(identity.doubts[0], "reply", f"who it is may stand in what was not read: {identity.doubts}")
        return
    yield SourceIs(identity.source, identity.ref, SCHEMA, identity.keys)
    if clock := read_clock(answers):
        yield clock
    reading = _Reading(answers, platform, identity, own)
    yield from reading.items()
    configurations = Configurations.of(capture)
    yield from configurations.parts(identity.ref)
    yield from read_stamps(answers, reading.ports, reading.seen)
    yield from read_messages(capture, identity.ref)
    yield from read_events(answers, identity.ref)  # its coverage stands above that of messages, which may be lost
    yield from answers.unread()
    yield from unread(capture)
    yield from reading.coverage((capture.start_ms, capture.end_ms))
    yield from configurations.coverage()


def _platform(capture: Capture, answers: Answers) -> Platform | None:
    """As configured, else as the device describes itself."""
    for entry in capture.named(asks.ACCESS.name):
        try:
            configured = named(str(json.loads(capture.body(entry))["platform"]))
        except (Damaged, ValueError, TypeError, KeyError):
            continue
        if configured:
            return configured
    system = answers.objects[asks.SYSTEM.name]
    return identify(system, answers.tables.get(asks.PHYSICAL.name))


@dataclass(slots=True)
class _Reading:
    """One observation under way: what was seen, and the account."""

    answers: Answers
    platform: Platform | None
    identity: Identity
    own: Particular
    account: Account = field(default_factory=lambda: Account(feeds.KINDS))
    seen: list[tuple[Item, Ref]] = field(default_factory=list)
    kinds: set[str] = field(default_factory=set)
    ports: Ports = field(init=False)

    def items(self) -> Iterator[Part]:
        """Items of every kind, owners first, and what is withheld of them."""
        device = self.identity.ref
        self.ports = read_ports(self.answers, device)
        by_description = self.platform is not None and self.platform.parts_by_description
        box = read_device(self.answers, self.identity, self.own, self.platform)
        for part in (
            box,
            *read_unsaid(self.answers, box, device),
            *read_members(self.identity),
            *read_modules(self.answers, device, by_description=by_description),
            *read_vrfs(self.answers, device),
            *read_vlans(self.answers, device),
            *read_interfaces(self.answers, self.ports),
            *read_addresses(self.answers, self.ports),
            *read_routes(self.answers, self.ports),
            *read_bgp(self.answers, device),
            *read_fibre_ports(self.answers, device),
        ):
            yield self._counted(part)

    def _counted(self, part: Item | Withheld) -> Item | Withheld:
        self.kinds.add(part.item.kind if isinstance(part, Withheld) else part.kind)
        if isinstance(part, Withheld):
            self.account.withheld(part)
            return part
        self.account.item(part.kind)
        if (ref := self._ref(part)) is not None:
            self.seen.append((part, ref))
        return part

    def _ref(self, item: Item) -> Ref | None:
        """The item by its local key; the device by its strongest."""
        if item.owner_field is None:
            return self.identity.ref
        spec = next((one for one in item.key_specs if one.within), None)
        values = tuple(getattr(item, name) for name in spec.fields) if spec else (None,)
        return Ref(item.kind, spec.name, values, getattr(item, spec.within)) if spec and spec.within else None

    def coverage(self, whole: Span) -> Iterator[Coverage]:
        """One row for every kind and group that the agent speaks of."""
        spans: dict[Scope, list[Span]] = {}
        for choice in feeds.choices(self.platform):
            missed = self.answers.missed(choice)
            for wanted in choice:
                for kind, group in feeds.fed_by(wanted.name, self.platform):
                    if wanted.name in missed:
                        why, status = missed[wanted.name]
                        self.account.fail([kind], f"{wanted.name}: {why}", group, status=status)
                    if wanted.name in self.answers.spans:
                        spans.setdefault((kind, group), []).append(self.answers.spans[wanted.name])
        hardware = bool(self.answers.rows(asks.PHYSICAL.name))
        silent = feeds.silent(self.kinds, hardware=hardware)
        for row in self.account.coverage(_Spans(spans, whole)):
            if row.kind not in silent or row.status is not Status.COMPLETE:
                yield row


class _Spans(dict[Scope, Span]):
    """The time in which each scope was read; the whole visit where nothing was asked for it."""

    def __init__(self, spans: dict[Scope, list[Span]], whole: Span) -> None:
        super().__init__({scope: (_begun(told), max(one[1] for one in told)) for scope, told in spans.items()})
        self._whole = whole

    def __missing__(self, scope: Scope) -> Span:
        return self._whole


def _begun(told: list[Span]) -> Ms:
    """Since when what was read can have been so."""
    return Ms(min(start for start, _ in told) - AGENT_REPEATS_MS)
