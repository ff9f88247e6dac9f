"""Requests are checked against what was done while it is fresh."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from driftline.api.fulfilling import fulfil_due
from driftline.api.visit.context import rows_of
from driftline.diff.policy import HOUR
from driftline.graph.model.change_records import (
    Approval,
    Decision,
    ExpectedChange,
    Rfc,
    RfcState,
    RfcType,
    RfcVersion,
    ScopeBy,
    ScopeItem,
    Window,
)
from driftline.graph.model.values import Key, Ms
from driftline.graph.store import Batch
from tests.api.visits import START, Memory, machine

WINDOW = Window(Ms(START + HOUR), Ms(START + 2 * HOUR + 120_000))
"""The first two visits enclose what was done in it."""


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    """A memory that knows one machine, and a request to give it eight processors that was closed as successful."""
    memory = Memory.at(tmp_path)
    memory.visit([machine("vm-1", 1)])
    (ci,) = memory.live("VirtualMachine")
    write_request(memory, ci)
    return memory


def write_request(memory: Memory, ci: Key) -> None:
    """Write the request, approved before its window and closed after it."""
    version = RfcVersion(
        id="rfc:t:1@1",
        rfc="rfc:t:1",
        valid_from_ms=Ms(START - HOUR),
        material_hash="m",
        type=RfcType.NORMAL,
        state=RfcState.SCHEDULED,
        windows=(WINDOW,),
        scope=(ScopeItem(ScopeBy.CI, "vm1", (ci,)),),
        expected=(ExpectedChange("cpu_count", value="8"),),
    )
    closed = replace(
        version,
        id="rfc:t:1@2",
        valid_from_ms=Ms(START + 3 * HOUR),
        state=RfcState.CLOSED,
        close_code="successful",
    )
    approval = Approval(
        id="a", rfc="rfc:t:1", approver="p-x", decision=Decision.APPROVED, decided_ms=Ms(START), material_hash="m"
    )
    facts = rows_of([Rfc(id="rfc:t:1", source="t", source_id="1", number="CHG-1"), version, closed, approval])
    with memory.store.lease("test") as lease:
        memory.store.apply(Batch("request", lease.now(), "test", "t", lease.fence, records=tuple(facts)))


def check(memory: Memory, now_ms: int) -> None:
    """Check what is due at an instant."""
    with memory.store.lease("test") as lease:
        fulfil_due(memory.store, lease, memory.policy, f"at {now_ms}", Ms(now_ms))


def test_closed_as_successful_with_nothing_done_is_a_finding_of_its_own(memory: Memory) -> None:
    """Verdicts.md 5: "closed successful but NOT_IMPLEMENTED"."""
    for _ in range(3):
        memory.visit([machine("vm-1", 1)])
    check(memory, START + 4 * HOUR)
    assert [row.body["state"] for row in memory.store.find("Fulfilment")] == ["NOT_IMPLEMENTED"]
    assert memory.open_findings() == ["CHG-1 was closed as successful, but nothing of it was done."]


def test_checking_again_with_nothing_new_writes_nothing(memory: Memory) -> None:
    """What is only known later, but says the same, is no news."""
    for _ in range(3):
        memory.visit([machine("vm-1", 1)])
    check(memory, START + 4 * HOUR)
    before = memory.store.health().at
    check(memory, START + 5 * HOUR)
    assert memory.store.health().at == before


def test_done_as_approved_is_implemented(memory: Memory) -> None:
    """The expected value arrived, whoever judges when."""
    memory.visit([machine("vm-1", 1, cpu_count=8)])
    memory.visit([machine("vm-1", 1, cpu_count=8)])
    check(memory, START + 4 * HOUR)
    (done,) = memory.store.find("Fulfilment")
    assert done.body["state"] == "IMPLEMENTED"
    assert memory.open_findings() != ["CHG-1 was closed as successful, but nothing of it was done."]
