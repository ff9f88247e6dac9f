"""Devices of a few rows each, from which recordings are made: together they say everything that our kinds hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from driftline.collectors.network import asks
from driftline.collectors.network.asks import Table
from driftline.collectors.network.platforms import asked_by_platforms
from driftline.collectors.network.snmp import VarBind, ber, values
from driftline.collectors.network.snmp.recorded import Recording

Said = Mapping[str, Any]
"""Rows of tables by index and column, and single objects, each by its name."""

PREFIXES = (1, 3, 6, 1, 2, 1, 4, 32, 1, 5)
"""ipAddressPrefixOrigin: what a row of addresses points to."""
UPTIME, HOUR = 8_640_000, 360_000


def served(said: Said) -> Recording:
    """What an agent that says this answers."""
    return Recording.of(_bindings(said))


def _bindings(said: Said) -> Iterator[VarBind]:
    tables = {one.name: one for one in (*asks.EVERYWHERE, *asked_by_platforms()) if isinstance(one, Table)}
    for name, value in said.items():
        if name not in tables:
            yield _binding(ber.from_dotted(asks.oid(name)), value)
            continue
        entry = tables[name].meaning.entry
        for index, row in value.items():
            for column, cell in row.items():
                yield _binding(entry + b"".join(map(ber.part, (column, *index))), cell)


def _binding(name: bytes, value: Any) -> VarBind:  # noqa: ANN401 -- of any type that SNMP has
    if isinstance(value, tuple):
        return VarBind(name, values.OID, ber.oid(value))
    if isinstance(value, bytes):
        return VarBind(name, values.OCTETS, value)
    return VarBind(name, values.INTEGER, ber.number(value)[2:])


def mac(last: int) -> bytes:
    """An address of one maker."""
    return bytes((0x00, 0x1C, 0x73, 0x10, last >> 8, last & 0xFF))


def port_list(*numbers: int, octets: int = 2) -> bytes:
    """A PortList: the most significant bit of the first octet is port one."""
    return sum(1 << (8 * octets - number) for number in numbers).to_bytes(octets)


def ports(*names: bytes) -> dict[str, Any]:
    """Ethernet ports that are up."""
    numbered = {(at,): name for at, name in enumerate(names, 1)}
    return {
        "ifTable": {
            index: {2: b"Port " + name, 3: 6, 4: 1500, 5: 10**9, 6: mac(0x400 + index[0]), 7: 1, 8: 1, 9: UPTIME - HOUR}
            for index, name in numbered.items()
        },
        "ifXTable": {index: {1: name, 15: 1000, 17: 1, 18: b"to the core"} for index, name in numbered.items()},
    }


def system(name: bytes, descr: bytes, object_id: tuple[int, ...], engine: int) -> dict[str, Any]:
    """The scalars of a device."""
    return {
        "sysDescr": descr,
        "sysObjectID": object_id,
        "sysUpTime": UPTIME,
        "sysContact": b"noc",
        "sysName": name,
        "sysLocation": b"hall 1",
        "snmpEngineID": bytes((0x80, 0, 0, 9, 3, 0, 0x1C, 0x73, engine)),
        "snmpEngineBoots": 3,
        "snmpEngineTime": UPTIME // 100,
    }


def chassis(serial: bytes, position: int, inside: int) -> dict[int, Any]:
    """A chassis of ENTITY-MIB."""
    return {
        2: b"Catalyst 37xx", 4: inside, 5: 3, 6: position, 7: str(position).encode(), 8: b"V02", 9: b"12.1",
        10: b"15.0(2)SE", 11: serial, 12: b"Cisco", 13: b"WS-C3750X-24", 16: 1,
    }  # fmt: skip


def _stack() -> dict[str, Any]:
    said = ports(b"Gi1/0/1", b"Gi1/0/2", b"Gi2/0/1", b"Po1", b"Vl10")
    said["ifTable"][4,][3], said["ifTable"][5,][3] = 161, 136
    ios = b"Cisco IOS Software, C3750E Software, Version 15.0(2)SE, RELEASE SOFTWARE"
    return {
        **said,
        **system(b"stack-1", ios, (1, 3, 6, 1, 4, 1, 9, 1, 516), 1),
        "dot1dBaseBridgeAddress": mac(0x100),
        "lldpLocChassisIdSubtype": 4,
        "lldpLocChassisId": mac(0x100),
        "lldpLocSysName": b"stack-1",
        "ccmHistoryRunningLastChanged": UPTIME - HOUR,
        "entLastChangeTime": 5_000,
        "ifTableLastChange": UPTIME - HOUR,
        "ifStackTable": {(0, 4): {3: 1}, (4, 1): {3: 1}, (5, 2): {3: 1}, (1, 0): {3: 1}},
        "dot3adAggTable": {(4,): {4: mac(0x100), 8: mac(0x200)}},
        "dot3adAggPortTable": {
            (at,): {9: mac(0x200), 12: 4, 13: 4, 17: at, 21: b"\x3f"} for at in (1, 3)
        },
        "ipAddressTable": {
            (1, 4, 10, 0, 10, 1): {3: 5, 4: 1, 5: (*PREFIXES, 5, 1, 4, 10, 0, 10, 0, 24), 6: 2, 7: 1},
        },
        "cvVrfTable": {(1,): {2: b"customers"}},
        "entPhysicalTable": {
            (1,): {2: b"Stack", 4: 0, 5: 11, 6: -1, 7: b"Stack"},
            (1001,): chassis(b"FDO1111X111", 1, 1),
            (2001,): chassis(b"FDO2222X222", 2, 1),
            (1005,): {
                2: b"power supply", 4: 1001, 5: 6, 6: 1, 7: b"Switch 1 - PSU A", 8: b"V03", 9: b"1.1", 10: b"2.0",
                11: b"LIT1234", 12: b"Cisco", 13: b"C3KX-PWR-350WAC", 16: 1,
            },
        },
        "cswSwitchInfoTable": {
            (1001,): {1: 1, 3: 1, 6: 4, 7: mac(0x100), 8: b"universalk9"},
            (2001,): {1: 2, 3: 2, 6: 4, 7: mac(0x300), 8: b"universalk9"},
        },
        "lldpLocPortTable": {(1,): {2: 5, 3: b"Gi1/0/1", 4: b"Port Gi1/0/1"}},
        "lldpRemTable": {
            (0, 1, 1): {
                4: 4, 5: mac(0x500), 6: 5, 7: b"Ethernet1", 8: b"uplink", 9: b"spine1", 10: b"EOS",
                11: b"\x28", 12: b"\x28",
            },
        },
        "cdpCacheTable": {
            (1, 1): {3: 1, 4: b"\x0a\x00\x0a\x02", 5: b"IOS", 6: b"sw2", 7: b"Gi0/1", 8: b"cisco", 9: b"\0\0\0\x28"},
        },
        "vtpVlanTable": {(1, 1): {2: 1, 4: b"default"}, (1, 10): {2: 1, 4: b"users"}, (1, 20): {2: 2, 4: b"old"}},
        "vmMembershipTable": {(2,): {2: 10}},
        "vlanTrunkPortTable": {(4,): {4: port_list(2, 11, 21, 22, octets=128), 5: 1, 14: 1, 17: b"", 18: b"", 19: b""}},
        "inetCidrRouteNumber": 1,
        "inetCidrRouteTable": {(1, 4, 0, 0, 0, 0, 0, 2, 0, 0, 1, 4, 10, 0, 10, 254): {7: 5, 8: 4, 9: 3, 12: 1}},
        "bgpPeerTable": {(192, 0, 2, 1): {2: 6, 3: 2, 5: b"\xc0\x00\x02\x02", 7: b"\xc0\x00\x02\x01", 9: 65_001}},
        "ospfNbrTable": {(10, 0, 10, 2, 0): {1: b"\x0a\x00\x0a\x02", 3: b"\x0a\x00\x00\x02", 6: 8}},
        "ccmHistoryEventTable": {(7,): {2: UPTIME - HOUR, 3: 1, 8: b"alice", 17: b""}},
    }  # fmt: skip


def _firewall() -> dict[str, Any]:
    return {
        **ports(b"port1"),
        **system(b"fw-1", b"FortiGate", (1, 3, 6, 1, 4, 1, 12356, 101, 1, 1004), 2),
        "fnSysSerial": b"FGT60E0000000001",
        "fgSysVersion": b"v7.0.12,build0523",
        "fgHaStatsTable": {(1,): {2: b"FGT60E0000000001", 11: b"fw-1"}, (2,): {2: b"FGT60E0000000002", 11: b"fw-2"}},
        "mplsL3VpnVrfTable": {(3, *b"red"): {4: b"65000:1"}},
    }


def _panos() -> dict[str, Any]:
    return {
        **ports(b"ethernet1/1"),
        **system(b"fw-3", b"Palo Alto Networks PA-800 series firewall", (1, 3, 6, 1, 4, 1, 25461, 2, 3, 41), 4),
        "panSysSwVersion": b"10.1.9",
        "panSysSerialNumber": b"012345678901",
        "panSysHAState": b"active",
        "panSysHAPeerState": b"passive",
        "panSysHAMode": b"active-passive",
    }


def _fibre() -> dict[str, Any]:
    wwn = bytes.fromhex("200a00051e112233")
    return {
        **ports(b"eth0"),
        **system(b"fc-1", b"Fibre Channel Switch.", (1, 3, 6, 1, 4, 1, 1588, 2, 1, 1, 1), 3),
        "swFCPortTable": {(1,): {2: 6, 4: 1, 5: 1, 34: wwn, 35: 5, 36: b"esx1"}},
    }


RUNNING = """\
Building configuration...

Current configuration : 1234 bytes
!
! Last configuration change at 09:37:40 CEST Tue Aug 20 2024 by alice
! NVRAM config last updated at 09:00:00 UTC Tue Aug 20 2024 by bob
!
hostname stack-1
enable secret 5 canary-enable
interface Vlan10
 ip address 10.0.10.1 255.255.255.0
snmp-server community canary-community RO
end
"""
STARTUP = RUNNING.replace("Building configuration...\n\nCurrent configuration : 1234", "Using 1234 out of 65536")

COMMITTED = """\
config {
  mgt-config {
    users {
      admin {
        phash canary-enable;
      }
    }
  }
}
"""
IOS = {"show running-config": RUNNING, "show startup-config": STARTUP}
DEVICES: Mapping[str, tuple[Said, str, Mapping[str, str]]] = {
    "cisco_stack": (_stack(), "cisco_ios", IOS),
    "paloalto_pair": (_panos(), "paloalto_panos", {"show config running": COMMITTED}),
    "fortinet_pair": (_firewall(), "", {}),
    "brocade_fc": (_fibre(), "", {}),
}
"""By name: what they say, the manners of their command line, if they have one, and what it answers."""
