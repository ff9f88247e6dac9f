"""What people call a CI: its title, with the name of what it is a part of, and of a person the person's name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from driftline.graph.lookup import pieces
from driftline.graph.model.values import Key, Micros
from driftline.graph.questions.people import people
from driftline.graph.questions.viewer import Viewer
from driftline.graph.store import Direction, State, Store


@dataclass(frozen=True, slots=True)
class CiName:
    """A CI under its name. ``ended``: it exists no more."""

    ci: Key
    kind: str
    name: str
    ended: bool = False


def names(viewer: Viewer, store: Store, cis: Iterable[str], *, at: Micros | None = None) -> dict[Key, CiName]:
    """The names of CIs; a key that leads to nothing, or to nothing at that instant, is left out."""
    keys = sorted({Key(ci) for ci in cis})
    states = read_all(store, keys, at=at)
    owner, whole = _owners(store, states, at)
    titles = {key: _title(store, state) for key, state in (whole | states).items()}
    who = people(viewer, store, (title for title in titles.values()))
    shown = {key: who[title].text if title in who else title for key, title in titles.items()}
    return {
        key: CiName(key, state.kind, _full(shown, key, owner), state.deleted is not None)
        for key, state in states.items()
    }


def _owners(store: Store, states: Mapping[Key, State], at: Micros | None) -> tuple[dict[Key, Key], dict[Key, State]]:
    """Of what each is a part, up to what is none; and the states of all these."""
    owner: dict[Key, Key] = {}
    whole: dict[Key, State] = {}
    level = states
    while parts := [key for key, state in level.items() if store.model.items[state.kind].owner_field]:
        found = [link for p in pieces(parts) for link in store.links(p, Direction.OUT, ["PART_OF"], at=at)]
        owner |= {link.src: link.dst for link in found}
        level = read_all(store, sorted({link.dst for link in found} - whole.keys()), at=at)
        whole |= level
    return owner, whole


def read_all(store: Store, keys: Iterable[Key], *, at: Micros | None = None) -> dict[Key, State]:
    """States of any number of CIs."""
    wanted = list(keys)
    return {key: state for piece in pieces(wanted) for key, state in store.read(piece, at=at).items()}


def call(known: Mapping[Key, CiName], ci: str) -> str:
    """The name of a CI, or its key where it has none."""
    named = known.get(Key(ci))
    return named.name if named else ci


def _title(store: Store, state: State) -> str:
    said = state.attrs.get(store.model.items[state.kind].title_field)
    return str(state.key if said is None else said)


def _full(shown: Mapping[Key, str], key: Key, owner: Mapping[Key, Key]) -> str:
    above = owner.get(key)
    return shown[key] if above is None or above not in shown else f"{_full(shown, above, owner)} / {shown[key]}"
