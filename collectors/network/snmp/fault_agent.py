"""An agent that does one thing wrong, as devices were seen to do, and else answers as the replay agent does."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from enum import StrEnum

from typing_extensions import override

from driftline.collectors.network.snmp import ber, pdu
from driftline.collectors.network.snmp.pdu import Status
from driftline.collectors.network.snmp.peer import Version
from driftline.collectors.network.snmp.replay_agent import ReplayAgent, Shelf, nothing
from driftline.collectors.network.snmp.wire import Sockaddr

LARGE = 10
"""Repetitions above which an agent with trouble in large replies has it."""


class Fault(StrEnum):
    """What is wrong. Slowness is ``delay_seconds`` of any agent, a reply of 60 kB its ``reply_octets``."""

    TOO_BIG = "tooBig without bindings above 10 repetitions"
    TOO_BIG_ECHO = "tooBig with the bindings of the request above 10 repetitions"
    ALWAYS_TOO_BIG = "tooBig to everything"
    GENERAL_ERROR = "genErr to everything"
    NO_ACCESS = "noAccess to everything"
    LOOP = "begins again from the first name"
    STUCK = "answers with the name that was asked"
    SKIP = "leaves out two rows behind the tenth of a reply"
    NO_BULK = "is silent to GETBULK"
    EMPTY = "replies without bindings"
    NULLS = "has no values"
    CUT = "sends half of each reply"
    GARBAGE = "sends octets that are no message"
    BAD_INSIDE = "sends messages with broken bindings"
    WRONG_ID = "answers with the number of another request"
    WRONG_COMMUNITY = "answers in another community"
    OTHER_PORT = "answers from another port"
    TWICE = "sends each reply twice"
    OUT_OF_ORDER = "sends the reply before this one once more, first"
    SILENT = "is silent"


ERRORS = {
    Fault.ALWAYS_TOO_BIG: Status.TOO_BIG,
    Fault.GENERAL_ERROR: Status.GENERAL,
    Fault.NO_ACCESS: Status.NO_ACCESS,
}


class FaultAgent(ReplayAgent):
    """Answers well before request number ``from_request`` (from 0), and with the ``fault`` from then on."""

    fault = Fault.SILENT
    from_request = 0
    _before = b""
    _other: asyncio.DatagramTransport | None = None

    @property
    def _faulty(self) -> bool:
        return len(self.asked) > self.from_request

    async def open_other_port(self) -> None:
        """A second port, from which ``OTHER_PORT`` answers."""
        loop = asyncio.get_running_loop()
        self._other, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0))

    @override
    def close(self) -> None:
        super().close()
        if self._other is not None:
            self._other.close()

    @override
    def send(self, reply: bytes, to: Sockaddr) -> None:
        if self.fault is Fault.OTHER_PORT and self._faulty and self._other is not None:
            self._other.sendto(reply, to)
        else:
            super().send(reply, to)

    @override
    def replies(self, data: bytes) -> Iterator[bytes]:
        for reply in super().replies(data):
            yield from self._sent(reply) if self._faulty else [reply]
            self._before = reply

    def _sent(self, reply: bytes) -> Sequence[bytes]:
        """The datagrams in place of a reply."""
        sent: dict[Fault, list[bytes]] = {
            Fault.SILENT: [],
            Fault.CUT: [reply[: len(reply) // 2]],
            Fault.GARBAGE: [b"\x30\x82\xff\xff" + reply[::-1]],
            Fault.BAD_INSIDE: [_broken(reply)],
            Fault.WRONG_COMMUNITY: [reply.replace(b"public", b"secret", 1)],
            Fault.TWICE: [reply, reply],
            Fault.OUT_OF_ORDER: [self._before, reply],
        }
        return sent.get(self.fault, [reply])

    @override
    def answer(self, version: Version, asked: pdu.Reply, context: str) -> bytes | None:
        good = super().answer(version, asked, context)
        if not self._faulty:
            return good
        bulk = asked.tag == pdu.GETBULK
        if self.fault is Fault.NO_BULK and bulk:
            return None
        if self.fault in ERRORS:
            return pdu.response(pdu.RESPONSE, asked.ident, ERRORS[self.fault], 0, b"")
        if bulk and asked.index > LARGE and self.fault in {Fault.TOO_BIG, Fault.TOO_BIG_ECHO}:
            echo = b"".join(nothing(name, ber.NULL) for name, _, _ in asked.varbinds)
            body = echo if self.fault is Fault.TOO_BIG_ECHO else b""
            return pdu.response(pdu.RESPONSE, asked.ident, Status.TOO_BIG, 0, body)
        return self._with_other_names(asked, context) or good

    def _with_other_names(self, asked: pdu.Reply, context: str) -> bytes | None:
        shelf = self.shelves[context]
        ident, rows = asked.ident, [shelf.at(name) or nothing(name, ber.NULL) for name, _, _ in asked.varbinds]
        match self.fault:
            case Fault.LOOP:
                rows = shelf.encoded[: max(asked.index, 1)]
            case Fault.EMPTY:
                rows = []
            case Fault.NULLS:
                names = [ber.oid(shelf.names[place]) for place in self._following(shelf, asked)]
                rows = [nothing(name, ber.NULL) for name in names]
            case Fault.WRONG_ID:
                ident ^= 1
            case Fault.STUCK:
                pass
            case _:
                return None
        return pdu.response(pdu.RESPONSE, ident, 0, 0, b"".join(rows))

    @staticmethod
    def _following(shelf: Shelf, asked: pdu.Reply) -> range:
        first = shelf.after(asked.varbinds[0][0])
        return range(first, min(first + max(asked.index, 1), len(shelf.names)))

    @override
    def bulk(self, shelf: Shelf, names: Sequence[bytes], once: int, repetitions: int) -> list[bytes]:
        rows = super().bulk(shelf, names, once, repetitions)
        if self.fault is Fault.SKIP and self._faulty and repetitions > LARGE and len(rows) > LARGE + 3:
            del rows[LARGE : LARGE + 2]
        return rows


def _broken(reply: bytes) -> bytes:
    """Every name has a padded number; of an encrypted reply the last octet is another."""
    names = reply.replace(b"\x2b\x06\x01", b"\x2b\x80\x01")
    return names if names != reply else reply[:-1] + bytes((reply[-1] ^ 1,))
