"""What a command line over SSH needs and offers: an account, limits, what is remembered of a device, and ``run``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from driftline.collectors.target import Password


class Shell(Protocol):
    """A logged-in command line of one device."""

    async def run(self, command: str) -> str:
        """The device's answer to one allowed command, its secrets replaced, without echo and prompt.

        Raises:
            CollectorError: refused, unreachable, too slow, too large, or a command that is not on the list.
        """
        ...

    async def close(self) -> None:
        """Leave the device. May be called twice, and while a command runs: that one ends at once."""
        ...


@dataclass(frozen=True, slots=True)
class CliAccount:
    """An account of a device. ``key`` is a private key in PEM or OpenSSH text and replaces the password.

    Without ``enable`` the privileged mode is never asked for.
    """

    user: str
    password: Password | None = None
    key: Password | None = None
    enable: Password | None = None


@dataclass(slots=True)
class CliFacts:
    """What was learned about a device and is kept between visits; a session changes it in place.

    ``fast_cli`` None is "not yet learned"; ``host_key`` is ``<type> <base64>``, pinned at the first login.
    """

    fast_cli: bool | None = None
    host_key: str = ""


@dataclass(frozen=True, slots=True)
class CliPeer:
    """Where to log in: an address that the site's rules allow (already resolved), and how.

    ``old_algorithms`` lets SHA-1 and ssh-rsa in, for devices that know nothing better.
    """

    name: str
    address: str
    platform: str
    port: int = 22
    old_algorithms: bool = False


@dataclass(frozen=True, slots=True)
class CliLimits:
    """What one device may cost us."""

    connect_seconds: float = 10
    login_seconds: float = 60
    command_seconds: float = 60
    configuration_seconds: float = 180
    login_bytes: int = 2**20
    reply_bytes: int = 16 * 2**20
    slow_blank_seconds: float = 0.2
