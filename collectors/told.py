"""What a visit says for the resolution of links, whichever collector made it."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.graph.model.declare import Ref
from driftline.graph.model.neighbours import NeighbourRow, PortTable

PORTS, ARP, STATIONS = "ports", "arp", "stations"


@dataclass(frozen=True, slots=True)
class Told:
    """What a visit says of one device. Rows name no CI yet. ``whole`` are the parts that replace what was said before.

    ``source`` is the source in which ``device`` is a local key.
    """

    device: Ref
    table: PortTable
    rows: tuple[NeighbourRow, ...]
    whole: frozenset[str]
    source: str = ""
