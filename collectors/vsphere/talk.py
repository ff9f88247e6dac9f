"""A conversation with one server: sends calls, tells its faults apart, says goodbye."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from driftline.collectors.ask import Ask, Reply
from driftline.collectors.contract import Line
from driftline.collectors.errors import CollectorError, Garbled, Refused, Unreachable, Unsupported
from driftline.collectors.target import Target
from driftline.collectors.vsphere import soap
from driftline.collectors.vsphere.tables import OLDEST

REFUSALS = frozenset({"InvalidLogin", "NoPermission", "InvalidLocale", "RestrictedVersion", "LimitExceeded"})
OUTAGES = frozenset({502, 503, 504})


class SessionLost(Exception):
    """Nobody is logged in any more."""


class Faulted(Exception):
    """The server answered with a fault that the asker may know how to live with."""

    def __init__(self, fault: soap.Fault) -> None:
        super().__init__(fault.type)
        self.fault = fault


@dataclass(slots=True)
class Talk:
    """A conversation with one server: sends asks, knows its faults."""

    target: Target
    line: Line
    requests: soap.Requests = field(default_factory=lambda: soap.Requests(OLDEST, "6.5"))

    async def ask(self, ask: Ask) -> Reply:
        """The reply to a call.

        Raises:
            SessionLost, Faulted: what their names say.
            CollectorError: no answer, or none of a vSphere API.
        """
        reply = await self.line.ask(ask)
        fault = soap.fault_of(reply.body)
        if fault is None:
            if reply.status != 200:  # noqa: PLR2004 -- HTTP
                raise self._stranger(ask, reply)
            return reply
        if fault.type == "NotAuthenticated":
            raise SessionLost
        raise Faulted(fault)

    async def ask_or_none(self, ask: Ask) -> Reply | None:
        """The reply to a call that the visit can do without."""
        try:
            return await self.ask(ask)
        except Faulted:
            return None

    async def must(self, ask: Ask) -> Reply:
        """The reply to a call that the visit cannot do without."""
        try:
            return await self.ask(ask)
        except Faulted as said:
            kind = Refused if said.fault.type in REFUSALS else Garbled
            raise kind(self.target.name, ask.name, f"{said.fault.type}: {said.fault.message}") from said

    def _stranger(self, ask: Ask, reply: Reply) -> CollectorError:
        why = f"HTTP {reply.status} instead of an answer of the vSphere API"
        kind = Unreachable if reply.status in OUTAGES else Unsupported
        return kind(self.target.name, ask.name, why)


@asynccontextmanager
async def closing(talk: Talk, goodbye: Ask) -> AsyncIterator[None]:
    """End what was begun, whatever happened, unless nobody is there to hear it.

    Also after a lost session: it may be lost for one call only, and a second login on a living one is refused.
    """
    try:
        yield
    except Unreachable:
        raise
    except BaseException:
        with suppress(SessionLost, CollectorError):
            await talk.ask_or_none(goodbye)
        raise
    else:
        await talk.ask_or_none(goodbye)
