"""The eight contracts of every collector, on every recording: a new recording adds cases, not code."""

from __future__ import annotations

import json
import logging
import os
import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from driftline.collectors import COLLECTORS, collector
from driftline.collectors.capture import Capture, Entry, capture_of
from driftline.collectors.contract import Collector
from driftline.collectors.coverage import fields_of
from driftline.collectors.network import asks as network_asks
from driftline.collectors.network import feeds
from driftline.collectors.network.cli.platforms import PLATFORMS
from driftline.collectors.network.platforms import identify
from driftline.collectors.network.replies import decode_objects
from driftline.collectors.visit import observed
from driftline.collectors.vsphere.asks import STAGES, Asked
from driftline.collectors.vsphere.pages import READ, kinds_read
from driftline.collectors.vsphere.refs import ref_of
from driftline.graph.model.declare import Item, Ref, Strength
from driftline.graph.model.observed import ALL, MEMBERSHIP, Act, Observation, Status
from tests.recordings import parts

HERE = Path(__file__).parent
RECORDINGS = {f"{file.parent.parent.name}/{file.parent.name}": file for file in sorted(HERE.glob("*/*/capture.json"))}
COLLECTOR: dict[str, Collector] = {name: collector(name) for name in COLLECTORS}

MAC = re.compile(r"([0-9a-f]{2}:){5}[0-9a-f]{2}")
EVERYTHING = frozenset(kind.kind for kind in kinds_read())
TOUCHES: dict[str, frozenset[str]] = {
    Asked.LOGIN: EVERYTHING,
    Asked.VIEW: EVERYTHING,
    Asked.BEFORE: EVERYTHING,
    Asked.AFTER: EVERYTHING,
    **{stage: frozenset(kind.kind for kind in READ[stage]) for stage in STAGES},
    **{ask: frozenset(kind for kind, _ in scopes) for ask, scopes in feeds.FEEDS.items()},
    Asked.AGAIN: frozenset({"VirtualMachine"}),
    Asked.CUSTOM_FIELDS: frozenset({"VirtualMachine"}),
    Asked.TAGS: frozenset({"VirtualMachine"}),
    Asked.TAG: frozenset({"VirtualMachine"}),
    Asked.CATEGORY: frozenset({"VirtualMachine"}),
}
"""Asks whose loss must show in the coverage of these kinds; the others cost the clock, the feed, or nothing."""
FEED = frozenset({Asked.CLOCK, Asked.COLLECTOR, Asked.REWIND, Asked.EVENTS})

FAULT = (
    b'<?xml version="1.0"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body><soapenv:Fault><faultcode>ServerFaultCode'
    b'</faultcode><faultstring>no</faultstring><detail><NoPermissionFault xmlns="urn:vim25" xsi:type="NoPermission">'
    b"</NoPermissionFault></detail></soapenv:Fault></soapenv:Body></soapenv:Envelope>"
)
ERRORS: dict[str, Callable[[Entry, bytes], tuple[Entry, bytes]]] = {
    "a fault": lambda entry, _: (replace(entry, status=500), FAULT),
    "a proxy's page": lambda entry, _: (replace(entry, status=502), b"<html><body>Bad gateway</body></html>"),
    "nothing": lambda entry, _: (entry, b""),
    "half of it": lambda entry, body: (entry, body[: len(body) // 2]),
}


@pytest.fixture(params=sorted(RECORDINGS))
def name(request: pytest.FixtureRequest) -> str:
    """The name of a recording."""
    return str(request.param)


@pytest.fixture
def capture(name: str) -> Capture:
    """What was recorded."""
    return Capture.read(RECORDINGS[name])


def observe(name: str, capture: Capture) -> Observation:
    """What the recording's collector says of a capture."""
    return Observation.gather(observed(COLLECTOR[name.partition("/")[0]], capture))


def lines(name: str, capture: Capture) -> list[dict[str, Any]]:
    """All parts as plain values."""
    return [parts.plain(part) for part in observed(COLLECTOR[name.partition("/")[0]], capture)]


def test_1_the_golden_is_what_is_observed(name: str, capture: Capture, request: pytest.FixtureRequest) -> None:
    """Compared as sets; ``--accept`` writes it again, and is refused on a machine that only checks."""
    golden = RECORDINGS[name].with_name("observation.yaml")
    found = lines(name, capture)
    if request.config.getoption("--accept"):
        assert os.environ.get("CI") != "true", "goldens are accepted by a person"  # noqa: TID251 -- no product setting
        parts.write(golden, found)
    known = parts.read(golden)
    assert [one for one in found if one not in known] == []
    assert [one for one in known if one not in found] == []


def test_there_are_recordings_and_no_half_ones() -> None:
    """A recording has a capture, a golden, pairs of edits, and what must never be seen; a missing half fails."""
    assert RECORDINGS
    for folder in HERE.glob("*/*/"):
        halves = {"capture.json", "never.yaml", "observation.yaml", "drift.yaml"}
        assert folder.name == "__pycache__" or halves <= {one.name for one in folder.iterdir()}


def test_2_no_declared_field_is_dead() -> None:
    """Every field of every kind is filled by at least one recording."""
    items = [one for name, file in RECORDINGS.items() for one in observe(name, Capture.read(file)).items]
    dead = [
        f"{kind.kind}.{field}"
        for kind in (*kinds_read(), *feeds.KINDS)
        for field in fields_of(kind)
        if all(getattr(one, field) in (None, ()) for one in items if one.kind == kind.kind)
    ]
    assert dead == []


def test_3_no_ask_is_dead_and_no_reply_unread() -> None:
    """Every ask stands in a recording, and what was answered was understood."""
    captures = {name: Capture.read(file) for name, file in RECORDINGS.items()}
    for own in COLLECTOR.values():
        asked = {entry.ask for name, one in captures.items() if name.startswith(own.name) for entry in one.entries}
        assert asked == set(own.asks) - unrecorded(own, captures)
    unread = {name: [f"{one.ask}: {one.why}" for one in observe(name, made).unread] for name, made in captures.items()}
    assert unread == {name: known_unread(name) for name in captures}


def known_unread(name: str) -> list[str]:
    """What a recorded device says that is no answer, as a person accepted it beside the recording."""
    file = RECORDINGS[name].with_name("unread.yaml")
    return parts.read(file) if file.exists() else []


def unrecorded(own: Collector, captures: Mapping[str, Capture]) -> set[str]:
    """Asks of platforms of which there is no recording at all; what everybody is asked is never among them."""
    if own.name != "network":
        return set()
    systems = [next(one.named(network_asks.SYSTEM.name)) for name, one in captures.items() if name.startswith(own.name)]
    recorded = [identify(decode_objects((one.text or "").encode())) for one in systems]
    names = {one.name for one in (*network_asks.EVERYWHERE, network_asks.ACCESS, network_asks.HOW)}
    for each in filter(None, recorded):
        names |= {one.name for one in network_asks.wanted_of((each.stamps, each.parts))}
        names |= {one.command for one in PLATFORMS[each.cli].asks} if each.cli else set()
    return set(own.asks) - names


def test_4_what_must_never_be_seen_is_not(name: str, capture: Capture, caplog: pytest.LogCaptureFixture) -> None:
    """No secret in the capture, in a part, in a log or in an error."""
    with caplog.at_level(logging.DEBUG):
        said = repr(list(observed(COLLECTOR[name.partition("/")[0]], capture)))
    texts = [
        capture.manifest,
        said,
        caplog.text,
        *(capture.body(one).decode("utf-8", "replace") for one in capture.entries),
    ]
    never = parts.read(RECORDINGS[name].with_name("never.yaml"))
    assert never
    assert [secret for secret in never if any(secret in text for text in texts)] == []


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(chance=st.randoms(use_true_random=False))
def test_5_the_order_of_objects_does_not_matter(name: str, chance: random.Random) -> None:
    """Objects of a page, and events, in any order are the same observation; and observing is repeatable."""
    capture = Capture.read(RECORDINGS[name])

    def shuffled(_at: int, entry: Entry, body: bytes) -> tuple[Entry, bytes]:
        if entry.path.startswith(network_asks.TABLE) and entry.status == 200:
            said = json.loads(body)
            said["rows"] = dict(chance.sample(sorted(said["rows"].items()), len(said["rows"])))
            return entry, json.dumps(said).encode()
        rows = re.findall(rb"<objects>.*?</objects>", body, re.DOTALL)
        mixed = chance.sample(rows, len(rows))
        head, tail = body.partition(b"<objects>")[0], body.rpartition(b"</objects>")[2]
        return entry, head + b"".join(mixed) + tail if rows else body

    def told(seen: Observation) -> list[str]:
        return sorted(map(repr, (*seen.items, *seen.withheld, *seen.coverage)))

    assert told(observe(name, edited(capture, shuffled))) == told(observe(name, capture))


def test_6_a_cut_after_any_ask_declares_nothing_absent(name: str, capture: Capture) -> None:
    """What was not asked any more is not complete; what is missing, or said no more, is covered by that."""
    whole = observe(name, capture)
    for end in range(len(capture.entries)):
        cut = replace(capture, entries=capture.entries[:end])
        left = observe(name, cut)
        lost = {entry.ask for entry in capture.entries[end:]} - {entry.ask for entry in cut.entries}
        check(whole, left, f"cut after {end} asks", lost)


@pytest.mark.parametrize("error", sorted(ERRORS))
def test_6_a_reply_that_is_an_error_declares_nothing_absent(name: str, capture: Capture, error: str) -> None:
    """The same for any reply turned into an error text."""
    whole = observe(name, capture)
    for place, damaged in enumerate(capture.entries):

        def change(at: int, entry: Entry, body: bytes, place: int = place) -> tuple[Entry, bytes]:
            return ERRORS[error](entry, body) if at == place else (entry, body)

        left = observe(name, edited(capture, change))
        check(whole, left, f"{error} in place of {damaged.ask}", {damaged.ask} if damaged.status == 200 else set())


@pytest.mark.parametrize(
    "path", sorted({path for stage in STAGES.values() for rows in stage.values() for path in rows})
)
def test_6_a_withheld_property_declares_nothing_absent(path: str) -> None:
    """Any property refused on every object that has it: its fields are withheld, no other is touched."""
    shown = re.compile(rb"<propSet><name>" + re.escape(path).encode() + rb"</name><val.*?</val></propSet>", re.DOTALL)
    refused = (
        b"<missingSet><path>" + path.encode() + b'</path><fault><fault xsi:type="NoPermission"/>'
        b"<localizedMessage></localizedMessage></fault></missingSet>"
    )
    for name, file in RECORDINGS.items():
        capture = Capture.read(file)

        def change(_at: int, entry: Entry, body: bytes) -> tuple[Entry, bytes]:
            return entry, shown.sub(refused, body) if entry.ask in STAGES else body

        check(observe(name, capture), observe(name, edited(capture, change)), f"{path} refused", set())


def test_7_values_lie_in_the_ranges_of_their_units(name: str, capture: Capture) -> None:
    """MTU 64 to 65,536, VLAN 1 to 4,094, MAC and WWN in their forms, sizes not negative."""
    for one in observe(name, capture).items:
        said = {field: getattr(one, field) for field in fields_of(type(one))}
        for field, value in said.items():
            if isinstance(value, int) and not isinstance(value, bool):
                assert value >= 0, (one.kind, field, value)
            if isinstance(value, str):
                assert value.strip(), (one.kind, field)
        assert said.get("mtu_bytes") is None or 64 <= said["mtu_bytes"] <= 65_536
        assert said.get("mac") is None or MAC.fullmatch(said["mac"])
        for vlan in re.findall(r"\d+", said.get("vlan") or ""):
            assert 0 <= int(vlan) <= 4_094


def test_8_every_item_survives_yaml(name: str, capture: Capture, tmp_path: Path) -> None:
    """Written as text and read back it is the same item."""
    items = observe(name, capture).items
    file = tmp_path / "items.yaml"
    parts.write(file, [parts.plain(one) for one in items])
    assert sorted(map(repr, (parts.item(said) for said in parts.read(file)))) == sorted(map(repr, items))


def test_what_counts_as_drift_and_what_does_not(name: str, capture: Capture) -> None:
    """Pairs of edits to the capture: some change what is kept of an item, some must not."""
    before = kept(observe(name, capture))
    for row in parts.read(RECORDINGS[name].with_name("drift.yaml")):
        hits: list[str] = []

        def change(
            _at: int, entry: Entry, body: bytes, row: dict[str, Any] = row, hits: list[str] = hits
        ) -> tuple[Entry, bytes]:
            if entry.ask != row["ask"] or row["find"].encode() not in body:
                return entry, body
            hits.append(entry.ask)
            return entry, body.replace(row["find"].encode(), row["put"].encode(), 1)

        after = kept(observe(name, edited(capture, change)))
        assert hits, row
        assert (before != after) is row["drift"], row


def kept(seen: Observation) -> list[tuple[str, str]]:
    """What a store would keep of the items."""
    return sorted((one.kind, repr((sorted(one.values().items()), ends(one)))) for one in seen.items)


def ends(one: Item) -> list[tuple[str, str]]:
    """The relations of an item."""
    return [(relation.name, repr(getattr(one, relation.name))) for relation in one.relations]


def edited(capture: Capture, change: Callable[[int, Entry, bytes], tuple[Entry, bytes]]) -> Capture:
    """A capture with replies changed."""
    return capture_of([change(at, one, capture.body(one)) for at, one in enumerate(capture.entries)], capture.notes)


def check(whole: Observation, left: Observation, what: str, asks: set[str]) -> None:
    """Less was read than before: nothing of what is missing may look like a removal."""
    complete = {(row.kind, row.group) for row in left.coverage if row.status is Status.COMPLETE}
    told = {(row.kind, row.group) for row in (*whole.coverage, *left.coverage)}
    open_scopes = told - complete  # also what is not told of any more
    if left.source is None:
        assert left.items == []
        assert left.coverage == []
        return
    for ask in asks & set(TOUCHES):
        assert TOUCHES[ask] <= {kind for kind, _ in open_scopes}, (what, ask)
    assert not asks & FEED or left.feed is None, what
    assert removals(left) <= removals(whole), what
    now = {handle(one): one for one in left.items}
    shut = {(one.item, field) for one in left.withheld for field in one.fields}
    for before in whole.items:
        ref = handle(before)
        if ref not in now:
            covered = (before.kind, MEMBERSHIP) in open_scopes or (ref, ALL) in shut or closed(before, shut)
            assert covered, f"{what}: {ref} looks removed"
        else:
            for field in lessened(before, now[ref]):
                group = (before.kind, fields_of(type(before))[field])
                assert group in open_scopes or {(ref, field), (ref, ALL)} & shut, f"{what}: {ref} {field} looks removed"


def removals(seen: Observation) -> set[str]:
    """Ids of events that say something was removed."""
    return {one.id for one in seen.events if one.act is Act.REMOVED}


def handle(one: Item) -> Ref:
    """The local key of an item, by which all of a capture names it; else its first."""
    found = ref_of(one, Strength.LOCAL) or ref_of(one)
    assert found
    return found


def closed(one: Item, shut: set[tuple[Ref, str]]) -> bool:
    """Whether the owner of an item shows nothing of its parts of this kind."""
    owner = getattr(one, one.owner_field) if one.owner_field else None
    return owner is not None and bool({(owner, one.kind), (owner, ALL)} & shut)


def lessened(before: Item, after: Item) -> Iterator[str]:
    """Fields that say something else, or nothing more."""
    for field in fields_of(type(before)):
        if getattr(before, field) != getattr(after, field):
            yield field
