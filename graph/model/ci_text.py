"""How people name CIs in files and requests, before anybody knows the CI.

A text is one of: ``VirtualMachine:web01`` (kind and exact name; ``virtual_machine:web01`` is the same), a bare name, a
serial number, a UUID, ``vm-42@vc.example.com`` (a locator inside a vCenter), or the CI's key as driftline prints it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class CiText:
    """A CI as a person named it; ``kind`` and ``site`` narrow a name where they are given."""

    text: str
    kind: str = ""
    site: str = ""


def kind_named(text: str, kinds: Iterable[str]) -> str | None:
    """The kind that a text names, whatever its letter case and underscores; ``None`` for no kind."""
    wanted = _bare(text)
    return next((kind for kind in kinds if _bare(kind) == wanted), None)


def parted(ask: CiText, kinds: Iterable[str]) -> CiText:
    """The same CI with the kind taken out of its text: ``VirtualMachine:web01`` becomes web01 of that kind."""
    before, colon, rest = ask.text.partition(":")
    kind = kind_named(before, kinds) if colon and rest.strip() else None
    return ask if kind is None else CiText(rest.strip(), kind, ask.site)


def _bare(kind: str) -> str:
    return kind.replace("_", "").strip().casefold()
