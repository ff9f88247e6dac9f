"""The decoder against pyvmomi's own on the same answers: the whole inventory of a simulated vCenter, in pages of 500.

The peer gets one advantage: it is timed on the bodies alone, its type tables loaded. Equality is checked on one page.
"""

from __future__ import annotations

from collections.abc import Iterator

from driftline.collectors.vsphere.asks import Asked
from driftline.collectors.vsphere.decode import page, wanted_device
from driftline.graph.model.garbage import uncollected
from tests.benchmarks.figures import Figure, Timed
from tests.benchmarks.peers import captured, vcenter
from tests.collectors.vsphere import peer

BAR = 1 / 5
ROUNDS = 3
PAGES = (Asked.STRUCTURE, Asked.HOSTS, Asked.MACHINES)


def figures() -> Iterator[Figure]:
    """CPU of both, and what it costs to read every device."""
    with vcenter(200, 2_000) as target:
        capture = captured(target)
    bodies = [capture.body(entry) for entry in capture.named(*PAGES)]
    wanted, every, theirs = Timed(), Timed(), Timed()
    for body in bodies[:1]:
        _same(body)
    for _ in range(ROUNDS):
        wanted.once(lambda: [_ours(body) for body in bodies])
        every.once(lambda: [page(body) for body in bodies])
        theirs.once(lambda: [peer.decode(body) for body in bodies])
    size = sum(map(len, bodies)) / 2**20
    name = "pyvmomi, bulk, same answers"
    yield Figure("decode: answers", size, "MiB")
    yield Figure("decode: disks and cards", wanted.cpu, "CPU s", name, wanted.cpu / theirs.cpu, BAR)
    yield Figure("decode: every device", every.cpu, "CPU s", name, every.cpu / theirs.cpu)
    yield Figure("decode: pyvmomi", theirs.cpu, "CPU s")


def _ours(body: bytes) -> object:
    with uncollected():
        return page(body, wanted_device)


def _same(body: bytes) -> None:
    ours = {(one.moref, path): value for one in page(body)[0] for path, value in one.props.items()}
    for place, theirs in peer.properties(body).items():
        if found := list(peer.differences(str(place), theirs, ours.get(place))):
            raise AssertionError(found[0])
