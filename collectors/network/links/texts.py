"""Octets of ids as what they are: text, a MAC address, a network address. Empty where they are not."""

from __future__ import annotations

from ipaddress import ip_address

from driftline.graph.model.identity import base_mac, mac

FAMILIES = {1: 4, 2: 16}
"""Octets of an address by IANA address family."""


def as_text(octets: str) -> str:
    """Hex octets as text without the blanks, quotes and zero octets that agents put around it."""
    return bytes.fromhex(octets).decode("utf-8", "replace").strip(' \x00\t\r\n"')


def as_hex(text: str) -> str:
    """Text as hex octets."""
    return text.encode().hex()


def as_mac(octets: str) -> str:
    """Hex octets as a MAC address; some agents send it as text."""
    if len(octets) == 12:  # noqa: PLR2004 -- hex digits of six octets
        return mac(octets) or ""
    return mac(as_text(octets)) or ""


def as_address(octets: str) -> str:
    """Family octet and address octets (IEEE 802.1AB 8.5.2.3) as an IP address."""
    raw = bytes.fromhex(octets)
    if not raw or FAMILIES.get(raw[0]) != len(raw) - 1:
        return ""
    return str(ip_address(raw[1:]))


def is_shared(mac_address: str) -> bool:
    """Whether a MAC address belongs to a group of routers instead of one."""
    return base_mac(mac_address) is None
