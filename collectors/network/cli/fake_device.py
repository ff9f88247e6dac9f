"""A network device to log in to that is none: any text for any command, with the manners of the platform it plays.

For tests, and for users who want to see what would be asked. It echoes each letter as a terminal does, prints the
prompt after every blank line, confirms the settings that clients make, and can be slow, wordy or silent on command.
Everything it was sent is kept in ``asked`` and ``logins``. Sixty of them fit in one process.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import paramiko
from paramiko.common import AUTH_FAILED, AUTH_SUCCESSFUL, OPEN_SUCCEEDED
from paramiko.server import InteractiveQuery
from typing_extensions import override

_MANNERS: Mapping[str, Mapping[str, str]] = {
    "arista_eos": {"terminal width ": "Width set to {last} columns.", "terminal length 0": "Pagination disabled."},
    "juniper_junos": {
        "set cli screen-width ": "Screen width set to {last}",
        "set cli screen-length ": "Screen length set to {last}",
        "set cli complete-on-space off": "Disabling complete-on-space",
    },
    "paloalto_panos": {
        "set cli scripting-mode on": "set cli scripting-mode on",
        "set cli ": "",
        "show system info": "operational-mode: normal",
    },
    "cisco_ios": {"terminal ": ""},
    "cisco_nxos": {"terminal ": ""},
    "linux": {},
}
_PROMPTS = {"juniper_junos": "{user}@{name}> ", "paloalto_panos": "{user}@{name}> ", "linux": "{user}@{name}:~$ "}
_UNKNOWN = {
    "juniper_junos": "error: syntax error, expecting <command>.",
    "paloalto_panos": "Unknown command: {command}",
    "linux": "-bash: {command}: command not found",
}


@dataclass(slots=True)
class FakeDevice:
    """A device at 127.0.0.1 while entered. ``replies`` are texts by command; ``delay`` and ``blank_delay`` seconds.

    ``endless`` commands talk until the client hangs up, ``silent`` ones never come back to the prompt, and with
    ``enable`` the session begins unprivileged and asks for that secret. Change ``host_key`` to play another device.
    """

    platform: str
    name: str = "fake"
    replies: Mapping[str, str] = field(default_factory=dict)
    user: str = "reader"
    password: str = "correct"  # noqa: S105  # of a device that is none
    enable: str = ""
    banner: str = ""
    delay: float = 0
    blank_delay: float = 0
    endless: frozenset[str] = frozenset()
    silent: frozenset[str] = frozenset()
    host_key: paramiko.PKey = field(default_factory=paramiko.ECDSAKey.generate, repr=False)
    asked: list[str] = field(default_factory=list, init=False)
    logins: list[str] = field(default_factory=list, init=False)
    """``accepted`` or ``refused``, one per attempt."""
    port: int = field(default=0, init=False)
    _socket: socket.socket | None = field(default=None, init=False, repr=False)
    _open: list[paramiko.Transport] = field(default_factory=list, init=False, repr=False)

    def __enter__(self) -> Self:
        """Listen on a free port."""
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._listen, args=(self._socket,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Hang up and stop listening."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
        for transport in self._open:
            transport.close()

    @property
    def prompt(self) -> str:
        """What it prints when it waits for a command."""
        return _PROMPTS.get(self.platform, "{name}#").format(user=self.user, name=self.name)

    def _listen(self, listening: socket.socket) -> None:
        while True:
            try:
                accepted, _ = listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(accepted,), daemon=True).start()

    def _serve(self, accepted: socket.socket) -> None:
        transport = paramiko.Transport(accepted)
        self._open.append(transport)
        transport.add_server_key(self.host_key)
        desk = _Desk(self)
        with contextlib.suppress(paramiko.SSHException, OSError, EOFError):
            transport.start_server(server=desk)
            channel = transport.accept(20)
            if channel is not None and desk.shell.wait(10):
                _Terminal(self, channel).run()
        transport.close()

    def answer(self, command: str) -> str:
        """What it says to a command."""
        if command in self.replies:
            return self.replies[command]
        for start, text in _MANNERS[self.platform].items():
            if command.startswith(start):
                return text.format(last=command.rpartition(" ")[2])
        return _UNKNOWN.get(self.platform, "% Invalid input detected at '^' marker.").format(command=command)


class _Desk(paramiko.ServerInterface):
    """Checks the account."""

    def __init__(self, device: FakeDevice) -> None:
        self.shell = threading.Event()
        self._device, self._user = device, ""

    def _check(self, user: str, password: str) -> int:
        right = (user, password) == (self._device.user, self._device.password)
        self._device.logins.append("accepted" if right else "refused")
        return AUTH_SUCCESSFUL if right else AUTH_FAILED

    @override
    def get_allowed_auths(self, username: str) -> str:
        return "password,keyboard-interactive"

    @override
    def check_auth_password(self, username: str, password: str) -> int:
        return self._check(username, password)

    @override
    def check_auth_interactive(self, username: str, submethods: str) -> int | InteractiveQuery:
        query = InteractiveQuery("", "")
        query.add_prompt("Password: ", echo=False)
        self._user = username
        return query

    @override
    def check_auth_interactive_response(self, responses: list[str]) -> int:
        return self._check(self._user, "".join(responses))

    @override
    def check_channel_request(self, kind: str, chanid: int) -> int:
        return OPEN_SUCCEEDED

    @override
    def check_channel_pty_request(self, *_: object) -> bool:
        return True

    @override
    def check_channel_shell_request(self, channel: paramiko.Channel) -> bool:
        self.shell.set()
        return True


class _Terminal:
    """One session: letters in, echo and answers out."""

    def __init__(self, device: FakeDevice, channel: paramiko.Channel) -> None:
        self._device, self._channel = device, channel
        self._privileged = not device.enable

    def run(self) -> None:
        self._say(self._device.banner.replace("\n", "\r\n") + self._prompt)
        for line in self._lines():
            if line == "exit":
                break
            self._obey(line)
        self._channel.close()

    @property
    def _prompt(self) -> str:
        prompt = self._device.prompt
        return prompt if self._privileged else prompt.replace("#", ">")

    def _lines(self, *, echo: bool = True) -> Iterator[str]:
        """Lines as they are entered, every letter echoed before the newline is."""
        line = ""
        while letters := self._channel.recv(4096).decode():
            for letter in letters:
                if letter not in "\r\n":
                    line += letter
                    if echo:
                        self._say(letter)
                    continue
                self._say("\r\n")
                yield line
                line = ""

    def _obey(self, line: str) -> None:
        device, command = self._device, line.strip()
        if not command:
            time.sleep(device.blank_delay)
            self._say(self._prompt)
            return
        device.asked.append(command)
        time.sleep(device.delay)
        if command == "enable" and not self._privileged:
            self._enable()
        elif command in device.endless:
            self._talk()
        else:
            self._say(device.answer(command).rstrip("\n").replace("\n", "\r\n"))
            if command not in device.silent:
                self._say("\r\n" + self._prompt)

    def _enable(self) -> None:
        self._say("Password: ")
        self._privileged = next(self._lines(echo=False), "") == self._device.enable
        self._say(("" if self._privileged else "% Access denied\r\n") + self._prompt)

    def _talk(self) -> None:
        while True:
            self._say("there is always more to say\r\n" * 1000)

    def _say(self, text: str) -> None:
        self._channel.sendall(text.encode())
