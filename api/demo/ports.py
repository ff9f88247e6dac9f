"""Ports of this machine that nobody listens on."""

from __future__ import annotations

import socket

TRIED = 100


def free_port(wanted: int) -> int:
    """The port wanted, or the next one that is free.

    Raises:
        OSError: none of the next hundred is.
    """
    for port in range(wanted, wanted + TRIED):
        with socket.socket() as door:
            door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if door.connect_ex(("127.0.0.1", port)):
                return port
    raise OSError(f"no free port from {wanted} to {wanted + TRIED - 1}; name another one: --port")
