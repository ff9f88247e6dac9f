"""One socket for all agents of an address family: sends, resends, and hands each reply to the request it belongs to.

An unconnected socket: it does not hear of closed ports (the probe does), and one of them serves thousands of agents.
It is read directly, not through a transport of asyncio, and one timer watches over all requests: both are a large part
of what a request costs.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
import socket
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from driftline.collectors.network.snmp import ber
from driftline.collectors.network.snmp.peer import Address
from driftline.collectors.network.snmp.promise import Answer, Promise

Sockaddr = tuple[str, int] | tuple[str, int, int, int]
Accept = Callable[[bytes, int], Answer | None]

DATAGRAM = 65_535
RECEIVE_BUFFER = 4 << 20
BATCH = 64
"""Datagrams read before others get a turn."""
TICK_SECONDS = 0.02
IDENTS = 0x7FFFFFFF

LATE, FOREIGN, UNDECODABLE, UNTRUSTED = "late or twice", "from elsewhere", "not decodable", "not to be trusted"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long an answer is waited for: ``seconds`` at first, ``growth`` times as long with each of the ``retries``."""

    seconds: float = 2
    retries: int = 2
    growth: float = 2


class Silence(Exception):
    """No answer within all tries. ``undecodable`` counts what came from there meanwhile and made no sense."""

    def __init__(self, undecodable: int = 0) -> None:
        self.undecodable = undecodable
        super().__init__("no answer")


class Closed(Exception):
    """The machine says that nobody listens there. Only a connected socket hears it."""


class Route:
    """Where an agent is, as the socket needs it, and what came from there that answered nothing, by reason."""

    __slots__ = ("drops", "sockaddr")

    def __init__(self, sockaddr: Sockaddr, drops: Counter[str]) -> None:
        self.sockaddr, self.drops = sockaddr, drops


class _Waiting(Promise[Answer]):
    """A request that was sent and is waited for."""

    __slots__ = ("accept", "deadline", "growth", "message", "retries", "route", "seconds")

    def __init__(self, message: bytes, route: Route, accept: Accept[Answer], patience: Patience, now: float) -> None:
        super().__init__()
        self.message, self.route, self.accept = message, route, accept
        self.seconds, self.retries, self.growth = patience.seconds, patience.retries, patience.growth
        self.deadline = now + patience.seconds


class Wire:
    """The socket of one family, or of one address alone (``to``). Open and close it within one event loop."""

    def __init__(self, *, ipv6: bool = False, to: Address | None = None) -> None:
        self.dropped: dict[tuple[str, int], Counter[str]] = {}
        """Datagrams that answered nothing, by sender, of agents that were asked at all."""
        self.foreign = 0
        """Datagrams from addresses that were never asked."""
        self.sent = 0
        self._idents = itertools.count(secrets.randbits(31))
        self._waiting: dict[tuple[Sockaddr, int], _Waiting[Any]] = {}
        self._timer: asyncio.TimerHandle | None = None
        family = socket.AF_INET6 if (to.ipv6 if to else ipv6) else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self._socket.settimeout(0)
        if to is not None:
            self._socket.connect(to.sockaddr)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.fileno(), self._read)

    def close(self) -> None:
        """Close the socket; requests that wait end as cancelled."""
        if self._timer is not None:
            self._timer.cancel()
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()
        for waiting in list(self._waiting.values()):
            waiting.cancel()
        self._waiting.clear()

    def ident(self) -> int:
        """A number for a request that no other request of this socket has, 31 bits."""
        return next(self._idents) & IDENTS

    def route(self, address: Address) -> Route:
        """The way to an agent."""
        drops = self.dropped.setdefault((address.host, address.port), Counter())
        return Route(address.sockaddr, drops)

    async def exchange(
        self, route: Route, ident: int, message: bytes, accept: Accept[Answer], patience: Patience
    ) -> Answer:
        """Send a message until something comes back that ``accept`` takes, always the same bytes.

        ``accept`` gets the datagram and the place behind its identifying part; None drops the datagram as untrusted.
        What it raises is raised here.

        Raises:
            Silence: every try ran out.
            Closed: nobody listens there.
        """
        key = (route.sockaddr, ident)
        waiting = _Waiting(message, route, accept, patience, self._loop.time())
        before = route.drops.get(UNDECODABLE, 0)
        self._waiting[key] = waiting
        self._send(message, route.sockaddr)
        self._watch(waiting.deadline)
        try:
            return await waiting
        except Silence:
            raise Silence(route.drops[UNDECODABLE] - before) from None
        finally:
            self._waiting.pop(key, None)

    def _send(self, message: bytes, sockaddr: Sockaddr) -> None:
        self.sent += 1
        try:
            self._socket.sendto(message, sockaddr)
        except ConnectionRefusedError:
            self._close_all()
        except OSError:
            return  # no route, or the buffer is full: the same as a lost datagram, and it is sent again

    def _close_all(self) -> None:
        for waiting in list(self._waiting.values()):
            if not waiting.done:
                waiting.fail(Closed())

    def _watch(self, deadline: float) -> None:
        if self._timer is not None:
            if self._timer.when() <= deadline:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(deadline, self._expire)

    def _expire(self) -> None:
        now = self._loop.time()
        self._timer = None
        for waiting in [one for one in self._waiting.values() if one.deadline <= now and not one.done]:
            if not waiting.retries:
                waiting.fail(Silence())
                continue
            waiting.retries -= 1
            waiting.seconds *= waiting.growth
            waiting.deadline = now + waiting.seconds
            self._send(waiting.message, waiting.route.sockaddr)
        left = [one.deadline for one in self._waiting.values() if not one.done]
        if left:
            self._watch(max(min(left), now + TICK_SECONDS))

    def _read(self) -> None:
        for _ in range(BATCH):
            try:
                data, sender = self._socket.recvfrom(DATAGRAM)
            except ConnectionRefusedError:
                self._close_all()
                return
            except OSError:
                return
            self._take(data, sender)
            if len(self._waiting) <= 1:
                return

    def _take(self, data: bytes, sender: Sockaddr) -> None:
        try:
            ident, at = envelope(data)
        except ber.Malformed:
            self._drop(sender, UNDECODABLE)
            return
        waiting = self._waiting.get((sender, ident))
        if waiting is None or waiting.done:
            self._drop(sender, LATE)
            return
        try:
            answer = waiting.accept(data, at)
        except Exception as error:  # noqa: BLE001 -- it is raised where the answer is waited for
            waiting.fail(error)
            return
        if answer is None:
            self._drop(sender, UNTRUSTED)
        else:
            waiting.keep(answer)

    def _drop(self, sender: Sockaddr, why: str) -> None:
        drops = self.dropped.get(sender[:2])
        if drops is None:
            self.foreign += 1
        else:
            drops[why] += 1


def envelope(data: bytes) -> tuple[int, int]:
    """The number of the request that a message answers, and where what follows the version begins.

    Raises:
        Malformed: not a message of version 1, 2c or 3.
    """
    tag, at, end = ber.read_head(data, 0, len(data))
    if tag != ber.SEQUENCE or end != len(data):
        raise ber.Malformed("octets behind the end")
    version, at = ber.read_number(data, at, end)
    if version not in {0, 1, 3}:
        raise ber.Malformed(f"version {version}")
    kind, start, stop = ber.read_head(data, at, end)
    if version == 3:  # noqa: PLR2004 -- as it is written in messages
        return ber.read_number(data, start, stop)[0], at
    if kind != ber.OCTETS:
        raise ber.Malformed("no community")
    _, start, stop = ber.read_head(data, stop, end)
    return ber.read_number(data, start, stop)[0], at
