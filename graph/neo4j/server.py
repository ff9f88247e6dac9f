"""A Neo4j server as the store talks to it: whole transactions, patience while it restarts, and errors in plain words.

Protocol: Bolt through the official driver, one driver per store. A read or a write that got no answer is done again for
up to ``patience_seconds``; a write must therefore be safe to repeat.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final, TypeVar

from neo4j import READ_ACCESS, WRITE_ACCESS, GraphDatabase, Session, Transaction
from neo4j.exceptions import (
    ConfigurationError,
    ConstraintError,
    DriverError,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
    TransientError,
)

from driftline.graph.errors import Conflict, StoreAway, StoreError, StoreFull

Answer = TypeVar("Answer")

Asks = Transaction | Session
"""What a reading asks through. A session answers each statement by itself, which saves two round trips of three."""

FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 5.0

SCHEMES: Final = frozenset({"bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc"})

NO_SPACE: Final = ("No space left on device", "TransactionLogError")
"""A full disk. The reason stands in the server's own log; the client hears only that the transaction log failed."""

STOPPED: Final = ("needs to be restarted",)
"""What every transaction hears after that, until somebody restarts the server."""

Advice = tuple[tuple[str, ...], type[StoreError], str]

BY_WORDS: Final[tuple[Advice, ...]] = (
    (NO_SPACE, StoreFull, "Neo4j cannot write its log, its disk is full or broken; make room, then restart it"),
    (
        STOPPED,
        StoreAway,
        "Neo4j has stopped after an error of its own, a full disk for example; mend it and restart it",
    ),
    (("MemoryPoolOutOfMemory",), StoreError, "Neo4j has not enough memory for this batch; give it more"),
    (("Neo.ClientError.Security",), StoreError, "Neo4j refuses the login of {user}; check user and password"),
)

BY_TYPE: Final[tuple[tuple[tuple[type[Exception], ...], type[StoreError], str], ...]] = (
    ((ConstraintError,), Conflict, "this is in the store already; read again and compare again"),
    (
        (ServiceUnavailable, SessionExpired, TransientError, OSError),
        StoreAway,
        "Neo4j does not answer; see whether it runs, and whether the address is right",
    ),
    ((ConfigurationError,), StoreError, "not an address of a Neo4j server; write bolt://host:7687"),
)


class Server:
    """One database of one server. Opens no connection before the first transaction."""

    def __init__(
        self, url: str, user: str, password: str, *, database: str = "neo4j", patience_seconds: float = 60.0
    ) -> None:
        self.place = url
        self._user = user
        self._database = database
        self._patience_seconds = patience_seconds
        if url.partition("://")[0] not in SCHEMES:
            raise StoreError(f"{url}: not an address of a Neo4j server; write bolt://host:7687")
        with self._plain():
            self._driver = GraphDatabase.driver(
                url,
                auth=(user, password),
                user_agent="driftline",
                connection_timeout=10,
                connection_acquisition_timeout=30,
                notifications_min_severity="OFF",
                telemetry_disabled=True,
            )

    def read(self, work: Callable[[Asks], Answer]) -> Answer:
        """Do work that only reads. Each statement sees what is committed by then, as it would in a transaction."""
        return self._patiently(lambda: self._look(work))

    def write(self, work: Callable[[Transaction], Answer], *, patient: bool = True) -> Answer:
        """Do the work in a transaction and commit it; whatever the work raises undoes it.

        With patience the work is done again when the answer was lost, even that of the commit.
        """
        if patient:
            return self._patiently(lambda: self._once(work))
        return self._once(work)

    @contextmanager
    def open_transaction(self) -> Iterator[Transaction]:
        """One transaction in which a long reading is consistent; it ends without writing. Never repeated."""
        with self._plain(), self._driver.session(database=self._database) as session:
            tx = session.begin_transaction()
            try:
                yield tx
            finally:
                with suppress(DriverError, Neo4jError):
                    tx.rollback()

    def close(self) -> None:
        """Close all connections."""
        self._driver.close()

    def _look(self, work: Callable[[Asks], Answer]) -> Answer:
        with (
            self._plain(),
            self._driver.session(database=self._database, default_access_mode=READ_ACCESS) as session,
        ):
            return work(session)

    def _once(self, work: Callable[[Transaction], Answer]) -> Answer:
        with (
            self._plain(),
            self._driver.session(database=self._database, default_access_mode=WRITE_ACCESS) as session,
            session.begin_transaction() as tx,
        ):
            answer = work(tx)
            tx.commit()
            return answer

    def _patiently(self, ask: Callable[[], Answer]) -> Answer:
        end, pause = time.monotonic() + self._patience_seconds, FIRST_PAUSE_SECONDS
        while True:
            try:
                return ask()
            except StoreAway:
                if time.monotonic() + pause > end:
                    raise
            time.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_SECONDS)

    @contextmanager
    def _plain(self) -> Iterator[None]:
        try:
            yield
        except (DriverError, Neo4jError, OSError) as error:
            raise self._in_plain_words(error) from error

    def _in_plain_words(self, error: Exception) -> StoreError:
        """The store's error for the driver's, in one line. Its text has no parameters of ours, so no secret either."""
        text, code = str(getattr(error, "message", None) or error), str(getattr(error, "code", None) or "")
        said = next((line for line in map(str.strip, text.splitlines()) if line), type(error).__name__)
        for parts, ours, advice in BY_WORDS:
            if any(part in text or part in code for part in parts):
                return ours(f"{self.place}: {advice.format(user=self._user)} ({said})")
        for theirs, ours, advice in BY_TYPE:
            if isinstance(error, theirs):
                return ours(f"{self.place}: {advice.format(user=self._user)} ({said})")
        return StoreError(f"{self.place}: Neo4j refused a statement ({said})")


def run(tx: Asks, text: str, /, **parameters: object) -> list[Any]:
    """Columns of the only row of an answer; empty without a row."""
    row = tx.run(text, parameters).single()
    return [] if row is None else list(row.values())


def one(tx: Asks, text: str, /, **parameters: object) -> Any:  # noqa: ANN401 -- whatever the statement returns
    """The only value of an answer, or None without a row."""
    return next(iter(run(tx, text, **parameters)), None)
