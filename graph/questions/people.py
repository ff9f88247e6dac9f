"""Who stands behind a pseudonym. Joined when an answer is made, so that erasing a person erases them everywhere."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from driftline.graph.questions.population import all_of
from driftline.graph.questions.viewer import Viewer
from driftline.graph.store import Store

PSEUDONYM = re.compile(r"p-[0-9a-f]{20}")


@dataclass(frozen=True, slots=True)
class Who:
    """A person as far as known; an erased one has only the pseudonym."""

    pseudonym: str
    name: str | None = None
    login: str | None = None
    mail: str | None = None
    phone: str | None = None

    @property
    def text(self) -> str:
        """The person in a sentence: name and login, or what is known of them."""
        if self.name and self.login:
            return f"{self.name} ({self.login})"
        return self.name or self.login or self.pseudonym


def people(viewer: Viewer, store: Store, pseudonyms: Iterable[str]) -> dict[str, Who]:
    """Everybody asked for who is a pseudonym; further logins of a person lead to that person."""
    wanted = sorted({one for one in pseudonyms if PSEUDONYM.fullmatch(one)})
    if not wanted:
        return {}
    known = store.persons(wanted)
    unnamed = [one for one in wanted if "name" not in known.get(one, {})]
    main = _main(viewer, store) if unnamed else {}
    mains = store.persons(sorted({main[one] for one in unnamed if one in main}))
    return {one: Who(one, **(mains.get(main.get(one, ""), {}) | known.get(one, {}))) for one in wanted}


def named_in(texts: Iterable[str]) -> set[str]:
    """Every pseudonym in these texts."""
    return {found for text in texts for found in PSEUDONYM.findall(text)}


def unmask(text: str, known: Mapping[str, Who]) -> str:
    """The text with people in place of pseudonyms."""
    return PSEUDONYM.sub(lambda m: known[m[0]].text if m[0] in known else m[0], text)


def _main(viewer: Viewer, store: Store) -> dict[str, str]:
    """Further logins of people, and whose they are."""
    persons = all_of(viewer, store, "Person").values() if "Person" in store.model.items else ()
    found: dict[str, str] = {}
    for state in persons:
        also = state.attrs.get("also")
        for one in also if isinstance(also, tuple) else ():
            found[one] = str(state.attrs["pseudonym"])
    return found
