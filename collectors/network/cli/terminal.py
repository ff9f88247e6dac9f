"""The blocking half of a session: netmiko logs in and quiets the terminal, reading the answers is done here.

An answer ends where the prompt stands alone behind the echo of the command and nothing follows. netmiko takes the first
line that looks like a prompt; a banner that quotes one would make a configuration with lines missing.
"""

from __future__ import annotations

import io
import logging
import re
import socket
import time
from typing import Any

import netmiko
import paramiko
from netmiko.ssh_dispatcher import ssh_dispatcher

from driftline.collectors.network.cli.channel import BoundedChannel, HungUp, plain
from driftline.collectors.network.cli.hostkey import Pin, disabled_algorithms
from driftline.collectors.network.cli.shell import CliAccount, CliFacts, CliLimits, CliPeer
from driftline.collectors.target import Password

SETTLE_SECONDS = 0.01
"""A prompt is the end only if nothing follows it for so long."""
TAIL = 512
"""Characters at the end of an answer among which the prompt is looked for."""
ECHO_LINES = 4
_MARKER = re.compile(r"\{(?:master|backup|primary|secondary|linecard)[^}\n]*\}")  # Junos, in the line before its prompt


class NotPrivileged(Exception):
    """The device did not take the secret of its privileged mode."""


class BadKey(Exception):
    """The private key of the account is of no kind that is known."""


class Terminal:
    """A logged-in terminal; ``ask`` connects at first use. Raises whatever the libraries and the channel raise."""

    def __init__(self, peer: CliPeer, account: CliAccount, facts: CliFacts, limits: CliLimits) -> None:
        self._peer, self._account, self._facts, self._limits = peer, account, facts, limits
        self._connection: netmiko.BaseConnection | None = None
        self._channel: BoundedChannel | None = None
        self._prompt = re.compile("")
        self._closed = False

    def ask(self, command: str, seconds: float) -> str:
        """Send a command and read its whole answer."""
        channel = self._channel or self._login()
        channel.allow(seconds, self._limits.reply_bytes)
        channel.read_channel()  # what was left over from before
        channel.write_channel(f"{command}\n")
        return self._answer(command, self._until_prompt(channel, command))

    def close(self) -> None:
        """Hang up; a thread that reads notices at once."""
        self._closed = True
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if connection.remote_conn is not None:
            connection.paramiko_cleanup()
        connection.disconnect()  # nothing is left to close: it takes its filter from the logger

    def _until_prompt(self, channel: BoundedChannel, echo: str = "") -> str:
        """Everything up to a prompt that follows the echo: one before it is a late answer to something else."""
        pieces: list[str] = []
        tail, heard, quiet = "", not echo, False
        while True:
            said = channel.read_channel()
            if said:
                pieces.append(said)
                heard = heard or echo in plain(tail + said)
                tail, quiet = (tail + said)[-TAIL:], False
                continue
            if quiet and heard and self._prompt.search(plain(tail).rpartition(echo or "\n")[2]):
                return self._prompt.sub("", plain("".join(pieces)))
            quiet = True
            time.sleep(SETTLE_SECONDS)

    def _answer(self, command: str, text: str) -> str:
        """What follows the last echo of the command among the first lines, without the markers behind it."""
        lines = text.split("\n")
        starts = [place + 1 for place, line in enumerate(lines[:ECHO_LINES]) if self._is_echo(line.rstrip(), command)]
        lines = lines[starts[-1] if starts else 0 :]
        while lines and (not lines[-1].strip() or _MARKER.fullmatch(lines[-1])):
            lines.pop()
        return "".join(f"{line}\n" for line in lines)

    def _is_echo(self, line: str, command: str) -> bool:
        before = line.removesuffix(command)
        return before != line and (not before or bool(self._prompt.search(before)))

    def _login(self) -> BoundedChannel:
        peer, limits = self._peer, self._limits
        logging.getLogger("netmiko").addFilter(_no_transcript)
        pin = Pin(self._facts.host_key)
        sock = socket.create_connection((peer.address, peer.port), timeout=limits.connect_seconds)
        connection = ssh_dispatcher(peer.platform)(**self._parameters(sock))
        self._connection, connection.key_policy = connection, pin
        try:
            connection.establish_connection()
        except BaseException:
            sock.close()
            raise
        self._facts.host_key = pin.shown
        if not isinstance(connection.remote_conn, paramiko.Channel):
            raise HungUp
        channel = BoundedChannel(connection.remote_conn)
        channel.allow(limits.login_seconds, limits.login_bytes)
        connection.channel = self._channel = channel
        if self._closed:  # while we were connecting
            self.close()
            raise HungUp
        self._prepare(connection, channel)
        return channel

    def _parameters(self, sock: socket.socket) -> dict[str, Any]:
        peer, account, limits = self._peer, self._account, self._limits
        return {
            "device_type": peer.platform,
            "host": peer.address,
            "port": peer.port,
            "username": account.user,
            "password": _revealed(account.password),
            "pkey": _private_key(account.key) if account.key else None,
            "secret": _revealed(account.enable) or "",
            "sock": sock,
            "auto_connect": False,
            "fast_cli": self._facts.fast_cli is not False,
            "disabled_algorithms": disabled_algorithms(self._facts.host_key, old=peer.old_algorithms),
            "conn_timeout": limits.connect_seconds,
            "banner_timeout": limits.connect_seconds,
            "auth_timeout": limits.login_seconds,
        }

    def _prepare(self, connection: netmiko.BaseConnection, channel: BoundedChannel) -> None:
        """Wait for the prompt, turn paging off, learn what the prompt is and whether blank lines are slow."""
        channel.write_channel("\n")
        connection.session_preparation()
        if self._account.enable:
            _enable(connection)
        base = connection.base_prompt.partition("(")[0]  # PAN-OS: admin@fw(active)>, EOS: sw1(s1)#
        self._prompt = re.compile(rf"(?:^|\n){re.escape(base)}[^\n]{{0,40}}[>#$%] ?\Z")
        seconds = self._blank_line(channel)
        if self._facts.fast_cli is None:  # the first line may have met a late prompt of the login: two are timed
            self._facts.fast_cli = max(seconds, self._blank_line(channel)) < self._limits.slow_blank_seconds

    def _blank_line(self, channel: BoundedChannel) -> float:
        """Seconds until the prompt comes back by itself."""
        channel.read_channel()
        start = time.monotonic()
        channel.write_channel("\n")
        self._until_prompt(channel)
        return time.monotonic() - start


def _enable(connection: netmiko.BaseConnection) -> None:
    try:
        connection.enable()
    except ValueError:
        raise NotPrivileged from None


def _revealed(password: Password | None) -> str | None:
    return password.reveal() if password else None


def _private_key(key: Password) -> paramiko.PKey:
    kinds: tuple[type[paramiko.PKey], ...] = (paramiko.Ed25519Key, paramiko.ECDSAKey, paramiko.RSAKey)
    for kind in kinds:
        try:
            return kind.from_private_key(io.StringIO(key.reveal()))
        except (paramiko.SSHException, ValueError, IndexError):
            continue
    raise BadKey


def _no_transcript(record: logging.LogRecord) -> bool:
    """Netmiko logs everything it reads at level debug: that would be a transcript, with every secret in it."""
    return record.levelno > logging.DEBUG
