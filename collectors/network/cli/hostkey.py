"""Knows a device again by its SSH host key: pinned at the first login, refused when it changed."""

from __future__ import annotations

from base64 import b64decode, b64encode
from hashlib import sha256

import paramiko
from typing_extensions import override

OLD_ALGORITHMS = {
    "kex": ["diffie-hellman-group-exchange-sha1", "diffie-hellman-group14-sha1", "diffie-hellman-group1-sha1"],
    "keys": ["ssh-rsa"],
    "ciphers": ["3des-cbc"],
    "macs": ["hmac-md5", "hmac-md5-96", "hmac-sha1-96"],
}
"""What is not offered unless the peer is said to know nothing better."""

_CURVES = ("ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521")
_RSA = ("rsa-sha2-512", "rsa-sha2-256", "ssh-rsa")


class KeyChanged(Exception):
    """The device shows another key than at the first login; ``shown`` and ``pinned`` are fingerprints."""

    def __init__(self, shown: str, pinned: str) -> None:
        super().__init__(f"it shows {shown}, pinned is {pinned}")
        self.shown, self.pinned = shown, pinned


class Pin(paramiko.MissingHostKeyPolicy):
    """Asked by paramiko for every key, as it is given no list of known ones. ``shown`` is the key that was accepted."""

    def __init__(self, pinned: str) -> None:
        self._pinned = pinned
        self.shown = ""

    @override
    def missing_host_key(self, client: paramiko.SSHClient, hostname: str, key: paramiko.PKey) -> None:
        """Accept the pinned key, or any where none is pinned.

        Raises:
            KeyChanged: another key.
        """
        shown = f"{key.get_name()} {key.get_base64()}"
        if self._pinned and shown != self._pinned:
            raise KeyChanged(fingerprint(shown), fingerprint(self._pinned))
        self.shown = shown


def fingerprint(key: str) -> str:
    """``ssh-ed25519 SHA256:…`` as ssh-keygen prints it, of ``<type> <base64>``."""
    kind, _, text = key.partition(" ")
    return f"{kind} SHA256:{b64encode(sha256(b64decode(text)).digest()).decode().rstrip('=')}"


def disabled_algorithms(pinned: str, *, old: bool) -> dict[str, list[str]]:
    """What must not be agreed on. With a pinned key only its type is asked for: a new second key is no change."""
    disabled = {} if old else {group: list(names) for group, names in OLD_ALGORITHMS.items()}
    kind = pinned.partition(" ")[0]
    if kind:
        wanted = _RSA if kind == "ssh-rsa" else (kind,)
        others = [name for name in (*_CURVES, *_RSA) if name not in wanted]
        disabled["keys"] = sorted({*disabled.get("keys", []), *others})
    return disabled
