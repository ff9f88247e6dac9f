"""Which line a target is read over: HTTP, or what its collector speaks. Lines of one process share what they need."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Self

from driftline.api.site import Site
from driftline.collectors.line import HttpLine
from driftline.collectors.visit import OpenLine
from driftline.config import Target

if TYPE_CHECKING:
    from driftline.api.network_lines import NetworkLines
    from driftline.api.triggers.inbox import Inbox

NETWORK = "network"
"""The collector that speaks SNMP and SSH."""


@dataclass
class Lines:
    """Opens lines. One per event loop, a context manager; close it within that loop.

    ``insistent``: a person asks, so a device that rests after failed visits is asked all the same. ``kept``: what is
    learned about devices is remembered. ``inbox``: what devices said by themselves, where somebody listens.
    """

    site: Site
    insistent: bool = True
    kept: bool = False
    inbox: Inbox | None = None
    _network: NetworkLines | None = field(default=None, init=False, repr=False)

    def __enter__(self) -> Self:
        """Open nothing yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close what was opened."""
        self.close()

    def to(self, target: Target) -> OpenLine:
        """What opens the line to a target, see ``collectors.visit.visit``.

        Raises:
            SecretError: a reference of its credentials cannot be opened.
        """
        if target.collector == NETWORK:
            networks = self._networks()
            return partial(networks.open, target, networks.accounts(target))
        return partial(HttpLine, egress=self.site.egress)

    def resting(self, target: Target) -> str:
        """Why a target is left alone for now; empty if it is not."""
        return self._networks().resting(target) if target.collector == NETWORK else ""

    def close(self) -> None:
        """Close what lines share."""
        if self._network is not None:
            self._network.close()
            self._network = None

    def _networks(self) -> NetworkLines:
        if self._network is None:
            from driftline.api.network_lines import NetworkLines  # noqa: PLC0415 -- loads SNMP and SSH, only if needed

            self._network = NetworkLines(self.site, insistent=self.insistent, kept=self.kept, inbox=self.inbox)
        return self._network
