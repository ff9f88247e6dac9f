"""Version 3 with one agent: finds its engine, keeps its clock, and takes only what is signed as was asked.

The clock belongs to an address and port, never to an engine identifier: devices with the same one exist.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from driftline.collectors.errors import Refused
from driftline.collectors.network.snmp import ber, pdu, usm_frame
from driftline.collectors.network.snmp.credential import User
from driftline.collectors.network.snmp.peer import Address, Version
from driftline.collectors.network.snmp.usm_frame import AUTHENTIC, PRIVATE, REPORTABLE, Frame
from driftline.collectors.network.snmp.usm_keys import Keys, Locked
from driftline.collectors.network.snmp.wire import Patience, Wire

WINDOW_SECONDS = 150
STATS = ber.from_dotted("1.3.6.1.6.3.15.1.1")
UNSUPPORTED_LEVEL, NOT_IN_WINDOW, UNKNOWN_USER, UNKNOWN_ENGINE, WRONG_DIGEST, DECRYPTION = 1, 2, 3, 4, 5, 6
REASONS = {
    UNSUPPORTED_LEVEL: "the agent does not offer this security level to the user",
    NOT_IN_WINDOW: "the agent refuses the time of its own clock",
    UNKNOWN_USER: "the agent does not know the user",
    UNKNOWN_ENGINE: "the agent changes its engine identifier with each request",
    WRONG_DIGEST: "the agent finds the authentication wrong: passphrase or protocol",
    DECRYPTION: "the agent cannot decrypt: passphrase or protocol of privacy",
}


@dataclass(slots=True)
class Clock:
    """The engine at one address: who it is and what time it has. ``at`` is our own monotonic time of that reading.

    Until a signed answer came (``proved``) the time is what anybody may have said.
    """

    engine_id: bytes = b""
    boots: int = 0
    seconds: int = 0
    at: float = 0.0
    proved: bool = False

    def now(self) -> int:
        """The time of the engine, seconds since it booted."""
        return self.seconds + int(time.monotonic() - self.at)

    def set(self, boots: int, seconds: int) -> None:
        """Take over a time."""
        self.boots, self.seconds, self.at = boots, seconds, time.monotonic()

    def is_behind(self, boots: int, seconds: int) -> bool:
        """Whether a time lies so far back that its message is a replay."""
        late = boots < self.boots or (boots == self.boots and seconds < self.now() - WINDOW_SECONDS)
        return self.proved and late

    def follow(self, boots: int, seconds: int) -> None:
        """Take over a time that was signed, if it is ahead of ours or ours was never proved."""
        if not self.proved or (boots, seconds) > (self.boots, self.now()):
            self.set(boots, seconds)
            self.proved = True


@dataclass(frozen=True, slots=True)
class _Report:
    """The agent could not use a request: the number of the reason in usmStats, and whether that was signed."""

    reason: int
    frame: Frame
    authentic: bool


_Answer = tuple[pdu.Reply, int] | _Report


class UsmSession:
    """Speaks to one agent as one user in one context."""

    version = Version.V3

    def __init__(self, wire: Wire, address: Address, user: User, keys: Keys, clock: Clock) -> None:
        self.wire, self.address, self.user, self.keys, self.clock = wire, address, user, keys, clock
        self._route = wire.route(address)
        self._locked: tuple[bytes, Locked] | None = None
        self._name, self._context = user.name.encode(), user.context.encode()

    async def discover(self, patience: Patience) -> None:
        """Ask the agent for its engine identifier and time, neither of which it proves yet.

        Raises:
            Silence: no answer.
            Malformed: an answer that makes no sense.
            Refused: a reason that is none here.
        """
        ident = self.wire.ident()
        message = discovery(ident)
        answer = await self.wire.exchange(self._route, ident, message, self._accept_discovery, patience)
        if answer.reason != UNKNOWN_ENGINE or not answer.frame.engine_id:
            raise self._refused(answer.reason)
        self.clock.engine_id, self.clock.proved = answer.frame.engine_id, False
        self.clock.set(answer.frame.boots, answer.frame.time)

    async def ask(self, tag: int, oids: Sequence[bytes], repetitions: int, patience: Patience) -> tuple[pdu.Reply, int]:
        """Send one request and give its reply and the octets it came in. Each cause of a report is answered once.

        Raises:
            Silence: no answer.
            Malformed: an answer that makes no sense.
            Refused: the agent does not accept the user, its level or its keys.
        """
        answered: set[int] = set()
        while True:
            if not self.clock.engine_id:
                await self.discover(patience)
            ident = self.wire.ident()
            message = self._message(ident, pdu.request(tag, ident, oids, repetitions))
            answer: _Answer = await self.wire.exchange(self._route, ident, message, self._accept, patience)
            if not isinstance(answer, _Report):
                return answer
            if answer.reason in answered or answer.reason not in {NOT_IN_WINDOW, UNKNOWN_ENGINE}:
                raise self._refused(answer.reason)
            answered.add(answer.reason)
            self._correct(answer)

    def _correct(self, report: _Report) -> None:
        if report.reason == NOT_IN_WINDOW:
            self.clock.set(report.frame.boots, report.frame.time)
        else:
            self.clock.engine_id = b""

    def _message(self, ident: int, unit: bytes) -> bytes:
        clock, user = self.clock, self.user
        data = usm_frame.scoped(clock.engine_id, self._context, unit)
        flags = user.level | REPORTABLE
        boots, now = (clock.boots, clock.now()) if user.level else (0, 0)
        frame = Frame(ident, flags, clock.engine_id, boots, now, self._name, 0, 0, b"", data)
        return usm_frame.build(frame, self._keys() if user.level else None)

    def _accept_discovery(self, data: bytes, at: int) -> _Report | None:
        frame = usm_frame.read(data)
        if at >= len(data) or frame.flags & PRIVATE:
            return None
        return _read_report(frame, usm_frame.read_scoped(frame.data, padded=False), authentic=False)

    def _accept(self, data: bytes, at: int) -> _Answer | None:
        frame = usm_frame.read(data)
        level = frame.flags & PRIVATE
        if at >= len(data) or level not in {0, self.user.level, AUTHENTIC} or level > self.user.level:
            return None
        if level and not self._is_genuine(data, frame):
            return None
        plain = usm_frame.read_scoped(self._plain(frame), padded=level == PRIVATE)
        if plain.text[plain.at : plain.at + 1] == bytes((pdu.REPORT,)):
            return self._credible(_read_report(frame, plain, authentic=bool(level)))
        if level != self.user.level or frame.engine_id != self.clock.engine_id or frame.user != self._name:
            return None
        if level and self.clock.is_behind(frame.boots, frame.time):
            return None
        self.clock.follow(frame.boots, frame.time)
        reply = pdu.read(plain.text, plain.at, plain.stop)
        ours = reply.tag == pdu.RESPONSE and reply.ident == frame.ident and plain.context == self._context
        return (reply, len(data)) if ours else None

    def _is_genuine(self, data: bytes, frame: Frame) -> bool:
        """Whether a message is signed by our engine. It carries the number of our request, so it is no old report."""
        ours = frame.engine_id == self.clock.engine_id
        return ours and self._keys().genuine(data, frame.tag_at, frame.tag_size)

    def _keys(self) -> Locked:
        engine_id = self.clock.engine_id
        if self._locked is None or self._locked[0] != engine_id:
            self._locked = (engine_id, self.keys.of(self.user, engine_id))
        return self._locked[1]

    def _plain(self, frame: Frame) -> bytes:
        if frame.flags & PRIVATE != PRIVATE:
            return frame.data
        return self._keys().decrypt(frame.boots, frame.time, frame.salt, frame.data)

    def _credible(self, report: _Report | None) -> _Report | None:
        """A time may be set by a signed report only, unless nothing is signed between us."""
        if report is None or report.reason != NOT_IN_WINDOW or report.authentic or not self.user.level:
            return report
        return None

    def _refused(self, reason: int) -> Refused:
        why = REASONS.get(reason, f"the agent reports {reason}")
        return Refused(str(self.address), f"user {self.user.name}", why, "correct the user in the configuration")


def discovery(ident: int) -> bytes:
    """The request that says nothing and asks who is there."""
    data = usm_frame.scoped(b"", b"", pdu.request(pdu.GET, ident, []))
    return usm_frame.build(Frame(ident, REPORTABLE, b"", 0, 0, b"", 0, 0, b"", data), None)


def _read_report(frame: Frame, plain: usm_frame.Scoped, *, authentic: bool) -> _Report | None:
    reply = pdu.read(plain.text, plain.at, plain.stop)
    found = reply.varbinds
    if reply.tag != pdu.REPORT or not found:
        return None
    name = found[0][0]
    reason = name[len(STATS)] if name.startswith(STATS) and len(name) > len(STATS) else 0
    return _Report(reason, frame, authentic)
