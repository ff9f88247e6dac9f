"""A walk: request after request below one name, until it leaves, ends, or must be ended.

Names are never decoded on the way but one per reply, for the guard: byte order is not the order of names, so the last
name of a reply must be greater than the one that was asked for as numbers. What lies between is not looked at; a reply
that jumps about inside and still moves on costs nothing and cannot last.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import NamedTuple, Protocol

from driftline.collectors.errors import CollectorError, Garbled, Refused, Unreachable
from driftline.collectors.network.snmp import ber, pdu
from driftline.collectors.network.snmp.pdu import Status
from driftline.collectors.network.snmp.peer import End, Limit, Version, Walk
from driftline.collectors.network.snmp.sizes import LARGEST, Sizes, now_ms
from driftline.collectors.network.snmp.values import END_OF_MIB_VIEW, Raw

ORDER_QUIRK = "names do not increase"


class Asking(Protocol):
    """What a walk needs of a peer."""

    sizes: Sizes

    def request(self, tag: int, oids: list[bytes], repetitions: int = 0) -> Awaitable[tuple[pdu.Reply, int]]:
        """Send a request; gives the reply and its octets."""
        ...


class Sink(Protocol):
    """Where the cells of a table go."""

    @property
    def count(self) -> int:
        """Rows so far."""
        ...

    def take(self, reply: pdu.Reply, last: int) -> tuple[int, bytes]:
        """Take cells up to a column from the beginning; gives the place of the first it leaves, and the last name."""
        ...

    def add(self, found: list[Raw]) -> None:
        """Take cells."""
        ...


class Span(NamedTuple):
    """What is read: names below ``root``; with columns, those from ``first`` to ``last`` of an entry."""

    root: bytes
    first: int = 0
    last: int = 0

    @property
    def start(self) -> bytes:
        """The name before the first one wanted."""
        return self.root + ber.part(self.first) if self.first else self.root

    def holds(self, name: bytes) -> bool:
        """Whether a name belongs to it, given that it is greater than ``start``."""
        if not name.startswith(self.root):
            return False
        return not self.last or (len(name) > len(self.root) and column_of(name, len(self.root)) <= self.last)


def column_of(name: bytes, at: int) -> int:
    """The number that begins at a place of a name."""
    if (first := name[at]) < ber.SHORT:
        return first
    end = at + 1
    while name[end - 1] >= ber.SHORT:
        end += 1
    return ber.index(name[at:end])[0]


async def read_span(peer: Asking, span: Span, limit: Limit, largest: int = LARGEST, sink: Sink | None = None) -> Walk:
    """Walk it, and hand over what each reply adds. Never raises for what the agent does: it ends, with a reason."""
    step = _Step(peer, span, limit, largest, sink)
    before = peer.sizes.state()
    step.walk.started = now_ms()
    try:
        async with asyncio.timeout(max(limit.seconds, 0)):
            while not step.over:
                await step.take()
    except TimeoutError:
        step.stop(End.TIME_LIMIT, f"more than {limit.seconds:.0f} s")
    if step.walk.end is End.UNREACHABLE:
        peer.sizes.restore(before)
    elif step.walk.complete:
        peer.sizes.clean()
    step.walk.ended = now_ms()
    return step.walk


class _Step:
    """A walk under way: where it is, and what the last reply means for it."""

    def __init__(self, peer: Asking, span: Span, limit: Limit, largest: int, sink: Sink | None) -> None:
        self.peer, self.span, self.limit, self.largest, self.sink = peer, span, limit, largest, sink
        self.walk = Walk()
        self.over = False
        self.count = 0
        self._at = span.start
        self._at_parts = ber.parts(self._at)
        self._careful = False

    def stop(self, end: End, why: str = "") -> None:
        self.walk.end, self.walk.why, self.over = end, why, True

    async def take(self) -> None:
        """One request and what follows from it."""
        size = 0 if self._careful else min(self.peer.sizes.now, self.largest)
        self.walk.requests += 1
        try:
            if size:
                reply, octets = await self.peer.request(pdu.GETBULK, [self._at], size)
            else:
                reply, octets = await self.peer.request(pdu.GETNEXT, [self._at])
        except CollectorError as error:
            self._failed(error, size)
            return
        self.walk.bytes += octets
        if reply.status:
            self._error(reply.status, size)
        elif reply.at == reply.end:
            self._smaller(size, End.GARBLED, "an empty reply")
        else:
            try:
                self._read(reply)
            except ber.Malformed as malformed:
                self._smaller(size, End.GARBLED, str(malformed))

    def _failed(self, error: CollectorError, size: int) -> None:
        if isinstance(error, Unreachable):
            self._smaller(size, End.UNREACHABLE, error.why)
            self._careful = True  # one GETNEXT tells a dead agent from one that is silent to such a request
        elif isinstance(error, Garbled):
            self._smaller(size, End.GARBLED, error.why)
        else:
            self.stop(End.REFUSED if isinstance(error, Refused) else End.GARBLED, error.why)

    def _smaller(self, size: int, end: End, why: str) -> None:
        if not self.peer.sizes.shrink(size):
            self.stop(end, why)

    def _error(self, status: int, size: int) -> None:
        if status == Status.NO_SUCH_NAME and self.peer.sizes.facts.version is Version.V1:
            self.stop(End.END_OF_VIEW)
        elif status in {Status.NO_ACCESS, Status.AUTHORIZATION}:
            self.stop(End.REFUSED, f"error-status {status}")
        else:
            self._smaller(size, End.GARBLED, "one value does not fit" if status == 1 else f"error-status {status}")

    def _read(self, reply: pdu.Reply) -> None:
        """Take what the sink understands at once, and look closely at what it does not."""
        at = reply.at
        if self.sink is not None:
            at, name = self.sink.take(reply, self.span.last)
            if name and not self._moved(name, reply, at):
                return
        if at < reply.end and not self.over:
            self._look(reply, at)

    def _moved(self, name: bytes, reply: pdu.Reply, at: int) -> bool:
        last = ber.trusted_parts(name)
        if last <= self._at_parts:
            self._back(reply.varbinds)
            return False
        self._at, self._at_parts, self._careful = name, last, False
        self._keep(reply.data[reply.at : at])
        return True

    def _look(self, reply: pdu.Reply, at: int) -> None:
        found = pdu.read_bindings(reply.data, at, reply.end)
        name, tag, _ = found[-1]
        if tag == END_OF_MIB_VIEW or not self.span.holds(name):
            self._leave(found)
            return
        last = ber.trusted_parts(name)
        if last <= self._at_parts or not all(one[0].startswith(self.span.root) for one in found):
            self._back(found)
            return
        self._at, self._at_parts, self._careful = name, last, False
        self._add(found, reply.data[at : reply.end])

    def _add(self, found: list[Raw], page: bytes) -> None:
        self.count += len(found)
        if self.sink is not None:
            self.sink.add(found)
        self._keep(page)

    def _keep(self, page: bytes) -> None:
        self.walk.pages.append(page)
        rows = self.count if self.sink is None else self.sink.count
        if rows >= self.limit.rows:
            self.stop(End.ROW_CAP, f"{rows:,} rows and more")

    def _leave(self, found: list[Raw]) -> None:
        """The reply reaches beyond the end. It is one only if all before lies inside, and what is beyond lies ahead."""
        count = next(at for at, (name, tag, _) in enumerate(found) if self._beyond(name, tag))
        name, tag, _ = found[count]
        inside = found[:count]
        reached = ber.trusted_parts(inside[-1][0]) if inside else self._at_parts
        if reached < self._at_parts or (tag != END_OF_MIB_VIEW and ber.trusted_parts(name) <= reached):
            self._back(found)
            return
        self._add(inside, pdu.bindings(inside))
        self.stop(End.END_OF_VIEW if tag == END_OF_MIB_VIEW else End.LEFT_SUBTREE)

    def _beyond(self, name: bytes, tag: int) -> bool:
        return tag == END_OF_MIB_VIEW or not self.span.holds(name)

    def _back(self, found: list[Raw]) -> None:
        """The agent went back: keep what moved on, ask once for the one next name, and give up if that goes back."""
        self.peer.sizes.facts.quirks.add(ORDER_QUIRK)
        good: list[Raw] = []
        for one in found:
            last = ber.trusted_parts(one[0])
            if last <= self._at_parts or self._beyond(one[0], one[1]):
                break
            good.append(one)
            self._at, self._at_parts = one[0], last
        if not good and (self._careful or not self.peer.sizes.now):
            self.stop(End.LOOP, f"after {ber.dotted(self._at)}")
        self._careful = True
        self._add(good, pdu.bindings(good))
