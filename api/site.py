"""The composition root: from settings to everything that a command or the service works with. Opens nothing by itself.

What tests and replays vary is a value here: settings, environment, clock, actor.
"""

from __future__ import annotations

import getpass
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from typing_extensions import override

from driftline import collectors
from driftline.api.rules import policy_of, volatility_of
from driftline.collectors import COLLECTORS
from driftline.collectors.egress import Egress
from driftline.collectors.target import NOBODY, Login, Password, Trust
from driftline.collectors.target import Target as Place
from driftline.config import Account, Neo4jStore, SecretReader, Settings, SqliteStore, Target, load_policy
from driftline.graph.model.pseudonym import pseudonym
from driftline.graph.model.values import Micros, Ms
from driftline.graph.store import Store

if TYPE_CHECKING:
    from driftline.collectors.contract import Collector
    from driftline.diff.policy import Policy
    from driftline.graph.model.declare import Volatility

KEY_BYTES = 32


class NotYet(Exception):
    """What a command needs is not there yet; the text says what to do first."""


class NoSuch(Exception):
    """A person named something that does not exist; the text says which and what there is."""


class WallClock:
    """The time of this machine."""

    def micros(self) -> Micros:
        """Microseconds since 1970."""
        return Micros(time.time_ns() // 1_000)

    def ms(self) -> Ms:
        """Milliseconds since 1970."""
        return Ms(time.time_ns() // 1_000_000)


class ReplayClock(WallClock):
    """A clock that stands at the end of the capture that is taken in (decision D21)."""

    def __init__(self) -> None:
        self.at_ms = Ms(0)

    @override
    def micros(self) -> Micros:
        return Micros(self.at_ms * 1_000)

    @override
    def ms(self) -> Ms:
        return self.at_ms


@dataclass
class Site:
    """One installation: its settings and what follows from them."""

    settings: Settings
    environ: Mapping[str, str]
    actor: str = field(default_factory=lambda: f"local:{getpass.getuser()}")
    clock: WallClock = field(default_factory=WallClock)

    @cached_property
    def secrets(self) -> SecretReader:
        """Opens references to secrets, and knows what to mask."""
        return SecretReader(self.environ)

    @property
    def data(self) -> Path:
        """The folder of what belongs to this installation and is not the store."""
        return self.settings.captures.parent

    @property
    def captures(self) -> Path:
        """The folder of raw answers."""
        return self.settings.captures

    @property
    def zone(self) -> str:
        """Time zone in which people are shown times."""
        return self.settings.zone or self.settings.site.time_zone

    @cached_property
    def policy(self) -> Policy:
        """The policy of judging."""
        return policy_of(load_policy(self.settings.policy))

    @cached_property
    def refined(self) -> Mapping[str, Volatility]:
        """Volatility as the platforms' files refine it."""
        return volatility_of()

    @cached_property
    def site_key(self) -> bytes:
        """The key of pseudonyms. Made once; without it nobody can say which pseudonym is whose."""
        return _site_key(self.data / "site.key")

    @property
    def pseudonym(self) -> Callable[[str], str]:
        """Turns a login into the name that is kept."""
        return lambda login: pseudonym(self.site_key, login)

    @property
    def egress(self) -> Egress:
        """Where this installation may connect to."""
        return Egress(self.settings.networks)

    def target(self, name: str) -> Target:
        """The configured target of that name.

        Raises:
            NoSuch: there is none.
        """
        found = next((target for target in self.settings.targets if target.name == name), None)
        if found is None:
            known = ", ".join(target.name for target in self.settings.targets) or "none; add one to the configuration"
            raise NoSuch(f'no target "{name}"; targets are: {known}')
        return found

    def place(self, target: Target) -> Place:
        """Where a collector goes for a target, its password opened now; without a login where it has other accounts.

        Raises:
            SecretError: the reference cannot be opened.
        """
        account = self.settings.credentials[target.accounts[0]]
        login = NOBODY
        if isinstance(account, Account):
            login = Login(account.user, Password(self.secrets.open(account.password)))
        trust = Trust(target.tls.ca, target.tls.pin) if target.tls else Trust()
        return Place(target.name, target.address, login, trust)

    @contextmanager
    def store(self, *, writing: bool = False, patience_seconds: float = 10) -> Iterator[Store]:
        """The memory, open for the block; ``writing``: made if it does not exist.

        Raises:
            NotYet: nothing was ever written.
            StoreError: it cannot be used.
        """
        settings = self.settings.store
        if isinstance(settings, Neo4jStore):
            store = self._neo4j(settings, patience_seconds)
        else:
            store = self._sqlite(settings, writing=writing)
        try:
            yield store
        finally:
            store.close()

    def _sqlite(self, settings: SqliteStore, *, writing: bool) -> Store:
        from driftline.api.model import MODEL  # noqa: PLC0415 -- loaded only where a store is opened
        from driftline.graph.sqlite import SqliteStore as Opened  # noqa: PLC0415 -- the same

        if writing:
            settings.path.parent.mkdir(parents=True, exist_ok=True)
        elif not settings.path.exists():
            raise NotYet(f"{settings.path}: there is no store yet; visit a target first: driftline visit TARGET")
        return Opened.open(settings.path, MODEL, clock=self.clock.micros, read_only=not writing)

    def _neo4j(self, settings: Neo4jStore, patience_seconds: float) -> Store:
        from driftline.api.model import MODEL  # noqa: PLC0415 -- loaded only where a store is opened
        from driftline.graph.neo4j import Neo4jStore as Opened  # noqa: PLC0415 -- the same

        password = self.secrets.open(settings.password)
        return Opened.open(
            settings.url, settings.user, password, MODEL, clock=self.clock.micros, patience_seconds=patience_seconds
        )


def collector(name: str) -> Collector:
    """The collector of that name.

    Raises:
        NoSuch: this program has none, though a capture may name it.
    """
    if name not in COLLECTORS:
        raise NoSuch(f'no collector "{name}"; collectors are: {", ".join(COLLECTORS)}')
    return collectors.collector(name)


def _site_key(file: Path) -> bytes:
    """Read the key; make it first if it is not there. Two processes that make it at once end with the same one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.{os.getpid()}")
    if not file.exists():
        number = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(number, "wb") as made:
            made.write(os.urandom(KEY_BYTES))
            made.flush()
            os.fsync(made.fileno())
        with suppress(FileExistsError):
            os.link(part, file)
        part.unlink()
    key = file.read_bytes()
    if len(key) != KEY_BYTES:
        raise NotYet(f"{file}: is not the key that was made here; put the saved one back, pseudonyms depend on it")
    return key
