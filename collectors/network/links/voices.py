"""Who is heard on one port: announcements of several protocols by one neighbour are one voice (network.md 7.5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from driftline.collectors.network.links.claims import Claim
from driftline.collectors.network.links.ports import NONE, Names
from driftline.collectors.network.links.remote_device import CHASSIS_MAC


@dataclass(slots=True)
class Voice:
    """One neighbour on a port: a device, or the stub of one; ``ends`` are the ports of the device that fit."""

    device: str | None
    stub: str
    ends: Names = NONE
    claims: list[Claim] = field(default_factory=list)

    @property
    def who(self) -> tuple[str, str]:
        """What tells it from the other voices of the port."""
        return ("device", self.device) if self.device else ("stub", self.stub)

    @property
    def said_ms(self) -> int:
        """When it was first read so."""
        return min(claim.said_ms for claim in self.claims)

    @property
    def read_ms(self) -> int:
        """When it was last read."""
        return max(claim.read_ms for claim in self.claims)

    @property
    def end_ms(self) -> int:
        """When the last reading of it was over."""
        return max(claim.end_ms for claim in self.claims)

    @property
    def proofs(self) -> tuple[str, ...]:
        """Evidence in one line each."""
        return tuple(sorted(claim.proof for claim in self.claims))


def voices_of(claims: Iterable[Claim]) -> list[Voice]:
    """The neighbours heard on a port, devices first; what could be one of them is no further neighbour."""
    told = sorted(claims, key=lambda c: (not c.far.device, not c.far.stub, not _by_mac(c), c.row, c.far.stub, c.name))
    voices: list[Voice] = []
    for claim in told:
        voice = next((v for v in voices if _same(v, claim)), None)
        if voice is None and (claim.far.device or claim.far.stub or claim.far.candidates):
            voice = Voice(claim.far.device, claim.far.stub)
            voices.append(voice)
        if voice is not None:
            voice.ends = _both(voice.ends, claim.ends)
            voice.claims.append(claim)
    return voices


def _same(voice: Voice, claim: Claim) -> bool:
    if claim.far.device:
        return voice.device == claim.far.device
    if claim.far.candidates:
        return voice.device in claim.far.candidates if voice.device else voice.claims[0].far == claim.far
    if voice.device:
        return False
    return voice.stub == claim.far.stub or any(_alike(one, claim) for one in voice.claims)


def _alike(one: Claim, other: Claim) -> bool:
    """Whether two stubs are one neighbour: alike in name or address, and not told apart by ids of one form.

    ProCurve lists what it heard by CDP among what it heard by LLDP as well, under another form of chassis id.
    """
    if (one.protocol, _form(one)) == (other.protocol, _form(other)):
        return False
    named = bool(one.name) and one.name.lower() == other.name.lower()
    return named or bool(set(one.addresses) & set(other.addresses))


def _form(claim: Claim) -> str:
    return claim.far.stub.partition(":")[0]


def _by_mac(claim: Claim) -> bool:
    return _form(claim) == CHASSIS_MAC


def _both(one: Names, other: Names) -> Names:
    """What both say, where both say something; where they disagree, either may be right."""
    return (one & other or one | other) if one and other else one or other
