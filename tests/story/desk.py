"""Drives the whole product from one desk: a vCenter is visited for real, requests are recorded, verdicts read."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from driftline.api.pipeline import Report, take_in
from driftline.api.site import Site
from driftline.api.visit.context import Pen, row_of
from driftline.api.visiting import cursor_of, noted, order_of
from driftline.collectors.capture import Capture
from driftline.collectors.target import Login, Password, Target
from driftline.collectors.visit import observed
from driftline.collectors.vsphere import collector
from driftline.diff.words import Change, Verdict
from driftline.graph.batch import Rows
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
from driftline.graph.model.values import Key, Ms, as_datetime
from driftline.graph.store import FACTS, Compare, Cond, Lease, Store
from tests.collectors.vsphere.reader import CANARY, READER, go

VM = "VirtualMachine"
Lab = Any  # tests.lab.fixtures.Vcsim


def now() -> Ms:
    """The present instant."""
    return Ms(time.time_ns() // 1_000_000)


@dataclass
class Desk:
    """One installation with its store; it holds the lease."""

    site: Site
    store: Store
    lease: Lease
    visits: int = field(default=0)

    def capture(self, lab: Lab, name: str = "vc") -> Capture:
        """Read a vCenter, its events from where the last visit left them."""
        self.visits += 1
        begun = now()
        target = Target(name, lab.url.removesuffix("/sdk"), Login(READER, Password(CANARY)))
        visited = go(target, cursor_of(self.store, name))
        return noted(visited, f"{name}@{self.visits}", begun)

    def take(self, capture: Capture, run: str = "") -> Report:
        """Take a capture in."""
        parts = observed(collector, capture)
        return take_in(order_of(self.site, capture, run), parts, self.store, self.lease)

    def visit(self, lab: Lab, name: str = "vc") -> Report:
        """Read a vCenter and take in what it says."""
        return self.take(self.capture(lab, name))

    def request(
        self,
        number: str,
        cis: Iterable[Key],
        window: tuple[int, int],
        *,
        expected: Iterable[ExpectedChange] = (),
        implementers: Iterable[str] = (),
    ) -> None:
        """Record a request that was approved a minute before its window begins."""
        approved = Ms(window[0] - 60_000)
        version = RfcVersion(
            id=f"rfc:{number}@{approved}",
            rfc=f"rfc:{number}",
            valid_from_ms=Ms(approved - 60_000),
            material_hash=number,
            type=RfcType.NORMAL,
            state=RfcState.SCHEDULED,
            requester="rita",
            opened_ms=Ms(approved - 120_000),
            implementers=tuple(self.site.pseudonym(login) for login in implementers),
            windows=(Window(Ms(window[0]), Ms(window[1])),),
            scope=tuple(ScopeItem(ScopeBy.CI, ci, (ci,)) for ci in cis),
            expected=tuple(expected),
        )
        rfc = Rfc(id=version.rfc, source="test", source_id=number, number=number)
        approval = Approval(
            id=f"approval:{number}",
            rfc=rfc.id,
            approver="boss",
            decision=Decision.APPROVED,
            decided_ms=approved,
            material_hash=number,
        )
        pen = Pen(self.store, self.lease, f"records/{number}", "test", "")
        pen.write("records", Rows(), [row_of(rfc), row_of(version), row_of(approval)])

    def forget_last_event(self, lab: Lab) -> None:
        """Let the server lose the event at which our reading of its log ended."""
        at, _, key = cursor_of(self.store, "vc").partition(":")
        lab.control.event(int(key), created=as_datetime(Ms(int(at) - 60_000)))

    # reading

    @property
    def source(self) -> str:
        """The source that was read last."""
        rows = self.store.find("Run", order="started_ms")
        return str(rows[-1].body["source"])

    def named(self, name: str, kind: str = VM) -> Key:
        """The one live CI of that name."""
        title = self.store.model.items[kind].title_field
        (row,) = self.store.find(kind, [Cond(title, Compare.EQ, name)])
        return Key(row.id)

    def live(self, kind: str = VM) -> dict[str, Key]:
        """Live CIs of a kind by name."""
        title = self.store.model.items[kind].title_field
        return {str(row.body.get(title)): Key(row.id) for row in self.store.find(kind)}

    def counts(self) -> Counter[tuple[str, str]]:
        """How many rows of every family, and of every kind inside it, the store exports as facts."""
        rows = self.store.export(FACTS)
        return Counter((row.family.value, str(row.row.get("kind", ""))) for row in rows)

    def login(self, pseudonym: str | None) -> str:
        """Who a pseudonym is."""
        return self.store.persons([pseudonym])[pseudonym]["login"] if pseudonym else ""


Told = list[tuple[str, str, str, str | None, str | None]]


def told(report: Report) -> Told:
    """Changes that stand for themselves: title, path, op, old, new."""
    return sorted((c.title, c.path, c.op.value, c.old, c.new) for c in report.changes if not c.derived_from)


def the(report: Report, path: str, title: str = "") -> tuple[Change, Verdict]:
    """The one change of a path, with its verdict."""
    (change,) = [c for c in report.changes if c.path == path and title in {"", c.title}]
    (verdict,) = [v for v in report.verdicts if v.id == change.id]
    return change, verdict
