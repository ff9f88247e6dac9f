"""What a platform is asked on its command line: each command with its reader, and nothing else is ever sent."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from driftline.collectors.ask import Ask
from driftline.collectors.network.cli.rows import Row

METHOD = "CLI"

Reader = Callable[[str], tuple[Row, ...]]
"""Pure: an answer's rows. Raises NotUnderstood, never anything else."""


@dataclass(frozen=True, slots=True)
class CliAsk:
    """One command. ``document`` names the configuration it prints (``running``, ``startup``), which may take long."""

    command: str
    read: Reader
    document: str = ""


@dataclass(frozen=True, slots=True)
class CliPlatform:
    """A platform by netmiko's name for it, and its whole list."""

    name: str
    asks: tuple[CliAsk, ...]

    def allows(self, command: str) -> bool:
        """Whether exactly this command is on the list."""
        return any(ask.command == command for ask in self.asks)

    def is_slow(self, command: str) -> bool:
        """Whether the command prints a configuration."""
        return any(ask.command == command and ask.document for ask in self.asks)

    def ask(self, command: str) -> Ask:
        """The command as it goes over a line and stands in a capture."""
        return Ask(command, f"/{self.name}", command, METHOD)

    def reader(self, command: str) -> Reader | None:
        """Who reads the answer; none for a command that is not on the list (an older recording)."""
        return next((ask.read for ask in self.asks if ask.command == command), None)
