"""MIB modules as data: numbers as the design says them, files that are made the same way each time, indexes."""

from __future__ import annotations

import json
from importlib.resources import files
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from driftline.collectors.network.snmp import ber
from driftline.collectors.network.snmp.mib import Kind, Module, load, module_names

ROOT = Path(__file__).parents[4]
FOLDER = files("driftline.collectors.network.snmp") / "mibs"

TABLES = """
IF-MIB ifTable 1.3.6.1.2.1.2.2.1 2,3,4,5,6,7,8,9
IF-MIB ifXTable 1.3.6.1.2.1.31.1.1.1 1,15,17,18
IF-MIB ifStackTable 1.3.6.1.2.1.31.1.2.1 3
IEEE8023-LAG-MIB dot3adAggTable 1.2.840.10006.300.43.1.1.1.1 4,8
IEEE8023-LAG-MIB dot3adAggPortTable 1.2.840.10006.300.43.1.2.1.1 9,12,13,17,21
CISCO-PAGP-MIB pagpEtherChannelTable 1.3.6.1.4.1.9.9.98.1.1.1.1 8
ENTITY-MIB entPhysicalTable 1.3.6.1.2.1.47.1.1.1.1 2,3,4,5,6,7,8,9,10,11,12,13,14,16
ENTITY-MIB entAliasMappingTable 1.3.6.1.2.1.47.1.3.2.1 2
IP-MIB ipAddressTable 1.3.6.1.2.1.4.34.1 3,4,5,6,7
IP-MIB ipAddrTable 1.3.6.1.2.1.4.20.1 1,2,3
IP-MIB ipNetToPhysicalTable 1.3.6.1.2.1.4.35.1 4,6,7
IP-MIB ipNetToMediaTable 1.3.6.1.2.1.4.22.1 2,4
IP-FORWARD-MIB inetCidrRouteTable 1.3.6.1.2.1.4.24.7.1 7,8,9,12
IP-FORWARD-MIB ipCidrRouteTable 1.3.6.1.2.1.4.24.4.1 5,6,7,11
RFC1213-MIB ipRouteTable 1.3.6.1.2.1.4.21.1 2,7,8,9,11
MPLS-L3VPN-STD-MIB mplsL3VpnVrfTable 1.3.6.1.2.1.10.166.11.1.2.2.1 4
CISCO-VRF-MIB cvVrfTable 1.3.6.1.4.1.9.9.711.1.1.1.1 2
ARISTA-VRF-MIB aristaVrfTable 1.3.6.1.4.1.30065.3.18.1.1.1 1,3
BGP4-MIB bgpPeerTable 1.3.6.1.2.1.15.3.1 2,3,5,7,9
OSPF-MIB ospfNbrTable 1.3.6.1.2.1.14.10.1 1,3,6
LLDP-MIB lldpLocPortTable 1.0.8802.1.1.2.1.3.7.1 2,3,4
LLDP-MIB lldpRemTable 1.0.8802.1.1.2.1.4.1.1 4,5,6,7,8,9,10,11,12
LLDP-MIB lldpRemManAddrTable 1.0.8802.1.1.2.1.4.2.1 3,4
LLDP-V2-MIB lldpV2LocPortTable 1.3.111.2.802.1.1.13.1.3.7.1 2,3,4
LLDP-V2-MIB lldpV2RemTable 1.3.111.2.802.1.1.13.1.4.1.1 5,6,7,8,9,10
LLDP-V2-MIB lldpV2RemManAddrTable 1.3.111.2.802.1.1.13.1.4.2.1 3,4
CISCO-CDP-MIB cdpCacheTable 1.3.6.1.4.1.9.9.23.1.2.1.1 3,4,5,6,7,8,9,11,17,19,20,24
MIKROTIK-MIB mtxrNeighborTable 1.3.6.1.4.1.14988.1.1.11.1.1 2,3,5,6,8
EXTREME-EDP-MIB extremeEdpTable 1.3.6.1.4.1.1916.1.13.2.1 2,3,5,6
FOUNDRY-SN-SWITCH-GROUP-MIB snFdpCacheTable 1.3.6.1.4.1.1991.1.1.3.20.1.2.1.1 3,5,7,8
BRIDGE-MIB dot1dBasePortTable 1.3.6.1.2.1.17.1.4.1 2
BRIDGE-MIB dot1dTpFdbTable 1.3.6.1.2.1.17.4.3.1 2,3
BRIDGE-MIB dot1dStpPortTable 1.3.6.1.2.1.17.2.15.1 3,8,9
Q-BRIDGE-MIB dot1qTpFdbTable 1.3.6.1.2.1.17.7.1.2.2.1 2,3
Q-BRIDGE-MIB dot1qVlanStaticTable 1.3.6.1.2.1.17.7.1.4.3.1 1,2,4
Q-BRIDGE-MIB dot1qVlanCurrentTable 1.3.6.1.2.1.17.7.1.4.2.1 3,4,5
Q-BRIDGE-MIB dot1qPortVlanTable 1.3.6.1.2.1.17.7.1.4.5.1 1
CISCO-VTP-MIB vtpVlanTable 1.3.6.1.4.1.9.9.46.1.3.1.1 2,4
CISCO-VTP-MIB vlanTrunkPortTable 1.3.6.1.4.1.9.9.46.1.6.1.1 4,5,14,17,18,19
CISCO-VLAN-MEMBERSHIP-MIB vmMembershipTable 1.3.6.1.4.1.9.9.68.1.2.2.1 2
CISCO-STACKWISE-MIB cswSwitchInfoTable 1.3.6.1.4.1.9.9.500.1.2.1.1 1,3,6,7,8
CISCO-CONFIG-MAN-MIB ccmHistoryEventTable 1.3.6.1.4.1.9.9.43.1.1.6.1 2,3,8,17
JUNIPER-MIB jnxContentsTable 1.3.6.1.4.1.2636.3.1.8.1 6,7,8,10,14
JUNIPER-VIRTUALCHASSIS-MIB jnxVirtualChassisMemberTable 1.3.6.1.4.1.2636.3.40.1.4.1.1.1 2,3,4,5,8
JUNIPER-VLAN-MIB jnxExVlanTable 1.3.6.1.4.1.2636.3.40.1.5.1.5.1 2,5
JUNIPER-L2ALD-MIB jnxL2aldVlanTable 1.3.6.1.4.1.2636.3.48.1.3.1.1 2,3,5
JUNIPER-CFGMGMT-MIB jnxCmCfgChgEventTable 1.3.6.1.4.1.2636.3.18.1.7.1 2,3,4,5
HUAWEI-STACK-MIB hwStackMemberInfoTable 1.3.6.1.4.1.2011.5.25.183.1.20.1 2,3,4,5
HUAWEI-CONFIG-MAN-MIB hwCfgLogTable 1.3.6.1.4.1.2011.6.10.1.1.7.1 2,10,12
HH3C-CONFIG-MAN-MIB hh3cCfgLogTable 1.3.6.1.4.1.25506.2.4.1.1.7.1 2,10,12
FORTINET-FORTIGATE-MIB fgHaStatsTable 1.3.6.1.4.1.12356.101.13.2.1.1 2,11
SW-MIB swFCPortTable 1.3.6.1.4.1.1588.2.1.1.1.6.2.1 2,4,5,34,35,36
SW-MIB swNsLocalTable 1.3.6.1.4.1.1588.2.1.1.1.7.2.1 2,4,6
"""
SCALARS = """
SNMPv2-MIB sysDescr 1.3.6.1.2.1.1.1.0
SNMPv2-MIB sysObjectID 1.3.6.1.2.1.1.2.0
SNMPv2-MIB sysUpTime 1.3.6.1.2.1.1.3.0
SNMPv2-MIB sysServices 1.3.6.1.2.1.1.7.0
SNMP-FRAMEWORK-MIB snmpEngineID 1.3.6.1.6.3.10.2.1.1.0
SNMP-FRAMEWORK-MIB snmpEngineTime 1.3.6.1.6.3.10.2.1.3.0
IF-MIB ifTableLastChange 1.3.6.1.2.1.31.1.5.0
IF-MIB ifStackLastChange 1.3.6.1.2.1.31.1.6.0
ENTITY-MIB entLastChangeTime 1.3.6.1.2.1.47.1.4.1.0
IP-FORWARD-MIB inetCidrRouteNumber 1.3.6.1.2.1.4.24.6.0
IP-FORWARD-MIB ipCidrRouteNumber 1.3.6.1.2.1.4.24.3.0
LLDP-MIB lldpLocChassisIdSubtype 1.0.8802.1.1.2.1.3.1.0
LLDP-MIB lldpLocChassisId 1.0.8802.1.1.2.1.3.2.0
LLDP-MIB lldpStatsRemTablesLastChangeTime 1.0.8802.1.1.2.1.2.1.0
LLDP-MIB lldpStatsRemTablesDeletes 1.0.8802.1.1.2.1.2.3.0
CISCO-CDP-MIB cdpGlobalDeviceId 1.3.6.1.4.1.9.9.23.1.3.4.0
BRIDGE-MIB dot1dBaseBridgeAddress 1.3.6.1.2.1.17.1.1.0
BRIDGE-MIB dot1dStpDesignatedRoot 1.3.6.1.2.1.17.2.5.0
BRIDGE-MIB dot1dStpRootPort 1.3.6.1.2.1.17.2.7.0
CISCO-CONFIG-MAN-MIB ccmHistoryRunningLastChanged 1.3.6.1.4.1.9.9.43.1.1.1.0
CISCO-CONFIG-MAN-MIB ccmCTID 1.3.6.1.4.1.9.9.43.1.4.1.0
JUNIPER-MIB jnxBoxSerialNo 1.3.6.1.4.1.2636.3.1.3.0
JUNIPER-CFGMGMT-MIB jnxCmCfgChgLatestUser 1.3.6.1.4.1.2636.3.18.1.5.0
FORTINET-FORTIGATE-MIB fnSysSerial 1.3.6.1.4.1.12356.100.1.1.1.0
PAN-COMMON-MIB panSysSerialNumber 1.3.6.1.4.1.25461.2.1.2.1.3.0
MIKROTIK-MIB mtxrSerialNumber 1.3.6.1.4.1.14988.1.1.7.3.0
"""
BASE = {
    "SNMPv2-SMI": """
SNMPv2-SMI DEFINITIONS ::= BEGIN
internet OBJECT IDENTIFIER ::= { iso 3 6 1 }
private OBJECT IDENTIFIER ::= { internet 4 }
enterprises OBJECT IDENTIFIER ::= { private 1 }
Integer32 ::= INTEGER (-2147483648..2147483647)
IpAddress ::= [APPLICATION 0] IMPLICIT OCTET STRING (SIZE (4))
Counter32 ::= [APPLICATION 1] IMPLICIT INTEGER (0..4294967295)
END
""",
    "SNMPv2-TC": "SNMPv2-TC DEFINITIONS ::= BEGIN\nEND\n",
    "SNMPv2-CONF": "SNMPv2-CONF DEFINITIONS ::= BEGIN\nEND\n",
}
"""As much of the base modules as the small one needs."""
SMALL_MIB = """
TEST-MIB DEFINITIONS ::= BEGIN
IMPORTS OBJECT-TYPE, MODULE-IDENTITY, Integer32, Counter32, IpAddress, enterprises FROM SNMPv2-SMI;
testMIB MODULE-IDENTITY LAST-UPDATED "202001010000Z" ORGANIZATION "o" CONTACT-INFO "c" DESCRIPTION "d"
  ::= { enterprises 99999 }
testTable OBJECT-TYPE SYNTAX SEQUENCE OF TestEntry MAX-ACCESS not-accessible STATUS current DESCRIPTION "d"
  ::= { testMIB 1 }
testEntry OBJECT-TYPE SYNTAX TestEntry MAX-ACCESS not-accessible STATUS current DESCRIPTION "d"
  INDEX { testHost, IMPLIED testName } ::= { testTable 1 }
TestEntry ::= SEQUENCE { testHost IpAddress, testName OCTET STRING, testState INTEGER, testCount Counter32 }
testHost OBJECT-TYPE SYNTAX IpAddress MAX-ACCESS read-only STATUS current DESCRIPTION "d" ::= { testEntry 1 }
testName OBJECT-TYPE SYNTAX OCTET STRING MAX-ACCESS read-only STATUS current DESCRIPTION "d" ::= { testEntry 2 }
testState OBJECT-TYPE SYNTAX INTEGER { up(1), down(2) } MAX-ACCESS read-only STATUS current DESCRIPTION "d"
  ::= { testEntry 3 }
testCount OBJECT-TYPE SYNTAX Counter32 MAX-ACCESS read-only STATUS current DESCRIPTION "d" ::= { testEntry 4 }
END
"""


def lines(text: str) -> list[list[str]]:
    """The words of each line."""
    return [line.split() for line in text.strip().splitlines()]


def tool() -> Any:  # noqa: ANN401 -- a program, not a package
    """The build tool as a module."""
    spec = spec_from_file_location("mib_tables", ROOT / "tools/mib_tables.py")
    assert spec is not None
    assert spec.loader is not None
    made = module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


@pytest.mark.parametrize(("module", "name", "entry", "columns"), lines(TABLES))
def test_a_table_has_the_numbers_of_the_design(module: str, name: str, entry: str, columns: str) -> None:
    """A test asserts that every OID of section 5 equals the generated data."""
    table = load(module).tables[name]

    assert ber.dotted(table.entry) == entry
    assert {int(column) for column in columns.split(",")} <= set(table.columns)


@pytest.mark.parametrize(("module", "name", "oid"), lines(SCALARS))
def test_a_scalar_has_the_number_of_the_design(module: str, name: str, oid: str) -> None:
    """Stamps and identity hints are where section 5 says."""
    assert ber.dotted(load(module).scalars[name].oid) == oid


@pytest.mark.parametrize("name", module_names())
def test_a_file_is_as_the_tool_writes_it(name: str) -> None:
    """The output is committed, sorted, byte-stable, with a header naming module and revision."""
    text = (FOLDER / f"{name}.json").read_text(encoding="utf-8")
    module: Module = load(name)

    assert text == tool().written(json.loads(text))
    assert module.name == name
    assert module.origin in {"pysmi", "by hand"}
    assert module.origin == "by hand" or name in tool().WANTED


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # what pysmi writes uses old names of pysnmp
def test_the_tool_compiles_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """MIB text becomes: entry OID, index parts, columns with names, numbers, kinds and labels."""
    program = tool()
    (tmp_path / "text").mkdir()
    (tmp_path / "made").mkdir()
    for name, text in (BASE | {"TEST-MIB": SMALL_MIB}).items():
        (tmp_path / "text" / name).write_text(text)
    monkeypatch.setattr(program, "WANTED", {"TEST-MIB": ("testTable",)})

    program.compile_text(tmp_path / "text", tmp_path / "made")
    data = program.described("TEST-MIB", ("testTable",), [tmp_path / "made"])

    assert data["tables"]["testTable"] == {
        "entry": "1.3.6.1.4.1.99999.1.1",
        "index": [
            {"name": "testHost", "form": "fixed", "octets": 4},
            {"name": "testName", "form": "implied octets"},
        ],
        "columns": {
            "1": {"name": "testHost", "kind": "ipv4"},
            "2": {"name": "testName", "kind": "octets"},
            "3": {"name": "testState", "kind": "enum", "labels": {"1": "up", "2": "down"}},
            "4": {"name": "testCount", "kind": "counter"},
        },
    }


def test_an_index_is_split_into_its_values() -> None:
    """Index parts: integer, fixed octets, length-prefixed octets, InetAddress."""
    routes = load("IP-FORWARD-MIB").tables["inetCidrRouteTable"]
    fdb = load("Q-BRIDGE-MIB").tables["dot1qTpFdbTable"]

    found = routes.split((1, 4, 10, 0, 0, 0, 8, 2, 0, 0, 1, 4, 10, 0, 0, 1))

    assert found == {
        "inetCidrRouteDestType": 1,
        "inetCidrRouteDest": b"\x0a\x00\x00\x00",
        "inetCidrRoutePfxLen": 8,
        "inetCidrRoutePolicy": (0, 0),
        "inetCidrRouteNextHopType": 1,
        "inetCidrRouteNextHop": b"\x0a\x00\x00\x01",
    }
    assert fdb.split((7, 0, 80, 86, 1, 2, 255)) == {"dot1qFdbId": 7, "dot1qTpFdbAddress": b"\x00\x50\x56\x01\x02\xff"}


def test_an_index_that_does_not_fit_is_none() -> None:
    """2: index with two sub-ids instead of three (TP-Link TL-SX3016F): not a row, and never an exception."""
    neighbours = load("LLDP-MIB").tables["lldpRemTable"]
    fdb = load("Q-BRIDGE-MIB").tables["dot1qTpFdbTable"]

    assert neighbours.split((5, 1)) is None
    assert neighbours.split((0, 5, 1, 9)) is None
    assert fdb.split((7, 0, 80, 86, 1, 2, 256)) is None
    assert fdb.split(()) is None


def test_kinds_say_what_a_value_means() -> None:
    """Kinds: int, enum, bits, octets, text, mac, oid, ... with the labels of enums."""
    ports = load("IF-MIB").tables["ifTable"].columns
    vlans = load("Q-BRIDGE-MIB").tables["dot1qVlanStaticTable"].columns

    assert (ports[2].kind, ports[6].kind, ports[9].kind, ports[10].kind) == (
        Kind.TEXT,
        Kind.MAC,
        Kind.TICKS,
        Kind.COUNTER,
    )
    assert ports[3].labels[6] == "ethernetCsmacd"
    assert ports[7].labels == {1: "up", 2: "down", 3: "testing"}
    assert vlans[2].kind is Kind.PORTLIST
