"""When a device says that something changed last (evidence grade B), and who changed its configuration (grade A).

Devices count in hundredths of a second since they started. An instant is told only beside the running time that was
read in the same request, so it is by our clock and needs none of the device's. What is older than the start is not
told at all; what seems younger than now is, unless the count is known to have begun anew after 497 days. A stamp that
was read before the table whose change it dates may be older than that change, and is not told either.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from driftline.collectors.network import feeds
from driftline.collectors.network.answers import Answers, Row
from driftline.collectors.network.asks import STAMPS, oid
from driftline.collectors.network.read_interfaces import Ports
from driftline.collectors.network.replies import Index
from driftline.collectors.network.shown import date_ms, number, positive, text
from driftline.graph.model.declare import Item, Ref
from driftline.graph.model.observed import ALL, Act, Clock, Event, FeedCoverage, Gap, Stamp
from driftline.graph.model.values import Ms

TICK_MS, TICKS, SECOND_TICKS = 10, 2**32, 100
RESOLUTION_MS = 1_000
SESSION_MS = 8 * 3_600_000
"""Devices but Junos note a change when somebody enters or leaves configuration mode, for no longer than this."""
SAME_START_MS = 120_000
"""By so much may count and date of one start differ: clocks are set."""
DRIFT = 10_000
"""A device's count goes wrong by so little: one part in so many."""
CONFIGURED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "NetworkDevice": ("name", "contact", "location"),
        "Interface": ("alias", "admin_up", "mtu_bytes", "untagged_vlan", "tagged_vlans"),
        "IpAddress": ("prefix_length",),
        "Vlan": (ALL,),
        "Vrf": (ALL,),
        "StaticRoute": (ALL,),
        "BgpPeer": ("remote_as", "admin_up"),
    }
)
"""What a change of the configuration changes, of each kind; nothing else changes it."""
NAMED: Mapping[str, str] = MappingProxyType(
    {
        "Interface": "interface", "IpAddress": "ip_address", "Vlan": "vlan", "Vrf": "vrf",
        "StaticRoute": "static_route", "BgpPeer": "bgp_peer",
    }
)  # fmt: skip
"""Parts in the paths of their owner (decision D8)."""
CAN_CHANGE = (
    *CONFIGURED["NetworkDevice"],
    *(f"{NAMED[kind]}/{name}" for kind in NAMED for name in CONFIGURED[kind] if name != ALL),
    *(path for name in NAMED.values() for path in (name, f"{name}/{ALL}")),
    "configuration_text/digest",
)


@dataclass(frozen=True, slots=True)
class Log:
    """A maker's record of changes to the configuration: ask and scalar of the last change, its table and columns."""

    objects: str
    last: str
    table: str
    time: int
    user: int
    date: int = 0
    session_ms: int = SESSION_MS


LOGS = (
    Log("cisco stamps", "ccmHistoryRunningLastChanged", "ccmHistoryEventTable", 2, 8),
    Log("juniper stamps", "jnxCmCfgChgLatestTime", "jnxCmCfgChgEventTable", 2, 5, 3, 0),
    Log("huawei stamps", "hwCfgRunModifiedLast", "hwCfgLogTable", 2, 12),
    Log("h3c stamps", "hh3cCfgRunModifiedLast", "hh3cCfgLogTable", 2, 12),
)


@dataclass(frozen=True, slots=True)
class Running:
    """How long a device ran when it was asked, by our clock. ``wrapped``: its count began anew since it started."""

    ticks: int
    now_ms: int
    error_ms: int
    wrapped: bool = False

    @classmethod
    def of(cls, answers: Answers, objects: str) -> Running | None:
        """The running time that was read with these objects."""
        ticks = number(answers.objects.get(objects, {}).get(oid("sysUpTime")))
        if ticks is None or objects not in answers.spans:
            return None
        start, end = answers.spans[objects]
        if any(start < answers.spans[name][1] for name in feeds.FEEDS if name in answers.spans):
            return None
        engine = number(answers.value("snmpEngineTime")) or 0
        return cls(ticks, (start + end) // 2, (end - start) // 2 + 1, engine * SECOND_TICKS >= TICKS)

    def at(self, ticks: int) -> Ms | None:
        """The instant of a count; ``None`` if it was before the start or cannot be told."""
        age = self.ticks - ticks + (TICKS if self.wrapped and ticks > self.ticks else 0)
        return Ms(self.now_ms - age * TICK_MS) if ticks > 0 and age >= 0 else None

    def stamp(self, item: Ref, ticks: int | None, fields: tuple[str, ...]) -> Iterator[Stamp]:
        """The stamp of an item, if the count tells one; the older, the less exact."""
        if ticks and (at := self.at(ticks)) is not None:
            yield Stamp(item, at, fields, RESOLUTION_MS + (self.now_ms - at) // DRIFT)


def read_clock(answers: Answers) -> Clock | None:
    """Instants are told by our own clock, as exactly as the request with the running time was short."""
    running = Running.of(answers, STAMPS.name)
    return Clock(0, running.error_ms) if running else None


def read_stamps(answers: Answers, ports: Ports, items: Iterable[tuple[Item, Ref]]) -> Iterator[Stamp]:
    """Stamps of items: of what is configured the last change of the configuration, else of ports that of their state.

    A CI has one stamp; that of the configuration is kept where both are told, for what it dates is judged.
    """
    common = Running.of(answers, STAMPS.name)
    last = next(_last_changes(answers), None)
    changed = {port.name: port.changed_ticks for port in ports.by_index.values()}
    hardware = positive(answers.value("entLastChangeTime"))
    for item, ref in items:
        if last and item.kind in CONFIGURED:
            yield from last[0].stamp(ref, last[1], CONFIGURED[item.kind])
        elif common and item.kind == "Interface":
            yield from common.stamp(ref, changed.get(ref.values[0]), ("oper_up",))
        elif common and item.kind == "Module":
            yield from common.stamp(ref, hardware, (ALL,))


def _last_changes(answers: Answers) -> Iterator[tuple[Running, int]]:
    for log in LOGS:
        running = Running.of(answers, log.objects)
        ticks = positive(answers.objects.get(log.objects, {}).get(oid(log.last)))
        if running and ticks and running.at(ticks) is not None:
            yield running, ticks


def read_events(answers: Answers, device: Ref) -> Iterator[Event | FeedCoverage]:
    """Changes of the configuration with the user they name, then for which time the log was read.

    An entry without a user is a hole: somebody changed something, and nobody may be named for it.
    """
    for log in LOGS:
        running, rows = Running.of(answers, log.objects), answers.rows(log.table)
        if running is None or not rows:
            continue
        gaps: list[Gap] = []
        told = list(_since_start(log, running, rows))
        for row_id, at, user in told:
            if user:
                yield _event(log, row_id, at, user, device)
            else:
                gaps.append(Gap(Ms(at - RESOLUTION_MS), Ms(at + RESOLUTION_MS), "the log names no user"))
        if told and answers.wrong(log.table) is None:
            until = min(answers.spans[log.objects][0], answers.spans[log.table][0])
            yield FeedCoverage(min(at for _, at, _ in told), until, tuple(gaps), "")


def _since_start(log: Log, running: Running, rows: Mapping[Index, Row]) -> Iterator[tuple[str, Ms, str | None]]:
    """Id, instant and user of entries, newest first, back to the last start of the device.

    Logs outlive a start (Junos keeps its own), and then their counts are of another time: they do not fall any more,
    or do not fit to the dates beside them.
    """
    later, begun = running.ticks, None
    for index in sorted(filter(None, rows), reverse=True):
        ticks, date = positive(rows[index].get(log.time)), date_ms(rows[index].get(log.date))
        start = date - ticks * TICK_MS if date is not None and ticks else None
        begun = start if begun is None else begun
        at = running.at(ticks) if ticks and ticks <= later else None
        if at is None or (start is not None and begun is not None and abs(start - begun) > SAME_START_MS):
            return
        later = ticks or later
        yield f"{index[-1]}-{ticks}", at, text(rows[index].get(log.user))


def _event(log: Log, row: str, at: Ms, user: str, device: Ref) -> Event:
    return Event(
        id=f"{log.table}/{row}",
        at_ms=at,
        item=device,
        type=log.table.removesuffix("Table"),
        act=Act.CHANGED,
        actor=user,
        can_change=CAN_CHANGE,
        session_ms=log.session_ms,
    )
