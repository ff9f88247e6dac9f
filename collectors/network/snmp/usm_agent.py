"""The agent's side of version 3: opens requests, closes replies, and reports what it cannot use."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from driftline.collectors.network.snmp import ber, pdu, usm_frame
from driftline.collectors.network.snmp.credential import User
from driftline.collectors.network.snmp.usm_frame import AUTHENTIC, PRIVATE, Frame
from driftline.collectors.network.snmp.usm_keys import Keys, Locked
from driftline.collectors.network.snmp.usm_session import (
    DECRYPTION,
    NOT_IN_WINDOW,
    STATS,
    UNKNOWN_ENGINE,
    UNKNOWN_USER,
    UNSUPPORTED_LEVEL,
    WINDOW_SECONDS,
    WRONG_DIGEST,
)


class Opened(NamedTuple):
    """A request of a known user: whose, how it came, and the unit with its context."""

    frame: Frame
    keys: Locked | None
    context: str
    unit: bytes


@dataclass(slots=True)
class UsmAgent:
    """An engine with its users. ``skew`` seconds are added to its time, which then is what it says and insists on."""

    users: Sequence[User]
    engine_id: bytes
    boots: int = 1
    skew: int = 0
    keys: Keys = field(default_factory=Keys)
    born: float = field(default_factory=time.monotonic)

    @property
    def now(self) -> int:
        """Seconds since it booted."""
        return int(time.monotonic() - self.born) + self.skew

    def open(self, data: bytes) -> Opened | bytes:
        """The request in a message, or the report that answers it.

        Raises:
            Malformed: it is no message.
        """
        frame = usm_frame.read(data)
        level = frame.flags & PRIVATE
        if frame.engine_id != self.engine_id:
            return self._report(frame, UNKNOWN_ENGINE, None)
        user = next((one for one in self.users if one.name.encode() == frame.user), None)
        if user is None:
            return self._report(frame, UNKNOWN_USER, None)
        if level != user.level:
            return self._report(frame, UNSUPPORTED_LEVEL, None)
        keys = self.keys.of(user, self.engine_id) if level else None
        if keys is not None and not keys.genuine(data, frame.tag_at, frame.tag_size):
            return self._report(frame, WRONG_DIGEST, None)
        if level and (frame.boots != self.boots or abs(frame.time - self.now) > WINDOW_SECONDS):
            return self._report(frame, NOT_IN_WINDOW, keys)
        return self._read(frame, keys)

    def close(self, opened: Opened, unit: bytes) -> bytes:
        """The reply to a request."""
        data = usm_frame.scoped(self.engine_id, opened.context.encode(), unit)
        return usm_frame.build(self._frame(opened.frame, opened.frame.flags & PRIVATE, data), opened.keys)

    def _read(self, frame: Frame, keys: Locked | None) -> Opened | bytes:
        text, level = frame.data, frame.flags & PRIVATE
        try:
            if level == PRIVATE and keys is not None:
                text = keys.decrypt(frame.boots, frame.time, frame.salt, text)
            found = usm_frame.read_scoped(text, padded=level == PRIVATE)
        except ber.Malformed:
            return self._report(frame, DECRYPTION, None)
        return Opened(frame, keys, found.context.decode(errors="replace"), found.text[found.at : found.stop])

    def _report(self, frame: Frame, reason: int, keys: Locked | None) -> bytes:
        name = STATS + bytes((reason, 0))
        binding = ber.tlv(ber.SEQUENCE, ber.tlv(ber.OID, name) + b"\x41\x01\x01")
        data = usm_frame.scoped(self.engine_id, b"", pdu.response(pdu.REPORT, frame.ident, 0, 0, binding))
        return usm_frame.build(self._frame(frame, AUTHENTIC if keys else 0, data), keys)

    def _frame(self, asked: Frame, level: int, data: bytes) -> Frame:
        return Frame(asked.ident, level, self.engine_id, self.boots, self.now, asked.user, 0, 0, b"", data)
