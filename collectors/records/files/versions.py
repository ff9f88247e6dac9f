"""Versions of requests from their rows: what belongs together by (source_id, valid_from), and what was approved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

from driftline.collectors.records.files.logins import Logins
from driftline.collectors.records.files.reading import Reading
from driftline.collectors.records.files.rows import Cells
from driftline.collectors.records.files.scope import expected_change, scope_item
from driftline.collectors.records.files.windows import window
from driftline.collectors.records.material import material_hash
from driftline.graph.model.bodies import body
from driftline.graph.model.change_records import (
    Approval,
    Decision,
    ExpectedChange,
    Rfc,
    RfcState,
    RfcType,
    RfcVersion,
    ScopeItem,
    Window,
)
from driftline.graph.model.values import Ms, canonical_json, digest


def rfc_id(source: str, source_id: str) -> str:
    """Id of a request of a source."""
    return f"rfc:{source}:{source_id}"


@dataclass(slots=True)
class Gathered:
    """One version and the rows that belong to it. ``dated``: the file says itself from when it holds."""

    cells: Cells
    source_id: str
    valid_from: Ms
    dated: bool
    windows: set[Window] = field(default_factory=set)
    scope: set[ScopeItem] = field(default_factory=set)
    expected: set[ExpectedChange] = field(default_factory=set)
    approvals: list[Cells] = field(default_factory=list)

    def add(self, part: str, cells: Cells) -> None:
        """Take in a row of one of the parts."""
        if part == "approvals":
            self.approvals.append(cells)
        elif part == "expected":
            self.expected.add(expected_change(cells))
        elif part == "scope" and (item := scope_item(cells)):
            self.scope.add(item)
        elif part == "windows" and (span := window(cells)):
            self.windows.add(span)


class Versions:
    """All versions of a drop of files."""

    def __init__(self, tables: Mapping[str, list[Cells]], reading: Reading, logins: Logins) -> None:
        self.reading, self.logins = reading, logins
        self.by_id: dict[str, dict[Ms, Gathered]] = {}
        for cells in tables.get("rfcs", []):
            self._gather(cells)
        for name in ("windows", "scope", "expected", "approvals"):
            for cells in tables.get(name, []):
                if found := self._whole(cells):
                    found.add(name, cells)
        self._decided = {id(one): self._decisions(one) for one in self._gathered()}
        self._versions = {id(one): self._version(one) for one in self._gathered()}

    def rfcs(self) -> tuple[Rfc, ...]:
        """The requests; the number is that of the newest version."""
        newest = [versions[max(versions)] for _, versions in sorted(self.by_id.items())]
        return tuple(
            Rfc(
                id=rfc_id(self.reading.source, one.source_id),
                source=self.reading.source,
                source_id=one.source_id,
                number=one.cells.text("number") or one.source_id,
            )
            for one in newest
        )

    def all(self) -> tuple[RfcVersion, ...]:
        """The versions by request and time."""
        return tuple(self._versions[id(one)] for one in self._gathered())

    def approvals(self) -> tuple[Approval, ...]:
        """The decisions, each on the content it was made on."""
        found: dict[str, tuple[Approval, Cells]] = {}
        for one in self._gathered():
            version = self._versions[id(one)]
            for cells, decision, at in self._decided[id(one)]:
                approval = self._approval(version, cells, decision, at)
                other = found.setdefault(approval.id, (approval, cells))
                if other[0] != approval:
                    line = other[1].row.line
                    cells.fault(
                        "decided_at", f"is the decision of line {line} on other content; keep the one that is true"
                    )
        return tuple(approval for approval, _ in sorted(found.values(), key=lambda pair: pair[0].id))

    def _gathered(self) -> Iterable[Gathered]:
        return [one for _, versions in sorted(self.by_id.items()) for _, one in sorted(versions.items())]

    def _gather(self, cells: Cells) -> None:
        source_id, said = cells.text("source_id"), cells.at_ms("valid_from")
        dated = bool(cells.text("valid_from"))
        at = said if dated else self.reading.extracted_ms
        if at is None and not dated:
            cells.fault("valid_from", "is empty; write it, or say when the file was exported")
        if at is None or not source_id:
            return
        other = self.by_id.setdefault(source_id, {}).setdefault(at, Gathered(cells, source_id, at, dated))
        if other.cells is not cells:
            cells.fault("valid_from", f"is that of line {other.cells.row.line}; one row for each version of a request")

    def _whole(self, cells: Cells) -> Gathered | None:
        """The version that a row of a part belongs to."""
        source_id = cells.text("source_id")
        versions = self.by_id.get(source_id, {})
        if not cells.text("valid_from"):
            if len(versions) == 1:
                return next(iter(versions.values()))
            if versions:
                cells.fault("valid_from", f"is empty; write which of the {len(versions)} versions the row belongs to")
                return None
        at = cells.at_ms("valid_from")
        if at in versions:
            return versions[at]
        if source_id and (at is not None or not versions):
            cells.fault("source_id", f'no version of "{source_id}" at this time in the file; mind valid_from')
        return None

    def _decisions(self, one: Gathered) -> list[tuple[Cells, Decision, Ms]]:
        found = []
        for cells in one.approvals:
            at = cells.at_ms("decided_at")
            decision = cells.word("decision", self.reading.words.decisions, Decision.APPROVED, "decisions")
            if at is not None:
                found.append((cells, decision, at))
            elif not cells.text("decided_at"):
                cells.caveat("decided_at", "is empty; this is no approval until it is given")
        return found

    def _approval(self, version: RfcVersion, cells: Cells, decision: Decision, at: Ms) -> Approval:
        approver = self.logins.of(cells.text("approver"))
        return Approval(
            id=digest(version.rfc, approver, str(at)),
            rfc=version.rfc,
            approver=approver,
            role=cells.text("role"),
            decision=decision,
            decided_ms=at,
            material_hash=version.material_hash,
        )

    def _version(self, one: Gathered) -> RfcVersion:
        cells, words = one.cells, self.reading.words
        rfc = rfc_id(self.reading.source, one.source_id)
        windows = tuple(sorted(one.windows, key=lambda w: (w.after_ms, w.until_ms, w.text)))
        scope = tuple(sorted(one.scope, key=lambda s: canonical_json(body(s))))
        expected = tuple(sorted(one.expected, key=lambda e: canonical_json(body(e))))
        implementers = tuple(sorted({self.logins.of(login) for login in cells.texts("implementers")}))
        type_ = cells.word("type", words.types, RfcType.NORMAL, "types")
        exempt, risk = cells.flag("freeze_exempt"), cells.text("risk")
        version = RfcVersion(
            id=f"{rfc}@{one.valid_from}",
            rfc=rfc,
            valid_from_ms=one.valid_from,
            material_hash=material_hash(
                windows=windows,
                scope=scope,
                expected=expected,
                implementers=implementers,
                type_=type_,
                risk=risk,
                freeze_exempt=exempt,
            ),
            type=type_,
            state=cells.word("state", words.states, RfcState.DRAFT, "states"),
            source_state=cells.text("state"),
            on_hold=cells.flag("on_hold"),
            title=cells.text("title"),
            requester=self.logins.of(cells.text("requester")) or None,
            owner=self.logins.of(cells.text("owner")) or None,
            implementers=implementers,
            opened_ms=cells.at_ms("opened_at"),
            risk=risk,
            close_code=cells.text("close_code"),
            windows=windows,
            scope=scope,
            expected=expected,
            quorum=cells.count("quorum", blank=1),
            template_approved_ms=cells.at_ms("template_approved_at"),
            review_due_ms=cells.at_ms("review_due_at"),
            freeze_exempt=exempt,
            retro_declared=cells.flag("retro_declared"),
            version_assumed=self._assumed(one),
        )
        return replace(version, raw_hash=sha256(canonical_json(body(version)).encode()).hexdigest())

    def _assumed(self, one: Gathered) -> bool:
        """Whether somebody approved before this content is known to have stood at the source."""
        first = min((at for _, decision, at in self._decided[id(one)] if decision is Decision.APPROVED), default=None)
        return not one.dated or (first is not None and first < one.valid_from)
