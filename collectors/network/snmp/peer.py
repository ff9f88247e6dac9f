"""What an SNMP agent can be asked, by whichever engine: one agent, one credential, one context; reading only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

from typing_extensions import override

from driftline.collectors.network.snmp.pdu import read_bindings
from driftline.collectors.network.snmp.values import Value, VarBind

PORT = 161


@dataclass(frozen=True, slots=True)
class Address:
    """Where an agent listens: a numeric address, and for IPv6 link-local the number of the interface."""

    host: str
    port: int = PORT
    scope: int = 0

    @property
    def ipv6(self) -> bool:
        """Whether the address is of the sixth version."""
        return ":" in self.host

    @property
    def sockaddr(self) -> tuple[str, int] | tuple[str, int, int, int]:
        """The address as sockets take and give it."""
        return (self.host, self.port, 0, self.scope) if self.ipv6 else (self.host, self.port)

    @override
    def __str__(self) -> str:
        host = f"[{self.host}]" if self.ipv6 else self.host
        return f"{host}:{self.port}"


class Version(StrEnum):
    """Versions of the protocol."""

    V1 = "1"
    V2C = "2c"
    V3 = "3"


@dataclass(slots=True)
class PeerFacts:
    """What was learned about a device and is kept between visits; the engine changes it in place.

    ``max_repetitions`` 0 is "not yet learned"; ``learned_ms`` is when it was, in milliseconds since 1970.
    """

    version: Version | None = None
    bulk_ok: bool = True
    max_repetitions: int = 0
    learned_ms: int = 0
    reply_bytes: int = 0
    """Largest reply seen."""
    engine_id: bytes = b""
    quirks: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Limit:
    """What one table may cost."""

    seconds: float = 120
    rows: int = 500_000
    """Of a table; the values of a walk outside one. A reply is never cut, so that it may be a few more."""


class End(StrEnum):
    """Why a walk came to its end. Only after the first two has it seen everything."""

    LEFT_SUBTREE = "left subtree"
    END_OF_VIEW = "end of view"
    ROW_CAP = "too many rows"
    TIME_LIMIT = "out of time"
    LOOP = "names do not increase"
    UNREACHABLE = "no answer"
    REFUSED = "refused"
    GARBLED = "not understood"

    @property
    def complete(self) -> bool:
        """Whether what was not read is not there."""
        return self in {End.LEFT_SUBTREE, End.END_OF_VIEW}


@dataclass(slots=True)
class Walk:
    """What a walk read, in the order of the agent. ``started`` and ``ended`` are milliseconds since 1970."""

    pages: list[bytes] = field(default_factory=list, repr=False)
    """The bindings as they came, of each reply those that belong to it."""
    end: End = End.LEFT_SUBTREE
    why: str = ""
    """More about an end that is not complete."""
    requests: int = 0
    bytes: int = 0
    started: int = 0
    ended: int = 0

    @property
    def complete(self) -> bool:
        """Whether the whole subtree was read."""
        return self.end.complete

    @property
    def varbinds(self) -> list[VarBind]:
        """The answers, read at each use."""
        return [VarBind(*one) for page in self.pages for one in read_bindings(page, 0, len(page))]


class TableSpec(NamedTuple):
    """A table: the object identifier of its entry, as content, and the columns that it has."""

    name: str
    entry: bytes
    columns: Sequence[int]


@dataclass(slots=True)
class TableRead:
    """The cells of a table by index and column. An index or column that is missing was not there if ``complete``."""

    rows: Mapping[tuple[int, ...], Mapping[int, Value]] = field(repr=False)
    walks: Sequence[Walk]
    unreadable_columns: Mapping[int, End] = field(default_factory=dict)
    skipped_rows_suspected: bool = False

    @property
    def complete(self) -> bool:
        """Whether absence may be asserted from it."""
        return not self.unreadable_columns and not self.skipped_rows_suspected


class SnmpPeer(Protocol):
    """One agent, one credential, one context. There is no SET.

    Object identifiers are contents of their encoding (``ber.from_dotted``). Walks and tables end with a reason and keep
    what they read; ``get`` and ``next`` raise. Only the four errors of ``collectors.errors`` leave an engine.
    """

    address: Address
    facts: PeerFacts

    async def get(self, oids: Sequence[bytes]) -> list[VarBind]:
        """The values of these objects; one that is not there says so in its tag.

        Raises:
            CollectorError: no answer, none that may be used, or the name is on the deny-list.
        """
        ...

    async def next(self, oids: Sequence[bytes]) -> list[VarBind]:
        """The objects that follow each of these names.

        Raises:
            CollectorError: as ``get``.
        """
        ...

    async def walk(self, root: bytes, limit: Limit) -> Walk:
        """Everything below a name.

        Raises:
            Refused: the subtree holds a name on the deny-list.
        """
        ...

    async def table(self, spec: TableSpec, columns: Sequence[int], limit: Limit) -> TableRead:
        """Some columns of a table.

        Raises:
            Refused: a column is on the deny-list.
        """
        ...
