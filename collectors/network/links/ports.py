"""The ports of one device by everything that a neighbour, or the device itself, may call them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from driftline.collectors.network.links.names import normal
from driftline.graph.model.neighbours import PortRow, PortTable

Names = frozenset[str]
"""Names of ports of one device."""

NONE: Names = frozenset()


@dataclass(frozen=True, slots=True)
class Ports:
    """Names of ports by kind of mark. Two ports may share a mark: only a single hit says which.

    ``homes`` is the port that a name stands for: Junos has ``xe-0/0/0.0`` beside ``xe-0/0/0``, and only the latter is
    plugged into anything.
    """

    platform: str
    rows: Mapping[str, PortRow]
    homes: Mapping[str, str]
    marks: Mapping[tuple[str, str], Names]

    @classmethod
    def of(cls, table: PortTable) -> Ports:
        """Index the ports of a device."""
        rows = {row.name: row for row in table.ports}
        homes = {name: normal(name, table.platform) for name in rows}
        homes = {name: home if home in rows else name for name, home in homes.items()}
        marks: dict[tuple[str, str], set[str]] = {}
        for row in table.ports:
            for mark in _marks(row, table.platform):
                marks.setdefault(mark, set()).add(homes[row.name])
        return cls(table.platform, rows, homes, {mark: frozenset(names) for mark, names in marks.items()})

    def by(self, kind: str, value: str) -> Names:
        """Ports that carry a mark of a kind: name, descr, alias, mac, if_index, base_port, lldp_number and so on."""
        return self.marks.get((kind, value), NONE) if value else NONE

    def called(self, text: str) -> Names:
        """Ports of that name: as it stands, else in normal form, else by description."""
        bare = text.strip().strip('"').strip()
        form = normal(bare, self.platform)
        return (
            self.by("name", bare) or self.by("normal", form) or self.by("descr", bare) or self.by("normal_descr", form)
        )

    def numbered(self, digits: str) -> Names:
        """Ports of that number: as ifIndex, else as base port, else as LLDP port number."""
        return self.by("if_index", digits) or self.by("base_port", digits) or self.by("lldp_number", digits)


def _marks(row: PortRow, platform: str) -> Iterable[tuple[str, str]]:
    yield "normal", normal(row.name, platform)
    yield "normal_descr", normal(row.descr, platform) if row.descr else ""
    for kind in ("name", "descr", "alias", "mac"):
        yield kind, getattr(row, kind)
    for kind in ("if_index", "base_port", "lldp_number"):
        number = getattr(row, kind)
        yield kind, "" if number is None else str(number)
    yield from (("announced", announced) for announced in row.announced)
    yield from (("component", component) for component in row.components)
    yield from (("address", address.partition("/")[0]) for address in row.addresses)
