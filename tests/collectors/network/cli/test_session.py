"""Sessions against the fake device: speed, limits, host keys, one login, and what never leaves."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import paramiko
import pytest

from driftline.collectors.errors import CollectorError, Garbled, Refused, Unreachable, Unsupported
from driftline.collectors.network.cli.fake_device import FakeDevice
from driftline.collectors.network.cli.platforms import PLATFORMS
from driftline.collectors.network.cli.redact import Redactor
from driftline.collectors.network.cli.session import SshShell, threads
from driftline.collectors.network.cli.shell import CliAccount, CliFacts, CliLimits, CliPeer
from driftline.collectors.target import Password

REDACT = Redactor(b"a key of a test site", "k1")
ACCOUNT = CliAccount("reader", Password("correct"))
QUICK = CliLimits(connect_seconds=3, login_seconds=5, command_seconds=1.5, reply_bytes=2**20)
VERSION = {name: platform.asks[1].command for name, platform in PLATFORMS.items()}
EVERY = pytest.mark.parametrize("platform", sorted(PLATFORMS))


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """The shared threads."""
    with threads() as made:
        yield made


def shell_to(
    device: FakeDevice,
    pool: ThreadPoolExecutor,
    facts: CliFacts | None = None,
    account: CliAccount = ACCOUNT,
    limits: CliLimits = QUICK,
) -> SshShell:
    """A shell that has not yet logged in."""
    peer = CliPeer(device.name, "127.0.0.1", device.platform, device.port)
    return SshShell(peer, account, pool, REDACT, facts if facts is not None else CliFacts(), limits)


async def ask(shell: SshShell, *commands: str) -> list[str]:
    """Answers to commands, and hang up."""
    try:
        return [await shell.run(command) for command in commands]
    finally:
        await shell.close()


def error_of(shell: SshShell, command: str) -> CollectorError:
    """The error that a command ends with."""
    with pytest.raises(CollectorError) as caught:
        asyncio.run(ask(shell, command))
    return caught.value


@EVERY
def test_an_answer_is_exactly_what_the_device_said(platform: str, pool: ThreadPoolExecutor) -> None:
    """Without echo and prompt, with blank lines and whatever looks like a prompt inside."""
    said = f"first\n\n  second {VERSION[platform]}\nfake# show\nlast\n"
    with FakeDevice(platform, replies={VERSION[platform]: said}) as device:
        answers = asyncio.run(ask(shell_to(device, pool), VERSION[platform], VERSION[platform]))
    assert answers == [said, said]
    assert device.logins == ["accepted"], "one login carries all commands"


def test_a_banner_that_ends_like_the_prompt_does_not_cut_the_answer(pool: ThreadPoolExecutor) -> None:
    """A configuration with lines missing would be read as lines removed."""
    said = "banner motd ^C\nfake#\nhands off\n^C\n" + "interface Vlan1\n description x\n" * 2_000 + "end\n"
    with FakeDevice("cisco_ios", replies={"show running-config": said}) as device:
        assert asyncio.run(ask(shell_to(device, pool), "show running-config")) == [said]


def test_a_prompt_that_changes_state_is_still_the_prompt(pool: ThreadPoolExecutor) -> None:
    """PAN-OS and EOS show the state of a pair in the prompt: it may change between commands."""
    with FakeDevice("paloalto_panos", name="fw(active)") as device:
        shell = shell_to(device, pool)

        async def fail_over() -> str:
            await shell.run(VERSION["paloalto_panos"])
            device.name = "fw(passive)"
            return (await ask(shell, VERSION["paloalto_panos"]))[0]

        assert asyncio.run(fail_over())


def test_sixty_devices_with_six_commands(pool: ThreadPoolExecutor, capsys: pytest.CaptureFixture[str]) -> None:
    """Row 13: 60 fake devices x 6 commands, 20 threads; every answer is the right device's."""
    commands = [one.command for one in PLATFORMS["cisco_ios"].asks[:6]]
    with contextlib.ExitStack() as stack:
        devices = [
            stack.enter_context(
                FakeDevice("cisco_ios", name=f"sw{n}", replies={c: f"{c} of sw{n}\n" for c in commands})
            )
            for n in range(60)
        ]

        async def visit_all() -> list[list[str]]:
            return await asyncio.gather(
                *(ask(shell_to(device, pool, limits=CliLimits()), *commands) for device in devices)
            )

        start = time.monotonic()
        answers = asyncio.run(visit_all())
        seconds = time.monotonic() - start
    assert answers == [[f"{c} of sw{n}\n" for c in commands] for n in range(60)]
    assert all(device.logins == ["accepted"] for device in devices)
    with capsys.disabled():
        print(f"\n60 devices x 6 commands on 20 threads: {seconds:.1f} s (wanted: 10)")  # noqa: T201  # a figure


def test_a_slow_blank_line_turns_fast_cli_off_after_one_login(pool: ThreadPoolExecutor) -> None:
    """Row 13: time a blank line; 0.2 s or more: off, remembered."""
    with FakeDevice("cisco_ios", blank_delay=0.25) as slow, FakeDevice("cisco_ios") as quick:
        of_slow, of_quick = CliFacts(), CliFacts()
        asyncio.run(ask(shell_to(slow, pool, of_slow), VERSION["cisco_ios"]))
        asyncio.run(ask(shell_to(quick, pool, of_quick), VERSION["cisco_ios"]))
        assert (of_slow.fast_cli, of_quick.fast_cli) == (False, True)
        asyncio.run(ask(shell_to(slow, pool, of_slow), VERSION["cisco_ios"]))
        assert of_slow.fast_cli is False


def test_a_host_key_is_pinned_at_first_use_and_a_changed_one_refused(pool: ThreadPoolExecutor) -> None:
    """Host keys pinned at first use; a changed key is Refused, and the account is never shown to its owner."""
    facts = CliFacts()
    with FakeDevice("cisco_ios") as device:
        asyncio.run(ask(shell_to(device, pool, facts), VERSION["cisco_ios"]))
        pinned = facts.host_key
        asyncio.run(ask(shell_to(device, pool, facts), VERSION["cisco_ios"]))
        device.host_key = paramiko.ECDSAKey.generate()
        error = error_of(shell_to(device, pool, facts), VERSION["cisco_ios"])
        assert isinstance(error, Refused)
        assert "host key: changed" in str(error)
        assert "SHA256:" in str(error)
        device.host_key = paramiko.RSAKey.generate(2048)
        assert isinstance(error_of(shell_to(device, pool, facts), VERSION["cisco_ios"]), Refused)
    assert device.logins == ["accepted", "accepted"]
    assert facts.host_key == pinned


def test_a_wrong_password_is_tried_once(pool: ThreadPoolExecutor) -> None:
    """One login attempt per credential and visit: accounts are locked by more."""
    with FakeDevice("cisco_ios") as device:
        shell = shell_to(device, pool, account=CliAccount("reader", Password("wrong-one")))
        first, second = error_of(shell, VERSION["cisco_ios"]), error_of(shell, "show inventory")
    assert isinstance(first, Refused)
    assert second is first
    assert device.logins == ["refused"]
    assert "wrong-one" not in repr(first)


@EVERY
def test_a_command_that_is_not_listed_is_never_sent(platform: str, pool: ThreadPoolExecutor) -> None:
    """The allow-list is enforced before sending; there is no configuration mode."""
    with FakeDevice(platform) as device:
        for command in ("configure terminal", "reload", f"{VERSION[platform]}\nreload", f" {VERSION[platform]}", ""):
            assert isinstance(error_of(shell_to(device, pool), command), Refused)
    assert device.asked == []
    assert device.logins == []


def test_an_unknown_platform_is_unsupported(pool: ThreadPoolExecutor) -> None:
    """Us: platform unknown."""
    with FakeDevice("cisco_ios") as device:
        shell = shell_to(device, pool)
        shell.peer = replace(shell.peer, platform="acme_os")
        assert isinstance(error_of(shell, "show version"), Unsupported)


def test_everything_that_is_ever_sent_is_harmless(pool: ThreadPoolExecutor) -> None:
    """Besides the list only the terminal is set: its width, its paging."""
    for platform in PLATFORMS:
        with FakeDevice(platform) as device:
            asyncio.run(ask(shell_to(device, pool), VERSION[platform]))
        beside = [command for command in device.asked if not PLATFORMS[platform].allows(command)]
        assert all(command.startswith(("terminal ", "set cli ")) for command in beside), beside


def test_the_privileged_mode_is_asked_for_only_with_a_secret(pool: ThreadPoolExecutor) -> None:
    """Enable only if configured; a wrong secret is refused, not tried again."""
    with FakeDevice("cisco_ios", enable="open-up") as device:
        asyncio.run(ask(shell_to(device, pool), VERSION["cisco_ios"]))
        assert "enable" not in device.asked
        privileged = replace(ACCOUNT, enable=Password("open-up"))
        asyncio.run(ask(shell_to(device, pool, account=privileged), VERSION["cisco_ios"]))
        assert device.asked.count("enable") == 1
        wrong = replace(ACCOUNT, enable=Password("not-this"))
        assert isinstance(error_of(shell_to(device, pool, account=wrong), VERSION["cisco_ios"]), Refused)
        assert device.asked.count("enable") == 2


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"silent": True}, Unreachable),
        ({"endless": True}, Garbled),
        ({"text": "x" * 99 + "\n", "times": 2**15}, Garbled),
    ],
    ids=["never a prompt", "endless output", "too large"],
)
def test_a_hostile_answer_is_bounded(
    change: dict[str, object], expected: type[CollectorError], pool: ThreadPoolExecutor
) -> None:
    """operations.md 6: 16 MB per CLI reply, time per command; on breach one of the four errors."""
    command = VERSION["cisco_ios"]
    device = FakeDevice("cisco_ios")
    device.silent = frozenset({command} if change.get("silent") else ())
    device.endless = frozenset({command} if change.get("endless") else ())
    device.replies = {command: str(change.get("text", "x")) * int(str(change.get("times", 1)))}
    with device:
        start = time.monotonic()
        assert isinstance(error_of(shell_to(device, pool), command), expected)
        assert time.monotonic() - start < 20, "a limit that never ends is none"


def test_a_device_that_never_shows_a_prompt_ends_the_login(pool: ThreadPoolExecutor) -> None:
    """Endless banners and silence before the first prompt are bounded too."""
    with FakeDevice("cisco_ios", banner="welcome\n" * 2**18) as device:
        assert isinstance(error_of(shell_to(device, pool), VERSION["cisco_ios"]), Garbled)
    with FakeDevice("cisco_ios", blank_delay=60) as device:
        quick = replace(QUICK, login_seconds=1)
        assert isinstance(error_of(shell_to(device, pool, limits=quick), VERSION["cisco_ios"]), Unreachable)


def test_a_closed_port_is_unreachable(pool: ThreadPoolExecutor) -> None:
    """Wait; it is tried again with back-off."""
    with FakeDevice("cisco_ios") as device:
        pass
    assert isinstance(error_of(shell_to(device, pool), VERSION["cisco_ios"]), Unreachable)


def test_control_characters_do_not_get_through(pool: ThreadPoolExecutor) -> None:
    """Terminal escapes, bells, NULs and backspaces of a device reach no file, log or terminal of ours."""
    said = "a\x1b[31mred\x1b[0m\x07\x00 \x1b]0;title\x07b\x9b2Jc typo\b\b\b\bdone\n"
    with FakeDevice("cisco_ios", replies={VERSION["cisco_ios"]: said}) as device:
        assert asyncio.run(ask(shell_to(device, pool), VERSION["cisco_ios"])) == ["ared b2Jc done\n"]


def test_a_cancelled_visit_leaves_the_device() -> None:
    """The deadline of a visit cancels it; the thread must not stay in its command."""

    async def give_up(shell: SshShell) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(shell.run(VERSION["cisco_ios"]), 2)

    with FakeDevice("cisco_ios", silent=frozenset({VERSION["cisco_ios"]})) as device:
        start = time.monotonic()
        with threads(1) as alone:
            asyncio.run(give_up(shell_to(device, alone, limits=CliLimits())))
        assert time.monotonic() - start < 10, "the pool waits for its threads: sixty seconds if it did not notice"


def test_no_secret_reaches_answers_logs_or_errors(pool: ThreadPoolExecutor, caplog: pytest.LogCaptureFixture) -> None:
    """Transcripts are never stored: not in logs at any level, not in exceptions and what hangs on them."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("netmiko").setLevel(logging.DEBUG)
    said = "enable secret 5 hush-a-secret\nsnmp-server community hush-b-secret RO\n"
    account = replace(ACCOUNT, enable=Password("hush-c-secret"))
    with FakeDevice("cisco_ios", enable="hush-c-secret", replies={"show running-config": said}) as device:
        answers = asyncio.run(ask(shell_to(device, pool, account=account), "show running-config"))
        device.silent = frozenset({"show running-config"})
        device.replies = {"show running-config": said + "more\n"}
        limits = replace(QUICK, configuration_seconds=1)
        error = error_of(shell_to(device, pool, account=account, limits=limits), "show running-config")
    assert "hush" not in "".join(answers)
    assert "secret 5 <secret:" in answers[0]
    assert "hush" not in caplog.text
    assert "hush" not in str(error)
    assert error.__cause__ is None
    assert error.__context__ is None
