"""A doubtful identity accuses nobody, and leaves nothing behind once it is settled."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from driftline.api.identity import undo_merge
from driftline.api.judging import records
from driftline.diff.words import Change, Finding, Mark, State, Verdict
from driftline.graph.model.declare import Item, Ref
from driftline.graph.model.observed import Act, Event, Withheld
from driftline.graph.model.values import Ms
from driftline.graph.records import Dispute, IdentityDispute, Merge, Settlement
from tests.api.visits import HOUR, START, Memory, disk, host, machine, told

VM, DISK = "VirtualMachine", "VirtualDisk"


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    """An empty memory."""
    return Memory.at(tmp_path)


def verdicts(memory: Memory) -> Counter[str]:
    """How often each verdict stands."""
    return Counter(v.verdict.value for v in records(memory.store, Verdict))


def disputed(memory: Memory) -> None:
    """A machine, and its copy beside it that shows the same identity; meanwhile the machine gets more processors."""
    memory.visit([machine("vm-1", 1)])
    memory.visit([machine("vm-1", 1, cpu_count=8), machine("vm-2", 1, name="copy")])
    assert verdicts(memory) == {"INDETERMINATE": 2}


def test_what_changed_meanwhile_is_judged_when_the_dispute_is_settled(memory: Memory) -> None:
    """The copy gets an identity of its own: then it is known which of the two changed, and what came new."""
    disputed(memory)
    memory.visit([machine("vm-1", 1, cpu_count=8), machine("vm-2", 2, name="copy")])
    assert verdicts(memory) == {"UNAPPROVED": 3}  # the copy's new identity is a change, too
    assert [d.state for d in records(memory.store, IdentityDispute)] == [Settlement.SETTLED]
    assert not [change for change in records(memory.store, Change) if Mark.UNSETTLED in change.marks]


def test_the_finding_of_a_dispute_closes_with_it_and_names_the_visit(memory: Memory) -> None:
    """And opens again when the same two are in dispute again."""
    disputed(memory)
    (finding,) = [f for f in records(memory.store, Finding) if f.verdict is None]
    assert finding.state is State.OPEN
    memory.visit([machine("vm-1", 1, cpu_count=8), machine("vm-2", 2, name="copy")])
    (finding,) = [f for f in records(memory.store, Finding) if f.verdict is None]
    assert (finding.state, finding.disposition, finding.disposed_by) == (State.CLOSED, "settled", None)
    assert finding.reason == "visit vc-a@3"


def test_nobody_is_accused_where_the_identity_went_to_the_copy(memory: Memory) -> None:
    """The original got the new identity: what was seen meanwhile, and what differs now, may be of either."""
    disputed(memory)
    memory.visit([machine("vm-1", 2, cpu_count=8), machine("vm-2", 1, name="copy")])
    memory.visit([machine("vm-1", 2, cpu_count=8), machine("vm-2", 1, name="copy")])
    assert verdicts(memory).keys() == {"INDETERMINATE"}


def test_a_dispute_is_not_settled_by_not_seeing_one_of_its_machines(memory: Memory) -> None:
    """What is missing may show the same identity tomorrow."""
    disputed(memory)
    memory.visit([machine("vm-1", 1, cpu_count=8)], feed=True, logged=[VM])
    assert [d.state for d in records(memory.store, IdentityDispute)] == [Settlement.OPEN]
    assert verdicts(memory) == {"INDETERMINATE": 2}


def test_a_dispute_is_settled_when_one_of_its_machines_is_deleted(memory: Memory) -> None:
    """The source says that the copy was removed, which nobody had approved: what is left is the machine."""
    disputed(memory)
    at = START + 2 * HOUR + HOUR // 2
    gone = Event("e", Ms(at), Ref(VM, "moref", ("vm-2",)), "VmRemovedEvent", Act.REMOVED, actor="LAB\\carol")
    memory.visit([machine("vm-1", 1, cpu_count=8)], events=[gone], feed=True, logged=[VM])
    assert verdicts(memory) == {"UNAPPROVED": 2, "REVERTS": 1}


def moving(memory: Memory, *more: Item) -> None:
    """A machine that is seen in a second vCenter, with something unshown there, before it is gone from the first."""
    memory.visit([machine("vm-1", 1), disk("vm-1"), machine("vm-2", 2)], "a")
    memory.visit([machine("vm-50", 50, at="b")], "b")
    silent = Withheld(Ref(VM, "moref", ("vm-9",)), ("annotation",), "NoPermission")
    memory.visit(
        [machine("vm-9", 1, at="b"), disk("vm-9"), machine("vm-50", 50, at="b"), *more], "b", withheld=[silent]
    )
    memory.visit([machine("vm-2", 2)], "a")
    memory.visit([machine("vm-2", 2)], "a")


def test_a_move_leaves_one_change_and_nothing_else(memory: Memory) -> None:
    """That the newcomer appeared follows from the move; no finding and no doubt is left (decision D6)."""
    moving(memory)
    changes = records(memory.store, Change)
    (root,) = [change for change in changes if not change.derived_from]
    assert root.path == "managed_by"
    assert {c.derived_from for c in changes if c.ci == root.ci} == {None, root.id}
    assert not [change for change in changes if change.marks]
    assert verdicts(memory) == {"UNAPPROVED": 3}
    assert {v.rule for v in records(memory.store, Verdict) if v.id != root.id} == {"D3"}
    (finding,) = [f for f in records(memory.store, Finding) if f.state is State.OPEN]
    assert finding.verdict == root.id


def test_what_was_not_shown_of_a_newcomer_is_no_change_of_what_it_became(memory: Memory) -> None:
    """A note that the second vCenter first shows after the move is inventory."""
    moving(memory)
    shown = [machine("vm-9", 1, at="b", annotation="a note"), disk("vm-9"), machine("vm-50", 50, at="b")]
    assert told(memory.visit(shown, "b")) == []


def test_what_changed_in_the_second_vcenter_meanwhile_is_judged_as_of_the_machine(memory: Memory) -> None:
    """It did change, whatever it was thought to be."""
    memory.visit([machine("vm-1", 1), machine("vm-2", 2)], "a")
    born = next(k for k, body in memory.live(VM).items() if body["name"] == "vm1")
    memory.visit([machine("vm-9", 1, at="b")], "b")
    memory.visit([machine("vm-9", 1, at="b", cpu_count=8)], "b")
    memory.visit([machine("vm-2", 2)], "a")
    memory.visit([machine("vm-2", 2)], "a")
    (change,) = [change for change in records(memory.store, Change) if change.path == "cpu_count"]
    assert (change.ci, change.marks) == (born, ())
    assert next(v for v in records(memory.store, Verdict) if v.id == change.id).ci == born


def test_an_undone_merge_gives_back_what_was_told_of_the_newcomer(memory: Memory) -> None:
    """Its changes are its own again, and are judged for themselves."""
    moving(memory)
    (merge,) = [merge for merge in records(memory.store, Merge) if merge.kept.startswith(VM)]
    with memory.store.lease("test") as lease:
        undo_merge(memory.store, lease, memory.policy, merge.id, "local:dora", Ms(START + 9 * HOUR))
    (create,) = [c for c in records(memory.store, Change) if c.ci == merge.absorbed]
    assert (create.op.value, create.derived_from) == ("create", None)
    shown = [machine("vm-9", 1, at="b", annotation="a note"), disk("vm-9"), machine("vm-50", 50, at="b")]
    assert told(memory.visit(shown, "b")) == []


def test_a_dispute_is_one_from_whichever_side_it_is_seen(memory: Memory) -> None:
    """Two servers with each other's boards: both point to both, and that is one dispute with one finding."""
    boards = ("11111111-0000-4000-8000-00000000000a", "22222222-0000-4000-8000-00000000000b")
    for first, second in (boards, boards[::-1], boards[::-1]):
        one = host("host-1", vendor="Dell Inc.", serial="ABC1234", system_uuid=first)
        memory.visit([*one, *host("host-2", vendor="Dell Inc.", serial="XYZ9876", system_uuid=second)])
    assert [d.about for d in records(memory.store, IdentityDispute)] == [Dispute.CONTRADICTION]
    assert len([f for f in records(memory.store, Finding) if f.verdict is None]) == 1


def test_a_machine_that_vanished_and_comes_back_closes_its_finding(memory: Memory) -> None:
    """By itself, with the visit as the reason; when it vanishes again, it is open again (decision D3)."""
    both = [machine("vm-1", 1), machine("vm-2", 2)]
    memory.visit(both)
    for _ in range(2):
        memory.visit(both[:1], feed=True, logged=[VM])
    assert memory.open_findings() == ["vanished without event: hidden by a permission?"]
    memory.visit(both, feed=True, logged=[VM])
    (finding,) = records(memory.store, Finding)
    assert (finding.state, finding.disposition, finding.reason) == (State.CLOSED, "settled", "visit vc-a@4")
    for _ in range(2):
        memory.visit(both[:1], feed=True, logged=[VM])
    assert len(memory.open_findings()) == 1


def test_a_machine_that_vanished_here_is_not_brought_back_by_another_source(memory: Memory) -> None:
    """The finding is about what this vCenter shows."""
    memory.visit([machine("vm-1", 1), machine("vm-2", 2)])
    for _ in range(2):
        memory.visit([machine("vm-1", 1)], feed=True, logged=[VM])
    memory.visit([machine("vm-9", 2, at="b")], "b")
    assert "vanished without event: hidden by a permission?" in memory.open_findings()


def test_a_copy_beside_its_hidden_original_is_in_dispute_at_once(memory: Memory) -> None:
    """The original is there, under its locator: what shows its identity elsewhere is another one, new since then."""
    memory.visit([machine("vm-1", 1)])
    hidden = Withheld(Ref(VM, "moref", ("vm-1",)), ("*",), "NoPermission")
    report = memory.visit([machine("vm-2", 1, name="copy")], withheld=[hidden])
    assert report.disputes
    assert report.missing == 0
    memory.visit([machine("vm-1", 1), machine("vm-2", 2, name="copy")])
    (create,) = [change for change in records(memory.store, Change) if change.op.value == "create"]
    assert (create.title, create.lower_ms) == ("copy", START + HOUR)
    assert next(v for v in records(memory.store, Verdict) if v.id == create.id).verdict.value == "UNAPPROVED"


def test_a_copy_beside_its_hidden_original_is_not_gone(memory: Memory) -> None:
    """It is known already, and in dispute: it does not become its original because that is not shown."""
    disputed(memory)
    hidden = Withheld(Ref(VM, "moref", ("vm-1",)), ("*",), "NoPermission")
    for _ in range(3):
        assert memory.visit([machine("vm-2", 1, name="copy")], withheld=[hidden]).missing == 0
    assert len(memory.live(VM)) == 2


def test_a_copy_that_is_taken_for_its_original_by_a_partial_reading_accuses_nobody(memory: Memory) -> None:
    """The original may be among what was not read: whose words these are, nobody knows."""
    memory.visit([machine("vm-1", 1)])
    memory.visit([machine("vm-2", 1, name="copy")], partial=[f"{VM}/membership"])
    memory.visit([machine("vm-1", 1), machine("vm-2", 1, name="copy")])
    memory.visit([machine("vm-1", 1), machine("vm-2", 2, name="copy")])
    found = {v.id: v.verdict.value for v in records(memory.store, Verdict)}
    unjudged = [c.path or c.op.value for c in records(memory.store, Change) if found[c.id] == "INDETERMINATE"]
    assert sorted(unjudged) == ["create", "name", "name"]
    assert set(found.values()) == {"INDETERMINATE", "UNAPPROVED"}  # that the copy got an identity of its own
