"""netmiko's channel with an end: so many seconds, so many bytes, and a device that hung up is noticed at once."""

from __future__ import annotations

import codecs
import re
import time

import paramiko
from netmiko.channel import SSHChannel
from typing_extensions import override

TAKEN_AT_ONCE = 256 * 1024
"""Bytes that one read returns at most: a device that talks faster than we read must not keep us in one read."""

_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]{0,4096}(?:\x07|\x1b\\)|\x1b[@-Z\\^_=>78]")
_RETURNS = re.compile(r"\r{2,}")
_ODD = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]")


class OutOfTime(Exception):
    """The device was still talking, or silent, when its time was over."""


class TooLong(Exception):
    """The device said more than it may."""


class HungUp(Exception):
    """The device closed the connection."""


class BoundedChannel(SSHChannel):
    """Reads what is there, within an allowance that ``allow`` renews. Its errors are none that netmiko would eat."""

    def __init__(self, conn: paramiko.Channel) -> None:
        super().__init__(conn, "utf-8")
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._until = 0.0
        self._left = 0

    def allow(self, seconds: float, size: int) -> None:
        """Start a new allowance of seconds and bytes."""
        self._until, self._left = time.monotonic() + seconds, size

    @override
    def read_channel(self) -> str:
        """What has arrived, or nothing; never waits.

        Raises:
            OutOfTime, TooLong, HungUp: there is no more to be had.
        """
        if time.monotonic() > self._until:
            raise OutOfTime
        taken = self._take()
        if not taken and self._ended():
            raise HungUp
        self._left -= len(taken)
        if self._left < 0:
            raise TooLong
        return self._decoder.decode(taken)

    def _take(self) -> bytes:
        taken = bytearray()
        while self.remote_conn is not None and self.remote_conn.recv_ready() and len(taken) < TAKEN_AT_ONCE:
            taken += self.remote_conn.recv(65_536)
        return bytes(taken)

    def _ended(self) -> bool:
        return self.remote_conn is None or bool(self.remote_conn.closed or self.remote_conn.eof_received)


def plain(text: str) -> str:
    """Terminal output as text: escape sequences, control characters and carriage returns gone, backspaces applied."""
    text = _RETURNS.sub("\r", _ESCAPES.sub("", text)).replace("\r\n", "\n").replace("\n\r", "\n")
    if "\b" in text:
        text = "\n".join(map(_backspaced, text.split("\n")))
    return _ODD.sub("", text.replace("\r", "\n"))


def _backspaced(line: str) -> str:
    kept: list[str] = []
    for letter in line:
        if letter != "\b":
            kept.append(letter)
        elif kept:
            kept.pop()
    return "".join(kept)
