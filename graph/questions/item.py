"""Everything known of one CI: its values and who says them, its keys, owners and links, and when it was last seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from driftline.graph.model.bodies import record_of
from driftline.graph.model.declare import Attribute, Item, Strength
from driftline.graph.model.facts import Sighting
from driftline.graph.model.observed import MEMBERSHIP
from driftline.graph.model.values import Key, Micros, Value
from driftline.graph.questions.contacts import Contact, contacts
from driftline.graph.questions.names import CiName, names
from driftline.graph.questions.neighbours import Tie, neighbours
from driftline.graph.questions.people import PSEUDONYM, Who, people
from driftline.graph.questions.population import sites
from driftline.graph.questions.scan import scan
from driftline.graph.questions.switch_ports import SwitchPort, switch_ports
from driftline.graph.questions.times import when, when_ms
from driftline.graph.questions.values import shown
from driftline.graph.questions.viewer import Viewer
from driftline.graph.records import Alias, ReadCoverage
from driftline.graph.store import Compare, Cond, Direction, State, Store


@dataclass(frozen=True, slots=True)
class Word:
    """What one source says of a field."""

    source: str
    value: Value


@dataclass(frozen=True, slots=True)
class Said:
    """A field: the value that counts, who says it since when, and what every source says if they differ."""

    name: str
    value: Value
    unit: str
    says: str
    source: str
    since_at: datetime
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class SeenBy:
    """A source that speaks of the CI: end of its last complete reading, and how many in a row lacked the CI."""

    source: str
    read_at: datetime | None
    missed: int
    missed_since_at: datetime | None


@dataclass(frozen=True, slots=True)
class KnownBy:
    """A key that leads to the CI."""

    text: str
    key: str
    strength: Strength
    source: str


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """One CI as it is, or as it was at an instant (then without ``seen_by``, which is known of now only).

    ``ports`` are the switch ports and VLANs that a virtual machine depends on.
    """

    ci: Key
    kind: str
    name: str
    site: str | None
    created_at: datetime
    ended_at: datetime | None
    values: tuple[Said, ...]
    seen_by: tuple[SeenBy, ...]
    keys: tuple[KnownBy, ...]
    owners: tuple[CiName, ...]
    links: tuple[Tie, ...]
    contacts: tuple[Contact, ...]
    ports: tuple[SwitchPort, ...] = ()


def item(viewer: Viewer, store: Store, ci: Key, *, at: Micros | None = None) -> ItemFacts | None:
    """The facts of one CI; ``None`` if it does not exist, or did not at that instant."""
    state = store.read([ci], at=at).get(ci)
    if state is None:
        return None
    sightings = () if at is not None else store.sightings([ci]).get(ci, ())
    owners = _owners(store, ci, at)
    known = names(viewer, store, [ci, *owners], at=at)
    links = neighbours(viewer, store, ci, at=at)
    behind = [tie.other.ci for tie in links if tie.type == "RELIES_ON" and tie.direction is Direction.IN]
    return ItemFacts(
        ci=ci,
        kind=state.kind,
        name=known[ci].name,
        site=sites(viewer, store, [ci], at=at).get(ci),
        created_at=when(state.created),
        ended_at=None if state.deleted is None else when(state.deleted),
        values=_values(store.model.items[state.kind], state, sightings, _person(viewer, store, state)),
        seen_by=_seen_by(store, sightings),
        keys=tuple(_known_by(store, ci)),
        owners=tuple(known[owner] for owner in owners if owner in known),
        links=links,
        contacts=contacts(viewer, store, [ci, *owners, *behind], at=at),
        ports=switch_ports(viewer, store, ci, at=at) if state.kind == "VirtualMachine" else (),
    )


def _owners(store: Store, ci: Key, at: Micros | None) -> list[Key]:
    """What the CI is a part of, nearest first."""
    chain = [ci]
    while links := store.links([chain[-1]], Direction.OUT, ["PART_OF"], at=at):
        if links[0].dst in chain:
            break
        chain.append(links[0].dst)
    return chain[1:]


def _person(viewer: Viewer, store: Store, state: State) -> Who | None:
    name = str(state.attrs.get("pseudonym", ""))
    return people(viewer, store, [name]).get(name) if PSEUDONYM.fullmatch(name) else None


def _values(kind: type[Item], state: State, sightings: tuple[Sighting, ...], who: Who | None) -> tuple[Said, ...]:
    declared = [a for a in kind.attributes if a.name in state.attrs or (a.personal and getattr(who, a.name, None))]
    return tuple(_said(a, state, sightings, who) for a in declared)


def _said(attribute: Attribute, state: State, sightings: tuple[Sighting, ...], who: Who | None) -> Said:
    name = attribute.name
    since, source = state.meta.get(name, (state.created, state.source))
    value = getattr(who, name) if attribute.personal else shown(name, state.attrs[name])
    words = tuple(Word(s.source, shown(name, s.said[name])) for s in sightings if s.said and name in s.said)
    several = words if len({(type(w.value), w.value) for w in words}) > 1 else ()
    return Said(name, value, attribute.unit, attribute.says, source, when(since), several)


def _seen_by(store: Store, sightings: tuple[Sighting, ...]) -> tuple[SeenBy, ...]:
    sources = [s.source for s in sightings]
    rows = scan(store, "ReadCoverage", [Cond("source", Compare.IN, sources)]) if sources else ()
    read = {(r.source, r.item_kind): r for row in rows if (r := record_of(ReadCoverage, row.body)).group == MEMBERSHIP}
    return tuple(_seen(s, read.get((s.source, s.kind))) for s in sightings)


def _seen(sighting: Sighting, read: ReadCoverage | None) -> SeenBy:
    at = when_ms(read.complete_end_ms) if read else None
    return SeenBy(sighting.source, at, sighting.missed, when_ms(sighting.missed_since_ms))


def _known_by(store: Store, ci: Key) -> list[KnownBy]:
    rows = scan(store, "Alias", [Cond("ci", Compare.EQ, ci)])
    return [KnownBy(a.id, a.key, a.strength, a.source) for row in rows for a in [record_of(Alias, row.body)]]
