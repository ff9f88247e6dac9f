"""A small model that uses every part of the language, and a hand that writes batches of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from driftline.graph.model.declare import Item, Record, Ref, Strength, item, key, linked, record, refers, says
from driftline.graph.model.facts import Sighting
from driftline.graph.model.links import ANY, Impact, LinkKind
from driftline.graph.model.schema import Model
from driftline.graph.model.values import Key, Micros, Value
from driftline.graph.store import Batch, Cond, Lease, LinkId, NewItem, RecordRow, Store


@item(keys=(key(Strength.STRONG, "serial"),), title="name")
class Box(Item):
    """Something with a value of every type."""

    serial: str = says("Serial number.")
    name: str | None = says("Name.", default=None)
    size_bytes: int | None = says("Size.", unit="bytes", default=None)
    ratio: float | None = says("Ratio.", default=None)
    up: bool | None = says("Whether it runs.", default=None)
    tags: tuple[str, ...] | None = says("Tags, sorted.", default=None)
    bought_at: datetime | None = says("When it was bought.", default=None)
    feeds: tuple[Ref, ...] = linked("FEEDS", "What it needs to run.", default=())


@item(keys=(key(Strength.STRONG, "code"),), title="code")
class Site(Item):
    """A second kind."""

    code: str = says("Code.")


@record(orders=(("ci", "seen_ms"), ("seen_ms",), ("actor", "seen_ms"), ("grave",), ("weight",)))
class Note(Record):
    """Something about a box, with an optional field in an order."""

    id: str = says("Id.")
    ci: str = refers("ON", "The box.")
    seen_ms: int = says("When.", unit="ms")
    actor: str | None = says("Who.", default=None)
    grave: bool | None = says("Whether it matters.", default=None)
    weight: float | None = says("How much.", default=None)
    text: str = says("In no order.", default="")


@record()
class Paper(Record):
    """A record without any order."""

    id: str = says("Id.")
    order: str = says("Named like a word of the query languages.", default="")


@record(orders=(("judge", "group"),))
class Ruling(Record):
    """A record that refers to one record and to many."""

    id: str = says("Id.")
    note: str | None = refers("ABOUT", "The judged note.", to="Note", default=None)
    cites: tuple[str, ...] = refers("CITES", "Facts used.", to=("Note", "Paper"), default=())
    judge: str = says("Who.", default="")
    group: int = says("Named like a word of the query languages.", default=0)


LINKS = (
    LinkKind("FEEDS", "needs to run", ("Box",), ("Box",), Impact.HARD, one=False),
    LinkKind("NEXT_TO", "stands next to", ("Box",), ("Box",), Impact.INFORMATIONAL, one=False),
    LinkKind("LOCATED_AT", "stands at", ANY, ("Site",), Impact.INFORMATIONAL, one=True),
)

MODEL = Model.of((Box, Site), (Note, Paper, Ruling), LINKS)


class Clock:
    """A clock that stands still until it is set."""

    def __init__(self) -> None:
        self.now = Micros(1_000)

    def __call__(self) -> Micros:
        """Microseconds since the epoch."""
        return self.now


class Place(Protocol):
    """Where one store lives. Every ``open`` is another handle on the same store."""

    clock: Clock

    def open(self, model: Model = MODEL) -> Store:
        """Open the store; the fixture closes it."""


def box(name: str) -> Key:
    """Key of a box."""
    return Key(f"box:{name}")


def new(name: str, /, *, kind: str = "Box", source: str = "a", **attrs: Value) -> NewItem:
    """A box that did not exist."""
    return NewItem(box(name), kind, attrs, source)


def sighting(name: str, source: str = "a", digest: str = "d1", **more: Any) -> Sighting:  # noqa: ANN401 -- its fields
    """What a source last said of a box."""
    return Sighting(source, box(name), "Box", digest, **more)


def link(src: str, dst: str, type_: str = "FEEDS", source: str = "a") -> LinkId:
    """A link between two boxes."""
    return LinkId(box(src), type_, box(dst), source)


def note(name: str, ci: str = "x", *, overwrite: bool = False, seen_ms: int = 1, **body: object) -> RecordRow:
    """A note about a box."""
    return RecordRow("Note", name, {"id": name, "ci": box(ci), "seen_ms": seen_ms, **body}, overwrite)


def ruling(name: str, about: str | None = None, cites: tuple[str, ...] = (), **body: object) -> RecordRow:
    """A ruling about a note."""
    said: dict[str, object] = {"id": name, **body}
    said |= {"note": about} if about else {}
    return RecordRow("Ruling", name, said | ({"cites": list(cites)} if cites else {}))


def paper(name: str, **body: object) -> RecordRow:
    """A paper."""
    return RecordRow("Paper", name, {"id": name, **body})


@dataclass
class Hand:
    """The one writer of a test."""

    store: Store
    lease: Lease
    source: str = "a"
    number: int = field(default=0)

    def batch(self, *, at: int | None = None, **parts: Any) -> Batch:  # noqa: ANN401 -- fields of a batch
        """Number a batch."""
        self.number += 1
        instant = self.lease.now() if at is None else Micros(at)
        told = {"id": f"batch-{self.number}", "run": f"run-{self.number}", "source": self.source} | parts
        return Batch(at=instant, fence=self.lease.fence, **told)

    def write(self, **parts: Any) -> Micros:  # noqa: ANN401 -- fields of a batch
        """Apply a batch and return its instant."""
        batch = self.batch(**parts)
        assert self.store.apply(batch) is True
        return batch.at


def ids(store: Store, kind: str, *where: Cond, **more: Any) -> list[str]:  # noqa: ANN401 -- options of find
    """Ids that a question finds, in order."""
    return [row.id for row in store.find(kind, where, **more)]
