"""How completely a live simulator was read, and what is said of what was lost on the way."""

from __future__ import annotations

import re

import pytest

from driftline.collectors.capture import capture_of
from driftline.collectors.visit import Outcome, Visited
from driftline.collectors.vsphere.asks import STAGES, Asked
from driftline.graph.model.compute import (
    HypervisorHost,
    VirtualMachine,
)
from driftline.graph.model.observed import MEMBERSHIP, Act, Observation, Status
from tests.collectors.vsphere.reader import (
    READER,
    damaged,
    go,
    incomplete,
    item,
    items,
    meddled,
    observed,
    read,
    row,
    target,
    withheld,
)
from tests.lab.control import Edit, Rule
from tests.lab.fixtures import Vcsim, VcsimFactory

pytestmark = [pytest.mark.vcsim, pytest.mark.usefixtures("honest")]


# paging


@pytest.mark.parametrize("limit", [1, 7, 100])
def test_pages_that_nobody_asked_for_are_followed(vcsim: Vcsim, seen: Observation, limit: int) -> None:
    """A server may page by itself; the token is followed until there is none."""
    vcsim.control.paging(limit)
    again = read(vcsim)
    assert incomplete(again) == set()
    assert sorted(map(repr, again.items)) == sorted(map(repr, seen.items))


def test_a_snapshot_costs_few_calls(first: Visited) -> None:
    """At most ten calls and one per 500 objects between view and goodbye to it."""
    names = [one.ask for one in first.capture.entries]
    snapshot = names[names.index(Asked.VIEW) : names.index(Asked.NO_VIEW) + 1]
    assert len(snapshot) <= 11


# completeness


def test_a_lost_object_is_asked_for_again(vcsim: Vcsim, seen: Observation) -> None:
    """An object in the view and in no page is asked for once more, by reference."""
    ref = items(seen, VirtualMachine)[3].moref
    vcsim.control.rules(Rule(ref=ref, mode="lost", times=1))
    again = read(vcsim)
    assert incomplete(again) == set()
    assert item(again, VirtualMachine, moref=ref).name


def test_an_object_lost_twice_makes_its_kind_partial(vcsim: Vcsim, seen: Observation) -> None:
    """Nothing is absent while its scope was not read completely."""
    ref = items(seen, VirtualMachine)[3].moref
    vcsim.control.rules(Rule(ref=ref, mode="lost"))
    again = read(vcsim)
    assert incomplete(again) == {(k, MEMBERSHIP) for k in ("VirtualMachine", "VirtualDisk", "VirtualNic", "Snapshot")}
    assert len(items(again, VirtualMachine)) == 23


def test_an_unreadable_object_is_withheld_not_absent(vcsim: Vcsim, seen: Observation) -> None:
    """Every path refused: the object exists, nothing is said of it, its kind stays complete."""
    ref = items(seen, VirtualMachine)[4].moref
    vcsim.control.rules(Rule(ref=ref, mode="unread"))
    again = read(vcsim)
    assert withheld(again, "VirtualMachine", ref) == {"*": "NoPermission"}
    assert items(again, VirtualMachine, moref=ref) == []
    assert incomplete(again) == set()


def test_an_unreadable_host_makes_parts_of_its_parts_partial(vcsim: Vcsim, seen: Observation) -> None:
    """What hangs below the parts of a host that shows nothing cannot be believed absent."""
    ref = items(seen, HypervisorHost)[0].moref
    vcsim.control.rules(Rule(ref=ref, mode="unread"))
    again = read(vcsim)
    assert incomplete(again) == {(kind, MEMBERSHIP) for kind in ("Initiator", "PortGroup", "Volume")}
    assert {one.item.kind for one in again.withheld if one.why == "NoPermission"} == {"HypervisorHost", "Server"}


def test_a_hidden_object_leaves_no_trace(vcsim: Vcsim, seen: Observation) -> None:
    """An object hidden by permission vanishes from view and pages alike: only its missing event tells (D3)."""
    ref = items(seen, VirtualMachine)[5].moref
    vcsim.control.rules(Rule(ref=ref, mode="hidden"))
    again = read(vcsim)
    assert len(items(again, VirtualMachine)) == 23
    assert incomplete(again) == set()
    assert not [one for one in again.events if one.act is Act.REMOVED]


def test_an_object_that_two_passes_show_is_read_once(vcsim: Vcsim, seen: Observation) -> None:
    """Lost, asked for again, and in a page after all: one item, counted once."""
    ref = items(seen, VirtualMachine)[3].moref
    vcsim.control.rules(Rule(ref=ref, mode="lost", times=1))
    capture = go(target(vcsim)).capture
    (second,) = capture.named(Asked.AGAIN)
    shown = re.findall(rb"<objects>.*?</objects>", capture.body(second), re.DOTALL)
    assert len(shown) == 1
    again = observed(damaged(capture, Asked.MACHINES, b"<objects>", shown[0] + b"<objects>"))
    assert sorted(map(repr, again.items)) == sorted(map(repr, seen.items))
    assert row(again, "VirtualMachine").count == 24
    assert incomplete(again) == set()


def test_a_page_that_comes_twice_is_read_once(vcsim: Vcsim, seen: Observation) -> None:
    """Objects that slip into the next page while the server pages are in both."""
    vcsim.control.paging(7)
    capture = go(target(vcsim)).capture
    pages = [(entry, capture.body(entry)) for entry in capture.entries]
    doubled = [one for one in pages for _ in range(2 if one[0].ask in {*STAGES} else 1)]
    again = observed(capture_of(doubled, capture.notes))
    assert len(doubled) > len(pages) + 3
    assert sorted(map(repr, again.items)) == sorted(map(repr, seen.items))
    assert {one.kind: one.count for one in again.coverage} == {one.kind: one.count for one in seen.coverage}


@pytest.fixture
def dying(vcsim_factory: VcsimFactory) -> Vcsim:
    """A simulator of its own, to lose machines."""
    return vcsim_factory("-vms=6", "-hosts=2", "-clusters=1")


def test_a_machine_deleted_while_we_read_is_gone_and_nothing_is_partial(dying: Vcsim) -> None:
    """In the list before and not in the one after: no loss of ours, and its event is read in the same visit."""
    again = observed(meddled(dying, Asked.MACHINES, lambda: _destroy(dying)).capture)
    assert len(items(again, VirtualMachine)) == 5
    assert incomplete(again) == set()
    assert [one.type for one in again.events if one.act is Act.REMOVED] == ["VmRemovedEvent"]


def test_a_machine_deleted_before_it_is_asked_for_again_is_gone(dying: Vcsim) -> None:
    """ManagedObjectNotFound in the second pass means gone, not unread."""
    ref = item(read(dying), VirtualMachine, name="app-0004").moref
    dying.control.rules(Rule(ref=ref, mode="lost", user=READER))
    again = observed(meddled(dying, Asked.AGAIN, lambda: _destroy(dying)).capture)
    assert items(again, VirtualMachine, moref=ref) == []
    assert incomplete(again) == set()


def _destroy(lab: Vcsim) -> None:
    with lab.estate() as alice:
        alice.destroy("app-0004")


# damaged answers, made by the lab on the wire


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (Edit(method="RetrievePropertiesEx", find="<name>config.hardware.numCPU", keep=9_000), "envelope"),
        (Edit(method="RetrievePropertiesEx", find="<name>config.hardware.numCPU", replace="<name<"), "not XML"),
    ],
)
def test_a_cut_or_broken_page_is_a_partial_visit(vcsim: Vcsim, edit: Edit, why: str) -> None:
    """A page that is not whole counts as not read; the rest of the visit stands."""
    vcsim.control.wire(edit)
    again = read(vcsim)
    assert row(again, "VirtualMachine", "config").status is Status.PARTIAL
    assert any(why in error for error in row(again, "VirtualMachine", "config").errors)
    assert row(again, "HypervisorHost").status is Status.COMPLETE
    assert len(items(again, HypervisorHost)) == 6


def test_a_connection_that_breaks_leaves_what_was_read(vcsim: Vcsim) -> None:
    """What was read before the line broke is partial coverage, not nothing."""
    vcsim.control.wire(Edit(method="RetrievePropertiesEx", find="<name>config.hardware.numCPU", keep=3_000, sever=True))
    visited = go(target(vcsim))
    assert visited.outcome is Outcome.UNREACHABLE
    again = observed(visited.capture)
    assert len(items(again, HypervisorHost)) == 6
    assert row(again, "VirtualMachine").status is Status.FAILED
    assert all(one.status is not Status.COMPLETE for one in again.coverage if one.group == MEMBERSHIP)


def test_a_control_character_costs_itself_only(vcsim: Vcsim, seen: Observation) -> None:
    """``&#x1;`` in a note: the page is read, the character replaced and reported."""
    note = item(seen, VirtualMachine, name="web-0000").annotation or ""
    vcsim.control.wire(Edit(method="RetrievePropertiesEx", find=f">{note}<", replace=f">{note}&#x1;<"))
    again = read(vcsim)
    assert item(again, VirtualMachine, name="web-0000").annotation == f"{note}\N{REPLACEMENT CHARACTER}"
    assert len(items(again, VirtualMachine)) == 24
    assert [one.why for one in again.unread] == ["not XML, replaced"]


def test_a_page_limit_and_a_damaged_second_page(vcsim: Vcsim) -> None:
    """One bad page of many costs its objects: the others are there."""
    vcsim.control.paging(10)
    vcsim.control.wire(Edit(method="ContinueRetrievePropertiesEx", find="config.hardware.numCPU", keep=5_000))
    again = read(vcsim)
    assert len(items(again, VirtualMachine)) >= 10
    assert row(again, "VirtualMachine").status is Status.PARTIAL
