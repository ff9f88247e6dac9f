"""A group of commands, whose help says of each what it does in one whole line."""

from __future__ import annotations

from typing import Any

import typer
from typer.core import TyperGroup
from typing_extensions import override


class Group(TyperGroup):
    """Commands in the order in which they were declared."""

    @override
    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, _first(command)) for name, command in self.commands.items()])


def group(says: str) -> typer.Typer:
    """A new group; commands are added to it."""
    return typer.Typer(cls=Group, no_args_is_help=True, rich_markup_mode=None, add_completion=False, help=says)


def _first(command: Any) -> str:  # noqa: ANN401 -- a command of typer's
    """The first paragraph of its help, in one line."""
    return " ".join((command.help or "").partition("\n\n")[0].split())
