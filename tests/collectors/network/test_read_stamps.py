"""When something changed last, and who did it, by what the device itself says (evidence grades B and A)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from driftline.collectors.network.observe import observe
from driftline.diff.words import ActorHow, Grade
from driftline.graph.model.observed import Observation, Stamp
from driftline.graph.model.values import Ms
from tests.collectors.network.memory import HOUR, TICKS, NetworkMemory
from tests.collectors.network.samples import HOUR_TICKS, HUAWEI, JUNIPER, UPTIME, ports, stack
from tests.collectors.network.walks import START, device, seen

DATE = bytes.fromhex("07e10c130f342b002b0800")
LATER = bytes.fromhex("07e10c131134270a2b0800")
EARLIER = bytes.fromhex("07e10b130f342b002b0800")


def stamps(said: dict[str, Any]) -> dict[tuple[str, ...], Stamp]:
    """Stamps by what they date."""
    return {(one.item.kind, *one.item.values): one for one in seen(said).stamps}


def test_a_count_becomes_an_instant_of_our_clock() -> None:
    """Running time and stamp of one request: an hour before now, to a second and a little for the hour."""
    found = stamps(stack())["NetworkDevice", "cisco", "FDO1111X111"]

    assert 0 < found.at_ms - (START - HOUR) < 10_000, "the tables took their time"
    assert found.fields == ("name", "contact", "location")
    assert 1_000 <= found.resolution_ms <= 1_500


def test_what_the_configuration_changes_has_its_stamp() -> None:
    """A change of an alias, a VLAN or a route was made by then at the latest; a state was not."""
    found = stamps(stack())

    assert "alias" in found["Interface", "Gi1/0/1"].fields
    assert "oper_up" not in found["Interface", "Gi1/0/1"].fields
    assert ("Vlan", "10") in found
    assert found["Module", "Switch 1 - PSU A"].at_ms < found["Vlan", "10"].at_ms


def test_a_port_has_the_stamp_of_its_state_where_no_other_is_told() -> None:
    """IfLastChange dates the state alone."""
    said: dict[str, Any] = dict(ports("e1"))
    said["ifTable"][1,][9] = UPTIME - 100

    assert stamps({**said, "sysUpTime": UPTIME})["Interface", "e1"].fields == ("oper_up",)


@pytest.mark.parametrize("ticks", [0, UPTIME + 1])
def test_what_is_older_than_the_start_is_not_told(ticks: int) -> None:
    """Zero is "not since boot"; a count above the running time is one of an earlier start."""
    assert stamps({**ports("e1"), "sysObjectID": HUAWEI, "sysUpTime": UPTIME, "hwCfgRunModifiedLast": ticks}) == {}


def test_a_count_that_began_anew_after_497_days_is_told_by_the_engine() -> None:
    """SnmpEngineTime counts seconds and tells a wrapped running time from a reboot."""
    said = {**ports("e1"), "sysObjectID": HUAWEI, "sysUpTime": 1_000, "hwCfgRunModifiedLast": 2**32 - 9_000}
    wrapped = stamps({**said, "snmpEngineTime": 2**32 // 100 + 10})

    assert stamps(said) == {}
    assert {round((START - one.at_ms) / 10_000) for one in wrapped.values()} == {10}


def test_a_log_names_who_changed_the_configuration() -> None:
    """An entry is an event of the device that may have changed what is configured, with its id for good."""
    found = seen(stack())

    assert [(one.actor, one.id) for one in found.events] == [("alice", f"ccmHistoryEventTable/7-{UPTIME - HOUR_TICKS}")]
    assert {"interface/alias", "vlan", "location"} <= set(found.events[0].can_change)
    assert "interface/oper_up" not in found.events[0].can_change
    assert found.feed is not None
    assert found.feed.gaps == ()


def test_an_entry_without_a_user_names_nobody() -> None:
    """Somebody changed something: a hole in the feed, never "the system did it"."""
    said = stack()
    said["ccmHistoryEventTable"][8,] = {2: UPTIME - 500, 3: 1, 8: b"", 17: b""}
    found = seen(said)

    assert [one.actor for one in found.events] == ["alice"]
    assert found.feed is not None
    assert [gap.why for gap in found.feed.gaps] == ["the log names no user"]


def test_entries_of_an_earlier_start_are_not_dated() -> None:
    """Junos keeps its log over a reboot: counts rise again, or do not fit to the dates beside them."""
    log = {
        (1,): {2: 800_000, 3: EARLIER, 4: 2, 5: b"old"},
        (2,): {2: 100_000, 3: EARLIER, 4: 2, 5: b"older start"},
        (3,): {2: 200_000, 3: DATE, 4: 2, 5: b"bob"},
        (4,): {2: 920_000, 3: LATER, 4: 2, 5: b"carol"},
    }
    said = {"sysObjectID": JUNIPER, "jnxBoxSerialNo": b"JN1", "sysUpTime": 1_000_000, "jnxCmCfgChgLatestTime": 920_000}
    found = seen({**said, "jnxCmCfgChgEventTable": log})

    assert [one.actor for one in found.events] == ["carol", "bob"]


def test_a_change_between_two_visits_has_the_actor_of_the_log(tmp_path: Path) -> None:
    """Grade A: the only entry of a log without a hole, in the interval, names who changed a port's description."""
    memory = NetworkMemory.at(tmp_path)
    memory.visit(stack())
    said: dict[str, Any] = stack()
    said["ifXTable"][1,] |= {18: b"to nowhere"}
    half_an_hour_ago = UPTIME + 2 * TICKS - TICKS // 2
    said["ccmHistoryEventTable"][8,] = {2: half_an_hour_ago, 3: 1, 8: b"mallory", 17: b""}
    said["ccmHistoryRunningLastChanged"] = half_an_hour_ago
    change = next(one for one in memory.visit(said).changes if one.path == "alias")

    assert (change.actor, change.actor_how, change.grade) == ("p-mallory", ActorHow.NAMED, Grade.EVENT)
    assert change.upper_ms - change.lower_ms > HOUR // 2, "the log dates when somebody configured, not each change"


def test_a_change_whose_user_no_log_names_is_dated_by_the_stamp(tmp_path: Path) -> None:
    """Grade B: it was no later than the last change of the configuration; who did it stays unknown."""
    memory = NetworkMemory.at(tmp_path)
    memory.visit({**stack(), "ccmHistoryEventTable": {}})
    said: dict[str, Any] = {**stack(), "ccmHistoryEventTable": {}}
    said["ifXTable"][1,] |= {18: b"to nowhere"}
    said["ccmHistoryRunningLastChanged"] = UPTIME + 2 * TICKS - TICKS // 2
    change = next(one for one in memory.visit(said).changes if one.path == "alias")

    assert (change.actor, change.grade) == (None, Grade.STAMP)
    assert change.upper_ms < START + 2 * HOUR - HOUR // 2 + 10_000


def test_a_stamp_that_was_read_before_the_tables_dates_nothing() -> None:
    """A change after the stamp and before the table would be dated too early, and somebody be accused for it."""
    capture = device(stack())
    stamped = [one for one in capture.entries if one.ask in {"stamps", "cisco stamps"}]
    early = tuple(replace(one, start_ms=Ms(START - 50), end_ms=Ms(START - 10)) for one in stamped)
    others = tuple(one for one in capture.entries if one not in stamped)
    found = Observation.gather(observe(replace(capture, entries=(*early, *others))))

    assert (found.stamps, found.events, found.feed, found.clock) == ([], [], None, None)
