"""Aggregates that are joined: members of one are cabled to members of the other, and these cables stay links."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from driftline.collectors.network.links.picture import Bundled, End, Joined, Pair, pair
from driftline.graph.model.neighbours import Certainty, PortTable

CABLED = frozenset({Certainty.CONFIRMED, Certainty.ONE_SIDED, Certainty.INFERRED})


def bundles(links: Iterable[Joined], tables: Mapping[str, PortTable]) -> dict[Pair, Bundled]:
    """Pairs of aggregates, each with the cables between them; an aggregate may be joined to two of a pair (MLAG)."""
    lags = {End(device, port.name): port.lag for device, table in tables.items() for port in table.ports if port.lag}
    cables: defaultdict[Pair, list[Pair]] = defaultdict(list)
    for link in links:
        one, other = link.ends
        if link.state in CABLED and one in lags and other in lags:
            ends = pair(End(one.device, lags[one]), End(other.device, lags[other]))
            cables[ends].append(link.ends)
    return {ends: Bundled(ends, tuple(sorted(members))) for ends, members in cables.items()}
