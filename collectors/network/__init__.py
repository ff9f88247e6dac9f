"""Reads network devices. In: SNMP replies and command output; out: observations. Never configures anything."""

from __future__ import annotations

__all__: list[str] = []
