"""Speaks to equipment and record systems.

Enters: targets and captures. Leaves: captures, parts of the model, and errors that say who must act. Forbidden: any
memory of earlier visits, and writing to a source.
"""

from __future__ import annotations

from driftline.collectors.contract import Collector
from driftline.collectors.vsphere import collector as vsphere

__all__ = ["COLLECTORS"]

COLLECTORS: tuple[Collector, ...] = (vsphere,)
"""Every collector of this program, in the order in which documentation lists them."""
