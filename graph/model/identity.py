"""Legal and normal form of everything that identifies a CI, and the text of a key.

No other module makes, cleans or compares identifiers. What is a placeholder is never a key: a thousand servers share
the serial "To Be Filled By O.E.M.", and binding on it would make them one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote

from driftline.graph.model.declare import KeySpec

PLACEHOLDERS = frozenset(
    {
        "none", "null", "n/a", "na", "unknown", "not specified", "not available", "default string", "default",
        "to be filled by o.e.m.", "to be filled by o.e.m", "system serial number", "serial", "invalid", "empty", "oem",
        "0", "00000000", "0123456789", "1234567890", "123456789", "xxxxxxx", "chassis serial number",
    }
)  # fmt: skip
SHARED_MACS = (
    "00:00:5e:00:01:",  # VRRP and its IPv6 kin (RFC 9568), virtual gateways of Junos
    "00:00:5e:00:02:",
    "00:00:0c:07:ac:",  # HSRP version 1
    "00:00:0c:9f:f",  # HSRP version 2
    "00:05:73:a0:0",  # HSRP for IPv6
    "00:07:b4:00:",  # GLBP
    "00:1c:73:00:00:99",  # anycast gateways: Arista's
    "44:39:39:ff:",  # and Cumulus'
)
"""Addresses that move between devices or that many answer to (network.md 6)."""
GROUP_BIT = 1
CHASSIS_COMPONENT, CHASSIS_MAC, CHASSIS_LOCAL = "1", "4", "7"
LEAST_NAME = 8
"""Octets of an id that a maker, not an operator, may have chosen."""
HEX = re.compile(r"[0-9a-f]+")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
NAA_DIGITS = {"6": 32, "2": 16, "3": 16, "5": 16}
IQN = re.compile(r"(iqn\.\d{4}-\d{2}\.[^\s]+|eui\.[0-9a-f]{16}|naa\.[0-9a-f]{16,32})")
PLAIN = re.compile(r"[A-Za-z0-9_.:@+ -]*")
MAX_KEY_BYTES = 512


@dataclass(frozen=True, slots=True)
class DurableName:
    """The name under which every host knows one volume: form, value, what the source wrote, the rule that read it."""

    form: str
    value: str
    raw: str
    rule: str

    @property
    def text(self) -> str:
        """The name as hosts print it."""
        return f"{self.form}.{self.value}"


def serial(raw: str) -> str | None:
    """A serial number without blanks at its ends and control characters; ``None`` for a placeholder."""
    text = "".join(c for c in raw if c.isprintable()).strip()
    folded = text.casefold()
    return None if not text or folded in PLACEHOLDERS or len(set(folded)) == 1 else text


def uuid(raw: str) -> str | None:
    """A UUID in lower case with dashes; ``None`` for all zeros, all f, or anything that is no UUID."""
    text = raw.strip().lower()
    if len(bare := text.replace("-", "")) == 32 and HEX.fullmatch(bare):  # noqa: PLR2004 -- digits of a UUID
        text = f"{bare[:8]}-{bare[8:12]}-{bare[12:16]}-{bare[16:20]}-{bare[20:]}"
    return text if UUID.fullmatch(text) and not _blank(bare) else None


def mac(raw: str) -> str | None:
    """A MAC address as ``00:50:56:ab:cd:ef``; ``None`` for zeros, broadcast, or another length (an 8-byte WWN)."""
    bare = re.sub(r"[:.\-\s]", "", raw.lower())
    if len(bare) != 12 or not HEX.fullmatch(bare) or _blank(bare):  # noqa: PLR2004 -- digits of a MAC
        return None
    return ":".join(bare[i : i + 2] for i in range(0, 12, 2))


def base_mac(raw: str) -> str | None:
    """A MAC address that one device alone has; ``None`` for group addresses and those of VRRP, HSRP, GLBP, anycast."""
    found = mac(raw)
    if found is None or int(found[:2], 16) & GROUP_BIT or found.startswith(SHARED_MACS):
        return None
    return found


def chassis_id(raw: str) -> str | None:
    """An LLDP chassis id ``<subtype>:<hex octets>`` that tells a device from all others, else ``None``.

    A MAC address (4) does, also one in text (NX-OS); a chassis component (1) or local text (7) only in the form of a
    serial number. Aliases, ports and interface names (2, 3, 6) hold inside a device, and network addresses (5) inside
    a routing domain.
    """
    subtype, _, digits = raw.strip().lower().partition(":")
    if len(digits) % 2 or not HEX.fullmatch(digits):
        return None
    text = bytes.fromhex(digits).decode("latin-1").strip("\0 ")
    if subtype == CHASSIS_MAC:
        found = base_mac(digits) or base_mac(text)
        return f"{subtype}:{found.replace(':', '')}" if found else None
    telling = len(text) >= LEAST_NAME and any(c.isdigit() for c in text) and serial(text)
    return f"{subtype}:{digits}" if subtype in {CHASSIS_COMPONENT, CHASSIS_LOCAL} and telling else None


def port_name(raw: str) -> str:
    """The name of a port as the device writes it, without control characters and with single blanks."""
    return " ".join("".join(c if c.isprintable() else " " for c in raw).split())


def wwn(raw: str | int) -> str | None:
    """A world wide name as 16 lower hex digits; vSphere gives it as a *signed* 64-bit number."""
    text = f"{raw & 2**64 - 1:016x}" if isinstance(raw, int) else re.sub(r"[:.\-\s]|^0x", "", raw.lower())
    return text if len(text) == 16 and HEX.fullmatch(text) and not _blank(text) else None  # noqa: PLR2004 -- 64 bits


def iqn(raw: str) -> str | None:
    """An iSCSI name in lower case; ``None`` where it is not of the form of RFC 3720."""
    text = raw.strip().lower()
    return text if IQN.fullmatch(text) else None


def host_name(raw: str) -> str | None:
    """A host name in lower case without the final dot."""
    return raw.strip().lower().rstrip(".") or None


def durable_name(raw: str, source: str) -> DurableName | None:
    """The durable name of a volume as ``source`` wrote it; ``None`` if it has no legal form. Nobody guesses.

    Sources: ``vsphere`` (canonicalName ``naa.``/``eui.``/``nqn.``, or ``vml.`` of VMware KB 379673). ``mpx.*`` and
    ``t10.*`` hold on one host only and are refused.
    """
    text = raw.strip().lower()
    if source == "vsphere" and text.startswith("vml."):
        # vml. = 02 00 LLLL 00, then 32 hex digits of the naa, then the model in ASCII
        return _checked("naa", text[14:46], raw, "vsphere vml")
    form, _, value = text.partition(".")
    return _checked(form, value, raw, f"{source} {form}")


def key_text(kind: str, spec: KeySpec, values: tuple[str, ...], inside: str | None) -> str:
    """The text of a key: kind, key name, the CI or source it holds inside, and its values.

    Raises:
        ValueError: the text is longer than 512 bytes of UTF-8.
    """
    parts = [value if PLAIN.fullmatch(value) else quote(value, safe=" :.@+-_()[]{}") for value in values]
    if inside:
        parts.insert(0, inside)
    text = f"{kind}.{spec.name}:{'/'.join(parts)}"
    if len(text) * 4 > MAX_KEY_BYTES and len(text.encode()) > MAX_KEY_BYTES:
        raise ValueError(f"key longer than {MAX_KEY_BYTES} bytes: {text[:80]}…")
    return text


def _checked(form: str, value: str, raw: str, rule: str) -> DurableName | None:
    return None if _blank(value) or not _legal(form, value) else DurableName(form, value, raw, rule)


def _legal(form: str, value: str) -> bool:
    if form == "naa":
        return bool(HEX.fullmatch(value)) and len(value) == NAA_DIGITS.get(value[:1])
    if form == "eui":
        return bool(HEX.fullmatch(value)) and len(value) in {16, 32}
    return bool(UUID.fullmatch(value)) if form == "uuid" else form in {"nqn", "iqn"}


def _blank(text: str) -> bool:
    return not text.strip("0-") or not text.strip("f-")
