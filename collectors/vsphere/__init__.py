"""Reads vCenter servers and standalone ESXi hosts over the vSphere API, 6.5 and newer.

Enters: a target and its account (the built-in Read-only role on the root folder, propagated). Leaves: a capture, and
parts of the model. Forbidden: writing to the source. A visit takes seconds per thousand machines.
"""

from __future__ import annotations

from collections.abc import Iterator

from driftline.collectors.capture import Capture
from driftline.collectors.contract import Line
from driftline.collectors.target import Target
from driftline.collectors.vsphere.asks import Asked
from driftline.collectors.vsphere.capture import capture
from driftline.collectors.vsphere.event_types import REMOVAL_EVENTS
from driftline.collectors.vsphere.observe import observe
from driftline.graph.model.observed import Part

__all__ = ["REMOVAL_EVENTS", "VSphere", "collector"]


class VSphere:
    """The collector, see ``contract.Collector``."""

    name = "vsphere"
    asks: tuple[str, ...] = tuple(Asked)
    removal_events = REMOVAL_EVENTS

    async def capture(self, target: Target, line: Line, cursor: str = "") -> None:
        """Ask everything."""
        await capture(target, line, cursor)

    def observe(self, capture: Capture) -> Iterator[Part]:
        """Understand the answers."""
        return observe(capture)


collector = VSphere()
