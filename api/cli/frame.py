"""What the options of every command come to: the site, made when it is first needed, and where to print."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import typer

if TYPE_CHECKING:
    from driftline.api.output import Output
    from driftline.api.site import Site
    from driftline.config import Settings

FORMATS = ("table", "json", "csv")


@dataclass
class Frame:
    """The options of a command line. Loads configuration and libraries only when a command asks for them."""

    config: Path | None
    format: str
    limit: int
    zone: str
    actor: str
    quiet: bool
    verbose: int

    @classmethod
    def of(
        cls, config: Path | None, output: str, limit: int, zone: str, actor: str, *, quiet: bool, verbose: int
    ) -> Frame:
        """Check what can be checked without loading anything."""
        if output not in FORMATS:
            raise typer.BadParameter(f'"{output}"; there are {", ".join(FORMATS)}', param_hint="--output")
        if zone:
            _check_zone(zone)
        return cls(config, output, limit, zone, actor, quiet, verbose)

    @cached_property
    def site(self) -> Site:
        """The installation that the configuration describes.

        Raises:
            ConfigurationError: with every fault.
        """
        from driftline.api import logs  # noqa: PLC0415 -- help must not load it
        from driftline.api.site import Site  # noqa: PLC0415 -- the same
        from driftline.config import process_environment  # noqa: PLC0415 -- the same

        settings = self.settings()
        site = Site(settings, process_environment())
        site.actor = self.actor or site.actor
        logs.configure(settings.log.format, self.level, site.secrets.mask)
        return site

    def settings(self) -> Settings:
        """The configuration as it is now.

        Raises:
            ConfigurationError: with every fault.
        """
        from driftline.collectors import COLLECTORS  # noqa: PLC0415 -- help must not load it
        from driftline.config import Settings, find_file, process_environment  # noqa: PLC0415 -- the same

        environ = process_environment()
        return Settings.load(find_file(self.config, environ), environ, collectors=COLLECTORS)

    @cached_property
    def output(self) -> Output:
        """Where to print, times in the reader's zone."""
        from driftline.api.output import Format, Output  # noqa: PLC0415 -- help must not load it

        return Output(Format(self.format), self.zone or self.site.zone, self.quiet)

    @property
    def level(self) -> str:
        """The least severe line of the log that a person at the terminal wants."""
        return ("warning", "info", "debug")[min(self.verbose, 2)]


def frame_of(ctx: typer.Context) -> Frame:
    """The options of the command line."""
    found: Any = ctx.find_root().obj
    if not isinstance(found, Frame):
        raise TypeError("a command ran outside the program")
    return found


def outcome(codes: Sequence[int]) -> None:
    """End the command: with the one code that all parts share, 3 (partial) if they differ, or normally."""
    found = set(codes)
    if found - {0}:
        raise typer.Exit(found.pop() if len(found) == 1 else 3)


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (ValueError, OSError, KeyError):
        raise typer.BadParameter(f'"{zone}"; write it like Europe/Berlin', param_hint="--zone") from None
