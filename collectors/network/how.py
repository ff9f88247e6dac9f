"""What is odd about how a device was read: said once to a person, and counted as not understood."""

from __future__ import annotations

import json
from collections.abc import Iterator

from driftline.collectors.capture import Capture
from driftline.collectors.network.asks import HOW
from driftline.graph.model.observed import Unread

ENGINE, TWINS = "engine", "duplicate_engine_id"


def remarks(capture: Capture) -> Iterator[tuple[str, str]]:
    """What a person should look at, by a name that stays the same from visit to visit."""
    for entry in capture.named(HOW.name):
        try:
            said = json.loads(capture.body(entry))
            garbled, twins = int(said.get("garbled", 0)), [str(one) for one in said["twins"]]
        except (ValueError, TypeError, KeyError, AttributeError):
            continue
        if garbled and said.get("engine") == "pysnmp":
            yield ENGINE, f"{garbled} tables made no sense to the fast engine; it is read by pysnmp from now on"
        if twins:
            others = ", ".join(twins)
            yield TWINS, f"{others} shows the same SNMP engine id: one device twice, or a copied configuration"


def unread(capture: Capture) -> Iterator[Unread]:
    """The same as parts of an observation."""
    return (Unread(HOW.name, name, text) for name, text in remarks(capture))
