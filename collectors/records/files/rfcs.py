"""Change requests from files: all of a file or nothing of it, versions with their own approvals, nothing guessed.

    imported = read_rfcs(drop(path), reading)      # raises BadFiles with every fault of every line

Sending the same content again gives the same run id and the same records with the same ids, in any order of rows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from driftline.collectors.records.files.columns import flat
from driftline.collectors.records.files.comma import rows_of
from driftline.collectors.records.files.document import Document
from driftline.collectors.records.files.drop import run_id
from driftline.collectors.records.files.faults import BadFiles, Fault
from driftline.collectors.records.files.freezes import freezes
from driftline.collectors.records.files.logins import Logins
from driftline.collectors.records.files.reading import Reading
from driftline.collectors.records.files.rfc_tables import HEADS, RFC_TABLES
from driftline.collectors.records.files.rows import Cells, Notes, answered
from driftline.collectors.records.files.versions import Versions, rfc_id
from driftline.graph.model.change_records import Approval, Freeze, Revocation, Rfc, RfcVersion
from driftline.graph.model.declare import Record
from driftline.graph.model.people import Person
from driftline.graph.model.values import Ms, digest


@dataclass(frozen=True, slots=True)
class Imported:
    """What a drop of files says. ``run``: SHA-256 of its content; ``caveats``: what a person should look at.

    Scope and expected lines name CIs by text until they are bound. ``persons`` carry the logins behind pseudonyms,
    which are personal fields. ``read``: rows by table, for the coverage of the import.
    """

    run: str
    source: str
    rfcs: tuple[Rfc, ...]
    versions: tuple[RfcVersion, ...]
    approvals: tuple[Approval, ...]
    revocations: tuple[Revocation, ...]
    freezes: tuple[Freeze, ...]
    persons: tuple[Person, ...]
    caveats: tuple[Fault, ...]
    read: Mapping[str, int]
    extracted_ms: Ms | None
    full: bool

    @property
    def records(self) -> tuple[Record, ...]:
        """All records, those that others refer to first."""
        return (*self.rfcs, *self.versions, *self.approvals, *self.revocations, *self.freezes)

    def deleted(self, known: Collection[str]) -> tuple[Revocation, ...]:
        """Ends of the known requests (by id) that a full export no longer holds; of any other nothing follows."""
        if not self.full or self.extracted_ms is None:
            return ()
        gone = sorted(set(known) - {rfc.id for rfc in self.rfcs})
        return tuple(revocation(rfc, self.extracted_ms, "deleted") for rfc in gone)


def read_rfcs(files: Mapping[str, bytes], reading: Reading) -> Imported:
    """Read one JSON document, or CSV files by name.

    Raises:
        BadFiles: with every fault; then nothing of the drop may be imported.
    """
    notes = Notes()
    if len(files) == 1 and next(iter(files)).endswith(".json"):
        (name, content), *_ = files.items()
        document = Document(name, content, RFC_TABLES, HEADS)
        head = Cells(document.head(notes), reading, notes)
        extracted = head.at_ms("extracted_at")
        extracted = reading.extracted_ms if extracted is None else extracted
        reading = replace(reading, extracted_ms=extracted, full=reading.full or head.flag("full"))
        rows = document.rows(notes)
    else:
        rows = rows_of(files, flat(RFC_TABLES), reading, notes)
        if not {"rfcs.csv", "freezes.csv", "revocations.csv"} & set(files):
            notes.faults.append(Fault("rfcs.csv", 0, "", "is missing; add it, or name the one file that ends in .json"))
    if reading.full and reading.extracted_ms is None:
        notes.faults.append(
            Fault(min(files, default=""), 0, "extracted_at", "is not said; a full export needs its time")
        )
    tables = answered(rows, reading, notes)
    imported = _imported(tables, reading, notes, run_id(files))
    if notes.faults:
        raise BadFiles(notes.faults)
    return imported


def revocation(rfc: str, at: Ms, reason: str) -> Revocation:
    """The end of a request's authority."""
    return Revocation(id=digest(rfc, reason, str(at)), rfc=rfc, at_ms=at, reason=reason)


def _imported(tables: Mapping[str, list[Cells]], reading: Reading, notes: Notes, run: str) -> Imported:
    logins = Logins(reading.site_key)
    versions = Versions(tables, reading, logins)
    return Imported(
        run=run,
        source=reading.source,
        rfcs=versions.rfcs(),
        versions=versions.all(),
        approvals=versions.approvals(),
        revocations=_revocations(tables.get("revocations", []), reading),
        freezes=freezes(tables.get("freezes", []), reading, logins),
        persons=logins.persons,
        caveats=tuple(sorted(set(notes.caveats))),
        read={name: len(cells) for name, cells in sorted(tables.items())},
        extracted_ms=reading.extracted_ms,
        full=reading.full,
    )


def _revocations(rows: list[Cells], reading: Reading) -> tuple[Revocation, ...]:
    said = ((cells, cells.at_ms("at")) for cells in rows)
    found = {
        (at, rfc_id(reading.source, cells.text("source_id")), cells.text("reason"))
        for cells, at in said
        if at is not None
    }
    return tuple(revocation(rfc, at, reason) for at, rfc, reason in sorted(found))
