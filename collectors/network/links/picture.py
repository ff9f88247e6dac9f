"""What the resolution comes to: links with their proof, segments, disputes, aggregates, hosts on ports."""

from __future__ import annotations

from dataclasses import dataclass, field

from driftline.graph.model.neighbours import Certainty


@dataclass(frozen=True, slots=True, order=True)
class End:
    """One end of a link: a port, a device whose port is not known, or the stub of a device that nobody has read."""

    device: str = ""
    port: str = ""
    stub: str = ""


@dataclass(frozen=True, slots=True)
class Joined:
    """A link. ``ends`` are sorted. ``unmirrored``: the far side was read completely since, and does not say it.

    Of a stub there is what it says of itself: ``name``, ``addresses``, ``macs``.
    """

    ends: tuple[End, End]
    state: Certainty
    evidence: tuple[str, ...]
    unmirrored: bool = False
    name: str = ""
    addresses: tuple[str, ...] = ()
    macs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shared:
    """Ports and devices that hear each other over one segment: nobody knows which cable leads where."""

    members: tuple[End, ...]
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Disputed:
    """A port of which the rows say things that cannot all be true; no link is drawn."""

    end: End
    others: tuple[End, ...]
    evidence: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bundled:
    """Two aggregates whose members are cabled to each other."""

    ends: tuple[End, End]
    members: tuple[tuple[End, End], ...]


Pair = tuple[End, End]


@dataclass(slots=True)
class Picture:
    """Everything that is drawn, by what it is about."""

    links: dict[Pair, Joined] = field(default_factory=dict)
    segments: dict[End, Shared] = field(default_factory=dict)
    disputes: dict[End, Disputed] = field(default_factory=dict)


def pair(one: End, other: End) -> Pair:
    """Two ends in the order in which a link that has no direction is kept."""
    return (one, other) if one <= other else (other, one)
