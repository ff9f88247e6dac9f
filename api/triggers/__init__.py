"""Receivers of syslog and SNMP notifications (network.md 10), off unless configured.

A message of a known device makes its target be read soon, and hands what it says of users to that reading. It writes
nothing itself: senders of UDP can be forged.
"""

from __future__ import annotations

from driftline.api.triggers.inbox import Inbox
from driftline.api.triggers.receivers import Receivers

__all__ = ["Inbox", "Receivers"]
