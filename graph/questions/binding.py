"""Which CI a person means: by its key, a serial number or UUID, or its exact name. Two hits bind nothing.

The order is that of change-records.md 4. A near name is only ever suggested; it never binds. A name that no living CI
has may be that of an ended or renamed one: a request for a machine that is gone by now still covers its removal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum

from driftline.graph.lookup import StoreLookup, pieces
from driftline.graph.model.ci_text import CiText, parted
from driftline.graph.model.declare import Item, KeySpec, Strength
from driftline.graph.model.identity import key_text
from driftline.graph.model.values import Key
from driftline.graph.questions.population import all_of, everything_found, sites
from driftline.graph.questions.viewer import Viewer
from driftline.graph.resolve import Hit
from driftline.graph.store import Compare, Cond, Store

LOCATOR = ("moref",)
UNAMBIGUOUS = frozenset({Strength.STRONG, Strength.TRANSFER})
SUGGESTIONS = 3


class By(StrEnum):
    """What told which CI is meant, the surest first."""

    KEY = "key"
    IDENTITY = "identity"
    NAME = "name"
    LOCATOR = "locator"
    FORMER_NAME = "former name"


@dataclass(frozen=True, slots=True)
class Bound:
    """The one CI that is meant."""

    ci: Key
    by: By


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several CIs fit, so none is meant."""

    cis: tuple[Key, ...]
    by: By


@dataclass(frozen=True, slots=True)
class Unbound:
    """No CI fits. ``nearest``: names that a person may have meant; they bind nothing."""

    nearest: tuple[str, ...] = ()


Binding = Bound | Ambiguous | Unbound
Hits = dict[CiText, set[Key]]


def bind(viewer: Viewer, store: Store, text: str, *, kind: str = "", site: str = "") -> Binding:
    """Which CI one text means; with suggestions if it means none."""
    ask = CiText(text, kind, site)
    found = bind_all(viewer, store, [ask])[ask]
    return Unbound(_nearest(viewer, store, ask)) if isinstance(found, Unbound) else found


def bind_all(viewer: Viewer, store: Store, asks: Iterable[CiText]) -> dict[CiText, Binding]:
    """Which CIs many texts mean, in a number of round trips that depends on the kinds, not on the texts."""
    kinds = tuple(store.model.items)
    wanted = {ask: parted(ask, kinds) for ask in sorted(set(asks))}
    found: dict[CiText, Binding] = {}
    for by, look in LOOKS:
        rest = [ask for ask in wanted if ask not in found]
        if rest:
            hits = look(viewer, store, sorted({wanted[ask] for ask in rest}))
            found |= {ask: _binding(hits[wanted[ask]], by) for ask in rest if hits.get(wanted[ask])}
    return {ask: found.get(ask, Unbound()) for ask in wanted}


def _binding(cis: set[Key], by: By) -> Binding:
    return Bound(next(iter(cis)), by) if len(cis) == 1 else Ambiguous(tuple(sorted(cis)), by)


def _by_key(_viewer: Viewer, store: Store, asks: Sequence[CiText]) -> Hits:
    """The text is a key, as driftline prints it."""
    hits = StoreLookup(store).aliases([ask.text for ask in asks])
    return {ask: {hit.ci} for ask in asks if (hit := hits.get(ask.text)) and _of_kind(hit.ci, ask.kind)}


def _by_identity(viewer: Viewer, store: Store, asks: Sequence[CiText]) -> Hits:
    """The text is the value of a strong key: a UUID, vendor/serial. Keys that are titles are left to names."""
    texts = {ask: [t for kind in _kinds(store, ask) for t in _identities(kind, ask.text)] for ask in asks}
    hits = StoreLookup(store).aliases(sorted({text for mine in texts.values() for text in mine}))
    found = {ask: {hits[text].ci for text in mine if _strong(hits.get(text))} for ask, mine in texts.items()}
    return _standing(viewer, store, found)


def _by_name(viewer: Viewer, store: Store, asks: Sequence[CiText]) -> Hits:
    """The text is the exact name of living CIs."""
    found: Hits = {}
    for kind in store.model.items.values():
        names = {ask: name for ask in asks if ask.kind in {"", kind.kind} and (name := _title(kind, ask.text))}
        by_name: dict[str, set[Key]] = {}
        for piece in pieces(sorted(set(names.values()))):
            for row in _named(store, kind, piece):
                by_name.setdefault(row[0], set()).add(row[1])
        for ask, name in names.items():
            found.setdefault(ask, set()).update(by_name.get(name, ()))
    return _standing(viewer, store, found)


def _by_locator(_viewer: Viewer, store: Store, asks: Sequence[CiText]) -> Hits:
    """The text is ``vm-42@vc.example.com``: a local key, inside the sources that sight this vCenter."""
    inside = {ask: parts for ask in asks if all(parts := ask.text.rpartition("@"))}
    centers = bind_all(_viewer, store, {CiText(where, "VCenter") for _, _, where in inside.values()})
    known = {where.text: bound.ci for where, bound in centers.items() if isinstance(bound, Bound)}
    sources = {
        ci: sorted({s.source for s in said}) for ci, said in store.sightings(sorted(set(known.values()))).items()
    }
    texts = {
        ask: [
            text
            for source in sources.get(known.get(where, Key("")), ())
            for kind in _kinds(store, ask)
            for spec in kind.key_specs
            if spec.fields == LOCATOR and (text := _key(kind, spec, (moref,), source))
        ]
        for ask, (moref, _, where) in inside.items()
    }
    hits = StoreLookup(store).aliases(sorted({text for mine in texts.values() for text in mine}))
    return {ask: {hits[text].ci for text in mine if text in hits} for ask, mine in texts.items()}


def _by_former_name(viewer: Viewer, store: Store, asks: Sequence[CiText]) -> Hits:
    """The text is a name that CIs had before they were renamed or ended. Asked only with a kind and without a site."""
    found: Hits = {}
    for kind in store.model.items.values():
        names = {
            ask: name for ask in asks if ask.kind == kind.kind and not ask.site and (name := _title(kind, ask.text))
        }
        by_name: dict[object, set[Key]] = {}
        for key, borne in _former(viewer, store, kind) if names else ():
            by_name.setdefault(borne, set()).add(key)
        found |= {ask: by_name[name] for ask, name in names.items() if name in by_name}
    return found


def _former(viewer: Viewer, store: Store, kind: type[Item]) -> Iterator[tuple[Key, object]]:
    population = all_of(viewer, store, kind.kind)
    yield from ((key, s.attrs.get(kind.title_field)) for key, s in population.items() if s.deleted is not None)
    for piece in pieces(sorted(population)):
        yield from ((past.ci, past.value) for past in store.revisions(piece, attr=kind.title_field))


LOOKS: tuple[tuple[By, Callable[[Viewer, Store, Sequence[CiText]], Hits]], ...] = (
    (By.KEY, _by_key),
    (By.IDENTITY, _by_identity),
    (By.NAME, _by_name),
    (By.LOCATOR, _by_locator),
    (By.FORMER_NAME, _by_former_name),
)


def _kinds(store: Store, ask: CiText) -> Iterable[type[Item]]:
    return (kind for name, kind in store.model.items.items() if ask.kind in {"", name})


def _of_kind(ci: Key, kind: str) -> bool:
    return not kind or ci.startswith(f"{kind}.")


def _strong(hit: Hit | None) -> bool:
    return hit is not None and hit.strength in UNAMBIGUOUS


def _identities(kind: type[Item], text: str) -> Iterable[str]:
    """Texts of the keys that this value would make, where it has their form."""
    forms = dict(kind.forms)
    for spec in kind.key_specs:
        parts = _values(spec, text)
        values = [forms[name](part) if name in forms else part for name, part in zip(spec.fields, parts, strict=False)]
        fits = parts and spec.strength in UNAMBIGUOUS and spec.within is None and spec.fields != (kind.title_field,)
        if fits and all(values) and (text_of_key := _key(kind, spec, tuple(values), None)):
            yield text_of_key


def _key(kind: type[Item], spec: KeySpec, values: tuple[str, ...], inside: str | None) -> str | None:
    """The text of a key; ``None`` for what is too long to be one."""
    try:
        return key_text(kind.kind, spec, values, inside)
    except ValueError:
        return None


def _values(spec: KeySpec, text: str) -> tuple[str, ...]:
    """The text split over the fields of a key; nothing if it does not fit."""
    parts = tuple(part.strip() for part in text.split("/", len(spec.fields) - 1)) if spec.fields else ()
    return parts if len(parts) == len(spec.fields) else ()


def _title(kind: type[Item], text: str) -> str | None:
    form = dict(kind.forms).get(kind.title_field)
    return form(text) if form else text


def _named(store: Store, kind: type[Item], names: Sequence[str]) -> Iterable[tuple[str, Key]]:
    """Living CIs by title, every one: a name is unambiguous only if all that bear it were seen."""
    title = kind.title_field
    rows = everything_found(store, kind.kind, [Cond(title, Compare.IN, list(names))], title)
    return ((str(row.body[title]), Key(row.id)) for row in rows)


def _standing(viewer: Viewer, store: Store, found: Hits) -> Hits:
    """Only those that stand at the site that is asked for, where one is."""
    cis = sorted({ci for ask, hits in found.items() if ask.site for ci in hits})
    standing: Mapping[Key, str] = sites(viewer, store, cis) if cis else {}
    return {a: {ci for ci in hits if not a.site or standing.get(ci) == a.site} for a, hits in found.items()}


def _nearest(viewer: Viewer, store: Store, ask: CiText) -> tuple[str, ...]:
    wanted = parted(ask, tuple(store.model.items))
    names: set[str] = set()
    for kind in _kinds(store, wanted):
        names |= {str(s.attrs.get(kind.title_field, "")) for s in all_of(viewer, store, kind.kind).values()}
    return tuple(get_close_matches(wanted.text, sorted(names - {""}), n=SUGGESTIONS))
