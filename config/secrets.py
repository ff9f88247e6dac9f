"""Secrets are references: what is configured, passed about and printed says where a secret is, never what it is.

    env:NAME      an environment variable
    file:/path    a file of its owner alone (mode 0600 or stricter)
    cred:NAME     a systemd credential (LoadCredential=)
    plain:VALUE   the value itself, for a test bench

``SecretReader`` opens a reference at the moment of use and remembers what it opened, to mask it in logs. No text made
here, errors included, ever holds a value.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Mapping
from html import escape
from typing import TYPE_CHECKING, NoReturn, Self
from urllib.parse import quote

from pydantic_core import core_schema
from typing_extensions import override

from driftline.config.problems import ConfigurationError, Problem

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

SCHEMES = ("env", "file", "cred", "plain")
LATER = ("keyring", "vault", "exec")
MAX_BYTES = 65_536
STARS = "***"

_NEEDED = 'a reference is needed: "env:NAME", "file:/path", "cred:NAME", or "plain:VALUE" for a literal'


class SecretError(ConfigurationError):
    """A reference could not be opened."""

    def __init__(self, secret: Secret, why: str) -> None:
        super().__init__([Problem(str(secret), None, "", why)])


class Secret:
    """Where a secret is. Prints as its reference; refuses to be pickled or written as JSON."""

    __slots__ = ("_detail", "scheme")

    def __init__(self, scheme: str, detail: str) -> None:
        self.scheme = scheme
        self._detail = detail

    @classmethod
    def parse(cls, reference: object) -> Self:
        """Read ``scheme:detail``. Raises ValueError, which never quotes what was given."""
        if isinstance(reference, cls):
            return reference
        scheme, colon, detail = reference.partition(":") if isinstance(reference, str) else ("", "", "")
        if scheme in LATER:
            raise ValueError(f'"{scheme}:" is not in this build; use env:, file: or cred:')
        if scheme not in SCHEMES or not colon or not detail:
            raise ValueError(_NEEDED)
        if scheme == "file" and not detail.startswith("/"):
            raise ValueError("file: needs an absolute path")
        if scheme == "cred" and ("/" in detail or detail.startswith(".")):
            raise ValueError("cred: needs the name of a credential, not a path")
        return cls(scheme, detail)

    @override
    def __str__(self) -> str:
        return f"{self.scheme}:{STARS if self.scheme == 'plain' else self._detail}"

    @override
    def __repr__(self) -> str:
        return f"<Secret {self}>"

    @override
    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and (self.scheme, self._detail) == (other.scheme, other._detail)

    @override
    def __hash__(self) -> int:
        return hash((self.scheme, self._detail))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self

    @override
    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a Secret is not pickled; pass the settings, open it where it is used")

    @classmethod
    def __get_pydantic_core_schema__(cls, source: object, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        shown = core_schema.plain_serializer_function_ser_schema(str)
        return core_schema.no_info_plain_validator_function(cls.parse, serialization=shown)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "pattern": "^(env|file|cred|plain):.", "examples": ["file:/run/secrets/name"]}


class SecretReader:
    """Opens references, and masks in any text what it has opened so far."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._forms: set[str] = set()

    def open(self, secret: Secret) -> str:
        """The value, read now. Raises SecretError."""
        value = _OPENERS[secret.scheme](secret, secret._detail, self._environ)  # noqa: SLF001 -- same module, hidden from all others
        if not value:
            raise SecretError(secret, "is empty")
        self._forms |= {value, quote(value, safe=""), escape(value), json.dumps(value)[1:-1]}
        return value

    def mask(self, text: str) -> str:
        """The text with every value opened so far replaced, also where it is escaped for URL, XML or JSON."""
        for form in sorted(self._forms, key=len, reverse=True):
            text = text.replace(form, STARS)
        return text


def _from_environment(secret: Secret, name: str, environ: Mapping[str, str]) -> str:
    if name not in environ:
        raise SecretError(secret, "this environment variable is not set")
    return environ[name]


def _from_credential(secret: Secret, name: str, environ: Mapping[str, str]) -> str:
    folder = environ.get("CREDENTIALS_DIRECTORY")
    if not folder:
        raise SecretError(secret, "no CREDENTIALS_DIRECTORY; is the service started by systemd with LoadCredential=?")
    return _from_file(secret, f"{folder}/{name}", environ)


def _from_file(secret: Secret, path: str, _environ: Mapping[str, str]) -> str:
    try:
        with open(path, "rb") as file:  # noqa: PTH123 -- the mode is asked of the open file, not of its name
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            if mode & 0o077:
                raise SecretError(secret, f"readable by group or others (mode {mode:04o}); do: chmod 600 {path}")
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise SecretError(secret, f"cannot be read: {error.strerror}") from None
    return _text(secret, content)


def _text(secret: Secret, content: bytes) -> str:
    """The content without the line end that editors add."""
    if len(content) > MAX_BYTES:
        raise SecretError(secret, f"larger than {MAX_BYTES:,} bytes")
    text = content.decode(errors="replace")
    if "\N{REPLACEMENT CHARACTER}" in text:  # a UnicodeDecodeError would carry the bytes
        raise SecretError(secret, "is not UTF-8 text")
    return text.removesuffix("\n").removesuffix("\r")


_OPENERS: Mapping[str, Callable[[Secret, str, Mapping[str, str]], str]] = {
    "env": _from_environment,
    "file": _from_file,
    "cred": _from_credential,
    "plain": lambda _secret, value, _environ: value,
}
