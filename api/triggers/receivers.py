"""The sockets: who may speak, how much of it is heard, and what is done about it."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any

from typing_extensions import override

from driftline.api.triggers.calling import Calling
from driftline.api.triggers.inbox import Inbox
from driftline.api.triggers.limits import Bucket
from driftline.collectors.network.snmp.ber import Malformed
from driftline.collectors.network.triggers import Notice, NotSupported, NotSyslog, read_syslog, read_trap

log = logging.getLogger(__name__)

ALL_PER_SECOND, DEVICE_PER_SECOND, BURST = 500, 20, 100
"""Messages that are looked at: of all devices, of one, and of one at once."""
RECEIVE_BYTES = 1 << 20

Heard = tuple[Notice | None, bytes | None]
"""What a datagram comes to, and what its sender wants to hear."""


def syslog(datagram: bytes) -> Heard:
    """A syslog message, see ``read_syslog``."""
    return read_syslog(datagram), None


def traps(datagram: bytes) -> Heard:
    """A notification, see ``read_trap``."""
    trap = read_trap(datagram)
    return trap.notice, trap.answer


@dataclass
class Receivers:
    """Hears devices. ``counts`` says what became of all datagrams, by ``unknown``, ``limited``, ``heard`` and so on."""

    inbox: Inbox
    call: Calling
    counts: Counter[str] = field(default_factory=Counter)
    _senders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    _all: Bucket = field(default_factory=lambda: Bucket(ALL_PER_SECOND, ALL_PER_SECOND))
    _each: dict[str, Bucket] = field(default_factory=dict)
    _open: list[asyncio.DatagramTransport] = field(default_factory=list)

    def know(self, addresses: Iterable[tuple[str, str]]) -> None:
        """Hear these devices and no others: address and name of the target."""
        told: dict[str, tuple[str, ...]] = {}
        for address, target in addresses:
            told[address] = (*told.get(address, ()), target)
        self._senders = told

    async def listen(self, door: socket.socket, read: Callable[[bytes], Heard]) -> None:
        """Hear what comes in at a bound socket."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Ear(self, read), sock=door)
        self._open.append(transport)

    def close(self) -> None:
        """Hear nothing any more."""
        for transport in self._open:
            transport.close()
        self.call.close()
        if self.counts:
            log.info("messages: %s", ", ".join(f"{n} {what}" for what, n in sorted(self.counts.items())))

    def heard(self, datagram: bytes, sender: str, read: Callable[[bytes], Heard]) -> bytes | None:
        """Take one datagram; gives what its sender wants to hear.

        Who is not known is not even counted against the limits of others.
        """
        targets = self._senders.get(_plain(sender))
        if targets is None:
            self.counts["unknown"] += 1
            return None
        if not self._takes(targets[0]):
            self.counts["limited"] += 1
            for target in targets:
                self.inbox.lose(target)
            return None
        notice, answer = self._read(datagram, read)
        if notice is not None:
            for target in targets:
                self.inbox.put(target, notice)
                self.call(target)
        return answer

    def _read(self, datagram: bytes, read: Callable[[bytes], Heard]) -> Heard:
        try:
            notice, answer = read(datagram)
        except NotSupported:
            self.counts["version 3"] += 1
        except (NotSyslog, Malformed):
            self.counts["garbled"] += 1
        else:
            self.counts["heard" if notice else "other"] += 1
            return notice, answer
        return None, None

    def _takes(self, target: str) -> bool:
        now = asyncio.get_running_loop().time()
        each = self._each.setdefault(target, Bucket(DEVICE_PER_SECOND, BURST))
        return each.takes(now) and self._all.takes(now)


class _Ear(asyncio.DatagramProtocol):
    """One socket."""

    def __init__(self, receivers: Receivers, read: Callable[[bytes], Heard]) -> None:
        self._receivers, self._read = receivers, read
        self._transport: asyncio.DatagramTransport | None = None

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.DatagramTransport):
            self._transport = transport

    @override
    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:
        answer = self._receivers.heard(data, str(addr[0]), self._read)
        if answer is not None and self._transport is not None:
            self._transport.sendto(answer, addr)

    @override
    def error_received(self, exc: Exception) -> None:
        log.debug("receiver: %s", exc)


def bound(host: str, port: int) -> socket.socket:
    """A socket that listens, before anything else begins.

    Raises:
        OSError: the address is taken, is not of this machine, or the port is one for root.
    """
    door = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
        door.bind((host, port))
        door.settimeout(0)
    except OSError as error:
        door.close()
        raise OSError(error.errno, error.strerror, f"{host}:{port}/udp") from error
    return door


def _plain(sender: str) -> str:
    """The address of a sender as targets have it: without zone, and IPv4 as such."""
    address = ip_address(sender.partition("%")[0])
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)
