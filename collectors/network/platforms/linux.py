"""Linux, where net-snmp answers: its object id says nothing of the machine (glpi-agent #900), its description does."""

from __future__ import annotations

from driftline.collectors.network.platforms import Platform

platform = Platform(name="linux", descriptions=("^Linux ",), cli="linux")
