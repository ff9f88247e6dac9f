"""Lines to network devices: credentials opened at their use, one SNMP engine for all, and what was learned before."""

from __future__ import annotations

import hmac
import time
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from hashlib import sha256

from driftline.api.ops import Peers
from driftline.api.site import Site
from driftline.api.triggers.inbox import Inbox
from driftline.collectors.contract import Line
from driftline.collectors.network.accounts import Accounts, Learned, Login
from driftline.collectors.network.cli.redact import Redactor
from driftline.collectors.network.cli.session import SshShell, threads
from driftline.collectors.network.cli.shell import CliAccount, CliFacts, CliPeer, Shell
from driftline.collectors.network.line import NetworkLine
from driftline.collectors.network.snmp import Auth, Community, FastEngine, Privacy, Treatment, User, Version
from driftline.collectors.network.snmp.credential import SECRET_OCTETS
from driftline.collectors.target import Password
from driftline.collectors.target import Target as Place
from driftline.config import Secret, SecretError, SnmpCommunity, SnmpUser, SshAccount, Target

KID_DIGITS = 6
"""Of the name of the key of redaction."""


class NetworkLines:
    """Opens lines. One per event loop; close it within that loop.

    ``insistent``: a person asks, so what rests is asked all the same; ``kept``: what is learned is remembered;
    ``inbox``: what devices said by themselves.
    """

    def __init__(self, site: Site, *, insistent: bool, kept: bool, inbox: Inbox | None = None) -> None:
        self.site, self.insistent, self.kept, self.inbox = site, insistent, kept, inbox
        self.peers = Peers(site.data / "ops.db")
        self._engine = FastEngine()
        self._redaction = hmac.new(site.site_key, b"redaction", sha256).digest()
        self._threads: ThreadPoolExecutor | None = None

    def close(self) -> None:
        """Close sockets and threads."""
        self._engine.close()
        if self._threads is not None:
            self._threads.shutdown(wait=False, cancel_futures=True)

    def resting(self, target: Target) -> str:
        """Why a device is left alone for now; empty if it is not."""
        breaker = self._learned(target).breaker
        now = time.time_ns() // 1_000_000
        minutes = max(breaker.open_until_ms - now, 0) // 60_000 + 1
        return "" if breaker.allows(now) else f"{breaker.failures} visits failed; it rests for {minutes} minutes more"

    def accounts(self, target: Target) -> Accounts:
        """See ``accounts_of``."""
        return accounts_of(self.site, target)

    @asynccontextmanager
    async def open(self, target: Target, accounts: Accounts, place: Place) -> AsyncIterator[Line]:
        """A line to a target for one visit.

        Raises:
            CollectorError: see ``NetworkLine``.
        """
        learned = self._learned(target)
        learned.pysnmp = learned.pysnmp or target.snmp.engine == "pysnmp"
        line = NetworkLine(
            place,
            accounts,
            self._engine,
            self.site.egress,
            learned,
            target.platform or "",
            self._shell,
            lambda engine_id: self.peers.twins(engine_id, target.address),
            Treatment(in_flight=target.snmp.at_once, per_second=target.snmp.per_second),
            self.insistent,
            lambda: self.inbox.told(target.name) if self.inbox else None,
        )
        try:
            async with line as opened:
                yield opened
        finally:
            if self.kept:
                self.peers.keep(target.name, target.address, learned.snmp.engine_id, learned.dump())

    def _learned(self, target: Target) -> Learned:
        return Learned.load(self.peers.learned(target.name, target.address))

    def _shell(self, peer: CliPeer, account: CliAccount, facts: CliFacts) -> Shell:
        self._threads = self._threads or threads()
        redact = Redactor(self._redaction, sha256(self._redaction).hexdigest()[:KID_DIGITS])
        return SshShell(peer, account, self._threads, redact, facts)


def accounts_of(site: Site, target: Target) -> Accounts:
    """The credentials of a target, opened now.

    Raises:
        SecretError: a reference cannot be opened, or a passphrase is too short for the protocol.
    """
    snmp: dict[str, Community | User] = {}
    ssh: dict[str, Login] = {}
    for name in target.accounts:
        account = site.settings.credentials[name]
        if isinstance(account, SnmpCommunity):
            snmp[name] = Community(_opened(site, account.community), Version(account.version))
        elif isinstance(account, SnmpUser):
            snmp[name] = _user(site, account)
        elif isinstance(account, SshAccount):
            ssh[name] = _login(site, account)
    return Accounts(snmp, ssh)


def _user(site: Site, account: SnmpUser) -> User:
    auth = _passphrase(site, account.auth_secret)
    privacy = _passphrase(site, account.privacy_secret)
    protocol = Privacy(account.privacy) if account.privacy else None
    return User(account.user, Auth(account.auth) if account.auth else None, auth, protocol, privacy)


def _passphrase(site: Site, secret: Secret | None) -> Password | None:
    if secret is None:
        return None
    opened = _opened(site, secret)
    if len(opened.reveal().encode()) < SECRET_OCTETS:
        raise SecretError(secret, f"a passphrase of SNMP 3 has at least {SECRET_OCTETS} octets")
    return opened


def _login(site: Site, account: SshAccount) -> Login:
    opened: Mapping[str, Password | None] = {
        name: _opened(site, secret) if secret else None
        for name, secret in (("password", account.password), ("key", account.key), ("enable", account.enable))
    }
    said = "|".join([account.user, *(one.reveal() if one else "" for one in opened.values())])
    terms = hmac.new(site.site_key, f"ssh|{said}".encode(), sha256).hexdigest()
    return Login(CliAccount(account.user, **opened), account.port, account.old_algorithms, terms)


def _opened(site: Site, secret: Secret) -> Password:
    return Password(site.secrets.open(secret))
