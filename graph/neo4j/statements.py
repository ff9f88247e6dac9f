"""The Cypher of a batch: one fixed text per kind, link type or reference, so that the server plans each once.

Names come from the model (``schema.check`` has seen them), values travel as parameters. ``$rows`` holds lists whose
order stands above each function. Every text returns how many rows it wrote; a missing item gives fewer, not an error.
Each search starts at a pinned unique index: a plan made while the database was small may otherwise scan it per row.
"""

from __future__ import annotations

from collections.abc import Iterable

from driftline.graph.neo4j.schema import PAST, WAS
from driftline.graph.store import GAP

PAST_OF = "WAS"  # from the newest revision of a record to each older one
ITEM = "UNWIND $rows AS r MATCH (n:CI {key: r[0]}) USING INDEX SEEK n:CI(key)"
ENDS = "UNWIND $rows AS r MATCH (a:CI {key: r[0]}) USING INDEX SEEK a:CI(key)"  # links of one item come together
SIGHTED = "UNWIND $rows AS r MATCH (n:CI {key: r[0]})-[l:SEEN_IN]->() USING INDEX SEEK n:CI(key) WHERE l.source = r[1]"

# The book. The first statement takes the write lock on it: writers queue there, and what it then reads stays true.
LOCK = "MATCH (s:Store {id: 1}) USING INDEX SEEK s:Store(id) SET s.busy = true RETURN properties(s), timestamp()"
BOOK = "MATCH (s:Store {id: 1}) USING INDEX SEEK s:Store(id) RETURN properties(s), timestamp()"
NOTE = "MATCH (s:Store {id: 1}) USING INDEX SEEK s:Store(id) SET s += $values RETURN count(*)"
EXTEND = """MATCH (s:Store {id: 1}) USING INDEX SEEK s:Store(id)
SET s.at = $at, s.until = timestamp() + $lease_ms CREATE (:Batch {id: $id, at: $at, run: $run}) RETURN count(*)"""
KNOWN_BATCH = "MATCH (x:Batch {id: $id}) USING INDEX SEEK x:Batch(id) RETURN count(*)"

# Items.
CREATE_ENDED = "UNWIND $rows AS r CREATE (n:CI) SET n = r RETURN count(*)"  # all properties
KINDS = f"{ITEM} RETURN collect([n.key, n._kind])"
CHANGE = f"{ITEM} SET n += r[1], n._meta = r[2] RETURN count(*)"  # key, values (null removes), meta
ADD_PAST = f"{ITEM} CREATE (n)-[:HAD]->(p:ItemPast) SET p = r[1] RETURN count(*)"  # key, the whole row
STILL_LINKED = "UNWIND $rows AS k MATCH (n:CI {{key: k}})-[l:{types}]-(:CI) USING INDEX SEEK n:CI(key) RETURN count(*)"

# Sightings: key, source, kind, digest, links, missed, missed_since_ms, said. An item that this batch created has none.
SEEN = f"MERGE (s:SeenSource {{id: $source}}) WITH s {ITEM} WHERE n._kind = r[2]"
SAYS = "l.digest = r[3], l.links = r[4], l.missed = r[5], l.missed_since_ms = r[6], l.said = r[7]"
SIGHT = f"{SEEN} MERGE (n)-[l:SEEN_IN {{source: $source}}]->(s) SET {SAYS} RETURN count(*)"
SIGHT_FIRST = f"{SEEN} CREATE (n)-[l:SEEN_IN {{source: $source}}]->(s) SET {SAYS} RETURN count(*)"
UNSIGHT = f"{SIGHTED} DELETE l RETURN count(*)"

# Personal fields: pseudonym, field, value.
PERSON = """UNWIND $rows AS r MERGE (p:PersonField {pseudonym: r[0], field: r[1]}) SET p.value = r[2] RETURN count(*)"""
NO_PERSON = """UNWIND $rows AS r MATCH (p:PersonField {pseudonym: r[0], field: r[1]})
USING INDEX SEEK p:PersonField(pseudonym, field) DELETE p RETURN count(*)"""


def create(kind: str) -> str:
    """Rows: all properties."""
    return f"UNWIND $rows AS r CREATE (n:CI:{kind}) SET n = r RETURN count(*)"


def create_declared(kind: str, names: Iterable[str]) -> str:
    """Rows: key, kind, source, created, the value of each of the names. A tenth cheaper than a map in each row."""
    values = "".join(f", {name}: r[{place}]" for place, name in enumerate(names, 4))
    own = "key: r[0], _kind: r[1], _source: r[2], _created: r[3]"
    return f"UNWIND $rows AS r CREATE (n:CI:{kind} {{{own}{values}}}) RETURN count(*)"


def revive(kind: str) -> str:
    """Rows: key. The gap goes to the past."""
    return f"""{ITEM} WHERE n._deleted IS NOT NULL
CREATE (n)-[:HAD]->(:ItemPast {{attr: '{GAP}', value: 'true', source: $source, run: $run,
since: n._deleted, until: $at}}) SET n:{kind} REMOVE n._deleted RETURN count(*)"""


def end(kind: str) -> str:
    """Rows: key."""
    return f"{ITEM} WHERE n._deleted IS NULL SET n._deleted = $at REMOVE n:{kind} RETURN count(*)"


def still_linked(types: Iterable[str]) -> str:
    """Rows: keys. Counts their open links of either direction."""
    return STILL_LINKED.format(types="|".join(types))


def open_already(type_: str) -> str:
    """Rows: src, its ends as [dst, source]. Counts those that are open."""
    return f"{_links(type_)} RETURN count(*)"


def open_link(type_: str) -> str:
    """Rows: src, its ends as [dst, source, since]. Both ends must live."""
    return f"""{ENDS} WHERE a._deleted IS NULL UNWIND r[1] AS e
MATCH (b:CI {{key: e[0]}}) USING INDEX SEEK b:CI(key) WHERE b._deleted IS NULL
CREATE (a)-[:{type_} {{source: e[1], since: e[2]}}]->(b) RETURN count(*)"""


def close_link(type_: str) -> str:
    """Rows: src, its ends as [dst, source]."""
    return f"""{_links(type_)} CREATE (a)-[:{WAS}{type_} {{source: l.source, since: l.since, until: $at}}]->(b)
DELETE l RETURN count(*)"""


def load_past_link(type_: str) -> str:
    """Rows: src, dst, source, since, until."""
    return f"""UNWIND $rows AS r MATCH (a:CI {{key: r[0]}}) USING INDEX SEEK a:CI(key)
MATCH (b:CI {{key: r[1]}}) USING INDEX SEEK b:CI(key)
CREATE (a)-[:{WAS}{type_} {{source: r[2], since: r[3], until: r[4]}}]->(b) RETURN count(*)"""


def recorded(kind: str) -> str:
    """Rows: ids. Lists those that exist, and since when their newest revision is known."""
    return f"UNWIND $rows AS i {_record(kind)} RETURN collect([i, o._recorded])"


def record(kind: str) -> str:
    """Rows: all properties of new records."""
    return f"UNWIND $rows AS r CREATE (o:{kind}) SET o = r RETURN count(*)"


def rewrite(kind: str) -> str:
    """Rows: id, all properties, for records that exist."""
    return f"UNWIND $rows AS r {_record(kind, 'r[0]')} SET o = r[1] RETURN count(*)"


def refit(kind: str) -> str:
    """Rows: id, properties to add to the newest revision."""
    return f"UNWIND $rows AS r {_record(kind, 'r[0]')} SET o += r[1] RETURN count(*)"


def refit_past(kind: str) -> str:
    """Rows: id, properties to add, recorded: for older revisions."""
    return f"""UNWIND $rows AS r MATCH (p:{kind}{PAST} {{id: r[0]}}) USING INDEX SEEK p:{kind}{PAST}(id)
WHERE p._recorded = r[2] SET p += r[1] RETURN count(*)"""


def supersede(kind: str) -> str:
    """Rows: ids. Copies each newest revision to the past."""
    return f"""UNWIND $rows AS i {_record(kind)} CREATE (o)-[:{PAST_OF}]->(p:{kind}{PAST})
SET p = properties(o), p._superseded = $at RETURN count(*)"""


def load_past(kind: str) -> str:
    """Rows: id, all properties of an older revision."""
    return f"""UNWIND $rows AS r {_record(kind, "r[0]")} CREATE (o)-[:{PAST_OF}]->(p:{kind}{PAST}) SET p = r[1]
RETURN count(*)"""


def supersede_references(kind: str, type_: str) -> str:
    """Rows: ids. References of the newest revision become those of the one just copied to the past."""
    return f"""UNWIND $rows AS i MATCH (o:{kind} {{id: i}})-[l:{type_}]->(x) USING INDEX SEEK o:{kind}(id)
MATCH (o)-[:{PAST_OF}]->(p:{kind}{PAST}) WHERE p._superseded = $at
CREATE (p)-[:{WAS}{type_}]->(x) DELETE l RETURN count(*)"""


def drop_references(kind: str, type_: str) -> str:
    """Rows: ids."""
    return f"""UNWIND $rows AS i MATCH (o:{kind} {{id: i}})-[l:{type_}]->() USING INDEX SEEK o:{kind}(id)
DELETE l RETURN count(*)"""


def refer(kind: str, type_: str, to: str, name: str) -> str:
    """Rows: id, the id or key referred to, row number. Lists the numbers of the rows that found both."""
    return f"""UNWIND $rows AS r {_record(kind, "r[0]")} MATCH (x:{to} {{{name}: r[1]}}) USING INDEX SEEK x:{to}({name})
CREATE (o)-[:{type_}]->(x) RETURN collect(r[2])"""


def refer_past(kind: str, type_: str, to: str, name: str) -> str:
    """Rows: id, the id or key referred to, row number, recorded: the same for an older revision."""
    return f"""UNWIND $rows AS r {_record(kind, "r[0]")}
MATCH (o)-[:{PAST_OF}]->(p:{kind}{PAST}) WHERE p._recorded = r[3]
MATCH (x:{to} {{{name}: r[1]}}) USING INDEX SEEK x:{to}({name}) CREATE (p)-[:{WAS}{type_}]->(x) RETURN collect(r[2])"""


def _links(type_: str) -> str:
    return f"""{ENDS} UNWIND r[1] AS e
MATCH (a)-[l:{type_}]->(b:CI) WHERE l.source = e[1] AND b.key = e[0]"""


def _record(kind: str, id_: str = "i") -> str:
    return f"MATCH (o:{kind} {{id: {id_}}}) USING INDEX SEEK o:{kind}(id)"
