"""Identity decides which CI the thing is that a collector saw.

One pure function for all sources. It never guesses: keys that point to different CIs are a dispute, nothing merges,
both CIs are marked unsettled, and a person or a later observation settles it (decisions D4-D7, D16).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from driftline.graph.model.declare import Item, KeySpec, Ref, Relation, Strength
from driftline.graph.model.facts import Ends, Seen
from driftline.graph.model.identity import key_text
from driftline.graph.model.observed import ALL, Link, Withheld
from driftline.graph.model.schema import Model
from driftline.graph.model.values import Key, Value
from driftline.graph.records import Dispute
from driftline.graph.resolution import Birth, Dangling, Disputed, NewAlias, Resolution

KNOWN_CI = "Item"
"""Kind of a reference that already names a CI by its key."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a key leads."""

    ci: Key
    key: str
    strength: Strength


class Lookup(Protocol):
    """What identity must ask of the memory; every question takes many keys."""

    def aliases(self, texts: Sequence[str]) -> Mapping[str, Hit]:
        """Where these keys lead; unknown ones are left out."""

    def keys_of(self, ci: Key) -> Mapping[str, Hit]:
        """All keys that lead to a CI."""

    def existing(self, keys: Sequence[Key]) -> frozenset[Key]:
        """Which of these CIs exist, ended ones included."""

    def ended(self, keys: Sequence[Key]) -> frozenset[Key]:
        """Which of these CIs have ended."""

    def alive(self, ci: Key, but: str) -> bool:
        """Whether the CI lives and another source than ``but`` sights it."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """What makes identities uncertain: CIs in dispute, and kinds of which not all items were read.

    A CI in dispute that takes over a local key may be the other one; so may one whose key an item shows elsewhere.
    """

    disputed: Collection[Key] = ()
    loose: Collection[str] = ()


CERTAIN = Doubt()
Texts = list[tuple[KeySpec, str]]


def resolve(
    items: Iterable[Item],
    withheld: Iterable[Withheld],
    source: str,
    lookup: Lookup,
    model: Model,
    also: Iterable[Ref] = (),
    links: Iterable[Link] = (),
    doubt: Doubt = CERTAIN,
) -> Resolution:
    """Bind every item to a CI, owners first; ``seen`` comes in that order, by key inside a kind.

    Args:
        items: what was seen, in any order.
        withheld: what was not shown; an item of which nothing was shown is *hidden*, which is not absent.
        source: identity of the source; local keys hold inside it.
        also: other references to find, for example those of events.
        links: links between items that other sources describe; they come back as ``spoken``.
        doubt: what is known to be uncertain before.
        lookup: the memory.
        model: the declared kinds, in an order in which owners come first.
    """
    binder = _Binder(source, lookup, model, doubt)
    withheld = list(withheld)
    binder.hold(part.item for part in withheld if ALL in part.fields)
    by_kind: dict[str, list[Item]] = {name: [] for name in model.items}
    for item in items:
        by_kind[item.kind].append(item)
    for kind, of_kind in by_kind.items():
        if of_kind:
            binder.bind(model.items[kind], of_kind)
    found = binder.finish(withheld, also)
    binder.speak(list(links))
    return found


class _Binder:
    def __init__(self, source: str, lookup: Lookup, model: Model, doubt: Doubt) -> None:
        self.source, self.lookup, self.model, self.doubt = source, lookup, model, doubt
        self.held: dict[Key, set[str]] = {}
        self.out = Resolution()
        self.bound: dict[Key, Item] = {}
        self.hits: dict[str, Hit] = {}
        self.here = self.out.texts
        self.taken: set[Key] = set()
        self.doubtful: dict[Key, str] = {}
        self.unsettled: set[Key] = set()

    # names

    def hold(self, hidden: Iterable[Ref]) -> None:
        """Note which CIs are there under a key of theirs, though nothing of them is shown."""
        texts = [text for ref in hidden if not ref.owner and (text := self._ref_text(ref))]
        for text, hit in self.lookup.aliases(texts).items():
            self.held.setdefault(hit.ci, set()).add(text)

    def _also_held(self, texts: Texts) -> Iterable[str]:
        """Strong keys of an item that lead to a CI which is there beside it, under a key that is not the item's."""
        own = {text for _, text in texts}
        for spec, text in texts:
            held = self.held.get(self.hits[text].ci) if text in self.hits else None
            if spec.strength is not Strength.LOCAL and held and not held & own:
                yield text

    def bind(self, kind: type[Item], items: list[Item]) -> None:
        """Bind all items of one kind; what they hold inside is bound already."""
        withins = {s.within for s in kind.key_specs if s.within}
        self._learn(ref for item in items for name in withins if (ref := getattr(item, name)) is not None)
        named = [(item, self._texts(kind, item)) for item in items]
        times = Counter(text for _, texts in named for spec, text in texts)
        shared = {text for text, n in times.items() if n > 1}
        self.hits.update(self.lookup.aliases([text for text in times if text not in self.hits]))
        self.taken |= self.lookup.existing([Key(text) for text in times if text not in self.hits])
        if self.held:
            shared |= {text for _, texts in named for text in self._also_held(texts)}
        for item, texts in named:
            usable = [(spec, text) for spec, text in texts if text not in shared] if shared else texts
            if not any(spec.strength is not Strength.TRANSFER for spec, _ in usable):
                self.out.nameless.append(item)
                led = (self.hits[text].ci for _, text in texts if text in self.hits)
                self.doubtful.update(dict.fromkeys(led, item.kind))  # one of them is it: none of them is absent
                continue
            self._settle(item, usable)
        if shared:
            self._share(named, shared)

    def _texts(self, kind: type[Item], item: Item) -> Texts:
        texts: Texts = []
        for spec in kind.key_specs:
            values = tuple(getattr(item, name) for name in spec.fields)
            if spec.strength is Strength.WEAK or None in values:
                continue
            inside = self._inside(spec, getattr(item, spec.within) if spec.within else None)
            if inside is not None:
                texts.append((spec, key_text(kind.kind, spec, values, inside or None)))
        return texts

    def _inside(self, spec: KeySpec, owner: Ref | None) -> str | None:
        """What the key holds inside: "" for nothing; ``None`` where the owner is not known, so the key is unusable."""
        if spec.within:
            return self.out.refs.get(owner) if owner else None
        return self.source if spec.strength is Strength.LOCAL else ""

    def _ref_text(self, ref: Ref) -> str | None:
        spec = next(s for s in self.model.items[ref.kind].key_specs if s.name == ref.key)
        if ref.owner:
            self._learn([ref.owner])
        inside = self._inside(spec, ref.owner)
        return None if inside is None else key_text(ref.kind, spec, ref.values, inside or None)

    def _learn(self, refs: Iterable[Ref]) -> None:
        """Find the CIs of references, first among what was bound in this visit, then in the memory."""
        asked: dict[str, list[Ref]] = {}
        for ref in {r for r in refs if r not in self.out.refs}:
            if ref.kind == KNOWN_CI:
                self.out.refs[ref] = Key(ref.values[0])
            elif (text := self._ref_text(ref)) and text in self.here:
                self.out.refs[ref] = self.here[text]
            elif text:
                asked.setdefault(text, []).append(ref)
        hits = self.lookup.aliases(list(asked))
        ended = self.lookup.ended([hit.ci for hit in hits.values()])  # nothing can lean on what has ended
        for text, hit in hits.items():
            if hit.ci not in ended:
                self.out.refs.update(dict.fromkeys(asked.pop(text), hit.ci))
        self.out.unknown.update({ref: text for text, refs in asked.items() for ref in refs})

    # binding

    def _settle(self, item: Item, texts: Texts) -> None:
        ci = self._choose(item, texts)
        if ci in self.bound:  # two items lead to one CI by different keys
            twin = ci
            ci = self._create(item, [(s, t) for s, t in texts if t not in self.hits] or texts[-1:])
            self._dispute(Dispute.SHARED, (twin, ci), [t for _, t in texts])
            if any(t in self.hits for _, t in texts):
                self.out.confused.update((twin, ci))  # it was taken for the other one before
        self.bound[ci] = item
        for spec, text in texts:
            hit = self.hits.get(text)
            if hit is None or (spec.strength is Strength.LOCAL and hit.ci != ci):
                self.out.aliases.append(NewAlias(text, ci, spec.name, spec.strength))
                self.here[text] = ci
                if hit and {hit.ci, ci}.intersection(self.doubt.disputed):
                    self.unsettled.add(ci)
                    self.out.confused.update((hit.ci, ci))
            elif hit.ci == ci:
                self.here[text] = ci

    def _choose(self, item: Item, texts: Texts) -> Key:
        hits = [(spec, text, self.hits[text]) for spec, text in texts if text in self.hits]
        strong = [(spec, text, hit) for spec, text, hit in hits if spec.strength is Strength.STRONG]
        moved = next((hit.ci for spec, _, hit in hits if spec.strength is Strength.TRANSFER), None)
        if strong:
            return self._by_strong(item, texts, strong, moved)
        if moved:
            return self._by_transfer(item, texts, moved)
        local = next((hit.ci for spec, _, hit in hits if spec.strength is Strength.LOCAL), None)
        if local and not any(self._says_otherwise(local, spec, text) for spec, text in texts):
            return local
        return self._create(item, texts)

    def _by_strong(self, item: Item, texts: Texts, strong: list[tuple[KeySpec, str, Hit]], moved: Key | None) -> Key:
        spec, text, hit = strong[0]
        cis = tuple(dict.fromkeys(h.ci for _, _, h in strong))
        if len(cis) > 1:
            self._dispute(Dispute.CONTRADICTION, cis, [t for _, t, _ in strong])
            return hit.ci
        if moved and moved != hit.ci and self.lookup.alive(moved, self.source):
            self._dispute(Dispute.DUPLICATE, (moved, hit.ci), [text])
        higher = [(s, t) for s, t in texts[: texts.index((spec, text))] if s.strength is Strength.STRONG]
        if higher and any(self._says_otherwise(hit.ci, s, t) for s, t in higher):
            new = self._create(item, higher)
            self._dispute(Dispute.CONTRADICTION, (hit.ci, new), [t for _, t in higher] + [text])
            return new
        if item.kind in self.doubt.loose and self._is_elsewhere(hit.ci, texts):
            self.unsettled.add(hit.ci)
        return hit.ci

    def _is_elsewhere(self, ci: Key, texts: Texts) -> bool:
        """Whether the CI has a locator in this source, and not the item's: it may be there beside it, unread."""
        own = [text for spec, text in texts if spec.strength is Strength.LOCAL]
        if any(text in self.hits and self.hits[text].ci == ci for text in own):
            return False
        known = self.lookup.keys_of(ci).items()
        return any(hit.strength is Strength.LOCAL and f":{self.source}/" in text for text, hit in known)

    def _by_transfer(self, item: Item, texts: Texts, old: Key) -> Key:
        """Seen here for the first time: moved if no other source still shows it, else two things claim one identity."""
        if not self.lookup.alive(old, self.source):
            return old
        new = self._create(item, texts)
        self._dispute(Dispute.DUPLICATE, (old, new), [t for s, t in texts if s.strength is not Strength.LOCAL])
        return new

    def _says_otherwise(self, ci: Key, spec: KeySpec, text: str) -> bool:
        """Whether the CI is known by another value of this strong key."""
        if spec.strength is not Strength.STRONG:
            return False
        return any(hit.key == spec.name and other != text for other, hit in self.lookup.keys_of(ci).items())

    def _create(self, item: Item, texts: Texts) -> Key:
        born = next((t for s, t in texts if s.strength is Strength.STRONG), None)
        born = born or next(t for s, t in texts if s.strength is not Strength.TRANSFER)
        return self._born(born, item.kind, item.values(), stub=False)

    def _born(self, text: str, kind: str, attrs: Mapping[str, Value], *, stub: bool) -> Key:
        ci, n = Key(text), 1
        while ci in self.taken:
            n += 1
            ci = Key(f"{text}~{n}")
            self.taken |= self.lookup.existing([ci])
        self.taken.add(ci)
        self.out.births.append(Birth(ci, kind, attrs, stub))
        return ci

    def _dispute(self, about: Dispute, cis: tuple[Key, ...], keys: Sequence[str]) -> None:
        self.out.disputes.append(Disputed(about, cis, tuple(sorted(keys))))
        self.unsettled.update(cis)

    def _share(self, named: list[tuple[Item, Texts]], shared: set[str]) -> None:
        """A key that several items of one visit show names none of them."""
        for text in sorted(shared):
            holders = {id(item) for item, texts in named if any(t == text for _, t in texts)}
            cis = sorted(ci for ci, item in self.bound.items() if id(item) in holders)
            old = [self.hits[text].ci] if text in self.hits and self.hits[text].ci not in cis else []
            self._dispute(Dispute.SHARED, (*old, *cis), [text])

    # relations

    def finish(self, withheld: list[Withheld], also: Iterable[Ref]) -> Resolution:
        """Resolve the ends of all relations and say what each CI was seen to be."""
        relations = {
            id(item): [(r, _ends(getattr(item, r.name))) for r in item.relations] for item in self.bound.values()
        }
        self._learn(ref for ends in relations.values() for _, refs in ends for ref in refs)
        self._learn((*also, *(part.item for part in withheld)))
        hidden = self._withheld(withheld)
        order = {kind: number for number, kind in enumerate(self.model.items)}
        for ci, item in sorted(self.bound.items(), key=lambda pair: (order[pair[1].kind], pair[0])):
            links, unknown = self._links(ci, relations[id(item)])
            kept = frozenset(hidden.pop(ci, set()) | unknown)
            self.out.seen.append(Seen(ci, item.kind, item.values(), links, kept, self._is_settled(ci, item)))
        kinds = {self.out.refs[part.item]: part.item.kind for part in withheld if part.item in self.out.refs}
        self.out.hidden = {ci: kinds[ci] for ci in hidden} | self.doubtful
        return self.out

    def _is_settled(self, ci: Key, item: Item) -> bool:
        """A thing whose keys hold inside an unsettled one is unsettled too."""
        if not self.unsettled:
            return True
        inside = (getattr(item, spec.within) for spec in item.key_specs if spec.within)
        return ci not in self.unsettled and not any(self.out.refs.get(ref) in self.unsettled for ref in inside if ref)

    def speak(self, links: list[Link]) -> None:
        """Find both ends of links between items of others; a link without one of its ends is left out."""
        self._learn(end for link in links for end in (link.src, link.dst))
        said: dict[Key, dict[str, set[Key]]] = {}
        for link in links:
            src, dst = self.out.refs.get(link.src), self.out.refs.get(link.dst)
            if src and dst:
                said.setdefault(src, {}).setdefault(link.type, set()).add(dst)
        self.out.spoken = {ci: {t: tuple(sorted(ends)) for t, ends in by.items()} for ci, by in sorted(said.items())}

    def _links(self, ci: Key, relations: list[tuple[Relation, tuple[Ref, ...]]]) -> tuple[dict[str, Ends], set[str]]:
        links: dict[str, Ends] = {}
        unknown: set[str] = set()
        for relation, refs in relations:
            ends = [self._end(ci, relation.type, ref) for ref in refs]
            if None in ends:
                unknown.add(relation.type)
            links[relation.type] = tuple(sorted({e for e in ends if e is not None}))
        return links, unknown

    def _end(self, ci: Key, relation: str, ref: Ref) -> Key | None:
        found = self.out.refs.get(ref)
        if found is None:
            found = self._stub(ref)
            if found is None:
                self.out.dangling.append(Dangling(ci, relation, ref))
        return found

    def _stub(self, ref: Ref) -> Key | None:
        """A CI that is only named so far: its first own reader finds it by the same strong key and fills it."""
        kind = self.model.items[ref.kind]
        spec = next(s for s in kind.key_specs if s.name == ref.key)
        text = self._ref_text(ref) if spec.strength is Strength.STRONG else None
        if text is None:
            return None
        said = dict(zip(spec.fields, ref.values, strict=True))
        self.taken |= self.lookup.existing([Key(text)])
        ci = self._born(text, ref.kind, {n: v for n, v in sorted(said.items()) if n in kind.kept}, stub=True)
        self.out.aliases.append(NewAlias(text, ci, spec.name, spec.strength))
        self.out.refs[ref] = ci
        return ci

    def _withheld(self, withheld: list[Withheld]) -> dict[Key, set[str]]:
        hidden: dict[Key, set[str]] = {}
        for part in withheld:
            if part.item in self.out.unknown and ALL in part.fields:
                self.out.veiled[Key(self.out.unknown[part.item])] = part.item.kind
            if ci := self.out.refs.get(part.item):
                kind = self.model.items[part.item.kind]
                hidden.setdefault(ci, set()).update(names_of(kind, part.fields))
        return hidden


def names_of(kind: type[Item], fields: Iterable[str]) -> set[str]:
    """Attributes by name, relations by link type; ``*`` stands for all of them."""
    types = {relation.name: relation.type for relation in kind.relations}
    if ALL in fields:
        return {*kind.kept, *types.values()}
    return {types.get(name, name) for name in fields}


def _ends(value: Ref | tuple[Ref, ...] | None) -> tuple[Ref, ...]:
    return value if isinstance(value, tuple) else () if value is None else (value,)
