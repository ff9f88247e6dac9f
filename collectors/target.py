"""Where a collector goes, and with which account: plain values, checked when the configuration is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override


class Password:
    """A secret that prints as nothing. ``reveal`` is called where it is sent, and nowhere else."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself."""
        return self._text

    @override
    def __repr__(self) -> str:
        return "Password(…)"

    @override
    def __reduce__(self) -> str:
        raise TypeError("a password is not pickled")


@dataclass(frozen=True, slots=True)
class Login:
    """An account of the source."""

    user: str
    password: Password


NOBODY = Login("", Password(""))
"""The account of targets whose collector has other ways to say who we are."""


@dataclass(frozen=True, slots=True)
class Trust:
    """How the source's certificate is verified: by the system's authorities, by one's own, or by itself.

    ``pin`` is the SHA-256 of the certificate in 64 hex digits; it replaces authorities, name and validity.
    """

    ca: Path | None = None
    pin: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """An address that a collector visits: ``host`` or ``host:port`` (TLS), or an ``http://`` of a lab."""

    name: str
    address: str
    login: Login = NOBODY
    trust: Trust = Trust()

    @property
    def url(self) -> str:
        """Scheme, host and port, without a path."""
        if "://" in self.address:
            scheme, _, rest = self.address.partition("://")
            return f"{scheme}://{rest.partition('/')[0]}"
        return f"https://{self.address}"
