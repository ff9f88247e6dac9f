"""What a decoded value may be used as: the value if it is of the expected type, else ``None`` (or nothing in it).

A value that did not convert is still its text, and whoever multiplied or compared it would break or lie.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from driftline.collectors.vsphere.refs import Moref

Row = dict[str, Any]


def integer(value: object) -> int | None:
    """A whole number."""
    return value if type(value) is int else None


def limit(value: object) -> int | None:
    """A limit; -1 is how a vCenter says that there is none."""
    return value if type(value) is int and value >= 0 else None


def truth(value: object) -> bool | None:
    """Yes or no."""
    return value if type(value) is bool else None


def instant(value: object) -> datetime | None:
    """An aware time."""
    return value if isinstance(value, datetime) else None


def words(value: object) -> str | None:
    """Text that says something."""
    return value if isinstance(value, str) and value else None


def texts(value: object) -> list[str]:
    """All texts of a list."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def row(value: object) -> Row:
    """A data object, or one without fields."""
    return value if isinstance(value, dict) else {}


def rows(value: object) -> list[Row]:
    """All data objects of a list."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def moref(value: object) -> Moref | None:
    """A reference to a managed object."""
    return value if isinstance(value, tuple) else None


def morefs(value: object) -> list[Moref]:
    """All references of a list."""
    return [one for one in value if isinstance(one, tuple)] if isinstance(value, list) else []
