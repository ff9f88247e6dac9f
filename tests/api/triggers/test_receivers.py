"""Messages of devices: they bring a reading forward and name who did what it finds, and prove nothing by themselves."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from driftline.api.judging import records
from driftline.api.ops import Ops
from driftline.api.schedule import Schedule
from driftline.api.service import Service
from driftline.api.site import Site
from driftline.api.triggers import Inbox, Receivers
from driftline.api.triggers.hearing import doors, hearing
from driftline.api.writer import Writer
from driftline.collectors.network.snmp import VarBind
from driftline.collectors.network.snmp.recorded import Recording
from driftline.collectors.network.snmp.replay_agent import ReplayAgent, Shelf
from driftline.config import ConfigurationError, Settings
from driftline.diff.words import ActorHow, Change
from driftline.graph.model.values import Ms
from tests.api.program import Program
from tests.collectors.network.visiting import agent, ports, row, system
from tests.lab import process

HOUR = 3_600_000
ALIAS = "1.3.6.1.2.1.31.1.1.1.18.1"
CONFIGURED = b"<189>45: *Mar 1 00:10:20: %SYS-5-CONFIG_I: Configured from console by alice on vty0 (10.0.0.5)"
NAMELESS = b"<189>45: *Mar 1 00:10:20: %SYS-5-CONFIG_I: Configured from console by console"
SECONDS = 30


def rows(alias: str) -> list[VarBind]:
    """A device of two ports, the first with a description."""
    return [*system(), *ports(2), row(ALIAS, alias)]


@dataclass
class Running:
    """A service that hears one device."""

    device: ReplayAgent
    service: Service
    receivers: Receivers
    schedule: Schedule
    port: int

    def describe(self, alias: str) -> None:
        """Somebody changes the description of the first port."""
        self.device.shelves[""] = Shelf(Recording.of(rows(alias)).rows)

    def say(self, *messages: bytes, sender: str = "127.0.0.1") -> None:
        """Messages to the receiver from an address of this machine."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
            door.bind((sender, 0))
            for message in messages:
                door.sendto(message, ("127.0.0.1", self.port))

    async def visited(self, times: int) -> None:
        """Wait until so many visits have ended."""
        async with asyncio.timeout(SECONDS):
            while len(self.ended()) < times:  # noqa: ASYNC110 -- the book has no events
                await asyncio.sleep(0.02)

    def ended(self) -> Sequence[str]:
        """How visits ended."""
        return [slot.state.value for slot in self.service.ops.slots() if slot.ended_ms is not None]

    def change(self) -> Change:
        """The one change."""
        (found,) = records(self.service.writer.store, Change)
        return found

    def login(self) -> str:
        """Who did it."""
        actor = self.change().actor or ""
        return self.service.writer.store.persons([actor]).get(actor, {}).get("login", "")


@asynccontextmanager
async def running(folder: Path, heard_for_ms: int = HOUR) -> AsyncIterator[Running]:
    """A service that has listened for an hour and read its device once."""
    async with agent(rows("before")) as device:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        file = folder / "driftline.yaml"
        target = {"name": "sw1", "collector": "network", "address": f"127.0.0.1:{device.address.port}"}
        given = {
            "networks": ["127.0.0.0/8"],
            "triggers": {"syslog": f"127.0.0.1:{port}", "debounce": "1s", "least": "1s"},
            "credentials": {"com": {"kind": "snmp", "community": "env:COM"}},
            "targets": [{**target, "credential": "com"}],
        }
        file.write_text(json.dumps(given))
        site = Site(Settings.load(file, {}), {"COM": "public"}, actor="local:test")
        with doors(site) as ears, Ops.open(site.data / "ops.db") as ops, Writer.open(site) as writer:
            service = Service(site, writer, ops)
            inbox = service.engine.lines.inbox = Inbox(site.clock.ms)
            inbox.since_ms = Ms(inbox.since_ms - heard_for_ms)
            schedule = Schedule(ops, site.settings.targets, site.clock.ms, service.visit, service.refused)
            async with hearing(site, ears, inbox, schedule.soon) as found:
                assert found
                one = Running(device, service, found.receivers, schedule, port)
                schedule.soon("sw1")
                await one.visited(1)
                yield one
            service.engine.close()


def run(folder: Path, story: Callable[[Running], Coroutine[Any, Any, None]], **said: int) -> None:
    """Play a story with a running service."""

    async def play() -> None:
        async with running(folder, **said) as one:
            await story(one)

    asyncio.run(play())


def test_a_message_brings_a_reading_and_names_who_did_what_it_finds(tmp_path: Path) -> None:
    """End to end: alice leaves configuration mode, the device is read, and the change is hers."""

    async def story(one: Running) -> None:
        one.describe("after")
        one.say(CONFIGURED)
        await one.visited(2)
        change = one.change()
        assert (change.path, change.new) == ("alias", '"after"')
        assert (one.login(), change.actor_how, change.event_types) == ("alice", ActorHow.NAMED, ("CONFIG_I",))

    run(tmp_path, story)


def test_a_message_alone_changes_nothing(tmp_path: Path) -> None:
    """It is read again, nothing is found, and nothing is told: anybody can send it."""

    async def story(one: Running) -> None:
        one.say(CONFIGURED)
        await one.visited(2)
        assert records(one.service.writer.store, Change) == []

    run(tmp_path, story)


def test_who_is_no_target_is_not_heard(tmp_path: Path) -> None:
    """A sender of another address is counted: no reading, no actor."""

    async def story(one: Running) -> None:
        one.describe("after")
        one.say(CONFIGURED, sender="127.0.0.2")
        await asyncio.sleep(1.5)
        assert (one.receivers.counts, len(one.ended())) == ({"unknown": 1}, 1)
        one.schedule.soon("sw1")
        await one.visited(2)
        change = one.change()
        assert (change.actor, change.actor_how) == (None, ActorHow.UNKNOWN)
        assert "no syslog" in change.actor_why

    run(tmp_path, story)


def test_a_flood_is_read_once_and_accuses_nobody(tmp_path: Path) -> None:
    """What was not looked at may have named others: the one that was heard is only possible."""

    async def story(one: Running) -> None:
        one.describe("after")
        for _ in range(20):
            one.say(*[CONFIGURED] * 100)
            await asyncio.sleep(0)
        await one.visited(2)
        assert one.receivers.counts["limited"] > one.receivers.counts["heard"] > 0
        change = one.change()
        assert (change.actor, change.actor_how) == (None, ActorHow.POSSIBLE)
        assert len(one.ended()) == 2

    run(tmp_path, story)


@pytest.mark.parametrize(("message", "heard_for_ms"), [(CONFIGURED, 0), (NAMELESS, HOUR)])
def test_what_was_not_heard_from_the_last_reading_on_names_nobody_for_sure(
    tmp_path: Path, message: bytes, heard_for_ms: int
) -> None:
    """The receivers began later, or somebody without a name configured too."""

    async def story(one: Running) -> None:
        one.describe("after")
        one.say(message, CONFIGURED)
        await one.visited(2)
        change = one.change()
        assert (change.actor, change.actor_how) == (None, ActorHow.POSSIBLE)

    run(tmp_path, story, heard_for_ms=heard_for_ms)


def test_a_capture_holds_what_was_told_and_nothing_else_of_a_message(tmp_path: Path) -> None:
    """Replays are judged alike; the text of a message is not kept, for it may hold a password."""

    async def story(one: Running) -> None:
        one.say(b"<190>1: %PARSER-5-CFGLOG_LOGGEDCMD: User:bob logged command:username bob password hush-hush")
        one.say(CONFIGURED + b" hush-hush")
        await one.visited(2)
        kept = b"".join(file.read_bytes() for file in one.service.site.captures.iterdir())
        assert b"CONFIG_I" in kept
        assert b"hush-hush" not in kept

    run(tmp_path, story)


def test_a_receiver_that_cannot_be_is_a_fault_of_its_line(tmp_path: Path) -> None:
    """File, line and column."""
    file = tmp_path / "driftline.yaml"
    file.write_text('version: 1\ntriggers:\n  syslog: "everywhere"\n')
    with pytest.raises(ConfigurationError, match=r"driftline\.yaml:3:11 triggers\.syslog: .host:port. expected"):
        Settings.load(file, {})


def test_nobody_listens_unless_told_to(tmp_path: Path) -> None:
    """Off by default."""
    with doors(Site(Settings(captures=tmp_path / "captures"), {})) as ears:
        assert list(ears) == []


def test_the_service_listens_and_stops_when_told(tmp_path: Path) -> None:
    """As a process: it says where it listens, hears who it does not know, and ends with the counts."""
    program = Program(tmp_path)
    http, syslog_, traps = (process.free_port() for _ in range(3))
    program.configure(
        http={"bind": f"127.0.0.1:{http}"},
        triggers={"syslog": f"127.0.0.1:{syslog_}", "traps": f"127.0.0.1:{traps}"},
    )
    running = program.start("serve")
    lines: list[str] = []
    try:
        assert running.stderr
        for line in running.stderr:
            lines.append(line)
            if f"127.0.0.1:{traps}/udp" in line:
                break
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
            door.sendto(CONFIGURED, ("127.0.0.1", syslog_))
        time.sleep(0.5)
        running.send_signal(signal.SIGTERM)
        lines += running.communicate(timeout=SECONDS)[1].splitlines()
    finally:
        running.kill()
        running.communicate()
    assert running.returncode == 0
    assert any(f"127.0.0.1:{syslog_}/udp" in line for line in lines)
    assert any("messages: 1 unknown" in line for line in lines)
