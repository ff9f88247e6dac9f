"""How an agent is addressed: a community, or a user with or without authentication and privacy."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from driftline.collectors.network.snmp.peer import Version
from driftline.collectors.target import Password

SECRET_OCTETS = 8
"""RFC 3414 section 11.2: shorter passphrases are refused."""


class Auth(StrEnum):
    """Authentication protocols of the user-based security model."""

    MD5 = "MD5"
    SHA1 = "SHA"
    SHA224 = "SHA-224"
    SHA256 = "SHA-256"
    SHA384 = "SHA-384"
    SHA512 = "SHA-512"


class Privacy(StrEnum):
    """Privacy protocols. Longer AES keys are extended as most vendors do it (Reeder), or as the draft says."""

    DES = "DES"
    DES3 = "3DES"
    AES128 = "AES"
    AES192 = "AES-192"
    AES256 = "AES-256"
    AES192_BLUMENTHAL = "AES-192-Blumenthal"
    AES256_BLUMENTHAL = "AES-256-Blumenthal"


@dataclass(frozen=True, slots=True)
class Community:
    """The password of the first two versions, sent in clear."""

    secret: Password
    version: Version = Version.V2C

    def __post_init__(self) -> None:
        if self.version is Version.V3:
            raise ValueError("a community belongs to version 1 or 2c")


@dataclass(frozen=True, slots=True)
class User:
    """An account of the third version. Privacy needs authentication; ``privacy_secret`` may be the same one."""

    name: str
    auth: Auth | None = None
    auth_secret: Password | None = None
    privacy: Privacy | None = None
    privacy_secret: Password | None = None
    context: str = ""

    def __post_init__(self) -> None:
        if (self.auth is None) != (self.auth_secret is None) or (self.privacy is None) != (self.privacy_secret is None):
            raise ValueError(f"user {self.name}: a protocol and its passphrase go together")
        if self.privacy is not None and self.auth is None:
            raise ValueError(f"user {self.name}: privacy needs authentication")
        for secret in (self.auth_secret, self.privacy_secret):
            if secret is not None and len(secret.reveal().encode()) < SECRET_OCTETS:
                raise ValueError(f"user {self.name}: a passphrase has at least {SECRET_OCTETS} octets")

    @property
    def level(self) -> int:
        """The security level as the flags of a message say it: 0, 1 (authenticated) or 3 (and private)."""
        return 3 if self.privacy is not None else 1 if self.auth is not None else 0


Credential = Community | User
