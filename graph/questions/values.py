"""Values as answers give them: instants, which are kept as microseconds, as ISO 8601 text in UTC."""

from __future__ import annotations

from datetime import UTC, datetime

from driftline.graph.model.values import Value

INSTANT = "_at"
"""End of the name of every attribute that is an instant."""


def shown(name: str, value: Value) -> Value:
    """The value of an attribute for people and programs."""
    if not name.endswith(INSTANT) or not isinstance(value, int):
        return value
    return datetime.fromtimestamp(value / 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
