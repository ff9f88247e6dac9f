"""A TCP port of this machine's loopback, opened on the loopback of another network namespace as well."""

from __future__ import annotations

import asyncio
import ctypes
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.lab.process import LabError

NET = 0x40000000  # CLONE_NEWNET of setns(2)
HERE = "127.0.0.1"
CHUNK = 64 * 1024


@contextmanager
def door(space: str, port: int) -> Iterator[None]:
    """For the block, whoever connects to a port inside the namespace reaches that port here.

    A socket belongs to the namespace in which it was made, so it is enough to make the listening one there.
    """
    listener = _listening(space, port)
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    thread = threading.Thread(target=_run, args=(loop, listener, port, ready), name=f"door {port}")
    thread.start()
    ready.wait()
    try:
        yield
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        listener.close()


def _listening(space: str, port: int) -> socket.socket:
    """Enter the namespace in a thread of its own: a thread that ends need not find its way back."""
    made: list[socket.socket] = []

    def make() -> None:
        where = os.open(Path("/run/netns") / space, os.O_RDONLY)
        try:
            if ctypes.CDLL(None, use_errno=True).setns(where, NET) == 0:
                made.append(socket.create_server((HERE, port)))
        finally:
            os.close(where)

    thread = threading.Thread(target=make)
    thread.start()
    thread.join()
    if not made:
        raise LabError(f"port {port} cannot be opened in {space}")
    return made[0]


def _run(loop: asyncio.AbstractEventLoop, listener: socket.socket, port: int, ready: threading.Event) -> None:
    async def through(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection(HERE, port)
        await asyncio.gather(_pass(reader, far_writer), _pass(far_reader, writer))

    asyncio.set_event_loop(loop)
    server = loop.run_until_complete(asyncio.start_server(through, sock=listener))
    loop.call_soon(ready.set)
    loop.run_forever()
    server.close()
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
    writer.close()
