"""A Bolt proxy that sees which message a client sends, and does to the connection what a bad day would do.

``watch(name, body)`` is called with ``BEGIN``, ``RUN``, ``COMMIT`` before each is handed on, and with ``COMMITTED``
when the server has answered a COMMIT and the client has not seen it. The body has the text of a statement, packed. What
it returns decides: go on, or cut the connection.
"""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from enum import Enum

NAMES = {0x11: "BEGIN", 0x10: "RUN", 0x12: "COMMIT"}
MANIFEST = b"\x00\x00\x01\xff"


class Then(Enum):
    """What happens to the connection."""

    GO_ON = "go on"
    CUT = "cut"


Watch = Callable[[str, bytes], Then]


class Cut(Exception):
    """The connection ends here."""


class Proxy:
    """Listens on loopback and hands everything on to the server."""

    def __init__(self, port: int, watch: Watch) -> None:
        self._server = port
        self.watch = watch
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def uri(self) -> str:
        """Where a client connects."""
        return f"bolt://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        """End all connections."""
        with ended(self._listener, *self._open):
            pass
        for one in (self._listener, *self._open):
            one.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server))
                self._open += [client, server]
                for one in (client, server):  # small messages each way: otherwise every answer waits 40 ms
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                threading.Thread(target=self._serve, args=(client, server), daemon=True).start()

    def _serve(self, client: socket.socket, server: socket.socket) -> None:
        committing = threading.Event()
        with ended(client, server), client.makefile("rb") as asked:
            shake_hands(asked.read, client, server)
            threading.Thread(target=self._answer, args=(server, client, committing), daemon=True).start()
            for name, body, raw in messages(asked.read):
                self._tell(name, body)
                if name == "COMMIT":
                    committing.set()
                server.sendall(raw)

    def _answer(self, server: socket.socket, client: socket.socket, committing: threading.Event) -> None:
        with ended(client, server):
            while data := server.recv(65_536):
                if committing.is_set():
                    committing.clear()
                    self._tell("COMMITTED", b"")
                client.sendall(data)

    def _tell(self, name: str, body: bytes) -> None:
        if name and self.watch(name, body) is Then.CUT:
            raise Cut


@contextlib.contextmanager
def ended(*sockets: socket.socket) -> Iterator[None]:
    """End the connections after the block, however it ends, and wake whoever waits for them."""
    with contextlib.suppress(OSError, Cut):
        yield
    for one in sockets:
        with contextlib.suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


def shake_hands(read: Callable[[int], bytes], client: socket.socket, server: socket.socket) -> None:
    """Hand the choice of version on; it comes before the first message."""
    server.sendall(read(20))
    answer = server.recv(65_536)
    client.sendall(answer)
    if answer.startswith(MANIFEST):
        chosen = read(5)
        while chosen[-1] & 0x80:  # a number of seven bits a byte
            chosen += read(1)
        server.sendall(chosen)


def messages(read: Callable[[int], bytes]) -> Iterator[tuple[str, bytes, bytes]]:
    """Messages of a client: the name if it is one we know, what it says, and all bytes of it."""
    raw, body = b"", b""
    while size := read(2):
        chunk = read(int.from_bytes(size, "big"))
        raw, body = raw + size + chunk, body + chunk
        if not chunk:
            yield NAMES.get(body[1], "") if body else "", body, raw
            raw, body = b"", b""
