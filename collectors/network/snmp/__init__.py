"""Reads SNMP agents of versions 1, 2c and 3 at about the CPU of the C tools. In: names; out: values. There is no SET.

Two engines behind one interface (``SnmpPeer``): the fast one, and pysnmp for single devices and as the oracle of tests.
"""

from __future__ import annotations

from driftline.collectors.network.snmp.breaker import Breaker
from driftline.collectors.network.snmp.credential import Auth, Community, Privacy, User
from driftline.collectors.network.snmp.engine import Crowd, FastEngine
from driftline.collectors.network.snmp.peer import (
    Address,
    End,
    Limit,
    PeerFacts,
    SnmpPeer,
    TableRead,
    TableSpec,
    Version,
    Walk,
)
from driftline.collectors.network.snmp.session_peer import SessionPeer, Treatment
from driftline.collectors.network.snmp.values import Nothing, Value, VarBind, read_value
from driftline.collectors.network.snmp.wire import Patience

__all__ = [
    "Address",
    "Auth",
    "Breaker",
    "Community",
    "Crowd",
    "End",
    "FastEngine",
    "Limit",
    "Nothing",
    "Patience",
    "PeerFacts",
    "Privacy",
    "SessionPeer",
    "SnmpPeer",
    "TableRead",
    "TableSpec",
    "Treatment",
    "User",
    "Value",
    "VarBind",
    "Version",
    "Walk",
    "read_value",
]
