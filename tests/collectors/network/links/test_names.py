"""Names of ports are one however they are shortened, platform by platform (pitfall 8)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from driftline.collectors.network.links.names import LONG_NAMES, RULES, SHORT, normal

SAME = {
    "cisco": [
        ("Gi1/0/1", "GigabitEthernet1/0/1"),
        ("Gi 1/0/1", "GigabitEthernet1/0/1"),
        ("Te1/1/4", "TenGigabitEthernet1/1/4"),
        ("Twe1/0/1", "TwentyFiveGigE1/0/1"),
        ("Hu1/0/49", "HundredGigE1/0/49"),
        ("Fa0", "FastEthernet0"),
        ("Po10", "Port-channel10"),
        ("Vl20", "Vlan20"),
    ],
    "cisco_nxos": [("Eth1/1", "Ethernet1/1"), ("Po5", "port-channel5"), ("Lo0", "loopback0")],
    "cisco_iosxr": [
        ("Te0/0/0/1", "TenGigE0/0/0/1"),
        ("BE12", "Bundle-Ether12"),
        ("Gi0/0/0/2", "GigabitEthernet0/0/0/2"),
    ],
    "arista_eos": [("Et49/1", "Ethernet49/1"), ("Ma1", "Management1"), ('"Ethernet2"', "Ethernet2")],
    "juniper": [("xe-0/0/0.0", "xe-0/0/0"), ("ge-1/0/4.0", "ge-1/0/4")],
    "mikrotik_routeros": [("bridge1/ether2", "ether2"), ("bridge/sfp-sfpplus1", "sfp-sfpplus1")],
    "huawei_vrp": [("GE0/0/1", "GigabitEthernet0/0/1"), ("XGE0/0/2", "TenGigabitEthernet0/0/2")],
    "hp_comware": [("GE1/0/1", "GigabitEthernet1/0/1"), ("BAGG1", "Bridge-Aggregation1")],
    "hh3c": [("XGE1/0/49", "Ten-GigabitEthernet1/0/49")],
    "dell_os10": [("Eth 1/1/1", "ethernet1/1/1"), ("Te 0/3", "TenGigabitEthernet 0/3")],
    "extreme_exos": [("Slot: 1, Port: 12", "1:12"), ("X670G2-48x-4q Port 12", "1:12"), ("12", "1:12")],
    "linux": [("swp1", "swp1")],
}
OTHERS = {
    "cisco": [("Gi1/0/1", "Te1/0/1"), ("Gi1/0/1", "Gi1/0/11"), ("Fa0/1", "FortyGigE0/1")],
    "juniper": [("xe-0/0/0.100", "xe-0/0/0"), ("ge-0/0/0", "xe-0/0/0")],
    "linux": [("eth1", "Ethernet1"), ("swp1", "swp11"), ("et1", "eth1")],
    "": [("Gi1/0/1", "GigabitEthernet1/0/1")],
}


@pytest.mark.parametrize(("platform", "one", "other"), [(p, a, b) for p, pairs in SAME.items() for a, b in pairs])
def test_two_names_of_one_port_have_one_form(platform: str, one: str, other: str) -> None:
    """``Gi1/0/1`` = ``GigabitEthernet1/0/1``, ``bridge1/ether2`` = ``ether2`` and so on."""
    assert normal(one, platform) == normal(other, platform)


@pytest.mark.parametrize(("platform", "one", "other"), [(p, a, b) for p, pairs in OTHERS.items() for a, b in pairs])
def test_names_of_two_ports_stay_two(platform: str, one: str, other: str) -> None:
    """No rule joins ports; what a platform does not shorten is not expanded."""
    assert normal(one, platform) != normal(other, platform)


def test_every_rule_has_its_cases() -> None:
    """One table, and tests per platform."""
    assert {platform.partition("_")[0] for platform in SAME} == set(RULES)


def test_every_short_name_means_one_long_name() -> None:
    """A short name in two rows would join ports of two speeds."""
    assert len(SHORT) == sum(map(len, LONG_NAMES.values()))
    assert not set(SHORT) & set(LONG_NAMES)


@given(st.text(), st.sampled_from(sorted(RULES)))
def test_the_form_of_a_form_is_itself(name: str, platform: str) -> None:
    """Bringing a name to its form twice changes nothing, and nothing that a device sends makes it fail."""
    assert normal(normal(name, platform), platform) == normal(name, platform)
