"""How many changes one core judges in a second: ``python tests/benchmarks/bench_judge.py``.

10,000 CIs; no, one or five requests that name each, with windows, items and implementers. Every verdict comes with its
explanation: sentence, cure, and all candidates with their predicates.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from driftline.diff.authority import Request
from driftline.diff.book import Book
from driftline.diff.policy import DAY, HOUR, Policy
from driftline.diff.verdict import judge
from driftline.diff.words import ActorHow, Change
from driftline.graph.model.change_records import (
    Approval,
    Decision,
    ExpectedChange,
    Op,
    Rfc,
    RfcState,
    RfcType,
    RfcVersion,
    ScopeBy,
    ScopeItem,
    Window,
)
from driftline.graph.model.values import Key, Ms

CIS, PER_REQUEST, CHANGES = 10_000, 25, 30_000
START = 1_767_225_600_000
POLICY = Policy()


def request(number: int) -> Request:
    """A request for 25 CIs with a two-hour window."""
    opens = START + number % 200 * HOUR
    rfc = Rfc(id=f"rfc:{number}", source="itsm", source_id=str(number), number=f"CHG{number:06}")
    version = RfcVersion(
        id=f"rfc:{number}@1",
        rfc=rfc.id,
        valid_from_ms=Ms(START - 9 * DAY),
        material_hash="h",
        type=RfcType.NORMAL,
        state=RfcState.SCHEDULED,
        opened_ms=Ms(START - 9 * DAY),
        windows=(Window(Ms(opens), Ms(opens + 2 * HOUR)),),
        scope=(
            ScopeItem(ScopeBy.CI, "", tuple(Key(f"vm-{(number * PER_REQUEST + n) % CIS}") for n in range(PER_REQUEST))),
        ),
        expected=(ExpectedChange("cpu_count", value="8"), ExpectedChange("memory_mb")) if number % 2 else (),
        implementers=("alice", "bob") if number % 3 else (),
    )
    approved = Approval(
        id=f"a{number}",
        rfc=rfc.id,
        approver="boss",
        decision=Decision.APPROVED,
        decided_ms=Ms(START - 8 * DAY),
        material_hash="h",
    )
    return Request(rfc, (version,), (approved,))


def change(number: int) -> Change:
    """A change of one CI at some time in the 200 hours."""
    at = START + number * 37 % 200 * HOUR + HOUR
    return Change(
        id=f"change-{number}",
        ci=Key(f"vm-{number * 7 % CIS}"),
        ci_kind="VirtualMachine",
        source="vc",
        path="cpu_count",
        op=Op.SET,
        old="4",
        new="8",
        lower_ms=Ms(at),
        upper_ms=Ms(at + 60_000),
        actor="alice",
        actor_how=ActorHow.NAMED,
    )


def measure(candidates: int) -> None:
    """Judge all changes against so many requests per CI, and print the rate."""
    requests = [request(number) for number in range(candidates * CIS // PER_REQUEST)]
    changes = [change(number) for number in range(CHANGES)]
    book = Book.of(requests, (), POLICY)
    started = time.process_time()
    rules = {verdict.rule for one in changes if (verdict := judge(one, book, POLICY, START + 30 * DAY))}
    took = time.process_time() - started
    print(f"{candidates} candidates per change {CHANGES / took:>10,.0f} judged/s   rules {' '.join(sorted(rules))}")


if __name__ == "__main__":
    for number in (0, 1, 5):
        measure(number)
