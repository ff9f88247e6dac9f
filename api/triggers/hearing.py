"""Receivers as the service runs them: sockets by the configuration, known devices by the targets."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from driftline.api.lines import NETWORK
from driftline.api.site import Site
from driftline.api.triggers.calling import Calling
from driftline.api.triggers.inbox import Inbox
from driftline.api.triggers.receivers import Heard, Receivers, bound, syslog, traps
from driftline.collectors.egress import Egress, Forbidden
from driftline.config import Target, split_address

log = logging.getLogger(__name__)

Door = tuple[socket.socket, Callable[[bytes], Heard]]


@contextmanager
def doors(site: Site) -> Iterator[Sequence[Door]]:
    """The sockets that the configuration wants, bound before anything else begins; none unless it says so.

    Raises:
        OSError: an address is taken, is not of this machine, or needs more rights.
    """
    wanted = ((site.settings.triggers.syslog, syslog), (site.settings.triggers.traps, traps))
    with ExitStack() as stack:
        found: list[Door] = []
        for bind, read in wanted:
            if bind is not None:
                host, port = split_address(bind) or ("", None)
                found.append((stack.enter_context(bound(host, port or 0)), read))
        yield found


@dataclass
class Hearing:
    """Receivers that know the devices of the configuration."""

    egress: Egress
    receivers: Receivers
    _learning: set[asyncio.Task[None]] = field(default_factory=set)

    def change(self, targets: Iterable[Target]) -> None:
        """Hear the devices of these targets from now on."""
        task = asyncio.get_running_loop().create_task(self.learn(tuple(targets)))
        self._learning.add(task)
        task.add_done_callback(self._learning.discard)

    async def learn(self, targets: Iterable[Target]) -> None:
        """Find the addresses of targets. A name that has none is not heard."""
        found: list[tuple[str, str]] = []
        for target in targets:
            host, _ = split_address(target.address) or ("", None)
            if target.collector != NETWORK:
                continue
            try:
                found.append((await self.egress.resolve(host, 0), target.name))
            except (OSError, Forbidden) as error:
                log.warning("messages of %s are not heard: %s", target.name, error)
        self.receivers.know(found)


@asynccontextmanager
async def hearing(
    site: Site, found: Sequence[Door], inbox: Inbox | None, read: Callable[[str], bool]
) -> AsyncIterator[Hearing | None]:
    """Hear devices for the block, if there are sockets; ``read`` visits a target by name, see ``Calling``."""
    if inbox is None:
        yield None
        return
    triggers = site.settings.triggers
    call = Calling(read, triggers.debounce.total_seconds(), triggers.least.total_seconds())
    heard = Hearing(site.egress, Receivers(inbox, call))
    await heard.learn(site.settings.targets)
    for door, reader in found:
        await heard.receivers.listen(door, reader)
        log.info("listening on %s:%d/udp", *door.getsockname()[:2])
    try:
        yield heard
    finally:
        heard.receivers.close()
