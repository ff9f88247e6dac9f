"""Logins of a file under their pseudonyms. Only here does a login leave the file, as a personal field of its person."""

from __future__ import annotations

from dataclasses import dataclass, field

from driftline.graph.model.people import Person
from driftline.graph.model.pseudonym import pseudonym

TEAM = "team:"
"""In front of a name that is a team's and not a login."""


@dataclass(slots=True)
class Logins:
    """Everybody whom a file names."""

    site_key: bytes = field(repr=False)
    said: dict[str, str] = field(default_factory=dict, repr=False)

    def of(self, login: str) -> str:
        """The pseudonym of a login; a team stays what it is, and nobody stays nobody."""
        if not login:
            return ""
        if login.casefold().startswith(TEAM):
            return TEAM + login[len(TEAM) :].strip()
        name = pseudonym(self.site_key, login)
        self.said[name] = min(login, self.said.get(name, login))
        return name

    @property
    def persons(self) -> tuple[Person, ...]:
        """The people as items, of which only the pseudonym is not personal."""
        return tuple(Person(pseudonym=name, login=self.said[name]) for name in sorted(self.said))
