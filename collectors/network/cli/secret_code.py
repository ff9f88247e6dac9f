"""Reads the encodings that hide a secret from a glance only: Cisco type 7 and Junos ``$9$``.

Both are salted, so the text of one secret differs from place to place. Only the digest of the plain text is ever kept.
"""

from __future__ import annotations

import re

_TYPE_7 = re.compile(r"(?:0\d|[1-4]\d|5[0-2])(?:[0-9A-Fa-f]{2})+")
_XLAT = b"dsfd;kfoA,.iyewrkldJKDHSUBsgvca69834ncxv9873254k;fg87"

_FAMILIES = ("QzF3n6/9CAtpu0O", "B1IREhcSyrleKvMW8LXx", "7N-dVbwsY2g4oaJZGUDj", "iHkq.mPf5T")
_LETTERS = "".join(_FAMILIES)
_SALT_LETTERS = {letter: 3 - place for place, family in enumerate(_FAMILIES) for letter in family}
_WEIGHTS = ((1, 4, 32), (1, 16, 32), (1, 8, 32), (1, 64), (1, 32), (1, 4, 16, 128), (1, 32, 64))


def decoded(value: str) -> str:
    """The plain secret where the value is such an encoding, else the value."""
    if value.startswith("$9$") and all(letter in _LETTERS for letter in value[3:]):
        return _from_junos(value[3:]) or value
    if _TYPE_7.fullmatch(value):
        return _from_type_7(value) or value
    return value


def _from_type_7(value: str) -> str:
    start = int(value[:2])
    plain = bytes(byte ^ _XLAT[(start + place) % len(_XLAT)] for place, byte in enumerate(bytes.fromhex(value[2:])))
    text = plain.decode("latin-1")
    return text if text.isascii() and text.isprintable() else ""


def _from_junos(letters: str) -> str:
    if not letters:
        return ""
    before, rest = letters[0], letters[1 + _SALT_LETTERS[letters[0]] :]
    plain = ""
    while rest:
        weights = _WEIGHTS[len(plain) % len(_WEIGHTS)]
        if len(rest) < len(weights):
            return ""
        code = 0
        for letter, weight in zip(rest, weights, strict=False):
            code += weight * ((_LETTERS.index(letter) - _LETTERS.index(before)) % len(_LETTERS) - 1)
            before = letter
        plain, rest = plain + chr(code % 256), rest[len(weights) :]
    return plain
