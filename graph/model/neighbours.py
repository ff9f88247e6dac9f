"""What devices say of their neighbours and of themselves, as it was read: all that the resolution of links rests on.

Raw rows are kept and resolved again whenever something is learnt (decision D42). Byte strings stand as lower hex, MAC
addresses and IP addresses in their canonical form. An ifIndex holds inside one visit, so the local port of a row is
found in its own visit and stands by its name; numbers that remain are those of the newest complete reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from driftline.graph.model.declare import Item, Record, Strength, Volatility, item, key, record, refers, says
from driftline.graph.model.observed import Status
from driftline.graph.model.values import Key, Ms


class Protocol(StrEnum):
    """By which a device announces itself to whoever is at the other end of the cable."""

    LLDP = "lldp"
    CDP = "cdp"
    MNDP = "mndp"
    EDP = "edp"
    FDP = "fdp"


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One announcement that was heard. Subtypes are the protocol's numbers, empty where it has none (CDP)."""

    chassis_subtype: str = ""
    chassis_id: str = ""
    port_subtype: str = ""
    port_id: str = ""
    port_descr: str = ""
    name: str = ""
    addresses: tuple[str, ...] = ()
    capabilities: tuple[str, ...] = ()
    platform: str = ""


@record(orders=(("device",),))
class NeighbourRow(Record):
    """What one device heard by one protocol on one local port. Nothing heard any more is an empty ``heard``.

    Only a complete table replaces what a device heard; an incomplete one adds and corrects.
    """

    id: str = says("device|protocol|port.")
    device: Key = refers("HEARD_BY", "The device that heard it.")
    protocol: Protocol = says("By which protocol.")
    port: str | None = says("Name of the local port; none: it could not be told which.", default=None)
    number: str = says("The local port as the protocol names it.", default="")
    method: str = says("How the local port was found.", default="")
    heard: tuple[Neighbour, ...] = says("Announcements, in no order that means anything.", default=())
    since_ms: Ms = says("End of the first reading that showed exactly this.", unit="ms")
    read_start_ms: Ms = says("Start of the newest reading that showed it.", unit="ms")
    read_end_ms: Ms = says("End of the newest reading that showed it.", unit="ms")


@dataclass(frozen=True, slots=True)
class PortRow:
    """A port as its device knows it, with everything by which a neighbour may name it.

    ``announced`` are the ids it sends by LLDP, ``subtype:hex``; ``addresses`` carry their prefix length; ``lag`` is the
    name of the aggregate it is a member of, ``partner`` the LACP system at the other end of an aggregate.
    """

    name: str
    descr: str = ""
    alias: str = ""
    mac: str = ""
    if_index: int | None = None
    base_port: int | None = None
    lldp_number: int | None = None
    announced: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    lag: str = ""
    partner: str = ""
    physical: bool = True


@dataclass(frozen=True, slots=True)
class ArpRow:
    """Who answers for an address on a port."""

    port: str
    address: str
    mac: str


@dataclass(frozen=True, slots=True)
class Station:
    """A MAC address learned on a port. ``flag`` says what is odd about its VLAN, empty for nothing."""

    port: str
    mac: str
    vlan: int | None = None
    flag: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """How the newest reading of one protocol's table went, and when."""

    protocol: Protocol
    status: Status
    read_start_ms: Ms
    read_end_ms: Ms
    complete_start_ms: Ms | None = None


@record(orders=(("device",),))
class PortTable(Record):
    """What a device says of itself, as far as others may name it by that. One row per device, of its last visit."""

    id: str = says("The device.")
    device: Key = refers("PORTS_OF", "The device.")
    platform: str = says("Name of its platform, which decides how port names are written.", default="")
    names: tuple[str, ...] = says("Names it goes by: sysName, host name, own CDP id.", default=())
    serials: tuple[str, ...] = says("Serial numbers of its chassis.", default=())
    chassis: tuple[str, ...] = says("Chassis ids that it sends, subtype:hex.", default=())
    macs: tuple[str, ...] = says("MAC addresses of the device as a whole: base, bridge, stack.", default=())
    ports: tuple[PortRow, ...] = says("Its ports.", default=())
    arp: tuple[ArpRow, ...] = says("Whom it knows on ports with two ends.", default=())
    stations: tuple[Station, ...] = says("Learned MAC addresses.", default=())
    mlag: tuple[str, ...] = says("Marks of its multi-chassis pair: system MAC or domain, the same on both.", default=())
    heard: tuple[Heard, ...] = says("How the tables of its neighbours were read.", default=())
    host: bool = says(
        "Whether it is a host: it listens, need not announce itself, and forwards nothing.", default=False
    )


@item(keys=(key(Strength.LOCAL, "mark"),), title="mark")
class Segment(Item):
    """Where more than two hear each other, over a hub or a switch that hides itself: its members, and no cables."""

    mark: str = says("Digest of the members that it was first seen with.", changes=Volatility.IDENTITY)


class Certainty(StrEnum):
    """How sure a link is (network.md 7.4)."""

    CONFIRMED = "confirmed"
    ONE_SIDED = "one_sided"
    TO_STUB = "to_stub"
    DEVICE_ONLY = "device_only"
    INFERRED = "inferred"
    FDB = "fdb"


@record(orders=(("state",),))
class LinkProof(Record):
    """Why a link is drawn: its state, who says so by which protocol, and how each end was found."""

    id: str = says("Digest of type and ends.")
    type: str = says("Type of the link.")
    ends: tuple[Key, ...] = refers("PROVES", "Both ends, in the order of the link.", default=())
    drawn: bool = says("Whether the link is drawn; else this is why it was.", default=True)
    state: Certainty = says("How sure it is.")
    evidence: tuple[str, ...] = says("Rows it rests on, each with the methods by which its ends were found.")
