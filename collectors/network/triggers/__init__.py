"""What devices tell by themselves: syslog messages and SNMP notifications, read from single datagrams. Pure.

Enters: a datagram of anybody, for UDP senders can be forged. Leaves: a ``Notice``, or nothing. Whoever gets one may
look at the device that it is about, and believes none of it.
"""

from __future__ import annotations

from driftline.collectors.network.triggers.notice import Notice
from driftline.collectors.network.triggers.syslog import NotSyslog, read_syslog
from driftline.collectors.network.triggers.trap import NotSupported, Trap, read_trap

__all__ = ["NotSupported", "NotSyslog", "Notice", "Trap", "read_syslog", "read_trap"]
