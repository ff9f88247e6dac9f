"""Ports of a device (IF-MIB) by the name it gives them. An ifIndex leads to a name inside one visit, and no further.

Cisco, Juniper and most others name ports in ifName; old agents only in ifDescr, which then is the name. Where ifName
was not read to its end nobody can say that a port has none, so a port without one is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from driftline.collectors.network.answers import Answers, Row
from driftline.collectors.network.shown import label, mac, number, positive, text, truth
from driftline.graph.model.declare import Ref
from driftline.graph.model.identity import port_name

DESCR, TYPE, MTU, SPEED, PHYS_ADDRESS, ADMIN, OPER, LAST_CHANGE = 2, 3, 4, 5, 6, 7, 8, 9
NAME, HIGH_SPEED, CONNECTOR, ALIAS = 1, 15, 17, 18
UP = 1
DOWN = {2, 6, 7}
"""down, notPresent, lowerLayerDown; of a port in another state nobody knows."""
AGGREGATE = 161
MTU_RANGE = range(64, 65_537)
MEGABIT = 1_000_000
TOO_FAST = 4_294_967_295
"""ifSpeed of what is faster than it can say."""


@dataclass(frozen=True, slots=True)
class Port:
    """One row of the two tables: its name, what it says of itself, and the numbers other tables of the visit use."""

    index: int
    name: str
    type: int | None
    oper_up: bool | None
    changed_ticks: int | None
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ports:
    """Ports by ifIndex. ``twins`` are names that several ports have: they name none of them."""

    device: Ref
    by_index: Mapping[int, Port] = field(default_factory=dict)
    twins: frozenset[str] = frozenset()

    def ref(self, index: int | None) -> Ref | None:
        """The port of an ifIndex; ``None`` if there is none of it, or its name is not its alone."""
        port = self.by_index.get(index) if index is not None else None
        return self.of(port.name) if port and port.name not in self.twins else None

    def of(self, name: str) -> Ref:
        """The port of a name."""
        return Ref("Interface", "name", (name,), owner=self.device)


def read_ports(answers: Answers, device: Ref) -> Ports:
    """All ports that have a name."""
    plain, more = answers.rows("ifTable"), answers.rows("ifXTable")
    unnamed = answers.wrong("ifXTable") is not None
    found: dict[int, Port] = {}
    for index in sorted({*plain, *more}):
        basic, extra = plain.get(index, {}), more.get(index, {})
        name = text(extra.get(NAME)) or (None if unnamed else text(basic.get(DESCR)))
        if len(index) != 1 or not name or not (key := port_name(name)):
            answers.odd("ifTable" if index in plain else "ifXTable", index, "a port without a name")
            continue
        found[index[0]] = _port(index[0], key, basic, extra)
    times = Counter(port.name for port in found.values())
    return Ports(device, found, frozenset(name for name, n in times.items() if n > 1))


def _port(index: int, name: str, basic: Row, extra: Row) -> Port:
    oper = basic.get(OPER)
    up = True if oper == UP else False if oper in DOWN else None
    mtu = number(basic.get(MTU))
    said: dict[str, Any] = {
        "description": text(basic.get(DESCR)),
        "alias": text(extra.get(ALIAS)),
        "type": label("IF-MIB", "ifTable", TYPE, basic.get(TYPE)),
        "mac": mac(basic.get(PHYS_ADDRESS)),
        "mtu_bytes": mtu if mtu in MTU_RANGE else None,
        "admin_up": basic[ADMIN] == UP if ADMIN in basic else None,
        "oper_up": up,
        "speed_bps": _speed(basic, extra),
        "has_connector": truth(extra.get(CONNECTOR)),
    }
    return Port(index, name, number(basic.get(TYPE)), up, positive(basic.get(LAST_CHANGE)), said)


def _speed(basic: Row, extra: Row) -> int | None:
    if fast := positive(extra.get(HIGH_SPEED)):
        return fast * MEGABIT
    slow = positive(basic.get(SPEED))
    return slow if slow != TOO_FAST else None
