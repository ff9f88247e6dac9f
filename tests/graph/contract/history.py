"""A random history that fits: batches of everything a batch can hold, and the estate as it must be after each.

The world below is the simplest memory there is, dictionaries copied after every batch; the stores must agree with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from driftline.graph.model.facts import Sighting
from driftline.graph.model.values import Key, Micros, Ms, Value
from driftline.graph.store import Batch, Fence, ItemChange, LinkId, NewItem, PastValue, PersonRow, RecordRow
from tests.graph.contract.estate import box, note, paper, ruling, sighting

BEGIN = 1_000
BEFORE = Micros(BEGIN - 1)
SOURCES = ("a", "b", "ü")
NAMES = tuple(f"n{number:02}" for number in range(30))
ANY_VALUE: tuple[Value, ...] = ("one", "two", "Ünï", "", 1, 1.0, True, False, 0, -7, 2.5, ("a", "b"), (), "1", 2**62)


@dataclass(frozen=True)
class Born:
    """An item of the world: values with (since, source), source and instant of birth, whether it lives."""

    attrs: Mapping[str, tuple[Value, Micros, str]]
    source: str
    created: Micros
    lives: bool = True


Revision = tuple[Micros, Mapping[str, Any]]
"""When it was recorded, and the body. Lists of them are shared by all estates: overwriting reaches into the past."""


@dataclass(frozen=True)
class Estate:
    """Everything that is current after a batch."""

    items: Mapping[Key, Born]
    links: Mapping[LinkId, Micros]
    notes: Mapping[str, list[Revision]]

    def known(self, at: Micros | None) -> dict[str, Mapping[str, Any]]:
        """Bodies of the notes as they were known."""
        told = {name: [body for when, body in one if at is None or when <= at] for name, one in self.notes.items()}
        return {name: bodies[-1] for name, bodies in told.items()}


@dataclass
class World:
    """Draws the next batch and lives through it."""

    random: Random
    names: Sequence[str] = NAMES
    at: Micros = BEFORE
    items: dict[Key, Born] = field(default_factory=dict)
    links: dict[LinkId, Micros] = field(default_factory=dict)
    notes: dict[str, list[Revision]] = field(default_factory=dict)
    seen: dict[tuple[str, Key], Sighting] = field(default_factory=dict)

    def step(self, number: int) -> Batch:
        """One batch; its fence is the caller's to set."""
        self.at = Micros(self.at + 1)
        source = self.random.choice(SOURCES)
        parts: dict[str, Any] = {"create": self._create(source), "change": self._change(source)}
        parts |= {"revive": self._revive()}
        ended = self._tombstone()
        close = self._close(ended)
        parts |= {"tombstone": ended, "sighted": self._sighted(), "unsighted": self._unsighted(), "close": close}
        parts |= {"open": self._open(source), "records": self._records(number), "persons": self._persons()}
        return Batch(f"batch-{number}", self.at, f"run-{number % 7}", source, Fence(0, 0), **parts)

    def estate(self) -> Estate:
        """A copy of what is current."""
        return Estate(dict(self.items), dict(self.links), dict(self.notes))

    def _create(self, source: str) -> tuple[NewItem, ...]:
        free = [key for name in self.names if (key := box(name)) not in self.items]
        born = self.random.sample(free, min(len(free), self.random.choice((0, 1, 3))))
        made = tuple(
            NewItem(key, "Box", {n: v for n, v in self._values().items() if v is not None}, source) for key in born
        )
        for item in made:
            attrs = {name: (value, self.at, source) for name, value in item.attrs.items()}
            self.items[item.key] = Born(attrs, source, self.at)
        return made

    def _change(self, source: str) -> tuple[ItemChange, ...]:
        older = self._some([key for key, item in self.items.items() if item.lives and item.created < self.at], 4)
        return tuple(self._changed(key, source) for key in older)

    def _changed(self, key: Key, source: str) -> ItemChange:
        item, said = self.items[key], self._values()
        past = tuple(
            PastValue(n, item.attrs[n][0], item.attrs[n][2], item.attrs[n][1]) for n in said if n in item.attrs
        )
        kept = {name: told for name, told in item.attrs.items() if name not in said}
        attrs = kept | {name: (value, self.at, source) for name, value in said.items() if value is not None}
        self.items[key] = replace(item, attrs=attrs)
        meta = {n: (since, by) for n, (_, since, by) in attrs.items() if (since, by) != (item.created, item.source)}
        return ItemChange(key, said, meta, past)

    def _revive(self) -> tuple[Key, ...]:
        back = self._some([key for key, item in self.items.items() if not item.lives], 1)
        for key in back:
            self.items[key] = replace(self.items[key], lives=True)
        return back

    def _tombstone(self) -> tuple[Key, ...]:
        ended = self._some([key for key, item in self.items.items() if item.lives and item.created < self.at], 1)
        for key in ended:
            self.items[key] = replace(self.items[key], lives=False)
        return ended

    def _close(self, ended: tuple[Key, ...]) -> tuple[LinkId, ...]:
        must = [one for one in self.links if {one.src, one.dst} & set(ended)]
        close = tuple(dict.fromkeys((*must, *self._some(list(self.links), 3))))
        for one in close:
            del self.links[one]
        return close

    def _open(self, source: str) -> tuple[LinkId, ...]:
        living = [key for key, item in self.items.items() if item.lives]
        types = ("FEEDS", "NEXT_TO")
        drawn = [
            LinkId(self.random.choice(living), self.random.choice(types), self.random.choice(living), source)
            for _ in range(self.random.randrange(6) if living else 0)
        ]
        opened = tuple(one for one in dict.fromkeys(drawn) if one not in self.links)
        self.links |= dict.fromkeys(opened, self.at)
        return opened

    def _sighted(self) -> tuple[Sighting, ...]:
        said = self.random.choice((None, {"name": "x", "tags": ("t",)}))
        missed = self.random.choice(((0, None), (2, Ms(77))))
        rows = tuple(
            replace(
                sighting("x", self.random.choice(SOURCES), f"d{self.at}", said=said),
                ci=key,
                missed=missed[0],
                missed_since_ms=missed[1],
            )
            for key in self._some(list(self.items), 4)
        )
        self.seen |= {(row.source, row.ci): row for row in rows}
        return rows

    def _unsighted(self) -> tuple[tuple[str, Key], ...]:
        gone = self._some(list(self.seen), 1)
        for one in gone:
            del self.seen[one]
        return gone

    def _records(self, number: int) -> tuple[RecordRow, ...]:
        if not self.items:
            return ()
        about = self.random.choice(list(self.items)).removeprefix("box:")
        actor = self.random.choice(({}, {"actor": "ada"}, {"actor": "bob", "grave": True, "weight": 0.5}))
        name, overwrite = f"note-{self.random.randrange(40)}", self.random.random() < 0.3
        row = note(name, about, overwrite=overwrite, seen_ms=self.random.randrange(5), **actor)
        self._note(row)
        cites = tuple(sorted(self.random.sample(list(self.notes), min(2, len(self.notes)))))
        return (ruling(f"ruling-{number % 25}", name, (*cites, f"paper-{number}")), row, paper(f"paper-{number}"))

    def _note(self, row: RecordRow) -> None:
        told = self.notes.setdefault(row.id, [])
        if row.overwrite and told:
            told[-1] = (told[-1][0], row.body)
        else:
            told.append((self.at, row.body))

    def _persons(self) -> tuple[PersonRow, ...]:
        value = self.random.choice((None, "ada", "bob", "Ünï"))
        return (PersonRow(f"p{self.random.randrange(5)}", "login", value),)

    def _values(self) -> dict[str, Value]:
        """New values of one to three attributes; ``None`` removes."""
        drawn = self.random.sample(("name", "size_bytes", "ratio", "up", "tags"), self.random.randrange(1, 4))
        texts: tuple[Value, ...] = ("one", "two", "Ünï", "1", None)
        return {n: self.random.choice(texts if n == "name" else (*ANY_VALUE, None)) for n in drawn}

    def _some(self, of: list[Any], most: int) -> tuple[Any, ...]:
        return tuple(self.random.sample(of, min(len(of), self.random.randrange(most + 1))))


def seeded(seed: int) -> Random:
    """The same draws for the same seed."""
    return Random(seed)  # noqa: S311 -- not a secret


def batches(seed: int, steps: int, names: Sequence[str] = NAMES) -> Iterator[tuple[Batch, Estate]]:
    """Batches of a history that is always the same, with the estate after each."""
    world = World(seeded(seed), names)
    for number in range(steps):
        yield world.step(number), world.estate()
