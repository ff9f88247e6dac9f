"""What only a platform's own tables say of a device: its serial, the members of its stack, its availability pair."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Member:
    """A chassis of a stack, as the maker's table or ENTITY-MIB says. ``number`` is its number in the stack."""

    number: int | None = None
    serial: str | None = None
    mac: str | None = None
    model: str | None = None
    version: str | None = None
    state: str | None = None


@dataclass(frozen=True, slots=True)
class Particular:
    """What a platform file reads; ``None`` is "not said". ``master`` is the number of the member in charge."""

    serial: str | None = None
    model: str | None = None
    version: str | None = None
    members: tuple[Member, ...] = ()
    master: int | None = None
    ha_state: str | None = None
    ha_members: tuple[str, ...] | None = None
