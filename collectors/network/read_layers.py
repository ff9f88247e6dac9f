"""Which interface rides on which (ifStackTable), and which ports an aggregate bundles (IEEE8023-LAG-MIB, PAgP).

A port that is down is often named by no aggregate any more, though it is configured into one: of such a port nothing
is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from driftline.collectors.network.answers import Answers
from driftline.collectors.network.read_interfaces import AGGREGATE, Ports
from driftline.collectors.network.shown import mac, positive

SELECTED, ATTACHED, PARTNER_SYSTEM, PAGP_GROUP = 12, 13, 8, 8
PAIR = 2


def read_layers(answers: Answers, ports: Ports) -> Mapping[int, tuple[int, ...]]:
    """IfIndexes of the interfaces below each; the members of an aggregate are not among them."""
    below: dict[int, list[int]] = {}
    for higher, lower in _stacked(answers, ports):
        if ports.by_index[higher].type != AGGREGATE:
            below.setdefault(higher, []).append(lower)
    return {higher: tuple(sorted(lower)) for higher, lower in below.items()}


def read_bundles(answers: Answers, ports: Ports) -> Mapping[int, int]:
    """The ifIndex of the aggregate of each bundled port, by whichever table says so first."""
    stacked = _stacked(answers, ports)
    found = {lower: higher for higher, lower in stacked if ports.by_index[higher].type == AGGREGATE}
    for index, row in answers.rows("pagpEtherChannelTable").items():
        found |= _bundled(index, positive(row.get(PAGP_GROUP)), ports)
    for index, row in answers.rows("dot3adAggPortTable").items():
        found |= _bundled(index, positive(row.get(ATTACHED)) or positive(row.get(SELECTED)), ports)
    return found


def read_partners(answers: Answers) -> Mapping[int, str]:
    """The LACP system at the other end of each aggregate, by ifIndex."""
    said = {index[0]: mac(row.get(PARTNER_SYSTEM)) for index, row in answers.rows("dot3adAggTable").items() if index}
    return {index: partner for index, partner in said.items() if partner}


def _bundled(index: tuple[int, ...], aggregate: int | None, ports: Ports) -> dict[int, int]:
    """A port that is its own aggregate is in none."""
    known = aggregate in ports.by_index and len(index) == 1 and index[0] in ports.by_index
    return {index[0]: aggregate} if aggregate and known and aggregate != index[0] else {}


def _stacked(answers: Answers, ports: Ports) -> Iterator[tuple[int, int]]:
    """Pairs (higher, lower) of ports that are there; 0 stands for top and bottom."""
    for index in answers.rows("ifStackTable"):
        if len(index) != PAIR:
            answers.odd("ifStackTable", index, "not a pair of interfaces")
        elif index[0] != index[1] and set(index) <= ports.by_index.keys():
            yield index[0], index[1]
