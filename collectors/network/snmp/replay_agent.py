"""An agent that answers from a recording: versions 1, 2c and 3, contexts, and GETBULK as a good agent does it.

Rows are encoded once and shared, so hundreds of agents run in one process. Each keeps what it was asked, for tests that
look at the questions too.
"""

from __future__ import annotations

import asyncio
import bisect
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from typing_extensions import override

from driftline.collectors.network.snmp import ber, pdu
from driftline.collectors.network.snmp.community import head
from driftline.collectors.network.snmp.credential import User
from driftline.collectors.network.snmp.pdu import Status
from driftline.collectors.network.snmp.peer import Address, Version
from driftline.collectors.network.snmp.recorded import Recording
from driftline.collectors.network.snmp.usm_agent import Opened, UsmAgent
from driftline.collectors.network.snmp.values import COUNTER64, END_OF_MIB_VIEW, NO_SUCH_INSTANCE, VarBind
from driftline.collectors.network.snmp.wire import Sockaddr

REPLY_OCTETS = 1_400
PUBLIC = {b"public": ""}


class Asked(NamedTuple):
    """A request that came."""

    version: Version
    tag: int
    oids: tuple[bytes, ...]
    repetitions: int
    context: str


class Shelf:
    """Encoded rows in their order. ``narrow`` leaves out what version 1 cannot say."""

    def __init__(self, rows: Iterable[VarBind], *, narrow: bool = False) -> None:
        kept = [row for row in rows if not narrow or row.tag != COUNTER64]
        self.names = [ber.parts(row.oid) for row in kept]
        self.encoded = [pdu.bindings([row]) for row in kept]
        self._places = {row.oid: place for place, row in enumerate(kept)}

    def at(self, name: bytes) -> bytes | None:
        """The encoded row of that name."""
        place = self._places.get(name)
        return None if place is None else self.encoded[place]

    def after(self, name: bytes) -> int:
        """The place of the first row behind a name."""
        place = self._places.get(name)
        return place + 1 if place is not None else bisect.bisect_right(self.names, ber.parts(name))


class ReplayAgent(asyncio.DatagramProtocol):
    """Serves recordings by context. Communities lead to a context, users name one; others are not answered.

    ``reply_octets`` bounds the bindings of a reply, ``delay_seconds`` holds each reply back.
    """

    def __init__(
        self,
        recordings: Recording | Mapping[str, Recording],
        users: Sequence[User] = (),
        communities: Mapping[bytes, str] = PUBLIC,
        reply_octets: int = REPLY_OCTETS,
        engine_id: bytes = b"",
    ) -> None:
        by_context = {"": recordings} if isinstance(recordings, Recording) else recordings
        self.shelves = {context: Shelf(one.rows) for context, one in by_context.items()}
        self._narrow: dict[str, Shelf] = {}
        self._recordings = by_context
        self.communities, self.reply_octets, self.delay_seconds = communities, reply_octets, 0.0
        self.usm = UsmAgent(users, engine_id or b"\x80\x00\x1f\x88\x04" + secrets.token_bytes(8))
        self.asked: list[Asked] = []
        self.transport: asyncio.DatagramTransport
        self.address: Address

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> Address:
        """Listen; port 0 takes a free one."""
        loop = asyncio.get_running_loop()
        self.transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, port))
        where: Sockaddr = self.transport.get_extra_info("sockname")
        self.address = Address(where[0], where[1])
        return self.address

    def close(self) -> None:
        """Stop listening."""
        self.transport.close()

    @override
    def datagram_received(self, data: bytes, addr: Sockaddr) -> None:
        try:
            replies = list(self.replies(data))
        except ber.Malformed:
            return
        loop = asyncio.get_running_loop()
        for reply in replies:
            if self.delay_seconds:
                loop.call_later(self.delay_seconds, self.send, reply, addr)
            else:
                self.send(reply, addr)

    def send(self, reply: bytes, to: Sockaddr) -> None:
        """Send one datagram, unless the agent was closed meanwhile."""
        if not self.transport.is_closing():
            self.transport.sendto(reply, to)

    def replies(self, data: bytes) -> Iterator[bytes]:
        """The datagrams that answer one. A faulty agent overrides it."""
        _, start, end = ber.read_head(data, 0, len(data))
        version, after = ber.read_number(data, start, end)
        if version == 3:  # noqa: PLR2004 -- as it is written in messages
            yield from self._reply_to_user(data)
            return
        named, stop = ber.read_as(ber.OCTETS, data, after, end)
        context = self.communities.get(data[named:stop])
        if context is None or version > 1:
            return
        kind = Version.V2C if version else Version.V1
        unit = self.answer(kind, pdu.read(data, stop, end), context)
        if unit is not None:
            yield ber.tlv(ber.SEQUENCE, head(kind, data[named:stop]) + unit)

    def _reply_to_user(self, data: bytes) -> Iterator[bytes]:
        opened = self.usm.open(data)
        if not isinstance(opened, Opened):
            yield opened
        elif opened.context in self.shelves:
            unit = self.answer(Version.V3, pdu.read(opened.unit, 0, len(opened.unit)), opened.context)
            if unit is not None:
                yield self.usm.close(opened, unit)

    def answer(self, version: Version, asked: pdu.Reply, context: str) -> bytes | None:
        """The unit that answers a request; none is silence."""
        names = tuple(name for name, _, _ in asked.varbinds)
        self.asked.append(Asked(version, asked.tag, names, asked.index if asked.tag == pdu.GETBULK else 0, context))
        shelf = self._narrow_shelf(context) if version is Version.V1 else self.shelves[context]
        if asked.tag == pdu.GETBULK:
            rows = self.bulk(shelf, names, asked.status, asked.index)
            return pdu.response(pdu.RESPONSE, asked.ident, 0, 0, b"".join(rows))
        found = [shelf.at(name) if asked.tag == pdu.GET else _next(shelf, name) for name in names]
        if version is Version.V1 and None in found:
            echo = b"".join(nothing(name, ber.NULL) for name in names)
            return pdu.response(pdu.RESPONSE, asked.ident, Status.NO_SUCH_NAME, found.index(None) + 1, echo)
        missing = NO_SUCH_INSTANCE if asked.tag == pdu.GET else END_OF_MIB_VIEW
        body = b"".join(row or nothing(name, missing) for name, row in zip(names, found, strict=True))
        if len(body) > self.reply_octets and len(names) > 1:
            return pdu.response(pdu.RESPONSE, asked.ident, Status.TOO_BIG, 0, b"")
        return pdu.response(pdu.RESPONSE, asked.ident, 0, 0, body)

    def _narrow_shelf(self, context: str) -> Shelf:
        if context not in self._narrow:
            self._narrow[context] = Shelf(self._recordings[context].rows, narrow=True)
        return self._narrow[context]

    def bulk(self, shelf: Shelf, names: Sequence[bytes], once: int, repetitions: int) -> list[bytes]:
        """Bindings as GETBULK orders them: some names once, then the others round by round, as many as fit."""
        rows = [row or nothing(name, END_OF_MIB_VIEW) for name in names[:once] for row in [_next(shelf, name)]]
        places = [(shelf.after(name), name) for name in names[once:]]
        size = sum(map(len, rows))
        for turn in range(max(repetitions, 0)):
            for place, name in places:
                row = shelf.encoded[place + turn] if place + turn < len(shelf.encoded) else None
                encoded = row or nothing(_last(shelf, place, name), END_OF_MIB_VIEW)
                size += len(encoded)
                if size > self.reply_octets and rows:
                    return rows
                rows.append(encoded)
            if places and all(place + turn >= len(shelf.encoded) for place, _ in places):
                break
        return rows


def nothing(name: bytes, tag: int) -> bytes:
    """A binding that says why there is no value."""
    return ber.tlv(ber.SEQUENCE, ber.tlv(ber.OID, name) + bytes((tag, 0)))


def _next(shelf: Shelf, name: bytes) -> bytes | None:
    place = shelf.after(name)
    return shelf.encoded[place] if place < len(shelf.encoded) else None


def _last(shelf: Shelf, place: int, name: bytes) -> bytes:
    """The name that an end is told under: the last one that was."""
    return ber.oid(shelf.names[-1]) if place < len(shelf.names) else name
