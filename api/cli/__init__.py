"""The command line. ``main`` is the program; each module here is one group of commands, loaded when it is asked for."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup
from typing_extensions import override

from driftline import __version__
from driftline.api.cli.frame import Frame

__all__ = ["main", "run"]

COMMANDS: Mapping[str, tuple[str, str]] = {
    "demo": ("demo", "Show a recorded week of a simulated estate, from visits to verdicts."),
    "check": ("check", "Try every step to a target, and say what to do about the first that fails."),
    "discover": ("discover", "Propose network devices as targets; nothing is written."),
    "visit": ("visit", "Read targets now and judge what changed."),
    "serve": ("serve", "Visit all targets on schedule and answer questions over HTTP."),
    "targets": ("targets", "What is visited, and how it went."),
    "runs": ("runs", "Visits that were made, and how completely each read."),
    "record": ("record", "Read a target and keep the raw answers in a folder."),
    "replay": ("replay", "Take in captures again, in order."),
    "import": ("imports", "Take in files of change requests, people and services."),
    "ci": ("ci", "Find items, show them, their history, links and identity."),
    "changed": ("changed", "What changed on an item or around it."),
    "changes": ("changes", "Changes with their verdicts, and why each verdict is what it is."),
    "drift": ("drift", "Findings that wait for somebody, and what people decide about them."),
    "rfc": ("rfc", "Change requests and how far they were carried out."),
    "baseline": ("baseline", "The state somebody vouched for, and what differs from it."),
    "impact": ("impact", "Who and what depends on an item."),
    "config": ("config", "Show, check and explain the configuration."),
    "db": ("db", "Describe, dump, load, copy, back up and migrate the store."),
    "doctor": ("doctor", "Check this installation."),
}
"""Commands in the order of their help: module and what it does. Listed here so that help loads none of them."""


class _Commands(MutableMapping[str, Any]):
    """Commands by name, each loaded when it is taken."""

    @override
    def __getitem__(self, name: str) -> Any:
        module, _ = COMMANDS[name]
        return typer.main.get_command(import_module(f"driftline.api.cli.{module}").app)

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(COMMANDS)

    @override
    def __len__(self) -> int:
        return len(COMMANDS)

    @override
    def __setitem__(self, name: str, command: object) -> None:
        raise TypeError(f"{name}: commands are declared in COMMANDS")

    @override
    def __delitem__(self, name: str) -> None:
        raise TypeError(f"{name}: commands are declared in COMMANDS")


class Root(TyperGroup):
    """All commands. What goes wrong below becomes one line and an exit code here."""

    def __init__(self, **said: Any) -> None:  # noqa: ANN401 -- as typer makes it
        super().__init__(**said)
        self.commands = _Commands()

    @override
    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    @override
    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, says) for name, (_, says) in COMMANDS.items()])

    @override
    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort):
            raise
        except KeyboardInterrupt:
            raise typer.Exit(130) from None
        except Exception as error:
            from driftline.api.cli.failures import tell  # noqa: PLC0415 -- knows all rooms; help needs none of them

            code = tell(error, ctx.obj)
            if code is None:
                raise
            raise typer.Exit(code) from None


app = typer.Typer(
    cls=Root,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

VALUED = frozenset({"--config", "-o", "--output", "--limit", "--zone", "--as"})
"""Options of every command that take a value."""

PLAIN = frozenset({"-q", "--quiet", "-v", "-vv", "--verbose"})
OWN: Mapping[str, frozenset[str]] = {"record": frozenset({"-o"})}
"""Commands that mean something else by one of these."""


def _told(wanted: bool) -> None:  # noqa: FBT001 -- called by typer
    if wanted:
        typer.echo(f"driftline {__version__}")
        raise typer.Exit


@app.callback(epilog="The options above may stand anywhere in the line.")
def options(
    ctx: typer.Context,
    *,
    config: Annotated[Path | None, typer.Option("--config", help="The configuration file.")] = None,
    output: Annotated[str, typer.Option("--output", "-o", help="table, json or csv.")] = "table",
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many rows at most.")] = 100,
    zone: Annotated[str, typer.Option("--zone", help="Time zone of the times in tables.")] = "",
    actor: Annotated[str, typer.Option("--as", help="Who does this, as it is recorded.")] = "",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Nothing but data and errors.")] = False,
    verbose: Annotated[int, typer.Option("--verbose", "-v", count=True, help="Tell more; -vv tells all.")] = 0,
    _version: Annotated[bool, typer.Option("--version", callback=_told, is_eager=True, help="Version.")] = False,
) -> None:
    """Read an infrastructure, keep its history, and say of every change whether it was approved."""
    ctx.obj = Frame.of(config, output, limit, zone, actor, quiet=quiet, verbose=verbose)


def hoisted(words: Sequence[str]) -> list[str]:
    """The words of a command line with the options of every command in front, wherever they stood."""
    command = next((word for word in words if word in COMMANDS), "")
    valued, plain = VALUED - OWN.get(command, frozenset()), PLAIN - OWN.get(command, frozenset())
    front: list[str] = []
    rest: list[str] = []
    left = list(words)
    while left:
        word = left.pop(0)
        if word == "--":
            rest += [word, *left]
            break
        if word in valued and left:
            front += [word, left.pop(0)]
        else:
            mine = word in plain or any(word.startswith(f"{name}=") for name in valued if name.startswith("--"))
            (front if mine else rest).append(word)
    return front + rest


def run(words: Sequence[str]) -> int:
    """Run one command line and return its exit code."""
    try:
        app(hoisted(words), prog_name="driftline")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except KeyboardInterrupt:
        return 130
    return 0


def main() -> None:
    """Run the program."""
    sys.exit(run(sys.argv[1:]))
