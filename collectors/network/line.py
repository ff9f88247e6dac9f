"""The real line to a network device: SNMP by the engine that all devices share, commands by a session of its own.

Replies are like those of HTTP: 200 is an answer, though a table may say of itself that it is partial; 403, 501, 502 and
504 are asks that failed by themselves (refused, not known, not understood, no answer), and their body says why in one
line. What ends the visit is raised.

``asks.ACCESS`` and ``asks.HOW`` are answered by the line itself. ``HOW`` gives ``credential`` and ``login`` (names),
``version``, ``engine`` (``fast`` or ``pysnmp``), ``engine_id`` in hexadecimal digits, ``garbled`` (tables that were not
understood), ``quirks``, and ``twins``: other targets that show the same engine id, which should be unique.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from driftline.collectors.ask import Ask, Reply
from driftline.collectors.egress import Egress, Forbidden
from driftline.collectors.errors import CollectorError, Garbled, Refused, Unreachable, Unsupported
from driftline.collectors.network import asks
from driftline.collectors.network.accounts import Accounts, Learned
from driftline.collectors.network.messages import MESSAGES
from driftline.collectors.network.snmp import Address, FastEngine, Treatment
from driftline.collectors.network.snmp.ber import Malformed
from driftline.collectors.network.snmp.peer import PORT
from driftline.collectors.network.talk_cli import CliTalk, OpenShell
from driftline.collectors.network.talk_snmp import SnmpTalk, reraised
from driftline.collectors.target import Target
from driftline.graph.model.values import Ms, canonical_json

OK = 200
STATUS: Mapping[type[CollectorError], int] = {Refused: 403, Unsupported: 501, Garbled: 502, Unreachable: 504}
"""Of an ask that failed by itself."""

Twins = Callable[[bytes], Sequence[str]]
Told = Callable[[], Mapping[str, Any] | None]


@dataclass(slots=True)
class NetworkLine:
    """A line to one device for one visit; an async context manager.

    ``learned`` is changed in place. ``platform`` is the configured one, for devices without SNMP. ``twins`` gives the
    other targets that show an engine id, ``told`` what the device said by itself (see ``messages``). ``insistent``: a
    person asks, so a device that rests, and logins that were refused, are tried again.
    """

    target: Target
    accounts: Accounts
    engine: FastEngine
    egress: Egress = field(default_factory=Egress)
    learned: Learned = field(default_factory=Learned)
    platform: str = ""
    shells: OpenShell | None = None
    twins: Twins = field(default=lambda _engine_id: (), repr=False)
    treatment: Treatment = field(default_factory=Treatment)
    insistent: bool = False
    told: Told = field(default=lambda: None, repr=False)
    _snmp: SnmpTalk | None = field(default=None, init=False, repr=False)
    _cli: CliTalk | None = field(default=None, init=False, repr=False)
    _answers: int = field(default=0, init=False)

    async def __aenter__(self) -> Self:
        """Find the address and see whether it may be reached; nothing is sent yet.

        Raises:
            Refused: a rule of the site forbids it.
            Unreachable: there is no address, or the device rests after visits that failed.
        """
        name, breaker = self.target.name, self.learned.breaker
        if not self.insistent and not breaker.allows(_now()):
            raise Unreachable(name, "visit", f"it rests after {breaker.failures} failed visits")
        host, port = address_of(self.target.address)
        try:
            address = await self.egress.resolve(host, port)
        except Forbidden as error:
            raise Refused(name, "address", str(error), "list its network under networks: if it is meant") from error
        except OSError as error:
            raise Unreachable(name, "address", str(error)) from error
        if self.accounts.snmp:
            where = Address(address, port)
            self._snmp = SnmpTalk(where, self.engine, self.accounts.snmp, self.learned, self.treatment)
        if self.accounts.ssh and self.shells:
            logins = self.accounts.ssh
            self._cli = CliTalk(name, address, logins, self.learned, self.shells, insistent=self.insistent)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Leave the device, and remember whether it answered."""
        for talk in (self._snmp, self._cli):
            if talk is not None:
                await talk.close()
        if self._answers:
            self.learned.breaker.worked()
        elif isinstance(error, Unreachable):
            self.learned.breaker.failed(_now())

    async def ask(self, ask: Ask) -> Reply:
        """Send one ask and wait for its reply, see ``contract.Line``."""
        start = _now()
        try:
            body = await self._body(ask)
        except CollectorError as error:
            if self._over(ask):
                raise reraised(error, self.target.name, ask.name) from error
            return Reply(STATUS[type(error)], error.why.encode(), start, _now())
        except Malformed as error:
            return Reply(STATUS[Garbled], str(error).encode(), start, _now())
        self._answers += ask.method != asks.OURS
        return Reply(OK, body, start, _now())

    async def _body(self, ask: Ask) -> bytes:
        if ask == asks.ACCESS:
            return _json(self._access())
        if ask == asks.HOW:
            return _json(self._how())
        if ask == MESSAGES:
            return _json(self.told() or {})
        talk = self._snmp if ask.method == asks.METHOD else self._cli
        if talk is None:
            raise Unsupported(self.target.name, ask.name, f"the target has no credential for {ask.method}")
        return await talk.ask(ask)

    def _over(self, ask: Ask) -> bool:
        """Whether an ask that failed ends the visit: nobody answers SNMP, or nothing ever answered at all."""
        if ask.method == asks.METHOD and self._snmp is not None:
            return self._snmp.gone
        return not self._answers

    def _access(self) -> dict[str, Any]:
        methods = [name for name, talk in ((asks.METHOD, self._snmp), (asks.CLI, self._cli)) if talk is not None]
        access = {"address": self.target.address, "methods": methods, "platform": self.platform}
        return access | ({"messages": True} if self.told() is not None else {})

    def _how(self) -> dict[str, Any]:
        said = (self._snmp.how() if self._snmp else {}) | (self._cli.how() if self._cli else {})
        engine_id = self.learned.snmp.engine_id
        return said | {"twins": list(self.twins(engine_id)) if engine_id else []}


def address_of(text: str) -> tuple[str, int]:
    """Host and port of an address as configured: ``host``, ``host:port``, ``[v6]:port``."""
    if text.startswith("["):
        host, _, rest = text[1:].partition("]")
        return host, int(rest.removeprefix(":") or PORT)
    host, _, port = text.partition(":")
    return (text, PORT) if ":" in port else (host, int(port or PORT))


def _json(said: Mapping[str, Any]) -> bytes:
    return canonical_json(said).encode()


def _now() -> Ms:
    return Ms(time.time_ns() // 1_000_000)
