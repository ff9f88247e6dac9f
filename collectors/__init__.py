"""Speaks to equipment and record systems.

Enters: targets and captures. Leaves: captures, parts of the model, and errors that say who must act. Forbidden: any
memory of earlier visits, and writing to a source.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from driftline.collectors.contract import Collector

__all__ = ["COLLECTORS", "collector"]

COLLECTORS: Mapping[str, str] = {
    "vsphere": "driftline.collectors.vsphere",
    "network": "driftline.collectors.network",
}
"""Every collector of this program by name, in the order in which documentation lists them; loaded when needed."""


def collector(name: str) -> Collector:
    """The collector of that name, which is one of ``COLLECTORS``."""
    found: Collector = import_module(COLLECTORS[name]).collector
    return found
