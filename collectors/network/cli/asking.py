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
        return self.of(command) is not None

    def is_slow(self, command: str) -> bool:
        """Whether the command prints a configuration."""
        ask = self.of(command)
        return ask is not None and bool(ask.document)

    def ask(self, command: str) -> Ask:
        """The command as it goes over a line and stands in a capture."""
        return Ask(command, f"/{self.name}", command, METHOD)

    def of(self, command: str) -> CliAsk | None:
        """The ask of a command; none if it is not on the list (an older recording)."""
        return next((ask for ask in self.asks if ask.command == command), None)
