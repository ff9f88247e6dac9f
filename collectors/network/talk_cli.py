"""The command line half of a line: tries the logins in their order, each once in a visit, and none that was refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from driftline.collectors.ask import Ask
from driftline.collectors.errors import CollectorError, Refused
from driftline.collectors.network.accounts import Learned, Login
from driftline.collectors.network.cli.shell import CliAccount, CliFacts, CliPeer, Shell

OpenShell = Callable[[CliPeer, CliAccount, CliFacts], Shell]
"""Makes the command line of a device; it logs in at its first command."""

LOCAL, HOST_KEY = "command", "SSH host key"
"""What errors name as their ask that no other login would change: a command that is not allowed, a changed key."""


class CliTalk:
    """One visit to one device. ``learned`` is changed in place; ``insistent`` tries refused logins again."""

    def __init__(
        self,
        name: str,
        address: str,
        logins: Mapping[str, Login],
        learned: Learned,
        shells: OpenShell,
        *,
        insistent: bool = False,
    ) -> None:
        self.learned = learned
        self._name, self._address, self._shells = name, address, shells
        self._shell: Shell | None = None
        self._left = {
            login: logins[login]
            for login in sorted(logins, key=lambda one: one != learned.login)
            if insistent or logins[login].terms not in learned.refused
        }
        self._error: CollectorError = Refused(name, "login", "every login was refused before")

    async def close(self) -> None:
        """Leave the device."""
        if self._shell is not None:
            await self._shell.close()

    async def ask(self, ask: Ask) -> bytes:
        """The answer to a command, its secrets replaced.

        Raises:
            CollectorError: there is none; the next command may have one.
        """
        if self._shell is not None:
            return (await self._shell.run(ask.text)).encode()
        while self._left:
            name, login = next(iter(self._left.items()))
            del self._left[name]
            if (answer := await self._try(name, login, ask)) is not None:
                return answer.encode()
        raise self._error

    def how(self) -> dict[str, Any]:
        """With which login it was read, for ``asks.HOW``."""
        return {"login": self.learned.login} if self._shell is not None else {}

    async def _try(self, name: str, login: Login, ask: Ask) -> str | None:
        """Log in and ask; None if the device refused the login."""
        peer = CliPeer(self._name, self._address, ask.path.removeprefix("/"), login.port, login.old_algorithms)
        shell = self._shells(peer, login.account, self.learned.cli)
        try:
            answer = await shell.run(ask.text)
        except Refused as error:
            self._error = error
            if error.ask in {LOCAL, HOST_KEY}:
                self._left.clear()
                raise
            self.learned.refused.add(login.terms)
            return None
        except CollectorError as error:
            self._error = error
            self._left.clear()
            raise
        self._shell, self.learned.login = shell, name
        self.learned.refused.discard(login.terms)
        return answer
