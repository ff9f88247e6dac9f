"""One query over Bolt 5 with the standard library: the proof that a Neo4j server answers, not only listens."""

import socket
import struct
from typing import BinaryIO

SUCCESS, RECORD = 0x70, 0x71
HELLO, LOGON, RUN, PULL = 0x01, 0x6A, 0x10, 0x3F
HANDSHAKE = bytes.fromhex("6060b017 00040405 00000000 00000000 00000000")  # Bolt 5.1 to 5.4


def answers(port: int, user: str, password: str) -> bool:
    """Return whether the server on loopback `port` answers ``RETURN 1`` for this login."""
    login = {"scheme": "basic", "principal": user, "credentials": password}
    asked = [
        message(HELLO, {"user_agent": "driftline-lab/1", "bolt_agent": {"product": "driftline-lab/1"}}),
        message(LOGON, login),
        message(RUN, "RETURN 1", {}, {"db": "neo4j"}),
        message(PULL, {"n": 1}),
    ]
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as line, line.makefile("rb") as reply:
            line.sendall(HANDSHAKE)
            if reply.read(4)[3:] != b"\x05":
                return False
            line.sendall(b"".join(asked))
            return [tag(reply) for _ in range(5)] == [SUCCESS, SUCCESS, SUCCESS, RECORD, SUCCESS]
    except (OSError, struct.error, IndexError):
        return False


def message(kind: int, *fields: object) -> bytes:
    """Pack a request and frame it in one chunk."""
    body = bytes([0xB0 + len(fields), kind]) + b"".join(map(pack, fields))
    return struct.pack(">H", len(body)) + body + b"\0\0"


def pack(value: object) -> bytes:
    """Pack a short text, a small number or a small map of them."""
    if isinstance(value, int):
        return struct.pack("b", value)
    if isinstance(value, str):
        text = value.encode()
        return bytes([0xD0, len(text)]) + text
    if isinstance(value, dict):
        return bytes([0xA0 + len(value)]) + b"".join(map(pack, [part for pair in value.items() for part in pair]))
    raise TypeError(type(value))


def tag(reply: BinaryIO) -> int:
    """Read one message, whatever its chunks, and return what kind of answer it is."""
    body = b""
    while size := struct.unpack(">H", reply.read(2))[0]:
        body += reply.read(size)
    return body[1]
