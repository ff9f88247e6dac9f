"""People, teams, services, customers and sites from files, and who answers for which CI.

    people = read_people(drop(path), reading)           # raises BadFiles with every fault of every line
    parts = people.parts(bindings, read_ms)             # bindings: which CI each text of people.texts is

CIs stay the texts that people wrote until the memory knows them. A text that is no known CI becomes ``Unread`` and its
link is not made; the rest of its row counts. It may have been a known CI before, under a name that it has no longer, so
nothing that was said before is taken back for it: what a service relies on is withheld, and a list of owners with such
a text in it is not complete.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from driftline.collectors.records.files.columns import flat
from driftline.collectors.records.files.comma import rows_of
from driftline.collectors.records.files.document import Document
from driftline.collectors.records.files.drop import run_id
from driftline.collectors.records.files.faults import BadFiles, Fault
from driftline.collectors.records.files.people_tables import PEOPLE_TABLES
from driftline.collectors.records.files.reading import Reading
from driftline.collectors.records.files.register import Owned, Register, known_ci
from driftline.collectors.records.files.rfc_tables import HEADS
from driftline.collectors.records.files.rows import Cells, Notes, answered
from driftline.graph.model.ci_text import CiText
from driftline.graph.model.declare import Item, Ref
from driftline.graph.model.observed import MEMBERSHIP, Coverage, Link, Part, SourceIs, Status, Unread, Withheld
from driftline.graph.model.people import Service
from driftline.graph.model.values import Key, Ms

TABLE_KINDS = {"sites": "Site", "teams": "Team", "people": "Person", "services": "Service", "customers": "Customer"}
LINKED = {"OWNED_BY", "SUPPORTED_BY", "LOCATED_AT"}


@dataclass(frozen=True, slots=True)
class People:
    """What a drop of files says. ``run``: SHA-256 of its content; ``relied``: CI texts by service and their places."""

    run: str
    source: str
    items: tuple[Item, ...]
    relied: Mapping[str, tuple[tuple[CiText, Fault], ...]]
    owned: tuple[Owned, ...]
    tables: frozenset[str]
    full: bool
    caveats: tuple[Fault, ...] = field(default=())

    @property
    def texts(self) -> tuple[CiText, ...]:
        """Every CI that the files name."""
        relied = (text for texts in self.relied.values() for text, _ in texts)
        return tuple(sorted({*relied, *(owned.ci for owned in self.owned)}))

    def parts(self, bindings: Mapping[CiText, Key], read_ms: Ms) -> Iterator[Part]:
        """The observation: items, links of other sources' CIs, what is not bound, coverage of each file given."""
        yield SourceIs(self.source)
        for item in self.items:
            yield self._bound(item, bindings) if isinstance(item, Service) else item
        yield from self._withheld(bindings)
        for owned in self.owned:
            if ci := bindings.get(owned.ci):
                yield from (Link(known_ci(ci), type_, dst) for type_, dst in owned.ends)
        yield from self._unread(bindings)
        yield from self._coverage(bindings, read_ms)

    def _bound(self, service: Service, bindings: Mapping[CiText, Key]) -> Service:
        cis = sorted({ci for text, _ in self.relied.get(service.name, ()) if (ci := bindings.get(text))})
        return replace(service, relies_on=tuple(known_ci(ci) for ci in cis))

    def _withheld(self, bindings: Mapping[CiText, Key]) -> Iterator[Withheld]:
        for service, texts in sorted(self.relied.items()):
            if unknown := sorted({text.text for text, _ in texts if text not in bindings}):
                yield Withheld(Ref("Service", "name", (service,)), ("relies_on",), f"no known CI: {unknown[0]}")

    def _unread(self, bindings: Mapping[CiText, Key]) -> Iterator[Unread]:
        named = [pair for texts in self.relied.values() for pair in texts]
        named += [(owned.ci, owned.place) for owned in self.owned]
        for text, place in sorted(named, key=lambda pair: pair[1]):
            if text not in bindings:
                yield Unread(place.file, f"{place.line}: {place.column}", f'"{text.text}" is no known CI, or several')

    def _coverage(self, bindings: Mapping[CiText, Key], read_ms: Ms) -> Iterator[Coverage]:
        membership = Status.COMPLETE if self.full else Status.PARTIAL
        for table, kind in TABLE_KINDS.items():
            if table in self.tables:
                count = sum(item.kind == kind for item in self.items)
                yield Coverage(kind, MEMBERSHIP, membership, count, read_ms, read_ms)
                yield Coverage(kind, "config", Status.COMPLETE, count, read_ms, read_ms)
        if "owners" in self.tables:
            bound = all(owned.ci in bindings for owned in self.owned)
            for type_ in sorted(LINKED):
                count = sum(type_ in dict(owned.ends) for owned in self.owned)
                status = membership if bound else Status.PARTIAL
                yield Coverage("Item", type_.lower(), status, count, read_ms, read_ms)


def read_people(files: Mapping[str, bytes], reading: Reading) -> People:
    """Read one JSON document, or CSV files by name.

    Raises:
        BadFiles: with every fault; then nothing of the drop may be used.
    """
    notes = Notes()
    if len(files) == 1 and next(iter(files)).endswith(".json"):
        (name, content), *_ = files.items()
        document = Document(name, content, PEOPLE_TABLES, HEADS)
        head = Cells(document.head(notes), reading, notes)
        head.at_ms("extracted_at")
        reading = replace(reading, full=reading.full or head.flag("full"))
        given, rows = frozenset(document.root) & set(flat(PEOPLE_TABLES)), document.rows(notes)
    else:
        given = frozenset(name.removesuffix(".csv") for name in files)
        rows = rows_of(files, flat(PEOPLE_TABLES), reading, notes)
    register = Register(answered(rows, reading, notes), reading)
    people = People(
        run=run_id(files),
        source=reading.source,
        items=register.items(),
        relied=register.relied(),
        owned=register.owned(),
        tables=given,
        full=reading.full,
        caveats=tuple(sorted(set(notes.caveats))),
    )
    if notes.faults:
        raise BadFiles(notes.faults)
    return people
