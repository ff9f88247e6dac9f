"""The process environment: the only module that reads it.

Everything else takes an ``environ`` mapping, so a test hands in its own. ``DRIFTLINE_CONFIG`` names the file;
``DRIFTLINE__STORE__PATH`` sets ``store.path``: two underscores separate the levels, letter case does not matter.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from driftline.config.problems import ConfigurationError, Problem, dotted
from driftline.config.problems import Path as Way
from driftline.config.yaml_reader import read_yaml

FILE_NAME = "driftline.yaml"
PREFIX = "DRIFTLINE__"


@dataclass(frozen=True, slots=True)
class Override:
    """One setting given by the environment."""

    variable: str
    path: Way
    text: str


def process_environment() -> dict[str, str]:
    """A copy of the environment of this process."""
    return dict(os.environ)


def find_file(option: Path | None, environ: Mapping[str, str], folder: Path = Path()) -> Path | None:
    """The configuration file to read: ``--config``, ``DRIFTLINE_CONFIG``, ``./``, XDG, ``/etc``; None if there is none.

    A file that a person named is returned even if it does not exist, so that reading it says so.
    """
    named = option or environ.get("DRIFTLINE_CONFIG")
    if named:
        return Path(named)
    home = environ.get("XDG_CONFIG_HOME") or (f"{environ['HOME']}/.config" if environ.get("HOME") else None)
    folders = [folder, *([Path(home) / "driftline"] if home else []), Path("/etc/driftline")]
    return next((place / FILE_NAME for place in folders if (place / FILE_NAME).is_file()), None)


def overrides(environ: Mapping[str, str]) -> tuple[Override, ...]:
    """The settings that the environment gives, by name of the variable."""
    found = [name for name in sorted(environ) if name.startswith(PREFIX)]
    return tuple(Override(name, _way(name), environ[name]) for name in found)


def overlay(settings: dict[str, Any], given: tuple[Override, ...]) -> dict[Way, Override]:
    """Write the overrides into ``settings``; return them by the path that they set.

    Text that begins with ``[`` or ``{`` is read as YAML. Raises ConfigurationError, all problems at once.
    """
    written: dict[Way, Override] = {}
    problems: list[Problem] = []
    for override in given:
        try:
            written[_write(settings, override)] = override
        except ConfigurationError as error:
            problems += error.problems
    if problems:
        raise ConfigurationError(problems)
    return written


def _write(settings: dict[str, Any], override: Override) -> Way:
    inside: Any = settings
    way: list[str | int] = []
    for last, part in ((n == len(override.path), part) for n, part in enumerate(override.path, 1)):
        if isinstance(inside, dict):
            step: str | int = _same_key(inside, str(part))
        elif isinstance(inside, list) and str(part).isdigit() and int(part) < len(inside):
            step = int(part)
        else:
            raise ConfigurationError([Problem(override.variable, None, dotted(override.path), "no such setting")])
        way.append(step)
        if last:
            inside[step] = _value(override)
        elif isinstance(inside, dict) and inside.get(str(step)) is None:
            inside[step] = {}
        inside = inside[step]
    return tuple(way)


def _value(override: Override) -> Any:  # noqa: ANN401 -- as free as YAML is
    if override.text[:1] in {"[", "{"}:
        return read_yaml(override.text, override.variable, any_value=True).root.plain()
    return override.text


def _same_key(mapping: Mapping[str, Any], part: str) -> str:
    """A key of the mapping that a shell could only spell this way (``VC_RO`` for ``vc-ro``), or the part itself."""
    return next((key for key in mapping if key.lower().replace("-", "_") == part), part)


def _way(variable: str) -> Way:
    return tuple(variable.removeprefix(PREFIX).lower().split("__"))
