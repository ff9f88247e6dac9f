"""One form for one port's name, however a device, a protocol or an operating system shortens it.

Only for comparing two names that belong to one device; both sides go through the same rules, and a hit counts only if
it is the only one, so a rule too many loses a link and never draws a wrong one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

PARTS = re.compile(r"([a-z][a-z_-]*?)[ -]?(\d[\d/.:]*)")

LONG_NAMES: Mapping[str, tuple[str, ...]] = {
    "ethernet": ("eth", "et"),
    "fastethernet": ("fa", "fas"),
    "gigabitethernet": ("gi", "gig", "ge", "gige"),
    "twogigabitethernet": ("tw",),
    "twopointfivegigabitethernet": ("tp",),
    "fivegigabitethernet": ("fi",),
    "tengigabitethernet": ("te", "ten", "tengige", "xge", "ten-gigabitethernet"),
    "twentyfivegige": ("twe", "25ge", "twentyfivegigabitethernet", "wge"),
    "fortygigabitethernet": ("fo", "fortygige", "fge", "xle"),
    "fiftygige": ("fif", "50ge"),
    "hundredgige": ("hu", "hundredgigabitethernet", "hge"),
    "fourhundredgige": ("fh", "fourhundredgigabitethernet"),
    "appgigabitethernet": ("ap",),
    "port-channel": ("po", "portchannel"),
    "bridge-aggregation": ("bagg",),
    "route-aggregation": ("ragg",),
    "eth-trunk": ("ethtrunk",),
    "bundle-ether": ("be", "bundleether"),
    "mgmteth": ("mg",),
    "management": ("ma", "mgmt"),
    "m-gigabitethernet": ("mge",),
    "vlan": ("vl", "vlanif", "vlan-interface"),
    "loopback": ("lo",),
    "tunnel": ("tu",),
    "serial": ("se",),
}
"""Long names of vendors that write ``GigabitEthernet1/0/1`` in one place and ``Gi1/0/1`` in another."""

SHORT = {short: long for long, shorts in LONG_NAMES.items() for short in shorts}


def _long(name: str) -> str:
    """``Gi1/0/1`` and ``GigabitEthernet 1/0/1`` are one name; so are ``Eth1/1`` and ``Ethernet1/1``."""
    found = PARTS.fullmatch(name)
    return SHORT.get(found[1], found[1]) + found[2] if found else name


def _without_unit(name: str) -> str:
    """Junos names the logical interface ``xe-0/0/0.0`` where the port ``xe-0/0/0`` is meant; other units are others."""
    return name.removesuffix(".0")


def _last_part(name: str) -> str:
    """RouterOS writes the bridge before the port: ``bridge1/ether2``."""
    return name.rpartition("/")[2]


def _exos(name: str) -> str:
    """ExtremeXOS gives one port as ``1:12``, ``Slot: 1, Port: 12`` or ``X670G2 Port 12``; alone it is slot 1."""
    numbers = re.findall(r"\d+", name.rpartition("port")[2] if "slot" not in name else name)
    return ":".join(numbers if len(numbers) > 1 else ["1", *numbers]) if numbers else name


def _same(name: str) -> str:
    return name


RULES: Mapping[str, Callable[[str], str]] = {
    "arista": _long,
    "cisco": _long,
    "dell": _long,
    "extreme": _exos,
    "hh3c": _long,
    "hp": _long,
    "huawei": _long,
    "juniper": _without_unit,
    "linux": _same,
    "mikrotik": _last_part,
}
"""How names of ports are brought to one form, by the maker in a platform's name; without a rule they stay."""


@lru_cache(maxsize=200_000)
def normal(name: str, platform: str) -> str:
    """The form in which two names of one port of a device of this platform (``cisco``, ``cisco_ios``) are equal."""
    bare = name.strip().strip('"').strip().lower()
    return RULES.get(platform.partition("_")[0], _same)(bare)
