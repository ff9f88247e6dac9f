"""What holds for all files: order and repetition mean nothing, and the schema and the reader agree."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import driftline.collectors.records.files as door
from driftline.collectors.records.files import BadFiles, Imported, people_schema, rfc_schema
from driftline.graph.model.bodies import body
from driftline.graph.model.change_records import RfcVersion

Read = Callable[..., Imported]
FOLDER = Path(str(door.__file__)).parent

HEADERS = {
    "rfcs": ("source_id", "valid_from", "type", "state", "title", "implementers"),
    "windows": ("source_id", "valid_from", "start", "end"),
    "scope": ("source_id", "valid_from", "text"),
    "approvals": ("source_id", "valid_from", "approver", "decided_at"),
}
IDS, TIMES = ("R1", "R2", "R3"), tuple(f"2026-03-{day:02}T08:00Z" for day in range(1, 7))

parts = st.fixed_dictionaries(
    {
        "windows": st.sets(st.sampled_from([(a, b) for a in TIMES for b in TIMES]), max_size=3),
        "scope": st.sets(st.sampled_from([("web01",), ("web02",), ("db01",)]), max_size=3),
        "approvals": st.sets(st.sampled_from(["anna", "bert"]), max_size=2),
        "head": st.tuples(
            st.sampled_from(["normal", "emergency"]),
            st.sampled_from(["new", "scheduled", "closed"]),
            st.sampled_from(["", "Grow"]),
            st.sampled_from(["", "ivan", "ivan;inga"]),
        ),
    }
)
histories = st.dictionaries(st.tuples(st.sampled_from(IDS), st.sampled_from(TIMES)), parts, min_size=1, max_size=6)


def written(history: Mapping[tuple[str, str], Any], random: Random) -> dict[str, str]:
    """The files of a history, rows in any order."""
    rows: dict[str, list[Sequence[str]]] = {name: [] for name in HEADERS}
    for (source_id, valid_from), one in history.items():
        rows["rfcs"].append((source_id, valid_from, *one["head"]))
        rows["windows"] += [(source_id, valid_from, *window) for window in sorted(one["windows"])]
        rows["scope"] += [(source_id, valid_from, *item) for item in sorted(one["scope"])]
        # a decision is made once: its instant follows from the version it was made on
        rows["approvals"] += [(source_id, valid_from, who, valid_from[:-3] + "30Z") for who in sorted(one["approvals"])]
    for listed in rows.values():
        random.shuffle(listed)
    return {f"{n}.csv": "\n".join(",".join(row) for row in (HEADERS[n], *rows[n])) + "\n" for n in HEADERS}


@given(history=histories, order=st.randoms(use_true_random=False), cuts=st.lists(st.integers(1, 63), max_size=4))
@settings(max_examples=60, deadline=None)
def test_any_order_of_rows_and_drops_converges(rfcs: Read, history: Any, order: Random, cuts: list[int]) -> None:  # noqa: ANN401 -- as drawn
    """Any interleaving and repetition of syncs converges: records by id end equal to one read of everything."""
    keys = sorted(history)
    some = [{k: history[k] for i, k in enumerate(keys) if cut >> i & 1} for cut in cuts]
    drops = [drop for drop in [*some, history, *some] if drop]
    order.shuffle(drops)

    kept: dict[str, Any] = {}
    for drop in drops:
        kept |= {record.id: body(record) for record in rfcs(written(drop, order)).records}  # type: ignore[attr-defined]  # every record has an id
    whole = rfcs(written(history, order))
    assert kept == {record.id: body(record) for record in whole.records}  # type: ignore[attr-defined]  # as above
    assert len(whole.versions) == len(history)


texts = st.sampled_from(["", "R1", "web01", "normal", "anna", "x y"])
instants = st.sampled_from(TIMES)


def documents(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Values of a schema, in the few forms that ours use; times and words are ones that mean something."""
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "const" in schema:
        return st.just(schema["const"])
    return FORMS.get(schema.get("type", "value"), _number_or_text)(schema)


def _object(schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    wanted = {name: property_of(name, one) for name, one in schema["properties"].items()}
    needed = {name: wanted.pop(name) for name in schema.get("required", [])}
    return st.fixed_dictionaries(needed, optional=wanted)


def _number_or_text(_: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Any value of a change: the one property that has several types."""
    finite = st.floats(allow_nan=False, allow_infinity=False)
    return st.one_of(texts, st.integers(), st.booleans(), finite, st.lists(texts, max_size=2))


FORMS: Mapping[str, Callable[[Mapping[str, Any]], st.SearchStrategy[Any]]] = {
    "object": _object,
    "array": lambda schema: st.lists(documents(schema["items"]), max_size=2),
    "boolean": lambda _: st.booleans(),
    "integer": lambda schema: st.integers(schema["minimum"], schema["maximum"]),
    "string": lambda schema: texts.filter(str.strip) if "pattern" in schema else texts,
}


def property_of(name: str, schema: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """What a named property holds: a schema does not know what is a time, a word of the source or a filter."""
    sound: dict[str, st.SearchStrategy[Any]] = {
        "type": st.sampled_from(["normal", "Emergency", "standard"]),
        "state": st.sampled_from(["new", "Scheduled", "closed"]),
        "decision": st.sampled_from(["", "approved", "rejected"]),
        "kind": st.sampled_from(["VirtualMachine", "site"]),
        "selector": st.sampled_from(["", "site=ber1"]),
        "zone": st.sampled_from(["", "Europe/Berlin"]),
        "exempt_types": st.just(["normal"]),
        "scope": st.lists(
            st.fixed_dictionaries(
                {"text": st.just("web01")}, optional={"dynamic": st.booleans(), "kind": st.just("Site")}
            ),
            max_size=2,
        ),
    }
    if name in {"rfcs", "freezes"}:  # several of one name would have to agree, which no schema can say
        return st.lists(documents(schema["items"]), max_size=1)
    if name.endswith("_at") or name in {"start", "end", "at", "valid_from"}:
        return instants
    return sound[name] if name in sound else documents(schema)


@given(document=documents(rfc_schema()))
@settings(max_examples=150, deadline=None)
def test_reader_takes_what_the_schema_allows(rfcs: Read, document: dict[str, Any]) -> None:
    """The published JSON Schema is a stable contract: what is valid is read."""
    jsonschema.validate(document, rfc_schema())

    read = rfcs({"changes.json": json.dumps(document)}, extracted_ms=1)
    assert len(read.versions) == len(document.get("rfcs", []))
    assert all(isinstance(version, RfcVersion) and version.quorum >= 1 for version in read.versions)


VALID: dict[str, Any] = {
    "version": 1,
    "rfcs": [{"source_id": "R1", "valid_from": TIMES[0], "type": "normal", "state": "new", "windows": [{}]}],
}


@pytest.mark.parametrize(
    "damage",
    [
        {"version": 2},
        {"rfcs": {}},
        {"rfcs": [1]},
        {"surplus": 1},
        {"full": "yes"},
        {"rfcs": [{**VALID["rfcs"][0], "surplus": "x"}]},
        {"rfcs": [{**VALID["rfcs"][0], "source_id": " "}]},
        {"rfcs": [{**VALID["rfcs"][0], "quorum": 0}]},
        {"rfcs": [{**VALID["rfcs"][0], "quorum": 1.5}]},
        {"rfcs": [{**VALID["rfcs"][0], "on_hold": None}]},
        {"rfcs": [{**VALID["rfcs"][0], "windows": [{"start": 1}]}]},
        {"rfcs": [{**VALID["rfcs"][0], "scope": [{"by": "magic", "text": "x"}]}]},
        {"rfcs": [{**VALID["rfcs"][0], "expected": [{"path": "p", "value": {"a": 1}}]}]},
        {"rfcs": [{**VALID["rfcs"][0], "approvals": [{"role": "CAB"}]}]},
        {"revocations": [{"source_id": "R1", "at": TIMES[0], "reason": "mood"}]},
    ],
)
def test_reader_refuses_what_the_schema_forbids(rfcs: Read, damage: dict[str, Any]) -> None:
    """And what the schema forbids is refused, so that outsiders learn of it before they send."""
    document = {**VALID, **damage}
    jsonschema.validate(VALID, rfc_schema())
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, rfc_schema())

    with pytest.raises(BadFiles):
        rfcs({"changes.json": json.dumps(document)}, extracted_ms=1)


@pytest.mark.parametrize(("name", "made"), [("rfc", rfc_schema()), ("people", people_schema())])
def test_shipped_schema_is_the_one_that_the_reader_makes(name: str, made: dict[str, Any]) -> None:
    """The shipped schema cannot drift from the tables that the reader uses."""
    jsonschema.Draft202012Validator.check_schema(made)

    assert json.loads((FOLDER / f"{name}.schema.json").read_text()) == made
