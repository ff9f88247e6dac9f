"""Whether a change is in scope, and how exactly."""

from __future__ import annotations

from typing import Any

import pytest

from driftline.diff.scope import Reach, Scope, reach
from driftline.diff.words import Flag
from driftline.graph.model.change_records import Op, ScopeBy, ScopeItem
from driftline.graph.model.values import Key, Ms
from tests.diff.world import OTHER, VM, change, judged, lists, on, request, version

DISK = Key("disk-1")
NEW: dict[str, Any] = {"kind": "VirtualMachine", "pattern": "db-*"}


def test_the_finest_item_counts() -> None:
    """Strength: exact before selector before closure before class."""
    for by, expected in (
        (ScopeBy.SELECTOR, Reach.SELECTOR),
        (ScopeBy.CLOSURE, Reach.CLOSURE),
        (ScopeBy.CLASS, Reach.CLASS),
    ):
        assert reach(Scope.of((on(VM, by=by),), 20), change()) is expected
        assert reach(Scope.of((on(VM, by=by), on(VM)), 20), change()) is Reach.EXACT
    assert reach(Scope.of((on(OTHER),), 20), change()) is None


def test_parts_of_a_ci_in_scope_are_in_scope_under_their_own_path() -> None:
    """D8: ``virtual_disk/capacity_bytes`` on the machine means the disk's size, ``virtual_disk`` its coming."""
    disk = change(ci=DISK, ci_kind="VirtualDisk", owners=(VM,), path="capacity_bytes", old="1", new="2")
    added = change(ci=DISK, ci_kind="VirtualDisk", owners=(VM,), path="", op=Op.CREATE, old=None)
    grow = request(version(expected=lists("virtual_disk/capacity_bytes")))
    add = request(version(expected=lists("virtual_disk", op=Op.CREATE)))
    plain = request(version(expected=lists("capacity_bytes")))
    assert (judged(disk, grow).rule, judged(disk, grow).scope) == ("R10", "owned")
    assert judged(disk, add).rule == "R8"
    assert judged(disk, plain).rule == "R8"
    assert judged(added, add).rule == "R10"


def test_a_machine_in_a_selector_keeps_its_plain_paths_though_its_owner_is_in_scope_too() -> None:
    """The CI itself is named, so its paths are written plainly."""
    both = (on(VM, by=ScopeBy.SELECTOR), on(Key("cluster-1")))
    asked = request(version(scope=both, expected=lists("cpu_count")))
    assert judged(change(owners=(Key("cluster-1"),)), asked).rule == "R10"


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({}, Reach.SELECTOR),
        ({"title": "web-1"}, None),
        ({"ci_kind": "Datastore"}, None),
        ({"op": Op.SET}, None),
    ],
)
def test_a_ci_that_does_not_exist_yet_is_matched_by_class_and_name(said: dict[str, Any], found: Reach | None) -> None:
    """``new:`` items: class, name pattern and parent, of what came into being."""
    scope = Scope.of((ScopeItem(ScopeBy.NEW, "new db", **NEW),), 20)
    what: dict[str, Any] = {"op": Op.CREATE, "path": "", "old": None, **said}
    assert reach(scope, change(**what)) is found


def test_a_new_ci_must_stand_where_the_request_says() -> None:
    """``new:`` items name a parent: an owner, or an end of a link."""
    scope = Scope.of((ScopeItem(ScopeBy.NEW, "new db", parent=Key("pool-1"), **NEW),), 20)
    came: dict[str, Any] = {"op": Op.CREATE, "path": ""}
    assert reach(scope, change(**came)) is None
    assert reach(scope, change(**came, parents=(Key("pool-1"),))) is Reach.SELECTOR
    assert reach(scope, change(**came, owners=(Key("pool-1"),))) is Reach.SELECTOR


def test_the_coming_of_a_requested_ci_is_itself_expected() -> None:
    """A request for a new machine that lists its CPUs also means that the machine comes."""
    asked = request(version(scope=(ScopeItem(ScopeBy.NEW, "new db", **NEW),), expected=lists("cpu_count", "4")))
    came = change(op=Op.CREATE, path="", old=None, new=None)
    assert (judged(came, asked).rule, judged(came, asked).strength) == ("R10", "path")


def test_a_dynamic_item_also_means_what_it_contains_at_the_change() -> None:
    """``dynamic``: as resolved at approval and as resolved when it happened; a static one only the former."""
    item = on(OTHER, by=ScopeBy.SELECTOR, text="tag=db", dynamic=True)
    assert reach(Scope.of((item,), 20), change(), frozenset({"tag=db"})) is Reach.SELECTOR
    assert reach(Scope.of((item,), 20), change()) is None
    static = on(OTHER, by=ScopeBy.SELECTOR, text="tag=db")
    assert reach(Scope.of((static,), 20), change(), frozenset({"tag=db"})) is None
    class_ = on(by=ScopeBy.CLASS, text="all", kind="VirtualMachine", dynamic=True)
    assert reach(Scope.of((class_,), 20), change()) is Reach.CLASS


def test_a_broad_request_without_details_looks_broad() -> None:
    """BROAD_SCOPE: a selector over more than N CIs without attributes."""
    broad = (on(VM, OTHER, Key("vm-3"), by=ScopeBy.SELECTOR),)
    assert judged(None, request(version(scope=broad))).flags == (Flag.BROAD_SCOPE,)
    assert judged(None, request(version(scope=broad, expected=lists("cpu_count")))).flags == ()


def test_a_line_for_one_ci_lists_nothing_for_the_others() -> None:
    """An expected line may be limited to one CI of the scope."""
    lines = lists("cpu_count", ci=OTHER)
    assert judged(None, request(version(scope=(on(VM, OTHER),), expected=lines))).reason == "path"


def test_a_scope_resolved_after_the_approval_is_flagged() -> None:
    """SCOPE_ASSUMED (decision D38)."""
    item = on(VM, by=ScopeBy.SELECTOR, assumed=True)
    assert judged(None, request(version(scope=(item,)))).flags == (Flag.SCOPE_ASSUMED,)


@pytest.mark.parametrize(("value", "new"), [("8", "8"), ("thin", '"thin"'), ('"thin"', '"thin"'), ("host-2", "host-2")])
def test_expected_values_are_written_as_people_write_them(value: str, new: str) -> None:
    """Texts with or without the quotes of their canonical form; keys of link ends plainly."""
    assert judged(change(new=new), request(version(expected=lists("cpu_count", value)))).strength == "value"


def test_the_removal_of_a_value_is_compared_with_what_was_removed() -> None:
    """A line with op remove names the value that goes."""
    gone = change(op=Op.REMOVE, old="8", new=None)
    assert judged(gone, request(version(expected=lists("cpu_count", "8", op=Op.REMOVE)))).rule == "R10"
    assert judged(gone, request(version(expected=lists("cpu_count", "4", op=Op.REMOVE)))).reason == "value"


def test_a_late_item_does_not_hide_an_earlier_one() -> None:
    """The CI stays in scope if it was named at approval too."""
    assert judged(None, request(version(scope=(on(VM), on(VM, added_ms=Ms(115)))))).rule == "R10"
