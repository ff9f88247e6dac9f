"""The real line: HTTP with deadlines, limits and a verified peer. The only code that opens a socket to a source."""

from __future__ import annotations

import asyncio
import base64
import ssl
import time
import zlib
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

import httpx

from driftline.collectors.ask import PASSWORD, USER, Ask, Auth, Reply
from driftline.collectors.egress import Egress, Forbidden, trusting
from driftline.collectors.errors import Garbled, Refused, Unreachable
from driftline.collectors.target import Target
from driftline.graph.model.values import Ms

GZIP_WINDOW = 31  # zlib's number for "gzip with header"
CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What a source may cost us. ``ratio`` counts above ``free_bytes``: a megabyte must not become a gigabyte."""

    connect_seconds: float = 10
    idle_seconds: float = 30
    reply_seconds: float = 300
    visit_seconds: float = 3_600
    reply_bytes: int = 256 * 2**20
    visit_bytes: int = 2**30
    ratio: int = 200
    free_bytes: int = 2**20


@dataclass(slots=True)
class HttpLine:
    """A line to one target for one visit; an async context manager. Cookies live as long as it does."""

    target: Target
    egress: Egress = field(default_factory=Egress)
    limits: Limits = field(default_factory=Limits)
    _client: httpx.AsyncClient | None = field(default=None, init=False, repr=False)
    _ends: float = field(default=0, init=False)
    _taken: int = field(default=0, init=False)

    async def __aenter__(self) -> Self:
        """Open nothing yet: the first ask connects."""
        limits = self.limits
        timeout = httpx.Timeout(limits.idle_seconds, connect=limits.connect_seconds)
        try:
            context: ssl.SSLContext | bool = trusting(self.target.trust)
        except OSError as error:
            raise Refused(self.target.name, "connect", f"{self.target.trust.ca}: {error}") from error
        self._client = httpx.AsyncClient(timeout=timeout, verify=context, trust_env=False, follow_redirects=False)
        self._ends = time.monotonic() + limits.visit_seconds
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Close the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    async def ask(self, ask: Ask) -> Reply:
        """Send one ask and read its reply, see ``contract.Line``."""
        name, url = self.target.name, self.target.url
        seconds = min(self.limits.reply_seconds, self._ends - time.monotonic())
        if seconds <= 0:
            raise Unreachable(name, ask.name, "the time for this visit is over")
        try:
            async with asyncio.timeout(seconds):
                return await self._send(ask)
        except Forbidden as error:
            raise Refused(name, ask.name, str(error), "list its network under networks: if it is meant") from error
        except httpx.TransportError as error:
            raise self._unreached(ask, error) from error
        except TimeoutError as error:
            raise Unreachable(name, ask.name, f"{url} did not finish its reply in {seconds:.0f} s") from error
        except OSError as error:
            raise Unreachable(name, ask.name, str(error)) from error

    async def _send(self, ask: Ask) -> Reply:
        client = self._client
        if client is None:
            raise RuntimeError("the line is used outside its context")
        parts = urlsplit(self.target.url)
        host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
        address = await self.egress.resolve(host, port)
        inside = f"[{address}]" if ":" in address else address
        request = client.build_request(
            ask.method,
            f"{parts.scheme}://{inside}:{port}{ask.path}",
            content=self._text(ask),
            headers={"Host": parts.netloc, "Accept-Encoding": "gzip", **self._account(ask), **ask.headers},
            extensions={"sni_hostname": host},
        )
        start = _now()
        response = await client.send(request, stream=True)
        try:
            body, packed = await self._read(ask, response)
        finally:
            await response.aclose()
        return Reply(response.status_code, body, start, _now(), packed)

    async def _read(self, ask: Ask, response: httpx.Response) -> tuple[bytes, bytes | None]:
        if response.headers.get("content-encoding", "identity") != "gzip":
            plain = bytearray()
            async for part in response.aiter_raw():
                plain += part
                self._weigh(ask, len(plain), len(plain))
            self._taken += len(plain)
            return bytes(plain), None
        wire, body, unzip = bytearray(), bytearray(), zlib.decompressobj(GZIP_WINDOW)
        async for part in response.aiter_raw():
            wire += part
            self._unzip(ask, unzip, part, body, len(wire))
        if not unzip.eof or unzip.unused_data:
            raise Garbled(self.target.name, ask.name, "the compressed reply is cut short or has a tail")
        self._taken += len(body)
        return bytes(body), bytes(wire)

    def _unzip(self, ask: Ask, unzip: zlib._Decompress, part: bytes, body: bytearray, wire: int) -> None:
        try:
            while part:
                body += unzip.decompress(part, CHUNK)
                self._weigh(ask, len(body), wire)
                part = unzip.unconsumed_tail
        except zlib.error as error:
            raise Garbled(self.target.name, ask.name, f"the reply says gzip and is not: {error}") from error

    def _weigh(self, ask: Ask, size: int, wire: int) -> None:
        limits = self.limits
        if size > limits.reply_bytes or self._taken + size > limits.visit_bytes:
            raise Garbled(self.target.name, ask.name, f"the reply is larger than allowed ({size:,} bytes and more)")
        if size > limits.free_bytes and size > limits.ratio * wire:
            raise Garbled(self.target.name, ask.name, f"{wire:,} bytes unpack to more than {size:,}: refused")

    def _text(self, ask: Ask) -> bytes:
        if ask.auth is not Auth.INSIDE:
            return ask.text.encode()
        login = self.target.login
        filled = ask.text.replace(USER, escape(login.user)).replace(PASSWORD, escape(login.password.reveal()))
        return filled.encode()

    def _account(self, ask: Ask) -> dict[str, str]:
        if ask.auth is not Auth.BASIC:
            return {}
        login = self.target.login
        pair = base64.b64encode(f"{login.user}:{login.password.reveal()}".encode()).decode()
        return {"Authorization": f"Basic {pair}"}

    def _unreached(self, ask: Ask, error: httpx.TransportError) -> Exception:
        name, url = self.target.name, self.target.url
        below: BaseException | None = error
        while below is not None:
            if isinstance(below, ssl.SSLCertVerificationError):
                why = f"the certificate of {url} is not trusted: {below.verify_message}"
                return Refused(name, ask.name, why, "set tls.ca or tls.pin of the target, after checking the machine")
            below = below.__cause__ or below.__context__
        return Unreachable(name, ask.name, f"{url}: {str(error) or type(error).__name__}")


def _now() -> Ms:
    return Ms(time.time_ns() // 1_000_000)
