"""The line over HTTP: limits, deadlines, the networks it may reach, and what its errors say."""

from __future__ import annotations

import asyncio
import gzip
import zlib
from collections.abc import Awaitable, Callable
from ipaddress import ip_address, ip_network

import pytest

from driftline.collectors.ask import PASSWORD, USER, Ask, Auth, Reply
from driftline.collectors.egress import Egress
from driftline.collectors.errors import CollectorError, Garbled, Refused, Unreachable
from driftline.collectors.line import HttpLine, Limits
from driftline.collectors.target import Login, Password, Target, Trust

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
SECRET = "p<a>&ss"  # noqa: S105 -- made up
LOOPBACK = Egress((ip_network("127.0.0.0/8"), ip_network("::1/128")))
QUICK = Limits(connect_seconds=1, idle_seconds=0.2, reply_seconds=0.6, reply_bytes=1_000_000, free_bytes=1_000)


def answering(body: bytes, *headers: str, seen: list[bytes] | None = None) -> Handler:
    """A server that reads one request and gives one answer."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        length = next(
            (int(row.split(b":")[1]) for row in head.split(b"\r\n") if row.lower().startswith(b"content-length")), 0
        )
        asked = head + await reader.readexactly(length)
        if seen is not None:
            seen.append(asked)
        lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers]
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()
        writer.close()

    return handle


def _closing(handler: Handler) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await handler(reader, writer)
        finally:
            writer.close()

    return handle


def ask(handler: Handler, ask: Ask | None = None, limits: Limits = QUICK, egress: Egress = LOOPBACK) -> Reply:
    """The reply of such a server to one ask."""

    async def run() -> Reply:
        server = await asyncio.start_server(_closing(handler), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        to = Target("lab", f"http://127.0.0.1:{port}", Login("me", Password(SECRET)))
        try:
            async with server, HttpLine(to, egress, limits) as line:
                return await line.ask(ask or Ask("question", "/sdk", "text"))
        finally:
            handlers = asyncio.all_tasks() - {asyncio.current_task()}
            for one in handlers:
                one.cancel()
            await asyncio.gather(*handlers, return_exceptions=True)

    return asyncio.run(run())


def refused(handler: Handler, kind: type[CollectorError], **how: Limits | Egress) -> CollectorError:
    """The error of asking."""
    with pytest.raises(kind) as caught:
        ask(handler, **how)  # type: ignore[arg-type]  # by name
    assert caught.value.target == "lab"
    assert caught.value.ask == "question"
    assert caught.value.do
    assert SECRET not in str(caught.value)
    return caught.value


def test_a_reply_is_read_whole() -> None:
    """Status, body and times."""
    reply = ask(answering(b"hello"))
    assert (reply.status, reply.body, reply.packed) == (200, b"hello", None)
    assert 0 < reply.start_ms <= reply.end_ms


def test_gzip_is_asked_for_and_kept_as_it_came() -> None:
    """What arrives compressed is stored as it is, and need not be compressed again."""
    seen: list[bytes] = []
    packed = gzip.compress(b"hello" * 100)
    reply = ask(answering(packed, "Content-Encoding: gzip", seen=seen))
    assert (reply.body, reply.packed) == (b"hello" * 100, packed)
    assert b"accept-encoding: gzip" in seen[0].lower()


def test_the_account_comes_in_while_sending() -> None:
    """In the text, escaped for XML, or in a header."""
    seen: list[bytes] = []
    ask(answering(b"", seen=seen), Ask("login", "/sdk", f"<u>{USER}</u><p>{PASSWORD}</p>", auth=Auth.INSIDE))
    ask(answering(b"", seen=seen), Ask("login", "/api/session", auth=Auth.BASIC))
    ask(answering(b"", seen=seen), Ask("other", "/sdk", f"<u>{USER}</u>"))
    assert b"<u>me</u><p>p&lt;a&gt;&amp;ss</p>" in seen[0]
    assert b"Authorization: Basic bWU6cDxhPiZzcw==" in seen[1]
    assert USER.encode() in seen[2]


def test_a_bomb_is_refused_while_it_unpacks() -> None:
    """A ratio above 200 beyond the first megabyte: the rest is not even unpacked."""
    bomb = gzip.compress(b"\0" * 900_000)
    assert len(bomb) < 1_000
    assert "unpack" in str(refused(answering(bomb, "Content-Encoding: gzip"), Garbled))


def test_a_reply_that_is_too_large_is_refused() -> None:
    """Per reply, and over the whole visit."""
    big = answering(b"x" * 10_000)
    assert "larger than allowed" in str(refused(big, Garbled, limits=Limits(reply_bytes=5_000)))
    assert "larger than allowed" in str(refused(big, Garbled, limits=Limits(visit_bytes=5_000)))


@pytest.mark.parametrize("body", [gzip.compress(b"hello")[:-4], zlib.compress(b"hello"), gzip.compress(b"a") + b"tail"])
def test_broken_gzip_is_garbled(body: bytes) -> None:
    """Cut short, not gzip at all, or with a tail."""
    refused(answering(body, "Content-Encoding: gzip"), Garbled)


def test_a_connection_that_ends_early_is_unreachable() -> None:
    """Fewer bytes than announced are not a reply."""

    async def short(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
        writer.close()

    refused(short, Unreachable)


@pytest.mark.parametrize("drip", [0.1, 5.0])
def test_a_slow_server_does_not_hold_us(drip: float) -> None:
    """Silence ends the ask, and so does a drip that never stops."""

    async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        for _ in range(12):
            writer.write(b"x")
            await asyncio.sleep(drip)

    refused(slow, Unreachable)


def test_the_time_of_a_visit_ends() -> None:
    """Every ask gets at most what is left."""
    assert "is over" in str(refused(answering(b""), Unreachable, limits=Limits(visit_seconds=0)))


def test_nobody_there_is_unreachable() -> None:
    """Refused by the machine: the address stands in the text."""
    to = Target("lab", "http://127.0.0.1:1", Login("me", Password(SECRET)))

    async def run() -> None:
        async with HttpLine(to, LOOPBACK, QUICK) as line:
            await line.ask(Ask("question", "/"))

    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:1"):
        asyncio.run(run())


def test_a_name_that_means_nothing_is_unreachable() -> None:
    """No address is a failure, never an absence."""
    with pytest.raises(OSError, match="no address"):
        asyncio.run(LOOPBACK.resolve("no-such-host.invalid", 443))


def test_loopback_is_refused_unless_listed() -> None:
    """Nothing is sent: not even a connection is opened."""
    seen: list[bytes] = []
    error = refused(answering(b"", seen=seen), Refused, egress=Egress())
    assert "outside the allowed networks" in str(error)
    assert seen == []


@pytest.mark.parametrize(
    ("address", "listed", "allowed"),
    [
        ("10.1.2.3", [], True),
        ("10.1.2.3", ["10.0.0.0/8"], True),
        ("10.1.2.3", ["192.0.2.0/24"], False),
        ("127.0.0.1", [], False),
        ("::1", [], False),
        ("::ffff:127.0.0.1", [], False),
        ("::ffff:127.0.0.1", ["127.0.0.0/8"], True),
        ("169.254.169.254", [], False),
        ("169.254.1.1", [], False),
        ("fe80::1", [], False),
        ("fd00:ec2::254", [], False),
        ("100.100.100.200", [], False),
        ("0.0.0.0", [], False),  # noqa: S104 -- an address to refuse
        ("224.0.0.1", [], False),
        ("2001:db8::1", ["2001:db8::/32"], True),
    ],
)
def test_networks_decide_where_a_line_may_lead(address: str, listed: list[str], allowed: bool) -> None:  # noqa: FBT001 -- a table
    """D33: special addresses only if listed; where networks are listed, only they."""
    assert Egress(tuple(map(ip_network, listed))).allows(ip_address(address)) is allowed


def test_a_missing_authority_file_is_the_operators(tmp_path: object) -> None:
    """The file named in the configuration cannot be read."""
    to = Target("lab", "127.0.0.1", Login("me", Password(SECRET)), Trust(ca=tmp_path / "none.pem"))  # type: ignore[operator]  # pathlib

    async def run() -> None:
        async with HttpLine(to, LOOPBACK):
            pass

    with pytest.raises(Refused, match=r"none\.pem"):
        asyncio.run(run())


def test_a_password_prints_as_nothing() -> None:
    """Neither text nor representation nor a pickle holds it."""
    import pickle  # noqa: PLC0415 -- its refusal is what is tested

    login = Login("me", Password(SECRET))
    assert SECRET not in f"{login} {login!r} {login.password}"
    with pytest.raises(TypeError):
        pickle.dumps(login)
