"""One login to one device, carrying all its commands, in threads that all devices share.

Nothing is sent that the platform's list does not name, and nothing of the session is kept but the answers, after their
secrets are replaced. No error of netmiko or paramiko leaves here: their texts may quote the device.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import paramiko
from netmiko.exceptions import NetmikoAuthenticationException

from driftline.collectors.errors import CollectorError, Garbled, Refused, Unreachable, Unsupported
from driftline.collectors.network.cli.asking import CliPlatform
from driftline.collectors.network.cli.channel import HungUp, OutOfTime, TooLong
from driftline.collectors.network.cli.hostkey import KeyChanged
from driftline.collectors.network.cli.platforms import PLATFORMS
from driftline.collectors.network.cli.shell import CliAccount, CliFacts, CliLimits, CliPeer
from driftline.collectors.network.cli.terminal import BadKey, NotPrivileged, Terminal

THREADS = 20

Redact = Callable[[str], str]


def threads(count: int = THREADS) -> ThreadPoolExecutor:
    """The threads in which sessions of all devices run; one process needs one such pool."""
    return ThreadPoolExecutor(count, thread_name_prefix="cli")


@dataclass(slots=True)
class SshShell:
    """A command line of one device for one visit; logs in at its first command, and tries that once.

    ``redact`` sees every answer before anything else does; ``facts`` is changed in place.
    """

    peer: CliPeer
    account: CliAccount
    pool: ThreadPoolExecutor
    redact: Redact
    facts: CliFacts = field(default_factory=CliFacts)
    limits: CliLimits = field(default_factory=CliLimits)
    _terminal: Terminal | None = field(default=None, init=False, repr=False)
    _failed: CollectorError | None = field(default=None, init=False, repr=False)
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)

    async def run(self, command: str) -> str:
        """See ``Shell``. One command at a time; after an error the session is over, and says the same again."""
        platform = self._allowed(command)
        async with self._turn:
            if self._failed:
                raise self._failed.with_traceback(None)
            try:
                return await asyncio.get_running_loop().run_in_executor(self.pool, self._ask, platform, command)
            except CollectorError as said:
                self._failed = said
                await self.close()
                raise
            except asyncio.CancelledError:
                await self.close()
                raise

    async def close(self) -> None:
        """See ``Shell``."""
        if self._terminal:
            self._terminal.close()

    def _allowed(self, command: str) -> CliPlatform:
        platform = PLATFORMS.get(self.peer.platform)
        if platform is None:
            raise Unsupported(self.peer.name, "command line", f"none is known for {self.peer.platform!r}")
        if not platform.allows(command):
            raise Refused(self.peer.name, "command", f"{command!r} is not on the list", "it was not sent")
        return platform

    def _ask(self, platform: CliPlatform, command: str) -> str:
        """In a thread: log in if need be, and ask."""
        seconds = self.limits.configuration_seconds if platform.is_slow(command) else self.limits.command_seconds
        try:
            if self._terminal is None:
                self._terminal = Terminal(self.peer, self.account, self.facts, self.limits)
            return self.redact(self._terminal.ask(command, seconds))
        except Exception as error:  # noqa: BLE001  # the libraries raise anything; each is told apart in _problem
            problem = _problem(self.peer, command, error)
        raise problem  # outside the handler: what a library said, quoting the device, must not hang on to ours


_PROBLEMS: tuple[tuple[type[BaseException], type[CollectorError], str, str], ...] = (
    (NetmikoAuthenticationException, Refused, "the device refused the account", "correct the account"),
    (paramiko.AuthenticationException, Refused, "the device refused the account", "correct the account"),
    (NotPrivileged, Refused, "the device refused the privileged mode", "correct the enable secret"),
    (BadKey, Refused, "the private key of the account cannot be read", "give an unencrypted OpenSSH or PEM key"),
    (OutOfTime, Unreachable, "no prompt within the time allowed", ""),
    (HungUp, Unreachable, "the device closed the connection", ""),
    (TooLong, Garbled, "the answer is larger than any sensible one", ""),
    (OSError, Unreachable, "no connection", ""),
    (EOFError, Unreachable, "the device closed the connection", ""),
)


def _problem(peer: CliPeer, command: str, error: BaseException) -> CollectorError:
    """One of our four errors for whatever was raised, in words that are ours alone."""
    where = f"{peer.name} ({peer.address} port {peer.port})"
    if isinstance(error, KeyChanged):
        return Refused(where, "SSH host key", f"changed: {error}", "find out why; if it is right, forget the old one")
    if isinstance(error.__context__, paramiko.ssh_exception.IncompatiblePeer):
        return Refused(where, "SSH", "no algorithm in common", "allow old algorithms for it, or update the device")
    for kind, ours, why, do in _PROBLEMS:
        if isinstance(error, kind):
            return ours(where, command, why, do)
    return Unreachable(where, command, f"the login did not get through ({type(error).__name__})")
