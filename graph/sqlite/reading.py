"""Questions about items, their links, their past and their sources. Every function reads on one connection."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from driftline.graph.asof import as_of
from driftline.graph.model.facts import Past, Sighting
from driftline.graph.model.values import Key, Micros, Value, canonical_json
from driftline.graph.sqlite import statements
from driftline.graph.sqlite.connection import Connection
from driftline.graph.store import Closure, Direction, Link, State

DEEPEST = 16

LinkRow = tuple[Key, str, Key, str, Micros]
"""src, type, dst, source, since."""

STATES = """SELECT i.key, i.kind, i.attrs, i.meta, i.source, i.created, i.deleted
    FROM json_each(:keys) j CROSS JOIN item i ON i.key = j.value"""

REVISIONS = """SELECT i.key, p.attr, p.value, p.source, p.since, p.until, p.run
    FROM json_each(:keys) j CROSS JOIN item i ON i.key = j.value CROSS JOIN item_past p ON p.item = i.id
    WHERE (:attr IS NULL OR p.attr = :attr) AND (:since IS NULL OR p.until > :since)
    AND (:until IS NULL OR p.since < :until)
    ORDER BY i.key, p.attr, p.since"""

DIGESTS = """SELECT s.source, i.key, i.kind, s.digest, s.links, s.missed, s.missed_since_ms
    FROM json_each(:keys) j CROSS JOIN item i ON i.key = j.value AND i.deleted IS NULL
    CROSS JOIN sighting s ON s.source = :source AND s.kind = i.kind AND s.item = i.id"""

MEMBERS = """SELECT s.source, i.key, i.kind, s.digest, s.links, s.missed, s.missed_since_ms
    FROM sighting s CROSS JOIN item i ON i.id = s.item
    WHERE s.source = :source AND s.kind = :kind AND i.deleted IS NULL ORDER BY i.key"""

SIGHTINGS = """SELECT s.source, i.key, i.kind, s.digest, s.links, s.missed, s.missed_since_ms, s.said
    FROM json_each(:keys) j CROSS JOIN item i ON i.key = j.value CROSS JOIN sighting s ON s.item = i.id
    ORDER BY i.key, s.source"""

PERSONS = """SELECT p.pseudonym, p.field, p.value
    FROM json_each(:keys) j CROSS JOIN person p ON p.pseudonym = j.value ORDER BY p.pseudonym, p.field"""

NUMBERS = "SELECT i.id, i.deleted FROM json_each(:keys) j CROSS JOIN item i ON i.key = j.value"

NAMES = "SELECT i.id, i.key FROM json_each(:ids) j CROSS JOIN item i ON i.id = j.value"


def listed(keys: Iterable[object]) -> str:
    """Many values as one parameter, each once."""
    return canonical_json(list(dict.fromkeys(keys)))


def values(text: str) -> dict[str, Value]:
    """Attributes of JSON text: an array was a tuple."""
    said: dict[str, Any] = json.loads(text)
    return {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}


def read(connection: Connection, keys: Sequence[Key], at: Micros | None) -> dict[Key, State]:
    """Items now, or as they were."""
    now = {row[0]: _state(row) for row in connection.execute(STATES, {"keys": listed(keys)})}
    if at is None:
        return now
    past: dict[Key, list[Past]] = {}
    for one in revisions(connection, list(now), None, at, Micros(at + 1)):
        past.setdefault(one.ci, []).append(one)
    then = ((key, as_of(state, past.get(key, ()), at)) for key, state in now.items())
    return {key: state for key, state in then if state is not None}


def revisions(
    connection: Connection, keys: Sequence[Key], attr: str | None, since: Micros | None, until: Micros | None
) -> list[Past]:
    """Past values that were true at some instant of [since, until)."""
    asked = {"keys": listed(keys), "attr": attr, "since": since, "until": until}
    return [
        Past(key, name, values(f'{{"v":{text}}}')["v"], source, begin, end, run)
        for key, name, text, source, begin, end, run in connection.execute(REVISIONS, asked)
    ]


def digests(connection: Connection, source: str, keys: Sequence[Key]) -> dict[Key, Sighting]:
    """What one source said last of living items, without its words."""
    rows = connection.execute(DIGESTS, {"keys": listed(keys), "source": source})
    return {row[1]: Sighting(*row) for row in rows}


def members(connection: Connection, source: str, kind: str) -> Iterator[Sighting]:
    """Living items of a kind that a source ever sighted."""
    return (Sighting(*row) for row in connection.execute(MEMBERS, {"source": source, "kind": kind}))


def sightings(connection: Connection, keys: Sequence[Key]) -> dict[Key, tuple[Sighting, ...]]:
    """What all sources said last, with their words."""
    found: dict[Key, tuple[Sighting, ...]] = {}
    for row in connection.execute(SIGHTINGS, {"keys": listed(keys)}):
        one = Sighting(*(*row[:-1], values(row[-1]) if row[-1] else None))
        found[one.ci] = (*found.get(one.ci, ()), one)
    return found


def persons(connection: Connection, pseudonyms: Sequence[str]) -> dict[str, dict[str, str]]:
    """Personal fields by pseudonym."""
    found: dict[str, dict[str, str]] = {}
    for pseudonym, field, value in connection.execute(PERSONS, {"keys": listed(pseudonyms)}):
        found.setdefault(pseudonym, {})[field] = value
    return found


def link_rows(
    connection: Connection,
    keys: Sequence[Key],
    direction: Direction,
    types: Sequence[str] = (),
    *,
    source: str | None = None,
    at: Micros | None = None,
) -> list[LinkRow]:
    """Links of items as their sources say them, in no order."""
    asked = {"keys": listed(keys), "types": canonical_json(list(types)), "source": source, "at": at}
    rows: list[LinkRow] = []
    for past in (False, True) if at is not None else (False,):
        sql = statements.links(direction, typed=bool(types), sourced=source is not None, then=at is not None, past=past)
        rows += connection.execute(sql, asked)
    return rows


def collapsed(rows: Iterable[LinkRow]) -> list[Link]:
    """One link per (src, type, dst), ordered."""
    said: dict[tuple[Key, str, Key], list[tuple[str, Micros]]] = {}
    for src, type_, dst, source, since in rows:
        said.setdefault((src, type_, dst), []).append((source, since))
    return [
        Link(*ends, tuple(sorted(source for source, _ in by)), min(since for _, since in by))
        for ends, by in sorted(said.items())
    ]


def closure(
    connection: Connection,
    start: Sequence[Key],
    direction: Direction,
    types: Sequence[str],
    *,
    depth: int,
    at: Micros | None,
    limit: int,
) -> Closure:
    """Everything reached, level by level on the numbers of items; their keys are looked up once, at the end."""
    if not 0 <= depth <= DEEPEST:
        raise ValueError(f"depth {depth}: at most {DEEPEST} links are followed")
    level = _numbers(connection, start, at)
    reached = dict.fromkeys(level, 0)
    for distance in range(1, depth + 1):
        if not level or len(reached) > limit:
            break
        level = _next(connection, level, direction, types, at) - reached.keys()
        reached |= dict.fromkeys(level, distance)
    names = dict(connection.execute(NAMES, {"ids": listed(reached)}))
    ordered = sorted((distance, names[number]) for number, distance in reached.items())
    return Closure({key: distance for distance, key in ordered[:limit]}, truncated=len(ordered) > limit)


def _numbers(connection: Connection, keys: Sequence[Key], at: Micros | None) -> set[int]:
    living = keys if at is None else list(read(connection, keys, at))
    rows = connection.execute(NUMBERS, {"keys": listed(living)})
    return {number for number, deleted in rows if at is not None or deleted is None}


def _next(
    connection: Connection, level: Iterable[int], direction: Direction, types: Sequence[str], at: Micros | None
) -> set[int]:
    asked = {"ids": listed(level), "types": canonical_json(list(types)), "at": at}
    found: set[int] = set()
    for past in (False, True) if at is not None else (False,):
        sql = statements.step(direction, typed=bool(types), then=at is not None, past=past)
        found.update(number for (number,) in connection.execute(sql, asked))
    return found


def _state(row: tuple[Any, ...]) -> State:
    key, kind, attrs, meta, source, created, deleted = row
    told = {name: (since, by) for name, (since, by) in json.loads(meta).items()} if meta else {}
    return State(key, kind, values(attrs), told, source, created, deleted)
