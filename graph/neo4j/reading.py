"""Reading items, sightings, links and what is reached by links: many keys in, one list back.

Every search starts at the pinned index of ``CI.key``; types of relationships are always written out, because ``-[*]-``
would walk the store's own as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from driftline.graph.asof import as_of
from driftline.graph.errors import Undeclared
from driftline.graph.model.facts import Past, Sighting
from driftline.graph.model.schema import Model
from driftline.graph.model.values import Key, Micros, Value
from driftline.graph.neo4j.schema import WAS
from driftline.graph.neo4j.server import Asks, one, run
from driftline.graph.store import Closure, Direction, Link, State

CHUNK: Final = 5_000
FOREVER: Final = 2**63 - 1
DEEPEST: Final = 16

EACH = "UNWIND $keys AS k MATCH (n:CI {key: k})"
PINNED = "USING INDEX SEEK n:CI(key)"

ITEMS = f"{EACH} {PINNED} RETURN collect(properties(n))"
DIGESTS = f"""{EACH}-[l:SEEN_IN]->() {PINNED} WHERE l.source = $source AND n._deleted IS NULL
RETURN collect([l.source, k, n._kind, l.digest, l.links, l.missed, l.missed_since_ms, null])"""
SIGHTINGS = f"""{EACH}-[l:SEEN_IN]->() {PINNED}
RETURN collect([l.source, k, n._kind, l.digest, l.links, l.missed, l.missed_since_ms, l.said])"""
PAST = f"""{EACH}-[:HAD]->(p:ItemPast) {PINNED}
WHERE p.until > $since AND p.since < $until AND ($attr IS NULL OR p.attr = $attr)
RETURN collect([k, p.attr, p.value, p.source, p.since, p.until, p.run])"""
PERSONS = """UNWIND $keys AS k MATCH (p:PersonField) USING INDEX SEEK p:PersonField(pseudonym, field)
WHERE p.pseudonym = k AND p.field >= '' RETURN collect([k, p.field, p.value])"""


def digests(tx: Asks, source: str, keys: Sequence[Key]) -> dict[Key, Sighting]:
    """Sightings of living items by one source."""
    return {row.ci: row for row in _sightings(tx, DIGESTS, keys, source=source)}


def sightings(tx: Asks, keys: Sequence[Key]) -> dict[Key, tuple[Sighting, ...]]:
    """Sightings by all sources."""
    found: dict[Key, list[Sighting]] = {}
    for row in sorted(_sightings(tx, SIGHTINGS, keys), key=lambda row: row.source):
        found.setdefault(row.ci, []).append(row)
    return {key: tuple(rows) for key, rows in found.items()}


def members(tx: Asks, source: str, kind: str, after: str) -> tuple[list[Sighting], str]:
    """The next page of members in the order of their keys, and the key it ends at; an empty key: there are no more."""
    keys, rows = run(tx, members_text(kind), after=after, page=CHUNK, source=source)
    return sorted(map(_sighting, rows), key=lambda row: row.ci), keys[-1] if len(keys) == CHUNK else ""


def members_text(kind: str) -> str:
    """Statement of a page: its keys, and the sightings among them."""
    return f"""MATCH (n:{kind}) WHERE n.key > $after WITH n ORDER BY n.key LIMIT $page WITH collect(n) AS page
RETURN [n IN page | n.key], COLLECT {{ UNWIND page AS n MATCH (n)-[l:SEEN_IN]->() WHERE l.source = $source
RETURN [l.source, n.key, n._kind, l.digest, l.links, l.missed, l.missed_since_ms, null] }}"""


def read(tx: Asks, keys: Sequence[Key], at: Micros | None) -> dict[Key, State]:
    """Items now, or those that existed at an instant."""
    found = {said["key"]: state(said) for said in _lists(tx, ITEMS, keys)}
    if at is None:
        return found
    # The past is read after the present: what a batch moves between the two reads is seen twice and never missed.
    past: dict[Key, list[Past]] = {}
    for row in revisions(tx, list(found), None, at, Micros(at + 1)):
        past.setdefault(row.ci, []).append(row)
    then = {key: as_of(now, past.get(key, ()), at) for key, now in found.items()}
    return {key: item for key, item in then.items() if item is not None}


def revisions(
    tx: Asks, keys: Sequence[Key], attr: str | None, since: Micros | None, until: Micros | None
) -> list[Past]:
    """Past values in order of item, attribute and time."""
    span = {"since": -1 if since is None else since, "until": FOREVER if until is None else until}
    found = [past(row) for row in _lists(tx, PAST, keys, attr=attr, **span)]
    return sorted(found, key=lambda row: (row.ci, row.attr, row.since))


def links(
    tx: Asks,
    model: Model,
    keys: Sequence[Key],
    direction: Direction,
    types: Sequence[str],
    source: str | None,
    at: Micros | None,
) -> list[Link]:
    """Links of items, their sources together."""
    found: dict[tuple[Key, str, Key], list[tuple[str, int]]] = {}
    for src, type_, dst, said, since in link_rows(tx, model, keys, direction, types, source, at):
        found.setdefault((src, type_, dst), []).append((said, since))
    return [
        Link(src, type_, dst, tuple(sorted(source for source, _ in rows)), Micros(min(since for _, since in rows)))
        for (src, type_, dst), rows in sorted(found.items())
    ]


def link_rows(
    tx: Asks,
    model: Model,
    keys: Sequence[Key],
    direction: Direction,
    types: Sequence[str],
    source: str | None,
    at: Micros | None,
) -> Iterator[tuple[Key, str, Key, str, int]]:
    """Links of items as each source says them: src, type, dst, source, since."""
    if not (text := links_text(model, direction, types, at)):
        return
    for key, type_, other, said, since in _lists(tx, text, keys, source=source, at=at, forever=FOREVER):
        src, dst = (key, other) if direction is Direction.OUT else (other, key)
        yield src, type_.removeprefix(WAS), dst, said, since


def links_text(model: Model, direction: Direction, types: Sequence[str], at: Micros | None) -> str:
    """Statement of links: key, type, other end, source, since; empty if the model has no links."""
    if not (wanted := _types(model, types, at)):
        return ""
    pattern = f"-[l:{wanted}]->" if direction is Direction.OUT else f"<-[l:{wanted}]-"
    then = "" if at is None else " AND l.since <= $at AND coalesce(l.until, $forever) > $at"
    return f"""{EACH}{pattern}(m:CI) {PINNED} WHERE ($source IS NULL OR l.source = $source){then}
RETURN collect([k, type(l), m.key, l.source, l.since])"""


def closure(
    tx: Asks,
    model: Model,
    start: Sequence[Key],
    direction: Direction,
    types: Sequence[str],
    depth: int,
    at: Micros | None,
    limit: int,
) -> Closure:
    """Everything reached, least depths first, as the server's pruning search finds it."""
    if not 0 <= depth <= DEEPEST:
        raise ValueError(f"depth {depth} is not within 0 and {DEEPEST}")
    text = closure_text(model, direction, types, depth, at)
    keys = list(dict.fromkeys(start)) if at is None else list(read(tx, start, at))
    found = one(tx, text, keys=keys, at=at, forever=FOREVER, limit=limit + 1)
    return Closure({key: steps for steps, key in found[:limit]}, truncated=len(found) > limit)


def closure_text(model: Model, direction: Direction, types: Sequence[str], depth: int, at: Micros | None) -> str:
    """The search as one statement.

    ``min(length(p))`` keeps the plan that visits each item once; anything else done with the path enumerates paths. The
    lower bound is 0: with 1, a start on a cycle is reported as its own dependency.
    """
    wanted = _types(model, types, at)
    step = f"[rs:{wanted}*0..{depth}]" if wanted else "[rs*0..0]"
    pattern = f"-{step}->" if direction is Direction.OUT else f"<-{step}-"
    then = (
        "n._deleted IS NULL"
        if at is None
        else "all(r IN rs WHERE r.since <= $at AND coalesce(r.until, $forever) > $at)"
    )
    return f"""UNWIND $keys AS k MATCH p = (n:CI {{key: k}}){pattern}(m:CI) {PINNED} WHERE {then}
WITH m, min(length(p)) AS steps ORDER BY steps, m.key LIMIT $limit RETURN collect([steps, m.key])"""


def persons(tx: Asks, pseudonyms: Sequence[str]) -> dict[str, dict[str, str]]:
    """Personal fields by pseudonym."""
    found: dict[str, dict[str, str]] = {}
    for pseudonym, field, value in sorted(_lists(tx, PERSONS, pseudonyms)):
        found.setdefault(pseudonym, {})[field] = value
    return found


def state(said: Mapping[str, Any]) -> State:
    """An item from all its properties."""
    return State(
        key=said["key"],
        kind=said["_kind"],
        attrs=attributes(said),
        meta={name: (Micros(since), source) for name, (since, source) in json.loads(said.get("_meta", "{}")).items()},
        source=said["_source"],
        created=said["_created"],
        deleted=said.get("_deleted"),
    )


def attributes(said: Mapping[str, Any]) -> dict[str, Value]:
    """The declared values among an item's properties."""
    return {name: value_of(said[name]) for name in sorted(said) if name != "key" and not name.startswith("_")}


def value_of(kept: Any) -> Value:  # noqa: ANN401 -- a property or a JSON value
    """The value of a property, or of its canonical JSON."""
    return tuple(kept) if isinstance(kept, list) else kept


def past(row: Sequence[Any]) -> Past:
    """A past value from a row of ``PAST``."""
    ci, attr, value, source, since, until, run = row
    return Past(ci, attr, value_of(json.loads(value)), source, since, until, run)


def _sightings(tx: Asks, text: str, keys: Sequence[Key], **parameters: object) -> Iterator[Sighting]:
    return map(_sighting, _lists(tx, text, keys, **parameters))


def _sighting(row: Sequence[Any]) -> Sighting:
    source, ci, kind, digest, links_, missed, missed_since_ms, said = row
    words = None if said is None else {name: value_of(value) for name, value in json.loads(said).items()}
    return Sighting(source, ci, kind, digest, links_, missed, missed_since_ms, words)


def _lists(tx: Asks, text: str, keys: Iterable[str], **parameters: object) -> Iterator[Any]:
    """Entries of the lists that a statement returns for the keys, a chunk of keys at a time."""
    unique = list(dict.fromkeys(keys))
    for start in range(0, len(unique), CHUNK):
        yield from one(tx, text, keys=unique[start : start + CHUNK], **parameters)


def _types(model: Model, types: Sequence[str], at: Micros | None) -> str:
    """Types of relationships in a pattern; at an instant those of closed links too."""
    if unknown := [name for name in types if name not in model.links]:
        raise Undeclared(f"{', '.join(unknown)}: no declared link type")
    wanted = types or tuple(model.links)
    return "|".join([*wanted, *(f"{WAS}{name}" for name in wanted)] if at is not None else wanted)
