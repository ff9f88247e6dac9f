"""The service in one process: HTTP, schedule, engine and writer under one loop, until the roles are processes (D29)."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import uvicorn
from typing_extensions import override

from driftline.api.ops import Ops
from driftline.api.reloading import reloaded
from driftline.api.schedule import Schedule
from driftline.api.service import Service
from driftline.api.site import Site
from driftline.api.triggers.hearing import Door, Hearing, doors, hearing
from driftline.api.triggers.inbox import Inbox
from driftline.api.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Callable

    from fastapi import FastAPI

    from driftline.config import Settings

log = logging.getLogger(__name__)

PATIENCE = timedelta(seconds=30)
"""How long visits may go on after a stop."""


class Server(uvicorn.Server):
    """Uvicorn without its own signal handling: one place decides how the process ends."""

    @override
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def serve(
    site: Site,
    make_app: Callable[[Site], FastAPI],
    *,
    scheduled: bool = True,
    reread: Callable[[], Settings] | None = None,
) -> None:
    """Run until a signal. ``reread`` gives the configuration as it is at SIGHUP; without it there is no reloading.

    Raises:
        StoreError: another process writes, or the store cannot be used.
        OSError: the address is taken.
    """
    with (
        listening(site) as door,
        doors(site) as ears,
        Ops.open(site.data / "ops.db") as ops,
        Writer.open(site) as writer,
    ):
        service = Service(site, writer, ops)
        asyncio.run(_run(service, make_app(site), door, ears, scheduled=scheduled, reread=reread))


@contextmanager
def listening(site: Site) -> Iterator[socket.socket]:
    """The socket of the API, bound before anything else begins.

    Raises:
        OSError: the address is taken, or not of this machine.
    """
    host, port = site.settings.http.host, site.settings.http.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
        except OSError as error:
            raise OSError(error.errno, error.strerror, f"{host}:{port}") from error
        yield door


async def _run(
    service: Service,
    app: FastAPI,
    door: socket.socket,
    ears: Sequence[Door],
    *,
    scheduled: bool,
    reread: Callable[[], Settings] | None,
) -> None:
    loop, stop = asyncio.get_running_loop(), service.ended
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, _stop, stop, number)
    targets = service.site.settings.targets if scheduled else ()
    schedule = Schedule(service.ops, targets, service.site.clock.ms, service.visit, service.refused)
    server = Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=5))
    http = asyncio.create_task(server.serve(sockets=[door]))
    schedule.start()
    log.info("serving on http://%s:%d, %d targets", *door.getsockname()[:2], len(targets))
    inbox = service.engine.lines.inbox = Inbox(service.site.clock.ms) if ears else None
    async with hearing(service.site, ears, inbox, schedule.soon) as heard:
        if reread:
            loop.add_signal_handler(
                signal.SIGHUP, _reload, service.site, schedule if scheduled else None, heard, reread
            )
        await asyncio.wait([http, asyncio.create_task(stop.wait())], return_when=asyncio.FIRST_COMPLETED)
        log.info("stopping: %s", service.why or "told to")
    try:
        await schedule.stop(PATIENCE)
        service.engine.close()
    finally:
        server.should_exit = True
        await http


def _reload(site: Site, schedule: Schedule | None, heard: Hearing | None, reread: Callable[[], Settings]) -> None:
    if reloaded(site, reread) and schedule:
        schedule.change(site.settings.targets)
        if heard:
            heard.change(site.settings.targets)


def _stop(stop: asyncio.Event, number: int) -> None:
    """The first signal asks, the second one ends the process at once: what is cut is taken up at the next start."""
    if stop.is_set():
        os._exit(128 + number)
    stop.set()
