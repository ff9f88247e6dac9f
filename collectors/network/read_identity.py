"""Who answered: the keys of a device, and which of them names the source.

The source must bear the same name at every visit. So a key below one that was perhaps only not read names nobody: then
the visit says nothing at all, which costs one visit, where a source with a second name would cost the truth. Name and
polled address are hints and no keys; an engine id that two devices share is one too (network.md 6).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from driftline.collectors.network.answers import Answers, Row
from driftline.collectors.network.asks import BRIDGE, LLDP_LOCAL
from driftline.collectors.network.particular import Member, Particular
from driftline.collectors.network.read_hardware import (
    CLASS,
    MAKER,
    POSITION,
    SERIAL,
    TABLE,
    maker_of,
    members_of,
    serial_of,
)
from driftline.collectors.network.shown import mac, number
from driftline.graph.model import canonical
from driftline.graph.model.declare import Ref
from driftline.graph.model.identity import base_mac, chassis_id

MAC_SUBTYPE = 4
ENTERPRISE = (1, 3, 6, 1, 4, 1)
MAKERS = {
    9: "cisco", 11: "hp", 43: "3com", 171: "dlink", 207: "allied telesis", 232: "hp", 318: "apc", 674: "dell",
    789: "netapp", 890: "zyxel", 1588: "brocade", 1916: "extreme", 1991: "foundry", 2011: "huawei", 2636: "juniper",
    3902: "zte", 4526: "netgear", 6027: "dell", 6486: "alcatel", 11863: "tp-link", 12356: "fortinet",
    14179: "cisco", 14823: "aruba", 14988: "mikrotik", 25053: "ruckus", 25461: "palo alto", 25506: "h3c",
    29671: "cisco", 30065: "arista", 33049: "mellanox", 41112: "ubiquiti", 47196: "aruba",
}  # fmt: skip
"""Makers by enterprise number of sysObjectID."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a device is known by. ``doubts`` are names of asks without which a higher key may have been missed."""

    vendor: str | None
    serial: str | None
    base_mac: str | None
    chassis_id: str | None
    polled_as: str
    members: tuple[Member, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[Ref, ...]:
        """The device by everything that it is known by, the strongest first, the target last."""
        return tuple(Ref("NetworkDevice", key, tuple(values)) for key, *values in self._keys())

    @property
    def ref(self) -> Ref:
        """The device by its strongest key."""
        return self.keys[0]

    @property
    def is_nameless(self) -> bool:
        """Whether only the target tells it from others."""
        return self.ref.key == "polled_as"

    @property
    def source(self) -> str:
        """Name of the source."""
        return "net:" + "/".join(("target", self.polled_as) if self.is_nameless else self.ref.values)

    def _keys(self) -> Iterator[tuple[str, ...]]:
        if self.vendor and self.serial:
            yield "vendor_serial", self.vendor, self.serial
        if self.base_mac:
            yield "base_mac", self.base_mac
        if self.chassis_id:
            yield "chassis_id", self.chassis_id
        yield "polled_as", self.polled_as


def read_identity(
    answers: Answers, chassis: Sequence[Row], own: Particular, polled_as: str, parts: Sequence[str]
) -> Identity:
    """The keys. ``parts`` are the platform's asks that serial and stack are read from."""
    members = members_of(chassis, own)
    serial = _of_stack(members) or own.serial or next((found for row in chassis if (found := serial_of(row))), None)
    subtype, octets = number(answers.value("lldpLocChassisIdSubtype")), answers.value("lldpLocChassisId")
    announced = chassis_id(f"{subtype}:{octets.hex()}") if subtype and isinstance(octets, bytes) else None
    lldp_mac = announced.partition(":")[2] if announced and subtype == MAC_SUBTYPE else ""
    bridge = base_mac(mac(answers.value("dot1dBaseBridgeAddress")) or "") or base_mac(lldp_mac)
    told = maker(answers.value("sysObjectID"))
    vendor = told or canonical.folded(maker_of(chassis) or "")
    doubts = [*_serial_doubts(answers, chassis, parts, () if told else (MAKER,))]
    if not (vendor and serial):
        doubts += [one.name for one in (BRIDGE, LLDP_LOCAL) if not bridge and answers.doubtful(one.name)]
    return Identity(vendor, serial, bridge, announced, polled_as, members, tuple(doubts))


def maker(object_id: object) -> str | None:
    """The maker of the hardware. A number of net-snmp says which agent runs and nothing of the machine."""
    if not isinstance(object_id, tuple) or object_id[:6] != ENTERPRISE or len(object_id) <= len(ENTERPRISE):
        return None
    return MAKERS.get(object_id[6])


def _of_stack(members: Sequence[Member]) -> str | None:
    """The serial of a stack: that of the member with the lowest number, whoever is in charge."""
    if len(members) < 2:  # noqa: PLR2004 -- one member is no stack
        return next((one.serial for one in members if one.serial), None)
    named = [(one.number is None, one.number or 0, one.serial) for one in members if one.serial]
    return min(named)[2] if named else None


def _serial_doubts(
    answers: Answers, chassis: Sequence[Row], parts: Sequence[str], also: Sequence[int]
) -> Iterator[str]:
    yield from (name for name in parts if answers.doubtful(name))
    lost = any(serial_of(row) is None for row in chassis) and answers.doubtful(TABLE, SERIAL)
    if answers.doubtful(TABLE, CLASS, POSITION, *also) or lost:
        yield TABLE
