"""Configurations of a visit: items, evidence of their last change, saved or not, and what a failure leaves."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from driftline.collectors.ask import Ask, Reply
from driftline.collectors.capture import Capture, capture_of
from driftline.collectors.network.cli.configuration import Configurations
from driftline.collectors.network.cli.platforms import PLATFORMS
from driftline.collectors.network.cli.redact import Redactor
from driftline.collectors.network.cli.stamps import LastChange, last_changes
from driftline.collectors.network.observe import observe
from driftline.collectors.recording import RecordingLine
from driftline.graph.model.declare import Ref
from driftline.graph.model.network import ConfigurationText
from driftline.graph.model.observed import Coverage, Event, Observation, Stamp, Status
from driftline.graph.model.values import Ms
from tests.collectors.network.walks import device
from tests.recorded import DATA, absent

REDACT = Redactor(b"a key of a test site", "k1")
DEVICE = Ref("NetworkDevice", "vendor_serial", ("cisco", "FOC1"))
READ = Ms(1_800_000_000_000)
RUNNING = """\
Building configuration...

Current configuration : 1234 bytes
!
! Last configuration change at 09:37:40 CEST Tue Aug 20 2024 by alice
! NVRAM config last updated at 09:00:00 UTC Tue Aug 20 2024 by bob
!
hostname sw1
enable secret 5 $1$abcd$efgh
interface Vlan1
 no ip address
end
"""
STARTUP = RUNNING.replace("Building configuration...\n\nCurrent configuration : 1234", "Using 1234 out of 65536")


def at(text: str) -> Ms:
    """An ISO time as milliseconds."""
    return Ms(int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000))


class Device:
    """Answers commands of IOS from texts; what has none is refused."""

    def __init__(self, **texts: str) -> None:
        self.texts = texts

    async def ask(self, ask: Ask) -> Reply:
        """The text of a command, redacted as a line does."""
        text = self.texts.get(ask.text.replace("show ", "").replace("-", "_"))
        return Reply(200, REDACT(text).encode(), READ, READ) if text else Reply(504, b"no answer", READ, READ)


def captured(**texts: str) -> Capture:
    """A visit to a device of IOS that asked for its configurations."""

    async def capture() -> Capture:
        line = RecordingLine(Device(**texts))
        for one in PLATFORMS["cisco_ios"].asks:
            if one.document:
                await line.ask(PLATFORMS["cisco_ios"].ask(one.command))
        return line.capture({})

    return asyncio.run(capture())


def visited(**texts: str) -> Configurations:
    """The configurations of such a visit."""
    return Configurations.of(captured(**texts))


def observed(**texts: str) -> Observation:
    """All parts of such a visit."""
    found = visited(**texts)
    return Observation.gather([*found.parts(DEVICE), *found.coverage()])


def test_two_documents_with_one_meaning_are_saved() -> None:
    """Running and startup are separate documents; their difference says unsaved."""
    running, startup = observed(running_config=RUNNING, startup_config=STARTUP).items
    assert isinstance(running, ConfigurationText)
    assert isinstance(startup, ConfigurationText)
    assert (running.document, startup.document) == ("running", "startup")
    assert running.digest == startup.digest
    assert (running.unsaved, startup.unsaved) == (False, None)
    changed = RUNNING.replace("no ip address", "ip address 10.0.0.1 255.0.0.0")
    running, startup = observed(running_config=changed, startup_config=STARTUP).items
    assert isinstance(running, ConfigurationText)
    assert running.unsaved is True


def test_a_new_stamp_alone_changes_no_digest_and_a_new_secret_does() -> None:
    """Stamps are stored first, then masked; a rotation of a secret is a change."""

    def digest_of(text: str) -> str | None:
        item = observed(running_config=text).items[0]
        assert isinstance(item, ConfigurationText)
        return item.digest

    assert digest_of(RUNNING) == digest_of(RUNNING.replace("09:37:40", "10:37:40").replace("1234", "99"))
    assert digest_of(RUNNING) != digest_of(RUNNING.replace("$efgh", "$ijkl"))


def test_last_changes_are_evidence_with_the_user_they_name() -> None:
    """Grade B: the stamp dates the document, the user is a candidate of it."""
    said = observed(running_config=RUNNING, startup_config=STARTUP)
    running = Ref("ConfigurationText", "document", ("running",), DEVICE)
    startup = Ref("ConfigurationText", "document", ("startup",), DEVICE)
    changed, saved = at("2024-08-20T07:37:40"), at("2024-08-20T09:00:00")
    assert [(s.item, s.at_ms, s.fields) for s in said.stamps] == [
        (running, changed, ("digest",)),
        (startup, saved, ("digest",)),
    ]
    assert all(stamp.resolution_ms >= 60_000 for stamp in said.stamps), "the clock of the device was not measured"
    assert [(e.item, e.at_ms, e.actor) for e in said.events] == [(running, changed, "alice"), (startup, saved, "bob")]
    assert said.feed is None, "a single stamp is no gapless feed: nobody is accused by it"


def test_what_was_not_understood_is_not_gone() -> None:
    """A failed document makes the coverage partial or failed; asked for nothing, nothing is covered."""
    said = observed(running_config=RUNNING)
    assert {row.status for row in said.coverage} == {Status.PARTIAL}
    assert [unread.ask for unread in said.unread] == ["show startup-config"]
    said = observed(running_config=RUNNING.removesuffix("end\n"), startup_config="% Invalid input\n")
    assert said.items == []
    assert {row.status for row in said.coverage} == {Status.FAILED}
    said = observed(running_config=RUNNING, startup_config=STARTUP)
    assert {(row.status, row.count) for row in said.coverage} == {(Status.COMPLETE, 2)}
    assert list(Configurations.of(Capture((), {}, {})).coverage()) == []


def test_a_visit_has_the_configurations_beside_its_tables() -> None:
    """What SNMP says and what the command line says are one observation of one device, coverage last."""
    by_snmp, by_cli = device({}), captured(running_config=RUNNING, startup_config=STARTUP)
    rows = [(entry, capture.body(entry)) for capture in (by_snmp, by_cli) for entry in capture.entries]
    parts = list(observe(capture_of(rows, {"target": "sw"})))
    said = Observation.gather(parts)
    assert said.source
    texts = [item for item in said.items if isinstance(item, ConfigurationText)]
    assert [text.device for text in texts] == [said.source.item] * 2
    assert {row.status for row in said.coverage if row.kind == "ConfigurationText"} == {Status.COMPLETE}
    first = next(place for place, part in enumerate(parts) if isinstance(part, Coverage))
    assert all(isinstance(part, Coverage) for part in parts[first:])
    assert not [row for row in Observation.gather(observe(by_snmp)).coverage if row.kind == "ConfigurationText"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "! Last configuration change at 11:54:34.123 UTC Thu Aug 29 2024 by 123456",
            LastChange("running", at("2024-08-29T11:54:34"), "123456"),
        ),
        (
            "! Last configuration change at 11:54:34 UTC Thu Aug 29 2024",
            LastChange("running", at("2024-08-29T11:54:34"), None),
        ),
        ("! Last configuration change at 11:54:34 EST Thu Aug 29 2024 by x", LastChange("running", None, "x")),
        ("! Last configuration change at 99:54:34 UTC Thu Aug 29 2024 by x", LastChange("running", None, "x")),
        ("## Last commit: 2024-12-06 11:41:05 UTC by root", LastChange("running", at("2024-12-06T11:41:05"), "root")),
        ("! Startup-config last modified at Tue Jan  1 00:00:00 2019 by ops", LastChange("startup", None, "ops")),
        ("#config-version=FGVMK6-6.2.1-FW-build0932:opmode=0:vdom=0:user=admin", LastChange("running", None, "admin")),
    ],
)
def test_stamps_of_platforms(line: str, expected: LastChange) -> None:
    """Each form of network.md 9; an instant only where the zone is beyond doubt."""
    assert list(last_changes(f"{line}\nhostname x\n", "running", READ)) == [expected]


def test_a_time_without_zone_is_placed_by_the_device_s_own_now() -> None:
    """NX-OS prints when it was asked beside when it was changed: the difference needs no zone and no clock."""
    text = "!Command: show running-config\n!Running configuration last done at: Wed May 20 03:54:57 2026\n"
    assert list(last_changes(f"{text}!Time: Wed May 20 04:01:58 2026\n", "running", READ)) == [
        LastChange("running", Ms(READ - 421_000), None, by_reading=True)
    ]
    assert list(last_changes(text, "running", READ)) == [LastChange("running", None, None)]


def test_a_stamp_in_a_banner_is_none() -> None:
    """Anybody may write anything into a banner or a description."""
    text = "hostname x\n" * 80 + "! Last configuration change at 11:54:34 UTC Thu Aug 29 2024 by nobody\n"
    assert list(last_changes(text, "running", READ)) == []


def test_named_actors_of_recorded_sessions() -> None:
    """Named actors are proved on recorded ``Last configuration change … by`` texts."""
    found: dict[str, set[str | None]] = {}
    for path in sorted((DATA / "oxidized").glob("*#output.txt")):
        lines = [line for line in path.read_text(errors="replace").split("\n") if line.startswith(("! ", "## ", "!R"))]
        for line in lines:
            for change in last_changes(line, "running", READ):
                found.setdefault(path.name.partition("#")[0], set()).add(change.user)
                assert change.at_ms is not None or change.user is None
    if not found:
        absent(DATA / "oxidized")
    assert found == {"ios": {"123456", "oxidized"}, "junos": {"root"}, "nxos": {None}}


def test_parts_are_of_the_declared_sorts() -> None:
    """Stamp and Event go where observations put them."""
    said = observed(running_config=RUNNING, startup_config=STARTUP)
    assert all(isinstance(stamp, Stamp) for stamp in said.stamps)
    assert all(isinstance(event, Event) and event.names == () for event in said.events)
