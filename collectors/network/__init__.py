"""Reads network devices: switches, routers, firewalls, by SNMP and by their command line.

Enters: a target and the accounts of its line. Leaves: a capture, and parts of the model. Forbidden: configuring
anything. A visit takes seconds per ten thousand values; a dead address three at most for each credential.
"""

from __future__ import annotations

from collections.abc import Iterator

from driftline.collectors.capture import Capture
from driftline.collectors.contract import Line
from driftline.collectors.network import asks
from driftline.collectors.network.capture import capture
from driftline.collectors.network.cli.platforms import PLATFORMS
from driftline.collectors.network.how import remarks
from driftline.collectors.network.messages import MESSAGES
from driftline.collectors.network.observe import observe
from driftline.collectors.network.platforms import asked_by_platforms
from driftline.collectors.target import Target
from driftline.graph.model.observed import Part

__all__ = ["Network", "collector"]


def _everything() -> tuple[str, ...]:
    """Names of all asks, of any platform."""
    commands = (one.command for platform in PLATFORMS.values() for one in platform.asks)
    wanted = (one.name for one in (*asks.EVERYWHERE, *asked_by_platforms()))
    return tuple(dict.fromkeys((asks.ACCESS.name, *wanted, *commands, MESSAGES.name, asks.HOW.name)))


class Network:
    """The collector, see ``contract.Collector``."""

    name = "network"
    unheard = "the device shows no log of its configuration, and no syslog of it was received"
    """Why nobody is named where no log was read."""
    asks: tuple[str, ...] = _everything()

    async def capture(self, target: Target, line: Line, cursor: str = "") -> None:
        """Ask everything."""
        await capture(target, line, cursor)

    def remarks(self, capture: Capture) -> Iterator[tuple[str, str]]:
        """What a person should look at about how a device was read, each by a lasting name."""
        return remarks(capture)

    def observe(self, capture: Capture) -> Iterator[Part]:
        """Understand the answers."""
        return observe(capture)


collector = Network()
