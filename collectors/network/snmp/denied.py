"""Names that are never asked for, whatever a platform file says: they hold communities, passwords and users."""

from __future__ import annotations

from collections.abc import Iterable

from driftline.collectors.errors import Refused
from driftline.collectors.network.snmp import ber
from driftline.collectors.network.snmp.peer import Address, TableSpec

DENIED = {
    ber.from_dotted(name): what
    for name, what in {
        "1.3.6.1.6.3.18": "snmpCommunity",
        "1.3.6.1.6.3.15.1.2": "usmUser",
        "1.3.6.1.6.3.16": "the view-based access control",
        "1.3.6.1.2.1.47.1.2.1.1.4": "entLogicalCommunity",
        "1.3.6.1.2.1.25.4.2.1.5": "hrSWRunParameters",
        "1.3.6.1.4.1.1588.2.1.1.1.4.11": "communities of Brocade",
        "1.3.6.1.4.1.12740.5.1.7.6.1.6": "passwords of EqualLogic",
        "1.3.6.1.4.1.12740.1.1.1.1.32": "passwords of EqualLogic",
        "1.3.6.1.4.1.12740.1.1.1.1.33": "passwords of EqualLogic",
    }.items()
}
"""Roots of subtrees, and what they hold."""


def refuse_names(address: Address, oids: Iterable[bytes]) -> None:
    """Refuse single objects below a denied root.

    Raises:
        Refused: one of them is.
    """
    for oid in oids:
        for root, what in DENIED.items():
            if oid.startswith(root):
                raise _refused(address, oid, what)


def refuse_subtree(address: Address, root: bytes) -> None:
    """Refuse a walk that would meet a denied name.

    Raises:
        Refused: it lies below a denied root, or above one.
    """
    for denied, what in DENIED.items():
        if root.startswith(denied) or denied.startswith(root):
            raise _refused(address, root, what)


def denied_columns(spec: TableSpec) -> frozenset[int]:
    """Columns of a table that no range of columns may run over."""
    below = [root[len(spec.entry) :] for root in DENIED if root.startswith(spec.entry) and root != spec.entry]
    return frozenset(ber.index(rest)[0] for rest in below)


def _refused(address: Address, oid: bytes, what: str) -> Refused:
    return Refused(str(address), ber.dotted(oid), f"{what} is never asked for", "take it out of the platform file")
