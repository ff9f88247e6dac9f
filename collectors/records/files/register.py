"""Who and what the rows of a people file describe. Whoever is named must be described in the same drop of files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from driftline.collectors.records.files.faults import Fault, meant
from driftline.collectors.records.files.logins import TEAM, Logins
from driftline.collectors.records.files.reading import KIND_NAMES, Reading
from driftline.collectors.records.files.rows import Cells
from driftline.graph.model.ci_text import CiText, kind_named
from driftline.graph.model.declare import Item, Ref
from driftline.graph.model.people import Criticality, Customer, Person, Service, Site, Team
from driftline.graph.model.values import Key


@dataclass(frozen=True, slots=True)
class Owned:
    """A CI as the file names it, and the links that the file gives it: type and other end."""

    ci: CiText
    place: Fault
    ends: tuple[tuple[str, Ref], ...]


def known_ci(ci: Key) -> Ref:
    """A CI that another source describes."""
    return Ref("Item", "key", (ci,))


class Register:
    """All rows of a drop, each thing under its name once."""

    def __init__(self, tables: Mapping[str, list[Cells]], reading: Reading) -> None:
        self.logins = Logins(reading.site_key)
        self.owners = tables.get("owners", [])
        self.sites = self._named(tables, "sites")
        self.teams = self._named(tables, "teams")
        self.services = self._named(tables, "services")
        self.customers = self._named(tables, "customers")
        self.people: dict[str, Cells] = {}
        self.main: dict[str, str] = {}
        for cells in tables.get("people", []):
            self._person_row(cells)

    def items(self) -> tuple[Item, ...]:
        """Everything described, links between them included; CIs that services rely on are not bound yet."""
        sites = [Site(name=n, address=c.text("address") or None) for n, c in self.sites.items()]
        teams = [Team(name=n, contact=c.text("contact") or None) for n, c in self.teams.items()]
        people = [self._person(name, cells) for name, cells in self.people.items()]
        services = [self._service(name, cells) for name, cells in self.services.items()]
        customers = [Customer(name=n, services=self._bought(c)) for n, c in self.customers.items()]
        return (*sites, *teams, *people, *services, *customers)

    def relied(self) -> dict[str, tuple[tuple[CiText, Fault], ...]]:
        """CIs that each service relies on, as the file names them."""
        return {
            name: tuple((CiText(text), _place(cells, "relies_on")) for text in sorted(cells.texts("relies_on")))
            for name, cells in self.services.items()
        }

    def owned(self) -> tuple[Owned, ...]:
        """Owner, support and site of CIs. A CI named twice in the same words is a fault."""
        found: dict[CiText, Owned] = {}
        for cells in self.owners:
            ci = CiText(cells.text("ci"), self._kind(cells))
            one = Owned(ci, _place(cells, "ci"), self._ends(cells))
            first = found.setdefault(ci, one)
            if first is not one:
                cells.fault("ci", f"is that of line {first.place.line}; one row for each CI")
        return tuple(found[ci] for ci in sorted(found))

    def _named(self, tables: Mapping[str, list[Cells]], table: str) -> dict[str, Cells]:
        found: dict[str, Cells] = {}
        for cells in tables.get(table, []):
            name = cells.text("name")
            first = found.setdefault(name, cells) if name else cells
            if first is not cells:
                cells.fault("name", f"is that of line {first.row.line}; one row for each name")
        return dict(sorted(found.items()))

    def _person_row(self, cells: Cells) -> None:
        main = self.logins.of(cells.text("login"))
        if main.startswith(TEAM):
            cells.fault("login", f"is not a login; {TEAM} names a team")
        if not main:
            return
        for column in ("login", "other_logins"):
            for name in map(self.logins.of, cells.texts(column)):
                if self.main.setdefault(name, main) != main or (column == "login" and main in self.people):
                    first = self.people[self.main[name]].row.line
                    cells.fault(column, f"is a login of line {first} too; one row for each person")
        self.people.setdefault(main, cells)

    def _person(self, name: str, cells: Cells) -> Person:
        also = tuple(self.logins.of(login) for login in cells.texts("other_logins"))
        return Person(
            pseudonym=name,
            also=also or None,
            login=cells.text("login"),
            name=cells.text("name") or None,
            mail=cells.text("mail") or None,
            phone=cells.text("phone") or None,
            team=self._team(cells, "team"),
        )

    def _service(self, name: str, cells: Cells) -> Service:
        said = cells.text("criticality")
        return Service(
            name=name,
            criticality=Criticality(said) if said in set(Criticality) else None,
            owner=self._owner(cells),
            support=self._team(cells, "support"),
            site=self._site(cells),
        )

    def _bought(self, cells: Cells) -> tuple[Ref, ...]:
        names = sorted(cells.texts("services"))
        return tuple(ref for n in names if (ref := self._ref(cells, "services", "Service", n, self.services)))

    def _ends(self, cells: Cells) -> tuple[tuple[str, Ref], ...]:
        ends = (
            ("OWNED_BY", self._owner(cells)),
            ("SUPPORTED_BY", self._team(cells, "support")),
            ("LOCATED_AT", self._site(cells)),
        )
        if not any(cells.text(name) for name in ("owner", "support", "site")):
            cells.fault("ci", "has no owner, support or site; write one, or leave the row out")
        return tuple((type_, ref) for type_, ref in ends if ref)

    def _owner(self, cells: Cells) -> Ref | None:
        said = cells.text("owner")
        name = self.logins.of(said)
        if name.startswith(TEAM):
            return self._ref(cells, "owner", "Team", name.removeprefix(TEAM), self.teams)
        if name and name not in self.main:
            cells.fault("owner", "is not in the table of people; add the person, or write team:NAME")
        return Ref("Person", "pseudonym", (self.main[name],)) if name in self.main else None

    def _team(self, cells: Cells, column: str) -> Ref | None:
        return self._ref(cells, column, "Team", cells.text(column), self.teams)

    def _site(self, cells: Cells) -> Ref | None:
        return self._ref(cells, "site", "Site", cells.text("site"), self.sites)

    def _ref(self, cells: Cells, column: str, kind: str, name: str, known: Mapping[str, Cells]) -> Ref | None:
        if name and name not in known:
            cells.fault(
                column, f'no {kind.lower()} "{name}" in these files; {meant(name, known) if known else "add it"}'
            )
        return Ref(kind, "name", (name,)) if name in known else None

    def _kind(self, cells: Cells) -> str:
        said = cells.text("kind")
        kind = kind_named(said, KIND_NAMES) if said else ""
        if kind is None:
            cells.fault("kind", f'no kind "{said}"; {meant(said, KIND_NAMES)}')
        return kind or ""


def _place(cells: Cells, column: str) -> Fault:
    return Fault(cells.row.file, cells.row.line, f"{cells.row.path}{column}", "")
