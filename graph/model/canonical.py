"""One form for one value, whatever the source wrote. Every function here is idempotent and total on its type."""

from __future__ import annotations

from ipaddress import ip_address, ip_interface

from driftline.graph.model import identity


def text(value: str) -> str | None:
    """Printable text without blanks at its ends; nothing left means "not said"."""
    if value.isprintable():
        return value.strip() or None
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in value).strip() or None


def folded(value: str) -> str | None:
    """Text in lower case, for names that the source compares without case."""
    cleaned = text(value)
    return cleaned.lower() if cleaned else None


def unordered(values: tuple[str, ...]) -> tuple[str, ...] | None:
    """A collection whose order means nothing: sorted, each once; an empty one means "none" and is kept."""
    return tuple(sorted({cleaned for value in values if (cleaned := text(value))}))


def ordered(values: tuple[str, ...]) -> tuple[str, ...] | None:
    """A collection whose order means something."""
    return tuple(cleaned for value in values if (cleaned := text(value)))


def addresses(values: tuple[str, ...]) -> tuple[str, ...] | None:
    """IP addresses, with prefix length where given: compressed, sorted, link-local IPv6 zones dropped."""
    return tuple(sorted({found for value in values if (found := address(value))}))


def mac(value: str) -> str | None:
    """A MAC address, see ``identity.mac``."""
    return identity.mac(value)


def base_mac(value: str) -> str | None:
    """A MAC address that one device alone has, see ``identity.base_mac``."""
    return identity.base_mac(value)


def chassis_id(value: str) -> str | None:
    """An LLDP chassis id, see ``identity.chassis_id``."""
    return identity.chassis_id(value)


def port_name(value: str) -> str:
    """The name of a port, see ``identity.port_name``."""
    return identity.port_name(value)


def wwn(value: str) -> str | None:
    """A world wide name, see ``identity.wwn``."""
    return identity.wwn(value)


def uuid(value: str) -> str | None:
    """A UUID, see ``identity.uuid``."""
    return identity.uuid(value)


def serial(value: str) -> str | None:
    """A serial number, see ``identity.serial``."""
    return identity.serial(value)


def host_name(value: str) -> str | None:
    """A host name, see ``identity.host_name``."""
    return identity.host_name(value)


def address(value: str) -> str:
    """An IP address, or an interface with its prefix length, in its shortest form."""
    bare = value.partition("%")[0].strip()
    try:
        return str(ip_interface(bare)) if "/" in bare else str(ip_address(bare))
    except ValueError:
        return bare.lower()
