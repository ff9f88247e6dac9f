"""Parts of parts: an address of a port of a device belongs to all of them, when it comes and when it goes."""

from __future__ import annotations

from pathlib import Path

from driftline.api.questions.changes import Wanted, changes
from driftline.graph.model.change_records import Op
from driftline.graph.questions.viewer import Viewer
from tests.collectors.network.memory import NetworkMemory
from tests.collectors.network.samples import mac, ports

BARE = {**ports("e1"), "sysName": b"sw1", "dot1dBaseBridgeAddress": mac(0x100)}
KNOWN = {(1, 4, 10, 0, 0, 1): {3: 1, 4: 1, 6: 2, 7: 1}}
ADDED = {**KNOWN, (1, 4, 10, 0, 0, 2): {3: 1, 4: 1, 6: 2, 7: 1}}


def test_a_part_of_a_part_is_in_the_scope_of_its_device_when_it_comes_and_when_it_goes(tmp_path: Path) -> None:
    """A request for the device is one for an address of its port, be it added or removed (decision D8)."""
    memory = NetworkMemory.at(tmp_path)
    memory.visit({**BARE, "ipAddressTable": KNOWN})
    (came,) = memory.visit({**BARE, "ipAddressTable": ADDED}).changes
    memory.visit({**BARE, "ipAddressTable": KNOWN})
    (went,) = memory.visit({**BARE, "ipAddressTable": KNOWN}).changes

    assert (came.op, went.op) == (Op.CREATE, Op.DELETE)
    assert came.owners == went.owners
    assert [owner.partition(".")[0] for owner in went.owners] == ["Interface", "NetworkDevice"]


def test_a_part_of_a_part_is_called_by_all_that_it_is_a_part_of(tmp_path: Path) -> None:
    """A port name alone says nothing."""
    memory = NetworkMemory.at(tmp_path)
    memory.visit({**BARE, "ipAddressTable": KNOWN})
    memory.visit({**BARE, "ipAddressTable": ADDED})
    page = changes(Viewer.everything(), memory.store, Wanted(), limit=10)

    assert [row.name for row in page.rows] == ["sw1 / e1 / 10.0.0.2"]
