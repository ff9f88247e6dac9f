"""Looking for a CI with whatever is at hand: a name or a glob of it, a key, serial, UUID, moref, address or MAC."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_interface

from driftline.graph.lookup import StoreLookup
from driftline.graph.model import canonical
from driftline.graph.model.ci_text import CiText, parted
from driftline.graph.model.declare import Item, Strength
from driftline.graph.model.identity import key_text
from driftline.graph.model.values import Key
from driftline.graph.questions.binding import SUGGESTIONS, Ambiguous, Bound, bind_all
from driftline.graph.questions.names import CiName, names
from driftline.graph.questions.population import all_of
from driftline.graph.questions.viewer import Viewer
from driftline.graph.store import State, Store


@dataclass(frozen=True, slots=True)
class Match:
    """One CI that fits. ``by``: key, identity, name, locator, glob, moref, address, or ended name."""

    ci: Key
    kind: str
    name: str
    by: str
    ended: bool


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that fits, living ones first; if nothing does, the names that come near."""

    matches: tuple[Match, ...]
    nearest: tuple[str, ...] = ()


class NoSuchCi(LookupError):
    """No CI fits a text. ``nearest``: names that a person may have meant."""

    def __init__(self, text: str, nearest: tuple[str, ...]) -> None:
        hint = f"; did you mean {' or '.join(nearest)}?" if nearest else ""
        super().__init__(f'no item "{text}"{hint}')
        self.text, self.nearest = text, nearest


class SeveralCis(LookupError):
    """More than one CI fits a text where one is wanted."""

    def __init__(self, text: str, matches: tuple[Match, ...]) -> None:
        listed = "".join(f"\n  {match.kind} {match.name}: {match.ci}" for match in matches)
        super().__init__(f'"{text}" means {len(matches)} items; name one of them by its key:{listed}')
        self.text, self.matches = text, matches


def the_one(viewer: Viewer, store: Store, text: str) -> Key:
    """The one CI that a text means.

    Raises:
        NoSuchCi: nothing fits.
        SeveralCis: several do; one that lives counts before ended ones.
    """
    found = find_ci(viewer, store, text)
    if not found.matches:
        raise NoSuchCi(text, found.nearest)
    living = [match for match in found.matches if not match.ended]
    fits = living or list(found.matches)
    if len(fits) > 1:
        raise SeveralCis(text, tuple(fits))
    return fits[0].ci


def find_ci(viewer: Viewer, store: Store, text: str) -> Found:
    """Everything that fits a text: what binds by the rules for requests, and only if nothing does, what else fits."""
    ask = CiText(text)
    binding = bind_all(viewer, store, [ask])[ask]
    if isinstance(binding, Bound):
        return Found(_matches(viewer, store, {binding.ci: binding.by}))
    if isinstance(binding, Ambiguous):
        return Found(_matches(viewer, store, dict.fromkeys(binding.cis, binding.by)))
    return _searched(viewer, store, parted(ask, tuple(store.model.items)))


def _searched(viewer: Viewer, store: Store, ask: CiText) -> Found:
    """Go through the whole population: only for texts that no index answers."""
    kinds = [kind for name, kind in store.model.items.items() if ask.kind in {"", name}]
    by = _by_moref(store, kinds, ask.text)
    fits = _tests(ask.text)
    titles: set[str] = set()
    for kind in kinds:
        for key, state in all_of(viewer, store, kind.kind).items():
            titles.add(str(state.attrs.get(kind.title_field, "")))
            if how := next((how for how, test in fits if test(kind, state)), None):
                by.setdefault(key, how)
    return Found(_matches(viewer, store, by), () if by else _near(ask.text, titles))


def _matches(viewer: Viewer, store: Store, by: dict[Key, str]) -> tuple[Match, ...]:
    known = names(viewer, store, by)
    found = [_match(known[ci], how) for ci, how in by.items() if ci in known]
    return tuple(sorted(found, key=lambda m: (m.ended, m.kind, m.name, m.ci)))


def _match(named: CiName, how: str) -> Match:
    return Match(named.ci, named.kind, named.name, how, named.ended)


def _near(text: str, titles: set[str]) -> tuple[str, ...]:
    folded = {title.casefold(): title for title in sorted(titles - {""})}
    return tuple(folded[near] for near in get_close_matches(text.casefold(), sorted(folded), n=SUGGESTIONS))


Test = Callable[[type[Item], State], bool]


def _tests(text: str) -> list[tuple[str, Test]]:
    """How a CI may fit a text that binds nothing."""
    tests: list[tuple[str, Test]] = []
    folded = text.casefold()
    if any(sign in text for sign in "*?["):
        tests.append(("glob", lambda kind, s: fnmatchcase(str(s.attrs.get(kind.title_field, "")).casefold(), folded)))
    if (address := _address(text)) is not None:
        tests.append(("address", lambda kind, s: address in _addresses(kind, s)))
    if (mac := canonical.mac(text)) is not None:
        tests.append(("address", lambda kind, s: mac in _said_with(kind, s, canonical.mac)))
    tests.append(("name", lambda kind, s: str(s.attrs.get(kind.title_field, "")).casefold() == _formed(kind, text)))
    return tests


def _formed(kind: type[Item], text: str) -> str:
    """A name in the form in which the kind keeps names, whatever its letter case."""
    form = dict(kind.forms).get(kind.title_field)
    return str(form(text) if form else text).casefold()


def _address(text: str) -> str | None:
    try:
        return str(ip_address(text.strip()))
    except ValueError:
        return None


def _addresses(kind: type[Item], state: State) -> set[str]:
    return {str(ip_interface(one).ip) for one in _said_with(kind, state, canonical.addresses) if _address_like(one)}


def _address_like(text: str) -> bool:
    return _address(text.partition("/")[0]) is not None


def _said_with(kind: type[Item], state: State, form: Callable[..., object]) -> Iterator[str]:
    """What a CI says in the fields that are brought to this form: its addresses are known by their form."""
    for name in (name for name, used in kind.forms if used is form):
        said = state.attrs.get(name)
        yield from said if isinstance(said, tuple) else [str(said)] if said is not None else []


def _by_moref(store: Store, kinds: list[type[Item]], text: str) -> dict[Key, str]:
    """Local keys are texts that hold inside one source: the text as each source may have said it."""
    sources = [str(source) for source in store.count("ReadCoverage", by="source")]
    local = [(k, s) for k in kinds for s in k.key_specs if s.strength is Strength.LOCAL and len(s.fields) == 1]
    texts = [key_text(k.kind, s, (text,), source) for k, s in local if s.within is None for source in sources]
    return {hit.ci: "moref" for hit in StoreLookup(store).aliases(sorted(texts)).values()}
