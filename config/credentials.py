"""Accounts at sources, by kind: a user with a password, an SNMP community, an SNMP user, an account of a command line.

Passwords, communities and passphrases are references (``secrets.Secret``), whatever the kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from driftline.config.checking import Strict
from driftline.config.secrets import Secret
from driftline.config.units import Text

Auth = Literal["MD5", "SHA", "SHA-224", "SHA-256", "SHA-384", "SHA-512"]
Privacy = Literal["DES", "3DES", "AES", "AES-192", "AES-256", "AES-192-Blumenthal", "AES-256-Blumenthal"]


def _needs_kind(schema: dict[str, Any]) -> None:
    """Say in the JSON Schema that ``kind`` is required, so that no other kind is taken for a login."""
    schema["required"] = ["kind", *schema.get("required", ())]


KINDLY = ConfigDict(json_schema_extra=_needs_kind)


class Account(Strict):
    """A user with a password. Reading rights are enough, and more is reported."""

    kind: Literal["login"] = Field(default="login", description="A user with a password.")
    user: Text = Field(description="Account name as the source expects it.")
    password: Secret = Field(description="Reference to the password.")

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every reference of it."""
        return (self.password,)


class SnmpCommunity(Strict):
    """A community of SNMP 1 or 2c, which may read."""

    model_config = KINDLY

    kind: Literal["snmp"] = Field(default="snmp", description="A community of SNMP 1 or 2c.")
    community: Secret = Field(description="Reference to the community.")
    version: Literal["1", "2c"] = Field(default="2c", description="Version of the protocol.")

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every reference of it."""
        return (self.community,)


class SnmpUser(Strict):
    """A user of SNMP 3, which may read. Protocol and passphrase go together; privacy needs authentication."""

    model_config = KINDLY

    kind: Literal["snmp_v3"] = Field(default="snmp_v3", description="A user of SNMP 3.")
    user: Text = Field(description="Name of the user.")
    auth: Auth | None = Field(default=None, description="Protocol of authentication.")
    auth_secret: Secret | None = Field(default=None, description="Reference to the passphrase of authentication.")
    privacy: Privacy | None = Field(default=None, description="Protocol of privacy.")
    privacy_secret: Secret | None = Field(default=None, description="Reference to the passphrase of privacy.")

    @model_validator(mode="after")
    def _in_pairs(self) -> Self:
        for name, protocol, secret in (
            ("auth", self.auth, self.auth_secret),
            ("privacy", self.privacy, self.privacy_secret),
        ):
            if (protocol is None) != (secret is None):
                raise ValueError(f'"{name}" and "{name}_secret" go together')
        if self.privacy and not self.auth:
            raise ValueError('"privacy" needs "auth"')
        return self

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every reference of it."""
        return tuple(one for one in (self.auth_secret, self.privacy_secret) if one is not None)


class SshAccount(Strict):
    """An account of a command line, by password or by key. Commands that only show are enough."""

    model_config = KINDLY

    kind: Literal["ssh"] = Field(default="ssh", description="An account of a command line.")
    user: Text = Field(description="Account name.")
    password: Secret | None = Field(default=None, description="Reference to the password.")
    key: Secret | None = Field(default=None, description="Reference to the private key, in place of a password.")
    enable: Secret | None = Field(
        default=None, description="Reference to the password of the privileged mode; without it that is not asked for."
    )
    port: Annotated[int, Field(ge=1, le=65_535)] = Field(default=22, description="Port of the SSH server.")
    old_algorithms: bool = Field(
        default=False, description="Allow SHA-1 and ssh-rsa, for devices that know nothing better."
    )

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.password is None) == (self.key is None):
            raise ValueError('either "password" or "key" expected')
        return self

    @property
    def secrets(self) -> tuple[Secret, ...]:
        """Every reference of it."""
        return tuple(one for one in (self.password, self.key, self.enable) if one is not None)


def _kind(given: object) -> str | None:
    """Which kind is meant; without ``kind`` a user with a password. None: not even a mapping."""
    if isinstance(given, Mapping):
        return str(given.get("kind", "login"))
    return getattr(given, "kind", None)


Credential = Annotated[
    Annotated[Account, Tag("login")]
    | Annotated[SnmpCommunity, Tag("snmp")]
    | Annotated[SnmpUser, Tag("snmp_v3")]
    | Annotated[SshAccount, Tag("ssh")],
    Discriminator(_kind),
]

TAKES: Mapping[str, tuple[str, ...]] = {"network": ("snmp", "snmp_v3", "ssh")}
"""Kinds of credential by collector; one that is not named takes a login."""
EXAMPLES = {
    "vc-ro": {"user": "driftline@vsphere.local", "password": "file:/run/secrets/vc"},
    "switches": {"kind": "snmp", "community": "file:/run/secrets/community"},
    "switches-v3": {
        "kind": "snmp_v3",
        "user": "driftline",
        "auth": "SHA-256",
        "auth_secret": "file:/run/secrets/snmp-auth",
        "privacy": "AES",
        "privacy_secret": "file:/run/secrets/snmp-privacy",
    },
    "switches-ssh": {"kind": "ssh", "user": "driftline", "key": "file:/run/secrets/ssh-key"},
}
