"""Reads a platform's refinements of volatility: which attributes change by themselves there, and so say nothing.

    platform: vsphere
    version: "1"
    classes:
      virtual_machine.boot_time: ephemeral

The classes and attributes that exist are handed in by the caller, who owns the model.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from pydantic import Field

from driftline.config.checking import Strict, check, read_document
from driftline.config.problems import ConfigurationError, Problem, nearest
from driftline.config.units import Text


class VolatilitySettings(Strict):
    """Refined volatility classes of one platform, by ``kind.field``."""

    platform: Text = Field(description="The platform that the file speaks of.")
    version: Text = Field(default="1", description="Version of the file.")
    classes: Mapping[str, Text] = Field(default={}, description='Class by "kind.field".')


def load_volatility(path: Path, *, classes: Collection[str], fields: Collection[str]) -> VolatilitySettings:
    """The refinements of one file; ``classes`` and ``fields`` (``kind.field``) are what the model knows.

    Raises:
        ConfigurationError: with every fault of the file, among them names that the model does not know.
    """
    document = read_document(path)
    settings = check(VolatilitySettings, document.root.plain(), document)
    problems: list[Problem] = []
    for name, volatility in settings.classes.items():
        if name not in fields:
            message = f"no such attribute{nearest(name, fields)}"
            problems.append(document.problem(("classes", name), message, key=True))
        if volatility not in classes:
            message = f"one of {', '.join(classes)} expected{nearest(volatility, classes)}"
            problems.append(document.problem(("classes", name), message))
    if problems:
        raise ConfigurationError(problems)
    return settings
