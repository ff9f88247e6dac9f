"""From what is heard on ports to links, by pairs of ports, so that parallel links stay apart (network.md 7.4).

Pure: everything is asked of an ``Ear``. A link is found alike from either of its ends.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from driftline.collectors.network.links.claims import Claim, Port
from driftline.collectors.network.links.picture import Disputed, End, Joined, Pair, Shared, pair
from driftline.collectors.network.links.voices import Voice
from driftline.graph.model.neighbours import Certainty, PortTable


class Ear(Protocol):
    """What was heard where."""

    def voices(self, port: Port) -> Sequence[Voice]:
        """Neighbours heard on a port by neighbour protocols."""

    def arp(self, port: Port) -> Sequence[Claim]:
        """Whom ARP knows on a port with two ends."""

    def claimants(self, port: Port) -> Iterable[Port]:
        """Ports on which something is heard that may come from this port."""

    def table(self, device: str) -> PortTable:
        """What a device says of itself."""

    def placeless(self, device: str, of: str) -> bool:
        """Whether a device hears another one on a port that it could not name."""


def links_at(port: Port, ear: Ear) -> Iterator[Joined]:
    """All links of a port, each as it is found from either of its ends."""
    if is_shared(port, ear):
        return
    voices = ear.voices(port)
    for voice in voices:
        if found := _from(port, voice, ear):
            yield found
    for other in sorted(ear.claimants(port)):
        if not is_shared(other, ear):
            yield from (
                found for voice in ear.voices(other) if (found := _from(other, voice, ear)) and _at(found, port)
            )
    if not voices:
        yield from _inferred(port, ear)


def dispute_at(port: Port, ear: Ear) -> Disputed | None:
    """What is said of a port that cannot be true at once."""
    if is_shared(port, ear):
        return None
    for voice in ear.voices(port):
        if any(claim.far.disputed for claim in voice.claims):
            ends = sorted(End(device) for claim in voice.claims for device in claim.far.candidates)
            return Disputed(End(*port), tuple(ends), voice.proofs)
        far = pick(port, voice, ear)
        if far and (against := _against(port, voice, far, ear)) and voice.read_ms >= against.said_ms:
            return Disputed(End(*port), (End(*far),), (*voice.proofs, *against.proofs))
    hosts = hosts_at(port, ear)
    if len({other[0] for other, _ in hosts}) > 1:
        proofs = (proof for _, voice in hosts for proof in voice.proofs)
        return Disputed(End(*port), tuple(End(*other) for other, _ in hosts), tuple(proofs))
    return None


def hosts_at(port: Port, ear: Ear) -> list[tuple[Port, Voice]]:
    """Cards of hosts that hear a port, without those that were not read since another host began to hear it.

    One host may hear a port on several cards, which are partitions of one. Several hosts hear one port only where
    something between them passes on what is not meant for them, so none of them is known to be plugged into it.
    """
    cards = [other for other in sorted(ear.claimants(port)) if ear.table(other[0]).host]
    heard = [(card, voice) for card in cards for voice in ear.voices(card) if pick(card, voice, ear) == port]
    newest = max((voice.said_ms for _, voice in heard), default=0)
    return [(card, voice) for card, voice in heard if voice.end_ms >= newest]


def is_shared(port: Port, ear: Ear) -> bool:
    """Whether several neighbours are heard on a port."""
    return len(ear.voices(port)) > 1


def pick(port: Port, voice: Voice, ear: Ear) -> Port | None:
    """The far port: the only one that fits, else the only one that says the same of this port and of no other."""
    if voice.device is None:
        return None
    if len(voice.ends) == 1:
        return voice.device, next(iter(voice.ends))
    back = _echoes(port, voice, ear)
    if len(back) != 1:
        return None
    mirror = next(v for v in ear.voices(back[0]) if v.device == port[0])
    return back[0] if _echoes(back[0], mirror, ear) == [port] else None


def _echoes(port: Port, voice: Voice, ear: Ear) -> list[Port]:
    """Far ports that fit and on which something is heard that may come from this port."""
    ends = ((str(voice.device), end) for end in voice.ends)
    return [far for far in ends if hears(ear, far, port)]


def hears(ear: Ear, port: Port, other: Port) -> bool:
    """Whether something is heard on a port that may come from the other."""
    return any(voice.device == other[0] and other[1] in voice.ends for voice in ear.voices(port))


def segment_at(start: Port, ear: Ear) -> tuple[Shared, frozenset[Port]]:
    """The segment of a port on which several are heard, and all such ports of it; the same from each of them."""
    edge, ports, members, proofs = [start], set[Port](), set[End](), set[str]()
    while edge:
        port = edge.pop()
        if port in ports:
            continue
        ports.add(port)
        heard = [(voice, pick(port, voice, ear)) for voice in ear.voices(port)]
        proofs.update(proof for voice, _ in heard for proof in voice.proofs)
        near = {far for _, far in heard if far} | _reaching(port, ear)
        members.update({End(*port), *(End(*p) for p in near), *(_vague(v) for v, far in heard if not far)})
        edge += [p for p in near | _beyond(near, ear) if is_shared(p, ear)]
    named = {end.device for end in members if end.port}
    whole = (end for end in members if end.port or end.stub or end.device not in named)
    return Shared(tuple(sorted(whole)), tuple(sorted(proofs))), frozenset(ports)


def _beyond(near: Iterable[Port], ear: Ear) -> set[Port]:
    """What members hear, and who hears them: other ports of the same segment may be among it."""
    heard = {far for port in near for voice in ear.voices(port) if (far := pick(port, voice, ear))}
    return heard.union(*(_reaching(port, ear) for port in near))


def _reaching(port: Port, ear: Ear) -> set[Port]:
    return {other for other in ear.claimants(port) if _reaches(other, port, ear)}


def _reaches(port: Port, other: Port, ear: Ear) -> bool:
    return any(pick(port, voice, ear) == other for voice in ear.voices(port))


def _vague(voice: Voice) -> End:
    return End(voice.device) if voice.device else End(stub=voice.stub)


def _at(found: Joined, port: Port) -> bool:
    return End(*port) in found.ends


def _from(port: Port, voice: Voice, ear: Ear) -> Joined | None:
    """The link that a voice on a port speaks of, with what the far side says."""
    if voice.device is None:
        return _to_stub(port, voice) if voice.stub else None
    far = pick(port, voice, ear)
    if far is None:
        return _device_only(port, voice, ear)
    if far == port or is_shared(far, ear):
        return None
    back = [v for v in ear.voices(far) if pick(far, v, ear) == port]
    if back:
        proofs = {*voice.proofs, *back[0].proofs, *_witness(port, far, ear)}
        return Joined(pair(End(*port), End(*far)), Certainty.CONFIRMED, tuple(sorted(proofs)))
    if _against(port, voice, far, ear) or not _is_alone(port, far, ear):
        return None
    return _one_sided(port, voice, far, ear)


def _is_alone(port: Port, far: Port, ear: Ear) -> bool:
    """Whether no other host hears what a host hears; of switches it does not matter."""
    return not ear.table(port[0]).host or {card[0] for card, _ in hosts_at(far, ear)} == {port[0]}


def _one_sided(port: Port, voice: Voice, far: Port, ear: Ear) -> Joined:
    witness = _witness(port, far, ear)
    state = Certainty.CONFIRMED if witness else Certainty.ONE_SIDED
    missing = not witness and is_silent(port, voice, far, ear)
    return Joined(pair(End(*port), End(*far)), state, tuple(sorted({*voice.proofs, *witness})), missing)


def _to_stub(port: Port, voice: Voice) -> Joined:
    names = sorted({claim.name for claim in voice.claims if claim.name})
    addresses = sorted({address for claim in voice.claims for address in claim.addresses})
    ends = pair(End(*port), End(stub=voice.stub))
    macs = tuple(sorted({mac for claim in voice.claims for mac in claim.macs}))
    name = next(iter(names), "")
    return Joined(ends, Certainty.TO_STUB, voice.proofs, name=name, addresses=tuple(addresses), macs=macs)


def _device_only(port: Port, voice: Voice, ear: Ear) -> Joined | None:
    """The far device alone, unless it says itself by which port it is joined to this one."""
    device = str(voice.device)
    if any(other[0] == device and not is_shared(other, ear) for other in _reaching(port, ear)):
        return None
    return Joined(pair(End(*port), End(device)), Certainty.DEVICE_ONLY, voice.proofs)


def is_silent(port: Port, voice: Voice, far: Port, ear: Ear) -> bool:
    """Whether the far side's table was read completely after this was first said, and does not say it.

    A host may listen without a word, so nobody needs to hear it.
    """
    if ear.table(port[0]).host or ear.placeless(far[0], port[0]):
        return False
    spoken = {claim.protocol for claim in voice.claims}
    heard = [h for h in ear.table(far[0]).heard if h.protocol.value in spoken]
    return any(h.complete_start_ms is not None and h.complete_start_ms >= voice.said_ms for h in heard)


def _against(port: Port, voice: Voice, far: Port, ear: Ear) -> Voice | None:
    """What the far port says instead, unless that was read before this was said."""
    for other in ear.voices(far):
        if _contradicts(other, port, ear) and other.read_ms >= voice.said_ms:
            return other
    return None


def _contradicts(other: Voice, port: Port, ear: Ear) -> bool:
    """Whether a voice can only come from somewhere else than this port."""
    if other.device is not None:
        return other.device != port[0] or (bool(other.ends) and port[1] not in other.ends)
    kind, _, _ = other.stub.partition(":")
    own = [chassis for chassis in ear.table(port[0]).chassis if chassis.startswith(f"{kind}:")]
    return bool(own) and other.stub not in own


def _witness(port: Port, far: Port, ear: Ear) -> set[str]:
    """ARP on both ends that knows the other end (network.md 7.6)."""
    there = [c for c in ear.arp(port) if c.far.device == far[0] and far[1] in c.ends]
    back = [c for c in ear.arp(far) if c.far.device == port[0] and port[1] in c.ends]
    return {claim.proof for claim in (*there, *back)} if there and back else set()


def _inferred(port: Port, ear: Ear) -> Iterator[Joined]:
    """A routed link where no protocol speaks on either end, and each end is the only one that ARP knows there."""
    far = _only(port, ear)
    if far is None or far == port or ear.voices(far) or _only(far, ear) != port:
        return
    if any(True for end in (port, far) for _ in ear.claimants(end)):
        return
    ends: Pair = pair(End(*port), End(*far))
    yield Joined(ends, Certainty.INFERRED, tuple(sorted(_witness(port, far, ear))))


def _only(port: Port, ear: Ear) -> Port | None:
    """The one far port of which ARP on a port speaks, told by the answer from there if several fit."""
    claims = ear.arp(port)
    devices = {claim.far.device for claim in claims}
    device = next(iter(devices), None)
    if len(devices) != 1 or device is None:
        return None
    ends = frozenset.intersection(*(claim.ends for claim in claims))
    back = [e for e in ends if any(c.far.device == port[0] and port[1] in c.ends for c in ear.arp((device, e)))]
    found = back or list(ends)
    return (device, found[0]) if len(found) == 1 else None
