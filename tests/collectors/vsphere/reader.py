"""Visits of the lab's simulators as tests need them: one call, everything gathered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Protocol, TypeVar

from typing_extensions import override

from driftline.collectors.ask import Ask, Reply
from driftline.collectors.capture import Capture, Entry, capture_of
from driftline.collectors.egress import Egress
from driftline.collectors.line import HttpLine, Limits
from driftline.collectors.target import Login, Password, Target, Trust
from driftline.collectors.visit import Visited, visit
from driftline.collectors.vsphere import collector
from driftline.collectors.vsphere.asks import Asked
from driftline.graph.model.declare import Item
from driftline.graph.model.observed import MEMBERSHIP, Coverage, Observation, Status

READER = "VSPHERE.LOCAL\\reader"
CANARY = "canary-9f<&>3c\"'7"
LOOPBACK = Egress((ip_network("127.0.0.0/8"),))
AnyItem = TypeVar("AnyItem", bound=Item)


class Lab(Protocol):
    """A simulator of the lab."""

    url: str

    @property
    def certificate(self) -> Path | None:
        """The certificate of one that speaks TLS."""


def target(lab: Lab, user: str = READER, password: str = CANARY, trust: Trust | None = None) -> Target:
    """The lab as a target."""
    address = lab.url.removesuffix("/sdk")
    return Target("lab", address, Login(user, Password(password)), trust or Trust(ca=lab.certificate))


def go(to: Target, cursor: str = "", limits: Limits | None = None, egress: Egress = LOOPBACK) -> Visited:
    """One visit."""
    return asyncio.run(visit(collector, to, lambda t: HttpLine(t, egress, limits or Limits()), cursor))


def meddled(lab: Lab, at: Asked, deed: Callable[[], object]) -> Visited:
    """One visit, with a deed right before the first ask of a name."""
    left = [deed]

    class Meddling(HttpLine):
        @override
        async def ask(self, ask: Ask) -> Reply:
            if ask.name == at and left:
                left.pop()()
            return await super().ask(ask)

    visited = asyncio.run(visit(collector, target(lab), lambda to: Meddling(to, LOOPBACK)))
    assert not left, f"{at} was never asked"
    return visited


def read(lab: Lab, cursor: str = "") -> Observation:
    """What one visit observes."""
    return observed(go(target(lab), cursor).capture)


def observed(capture: Capture) -> Observation:
    """What a capture says."""
    return Observation.gather(collector.observe(capture))


def items(seen: Observation, kind: type[AnyItem], **wanted: object) -> list[AnyItem]:
    """All items of a kind with these values."""
    found = [one for one in seen.items if isinstance(one, kind)]
    return [one for one in found if all(getattr(one, name) == value for name, value in wanted.items())]


def item(seen: Observation, kind: type[AnyItem], **wanted: object) -> AnyItem:
    """The one item of a kind with these values."""
    (found,) = items(seen, kind, **wanted)
    return found


def row(seen: Observation, kind: str, group: str = MEMBERSHIP) -> Coverage:
    """The coverage of a kind and group."""
    (found,) = [one for one in seen.coverage if (one.kind, one.group) == (kind, group)]
    return found


def incomplete(seen: Observation) -> set[tuple[str, str]]:
    """All kinds and groups that were not read completely."""
    return {(one.kind, one.group) for one in seen.coverage if one.status is not Status.COMPLETE}


def withheld(seen: Observation, kind: str, moref: str) -> dict[str, str]:
    """Fields of an item that were not shown, and why."""
    rows = [one for one in seen.withheld if (one.item.kind, one.item.values) == (kind, (moref,))]
    return {name: one.why for one in rows for name in one.fields}


def edited(capture: Capture, change: Callable[[int, Entry, bytes], tuple[Entry, bytes] | None]) -> Capture:
    """A capture with entries changed, or left out where ``change`` gives ``None``."""
    rows = [change(at, entry, capture.body(entry)) for at, entry in enumerate(capture.entries)]
    return capture_of([one for one in rows if one], capture.notes)


def damaged(capture: Capture, ask: str, find: bytes, put: bytes, times: int = 1) -> Capture:
    """A capture with a named edit of the replies to an ask.

    Raises:
        AssertionError: the text to replace is not there, so the test would prove nothing.
    """
    hits = 0

    def change(_at: int, entry: Entry, body: bytes) -> tuple[Entry, bytes]:
        nonlocal hits
        if entry.ask != ask or find not in body:
            return entry, body
        hits += 1
        return entry, body.replace(find, put, times)

    made = edited(capture, change)
    assert hits, f"{find!r} is in no reply to {ask}"
    return made


def with_notes(capture: Capture, **notes: str) -> Capture:
    """A capture with other notes."""
    return replace(capture, notes={**capture.notes, **notes})


def plain(part: Any) -> str:  # noqa: ANN401 -- any part
    """A part as text that sorts."""
    return repr(part)
