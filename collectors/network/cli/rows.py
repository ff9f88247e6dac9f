"""What commands say, in the same words for every platform. Names stand as the device wrote them; None is "not said"."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.graph.model.neighbours import ArpRow, Neighbour, Protocol, Station


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """The device, or one chassis of a stack, as ``show version`` has it."""

    name: str | None = None
    vendor: str | None = None
    model: str | None = None
    serial: str | None = None
    version: str | None = None


@dataclass(frozen=True, slots=True)
class PartRow:
    """A part that can be taken out: chassis, card, power supply, optics."""

    name: str | None = None
    descr: str | None = None
    model: str | None = None
    serial: str | None = None


@dataclass(frozen=True, slots=True)
class InterfaceRow:
    """A port. ``link`` is the device's own word for its state (``up``, ``down``, ``connected``)."""

    name: str
    link: str | None = None
    descr: str | None = None
    mac: str | None = None
    mtu_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class AddressRow:
    """An IP address of a port with its prefix length where the device says it (``10.0.0.1/24``)."""

    port: str
    address: str
    vrf: str | None = None


@dataclass(frozen=True, slots=True)
class HeardRow:
    """A neighbour heard on a port."""

    port: str
    protocol: Protocol
    neighbour: Neighbour


@dataclass(frozen=True, slots=True)
class VlanRow:
    """A VLAN of the device."""

    number: int
    name: str | None = None


@dataclass(frozen=True, slots=True)
class RouteCount:
    """How many routes a table holds."""

    table: str
    routes: int


@dataclass(frozen=True, slots=True)
class TextRow:
    """A whole text: a configuration."""

    text: str


Row = DeviceRow | PartRow | InterfaceRow | AddressRow | HeardRow | VlanRow | RouteCount | TextRow | ArpRow | Station


class NotUnderstood(ValueError):
    """The answer is none that the reader knows, or the device says no: nothing may be taken for absent.

    The text says why in one line and quotes nothing; the answer itself is in the capture.
    """


class NotThere(NotUnderstood):
    """The device has no such program or file, so there is nothing that it could have printed."""
