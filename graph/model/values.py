"""What a value is, in memory and on disk, and the two clocks that must not be mixed.

Valid-time facts (when something happened) are ``Ms``; the store's own time line (when we came to know) is ``Micros``.
They are separate types so that no one adds one to the other.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import blake2b
from typing import NewType

Key = NewType("Key", str)
"""The name of a CI for life: the text of the key it was born with."""

Ms = NewType("Ms", int)
"""Milliseconds since the epoch, UTC: valid time."""

Micros = NewType("Micros", int)
"""Microseconds since the epoch, UTC: the time line of the store."""

Value = str | int | float | bool | tuple[str, ...] | None
"""An attribute. ``None`` means "not said" and is never stored."""

MAX_INT = 2**63 - 1
ENCODE = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def canonical_json(value: object) -> str:
    """One text for one value: sorted keys, no spaces, no escapes, no NaN."""
    return ENCODE(value)


def digest(*parts: str) -> str:
    """Short fingerprint of texts: blake2b-96 in hex. The order of the parts matters."""
    state = blake2b(digest_size=12)
    for part in parts:
        state.update(part.encode())
        state.update(b"\x00")
    return state.hexdigest()


def same(one: object, other: object) -> bool:
    """Equality of values: 1, 1.0, True and "1" are four values."""
    return type(one) is type(other) and one == other


def checked(value: Value) -> Value:
    """Return the value if both stores can keep it.

    Raises:
        ValueError: a number outside 64 bits, NaN or an infinity, or text with a lone surrogate.
    """
    if isinstance(value, str):
        value.encode()  # a lone surrogate raises UnicodeEncodeError, which is a ValueError
    elif isinstance(value, float):
        if value != value or value in {float("inf"), float("-inf")}:  # noqa: PLR0124 -- NaN is not equal to itself
            raise ValueError(f"{value} is not a number that can be kept")
    elif isinstance(value, int) and not -MAX_INT - 1 <= value <= MAX_INT:
        raise ValueError(f"{value} does not fit 64 bits; declare the field as text")
    elif isinstance(value, tuple):
        for text in value:
            text.encode()
    return value


def ms(when: datetime) -> Ms:
    """Milliseconds of an aware datetime."""
    if when.tzinfo is None:
        raise ValueError(f"{when.isoformat()} has no time zone")
    return Ms(int(when.timestamp() * 1000 + 0.5) if when.microsecond else int(when.timestamp()) * 1000)


def as_datetime(when: Ms) -> datetime:
    """The instant as an aware datetime in UTC."""
    return datetime.fromtimestamp(when / 1000, UTC)


def known_at(when: Ms) -> Micros:
    """Last microsecond of a millisecond: what was known *by* that instant (decision D21)."""
    return Micros(when * 1000 + 999)
