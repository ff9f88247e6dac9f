"""Devices of a few rows: a stack of two switches that says everything, and smaller ones that say it oddly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.collectors.network.walks import START, Said

CISCO = (1, 3, 6, 1, 4, 1, 9, 1, 516)
JUNIPER = (1, 3, 6, 1, 4, 1, 2636, 1, 1, 1, 2, 21)
HUAWEI = (1, 3, 6, 1, 4, 1, 2011, 2, 23, 276)
UNKNOWN = (1, 3, 6, 1, 4, 1, 99_999, 1)
ETHERNET, VLAN_TYPE, AGGREGATE = 6, 136, 161
CHASSIS, POWER, SENSOR, PORT, STACK = 3, 6, 8, 10, 11
HOUR_TICKS = 360_000
UPTIME = 8_640_000
NOW = START


def mac(last: int) -> bytes:
    """An address of one maker."""
    return bytes((0x00, 0x1C, 0x73, 0x10, last >> 8, last & 0xFF))


def ports(*names: str, first: int = 1, **more: Any) -> Said:  # noqa: ANN401 -- cells of any column
    """Ethernet ports that are up, by name, numbered from ``first``."""
    rows = {(first + at,): name for at, name in enumerate(names)}
    return {
        "ifTable": {
            index: {2: f"Port {name}".encode(), 3: ETHERNET, 4: 1500, 5: 10**9, 6: mac(sum(name.encode())), 7: 1, 8: 1}
            for index, name in rows.items()
        },
        "ifXTable": {index: {1: name.encode(), 15: 1000, 17: 1, 18: b""} for index, name in rows.items()},
        **more,
    }


def chassis(serial: bytes, position: int = 1, inside: int = 0, model: bytes = b"WS-C3750X") -> Mapping[int, Any]:
    """A chassis of ENTITY-MIB."""
    return {
        2: model, 4: inside, 5: CHASSIS, 6: position, 7: str(position).encode(), 10: b"12.2", 11: serial,
        12: b"Cisco", 13: model,
    }  # fmt: skip


def port_list(*numbers: int, octets: int = 2) -> bytes:
    """A PortList: the most significant bit of the first octet is port one."""
    return sum(1 << (8 * octets - number) for number in numbers).to_bytes(octets)


def stack(master: int = 1) -> dict[str, Any]:
    """A stack of two, with ports, an aggregate, a VLAN interface, addresses, VLANs, routes and neighbours."""
    names = ["Gi1/0/1", "Gi1/0/2", "Gi2/0/1", "Po1", "Vl10"]
    said: dict[str, Any] = dict(ports(*names))
    said["ifTable"][4,] |= {3: AGGREGATE}
    said["ifTable"][5,] |= {3: VLAN_TYPE}
    for row in said["ifTable"].values():
        row[9] = UPTIME - HOUR_TICKS
    said["ifXTable"][1,] |= {18: b"to the core"}
    return said | {
        "sysObjectID": CISCO,
        "sysDescr": b"Cisco IOS Software, C3750E, Version 15.0(2)SE, RELEASE SOFTWARE",
        "sysName": b"stack-1",
        "sysContact": b"noc",
        "sysLocation": b"hall 1",
        "sysUpTime": UPTIME,
        "snmpEngineID": bytes.fromhex("8000000903001c73"),
        "snmpEngineTime": UPTIME // 100,
        "dot1dBaseBridgeAddress": mac(0x100),
        "lldpLocChassisIdSubtype": 4,
        "lldpLocChassisId": mac(0x100),
        "ccmHistoryRunningLastChanged": UPTIME - HOUR_TICKS,
        "entLastChangeTime": 5_000,
        "ifStackTable": {(0, 4): {3: 1}, (4, 1): {3: 1}, (5, 2): {3: 1}, (1, 0): {3: 1}},
        "dot3adAggTable": {(4,): {4: mac(0x100), 8: mac(0x200)}},
        "dot3adAggPortTable": {(1,): {12: 4, 13: 4, 17: 1, 21: b"\x3f"}, (3,): {12: 4, 13: 4, 17: 2, 21: b"\x3f"}},
        "pagpEtherChannelTable": {(2,): {8: 2}},
        "ipAddressTable": {
            (1, 4, 10, 0, 10, 1): {3: 5, 4: 1, 5: (*[1] * 12, 24), 6: 2, 7: 1},
            (2, 16, *[0x20, 1, 0x0D, 0xB8], *[0] * 11, 1): {3: 5, 4: 1, 5: (*[1] * 24, 64), 6: 2, 7: 1},
        },
        "cvVrfTable": {(1,): {2: b"customers"}},
        "entPhysicalTable": {
            (1,): {2: b"Stack", 4: 0, 5: STACK, 6: -1, 7: b"Stack"},
            (1001,): chassis(b"FDO1111X111", 1, 1),
            (2001,): chassis(b"FDO2222X222", 2, 1),
            (1005,): {2: b"power supply", 5: POWER, 6: 1, 7: b"Switch 1 - PSU A", 11: b"LIT1", 13: b"C3KX", 16: 1},
            (1006,): {2: b"hot spot", 5: SENSOR, 7: b"Switch 1 - temperature"},
        },
        "cswSwitchInfoTable": {
            (1001,): {1: 1, 3: 1 if master == 1 else 2, 6: 4, 7: mac(0x100), 8: b"universalk9"},
            (2001,): {1: 2, 3: 1 if master == 2 else 2, 6: 4, 7: mac(0x300), 8: b"universalk9"},
        },
        "vtpVlanTable": {
            (1, 1): {2: 1, 4: b"default"}, (1, 10): {2: 1, 4: b"users"}, (1, 1002): {2: 1, 4: b"fddi-default"},
        },
        "vmMembershipTable": {(2,): {2: 10}},
        "vlanTrunkPortTable": {(4,): {4: port_list(2, 11, 21, 22, octets=128), 5: 1, 14: 1, 17: b"", 18: b"", 19: b""}},
        "inetCidrRouteTable": {
            (1, 4, 0, 0, 0, 0, 0, 2, 0, 0, 1, 4, 10, 0, 10, 254): {7: 5, 8: 4, 9: 3, 12: 1},
            (1, 4, 10, 0, 10, 0, 24, 2, 0, 0, 1, 4, 0, 0, 0, 0): {7: 5, 8: 3, 9: 2, 12: 0},
        },
        "bgpPeerTable": {(192, 0, 2, 1): {2: 6, 3: 2, 5: b"\xc0\x00\x02\x02", 7: b"\xc0\x00\x02\x01", 9: 65_001}},
        "ospfNbrTable": {(10, 0, 10, 2, 0): {1: b"\x0a\x00\x0a\x02", 3: b"\x0a\x00\x00\x02", 6: 8}},
        "ccmHistoryEventTable": {(7,): {2: UPTIME - HOUR_TICKS, 3: 1, 8: b"alice", 17: b""}},
    }  # fmt: skip
