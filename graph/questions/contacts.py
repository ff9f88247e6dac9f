"""Who answers for CIs and who is called when they break."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from driftline.graph.lookup import pieces
from driftline.graph.model.values import Key, Micros
from driftline.graph.questions.names import call, names, read_all
from driftline.graph.questions.people import Who, people
from driftline.graph.questions.viewer import Viewer
from driftline.graph.store import Direction, Store

ROLES = {"OWNED_BY": "owner", "SUPPORTED_BY": "support"}


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody to call. ``role``: owner or support; ``of``: what they answer for; ``reach``: how they are reached."""

    ci: Key
    kind: str
    name: str
    role: str
    of: Key
    of_name: str
    reach: tuple[str, ...]


def contacts(viewer: Viewer, store: Store, cis: Sequence[Key], *, at: Micros | None = None) -> tuple[Contact, ...]:
    """Owners and support of these CIs, and the teams of owners who are people."""
    links = [link for p in pieces(cis) for link in store.links(p, Direction.OUT, list(ROLES), at=at)]
    ends = sorted({link.dst for link in links})
    states = read_all(store, ends, at=at)
    who = people(viewer, store, (str(state.attrs.get("pseudonym", "")) for state in states.values()))
    known = names(viewer, store, {*ends, *(link.src for link in links)}, at=at)
    found = [
        Contact(
            link.dst,
            states[link.dst].kind,
            call(known, link.dst),
            ROLES[link.type],
            link.src,
            call(known, link.src),
            _reach(states[link.dst].attrs.get("contact"), who.get(str(states[link.dst].attrs.get("pseudonym")))),
        )
        for link in links
        if link.dst in states
    ]
    return tuple(sorted(found, key=lambda c: (c.of_name, c.role, c.name, c.of)))


def _reach(contact: object, who: Who | None) -> tuple[str, ...]:
    """How somebody is reached, the most direct first."""
    said: Iterable[object] = (contact, who and who.phone, who and who.mail)
    return tuple(str(one) for one in said if one)
