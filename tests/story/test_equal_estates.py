"""Two vCenters that show equal machines, hosts and datastores (vsphere.md 10, failure 1), on both stores."""

from __future__ import annotations

import pytest

from driftline.graph.store import Compare, Cond
from tests.lab.fixtures import VcsimFactory
from tests.story.desk import Desk, told

pytestmark = pytest.mark.vcsim

SMALL = ("-clusters=1", "-hosts=2", "-vms=4")


def test_equal_estates_stay_two_sets_of_machines_on_one_set_of_hardware(
    vcsim_factory: VcsimFactory, desk: Desk
) -> None:
    """Copied machines are two items flagged "duplicate identity"; servers, volumes and datastores are one each."""
    one = vcsim_factory(*SMALL)
    two = vcsim_factory(*SMALL, "-uuid=abcdef00-0000-4000-8000-000000000001")
    assert told(desk.visit(one, "one")) == []
    shared = {kind: desk.store.count(kind) for kind in ("Server", "HypervisorHost", "Volume", "Datastore")}
    machines = desk.store.count("VirtualMachine")[None]
    assert told(desk.visit(two, "two")) == []
    for _ in range(2):
        for lab, name in ((one, "one"), (two, "two")):
            report = desk.visit(lab, name)
            assert (told(report), report.missing, report.suspect) == ([], 0, ())
    assert {kind: desk.store.count(kind) for kind in shared} == shared
    assert desk.store.count("VirtualMachine")[None] == 2 * machines
    texts = [row.body["text"] for row in desk.store.find("Finding", [Cond("state", Compare.EQ, "open")], order="state")]
    assert len([text for text in texts if text.startswith("duplicate identity")]) == machines
    assert len(texts) == machines
