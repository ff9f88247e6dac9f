"""Everything this collector may ever ask an SNMP agent, in the order of a visit.

A ``Table`` or ``Objects`` is what is wanted; its ``ask`` is how it goes over the line and stands in a capture: method
``SNMP``, path ``/table/<module>/<table>`` with the columns as text, or ``/get`` with the names of the objects. A
context (a VLAN of Cisco, a VRF) stands in the path as ``?context=``. No community and no passphrase is ever part of an
ask.

A stage is a row of choices; of each choice the first that has rows counts, so a fallback is asked only where the table
before it had none. **A fallback says less** (``ipAddrTable`` knows no IPv6): where the table before it was not
complete, absence may not be asserted from the fallback.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from urllib.parse import parse_qs, quote, urlsplit

from driftline.collectors.ask import Ask
from driftline.collectors.network.snmp import ber, mib

METHOD, CLI = "SNMP", "CLI"
GET, TABLE = "/get", "/table/"
SECONDS, LONG_SECONDS = 120, 300
"""What a table may take, and one that agents are slow to make (``LONG``)."""
LONG = frozenset(
    {
        *("ipAddressTable", "ipAddrTable", "ipNetToPhysicalTable", "ipNetToMediaTable"),
        *("inetCidrRouteTable", "ipCidrRouteTable", "ipRouteTable", "dot1qTpFdbTable", "dot1dTpFdbTable"),
    }
)

OURS = "LINE"
"""The method of asks that the line answers by itself, without asking the device."""
ACCESS = Ask("access", "/access", "", OURS)
"""The first ask: ``{"address", "methods": ["SNMP", "CLI"], "platform"}``, the platform as configured or empty."""
HOW = Ask("how it was read", "/how", "", OURS)
"""The last ask: names of credentials, version, engine, and what is odd; see ``line.NetworkLine``."""


@cache
def module(name: str) -> mib.Module:
    """The data of a module, read once."""
    return mib.load(name)


@dataclass(frozen=True, slots=True)
class Table:
    """Wanted columns of a table; ``name`` is the table's own and that of the ask."""

    module: str
    name: str
    columns: tuple[int, ...]

    def ask(self, context: str = "") -> Ask:
        """The ask for it."""
        where = f"?context={quote(context)}" if context else ""
        return Ask(self.name, f"{TABLE}{self.module}/{self.name}{where}", ",".join(map(str, self.columns)), METHOD)

    @property
    def meaning(self) -> mib.Table:
        """Its columns and index."""
        return module(self.module).tables[self.name]


@dataclass(frozen=True, slots=True)
class Objects:
    """Single objects that are asked for in one request, as ``module`` to names of its scalars."""

    name: str
    scalars: Mapping[str, tuple[str, ...]]

    def ask(self, context: str = "") -> Ask:
        """The ask for them."""
        where = f"?context={quote(context)}" if context else ""
        return Ask(
            self.name, f"{GET}{where}", ",".join(oid(one) for row in self.scalars.values() for one in row), METHOD
        )


Wanted = Table | Objects
Choice = tuple[Wanted, ...]
"""What is asked for, and what instead where that has no rows."""
Stage = tuple[Choice, ...]


@cache
def _oids() -> Mapping[str, str]:
    return {
        label: ber.dotted(scalar.oid) for name in mib.module_names() for label, scalar in module(name).scalars.items()
    }


def oid(name: str) -> str:
    """The dotted name of a scalar, as ``decode_objects`` gives it: ``oid("sysName")``."""
    return _oids()[name]


def _only(*wanted: Wanted) -> Stage:
    return tuple((one,) for one in wanted)


SYSTEM = Objects(
    "system",
    {
        "SNMPv2-MIB": ("sysDescr", "sysObjectID", "sysUpTime", "sysContact", "sysName", "sysLocation", "sysServices"),
        "SNMP-FRAMEWORK-MIB": ("snmpEngineID", "snmpEngineBoots", "snmpEngineTime"),
    },
)
"""The first ask of every visit."""

STAMPS = Objects(
    "stamps",
    {
        "SNMPv2-MIB": ("sysUpTime",),
        "IF-MIB": ("ifTableLastChange", "ifStackLastChange"),
        "ENTITY-MIB": ("entLastChangeTime",),
        "LLDP-MIB": (
            "lldpStatsRemTablesLastChangeTime",
            "lldpStatsRemTablesInserts",
            "lldpStatsRemTablesDeletes",
        ),
    },
)
"""When tables changed last, beside the running time that these instants count by, in one request; after all tables."""

ROUTE_COUNTS = Objects("route counts", {"IP-FORWARD-MIB": ("inetCidrRouteNumber", "ipCidrRouteNumber")})
"""Asked before the routes: a table that is too large is not read."""
MANY_ROUTES = 10_000

PHYSICAL = Table("ENTITY-MIB", "entPhysicalTable", (2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 16))

INTERFACES: Stage = _only(
    Table("IF-MIB", "ifTable", (2, 3, 4, 5, 6, 7, 8, 9)),
    Table("IF-MIB", "ifXTable", (1, 15, 17, 18)),
    Table("IF-MIB", "ifStackTable", (3,)),
    Table("IEEE8023-LAG-MIB", "dot3adAggTable", (4, 8)),
    Table("IEEE8023-LAG-MIB", "dot3adAggPortTable", (9, 12, 13, 17, 21)),
)
ADDRESSES: Stage = (
    (
        Table("IP-MIB", "ipAddressTable", (3, 4, 5, 6, 7)),
        Table("IP-MIB", "ipAddrTable", (1, 2, 3)),
    ),
    (Table("MPLS-L3VPN-STD-MIB", "mplsL3VpnVrfTable", (4,)),),
)
INVENTORY: Stage = _only(PHYSICAL, Table("ENTITY-MIB", "entAliasMappingTable", (2,)))
LLDP_LOCAL = Objects("lldp local", {"LLDP-MIB": ("lldpLocChassisIdSubtype", "lldpLocChassisId", "lldpLocSysName")})
LLDP_REMOTE = Table("LLDP-MIB", "lldpRemTable", (4, 5, 6, 7, 8, 9, 10, 11, 12))
LLDP_V2_REMOTE = Table("LLDP-V2-MIB", "lldpV2RemTable", (5, 6, 7, 8, 9, 10))
NEIGHBOURS: Stage = (
    (LLDP_LOCAL,),
    (
        Table("LLDP-MIB", "lldpLocPortTable", (2, 3, 4)),
        Table("LLDP-V2-MIB", "lldpV2LocPortTable", (2, 3, 4)),
    ),
    (LLDP_REMOTE, LLDP_V2_REMOTE),
    (
        Table("LLDP-MIB", "lldpRemManAddrTable", (3, 4)),
        Table("LLDP-V2-MIB", "lldpV2RemManAddrTable", (3, 4)),
    ),
)
BRIDGE = Objects("bridge", {"BRIDGE-MIB": ("dot1dBaseBridgeAddress", "dot1dStpDesignatedRoot", "dot1dStpRootPort")})
BASE_PORTS = Table("BRIDGE-MIB", "dot1dBasePortTable", (2,))
FORWARDING = Table("BRIDGE-MIB", "dot1dTpFdbTable", (2, 3))
VTP_VLANS = Table("CISCO-VTP-MIB", "vtpVlanTable", (2, 4))
"""Asked where the forwarding table is kept per VLAN."""
LAYER_2: Stage = (
    (BRIDGE,),
    (BASE_PORTS,),
    (Table("Q-BRIDGE-MIB", "dot1qVlanStaticTable", (1, 2, 4)),),
    (Table("Q-BRIDGE-MIB", "dot1qVlanCurrentTable", (3, 4, 5)),),
    (Table("Q-BRIDGE-MIB", "dot1qPortVlanTable", (1,)),),
    (Table("Q-BRIDGE-MIB", "dot1qTpFdbTable", (2, 3)), FORWARDING),
    (Table("BRIDGE-MIB", "dot1dStpPortTable", (3, 8, 9)),),
)
ARP: Stage = (
    (
        Table("IP-MIB", "ipNetToPhysicalTable", (4, 6, 7)),
        Table("IP-MIB", "ipNetToMediaTable", (2, 4)),
    ),
)
ROUTES: Stage = (
    (
        Table("IP-FORWARD-MIB", "inetCidrRouteTable", (7, 8, 9, 12)),
        Table("IP-FORWARD-MIB", "ipCidrRouteTable", (5, 6, 7, 11)),
        Table("RFC1213-MIB", "ipRouteTable", (2, 7, 8, 9, 11)),
    ),
)
PEERS: Stage = _only(
    Table("BGP4-MIB", "bgpPeerTable", (2, 3, 5, 7, 9)),
    Table("OSPF-MIB", "ospfNbrTable", (1, 3, 6)),
)

BEFORE_ROUTES: tuple[Stage, ...] = (INTERFACES, ADDRESSES, INVENTORY, NEIGHBOURS, LAYER_2, ARP)
"""Stages that every device is asked, after ``SYSTEM`` and before the routes."""


def wanted_of(stages: Iterable[Stage]) -> Iterator[Wanted]:
    """Everything that stages may ask."""
    return (one for stage in stages for choice in stage for one in choice)


EVERYWHERE: tuple[Wanted, ...] = (
    SYSTEM,
    *wanted_of(BEFORE_ROUTES),
    VTP_VLANS,
    ROUTE_COUNTS,
    *wanted_of((ROUTES, PEERS)),
    STAMPS,
)
"""What may be asked of a device of any platform."""


@dataclass(frozen=True, slots=True)
class Asked:
    """An ask taken apart again: the table and its columns, or the names of single objects, and the context."""

    context: str
    table: mib.Table | None = None
    columns: tuple[int, ...] = ()
    oids: tuple[bytes, ...] = ()


def read_ask(ask: Ask) -> Asked:
    """What an ask of method ``SNMP`` is about.

    Raises:
        ValueError: no such ask.
    """
    parts = urlsplit(ask.path)
    context = parse_qs(parts.query).get("context", [""])[0]
    if parts.path == GET:
        return Asked(context, oids=tuple(map(ber.from_dotted, ask.text.split(","))))
    if not parts.path.startswith(TABLE):
        raise ValueError(f"{ask.path}: neither {GET} nor {TABLE}")
    name, _, table = parts.path.removeprefix(TABLE).partition("/")
    return Asked(context, module(name).tables[table], tuple(map(int, ask.text.split(","))))
