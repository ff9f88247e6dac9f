"""Takes secrets out of text before anything keeps it, and leaves a keyed digest: the same secret, the same digest.

``<secret:kind:kid:digest>`` says that something was there and whether it changed, and nothing more. Twelve hex digits
of an HMAC-SHA-256 under a key of the site; ``kid`` names the key, as digests under different keys cannot be compared.
Reversible encodings (Cisco type 7, Junos ``$9$``) are read first, as their text changes and the secret does not; what
a device encrypts anew at every showing (FortiOS ``ENC``) says ``set`` in place of a digest: its changes mean nothing.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from driftline.collectors.network.cli.secret_code import decoded
from driftline.collectors.network.cli.secret_forms import (
    ABOUT,
    ALGORITHM,
    BEFORE_TOKEN,
    BEHIND,
    COMPOUND,
    FORMS,
    HARMLESS,
    JSON_FORMS,
    MAY_HOLD_ONE,
    PRIVATE_KEY,
    VOLATILE,
    WORDS,
)

DIGITS = 12
MANY, LONG = 200_000, 1_024
"""Lines that are looked at closely in one text, and how long they may be: a hostile text must not cost minutes."""
_TOKEN = re.compile(r"<secret:[a-z]+:[\w-]*:(?:[0-9a-f]{12}|set)>")
_KEPT = re.compile(r"\0(\d+)\0")
JSON_STARTS = ("{", "[")
_MEMBER = re.compile(r'\s*"[^"]*"\s*(?::\s*(?:"(?:[^"\\]|\\.)*"|[\w.+-]+|[\[{])\s*[\]}]*)?,?\s*|\s*[\[{]+\s*')
_ELEMENT = re.compile(r"\s*<[^<>]+>[^<>]*(?:</[^<>]+>|<secret:[^>]*></[^<>]+>)?\s*")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
_NAMED_HERE = re.compile(r"^\s*config system snmp community|^/snmp community")
_NAME = re.compile(r"(?:\bset name |\bname=)(?:\"([^\"\n]*)\"|([^\s\"]+))")
_LETTER = re.compile(r"\w")
_LEAVES = re.compile(r"^end|^/")

Keep = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Redactor:
    """Called with a text, gives it back without its secrets; every line stays a line, and twice is as once.

    ``key`` is derived from the site key and kept out of the store; ``kid`` is its name, letters and digits.
    """

    key: bytes = field(repr=False)
    kid: str
    many: int = MANY

    def __call__(self, text: str) -> str:
        """The text as it may be kept."""
        return "\n".join(self._lines(text.split("\n")))

    def _lines(self, lines: list[str]) -> Iterator[str]:
        in_key = in_community = False
        looked = 0
        for line in lines:
            edge = PRIVATE_KEY.search(line)
            if edge:
                in_key = edge[1] == "BEGIN" and not PRIVATE_KEY.search(line, edge.end())
                yield self._edge(line, edge)
                continue
            if in_key:
                yield self._key(line)
                continue
            in_community = bool(_NAMED_HERE.match(line)) or (in_community and not _LEAVES.match(line))
            bare = self._replaced("community", _NAME, line, str) if in_community else line
            if not MAY_HOLD_ONE.search(bare):
                yield bare
                continue
            looked += 1
            yield self.line(bare) if looked <= self.many and len(bare) <= LONG else self._hidden(bare)

    def _edge(self, line: str, edge: re.Match[str]) -> str:
        """A line in which a private key begins or ends; one in which it does both holds all of it."""
        before, after = line[: edge.start()], line[edge.end() :]
        if PRIVATE_KEY.search(after):
            return self._key(line)
        if edge[1] == "BEGIN":
            return self.line(before) + edge[0] + self._key(after)
        return self._key(before) + edge[0] + self.line(after)

    def _key(self, text: str) -> str:
        """Text of a private key."""
        return text if _TOKEN.fullmatch(text.strip()) or not _LETTER.search(text) else self.token("key", text.strip())

    def _hidden(self, line: str) -> str:
        """A line that is not looked at closely: JSON by its own forms, which are quick, anything else as a whole."""
        if line.lstrip()[:1] in JSON_STARTS:
            for kind, pattern in JSON_FORMS:
                line = self._replaced(kind, pattern, line, str)
            line = _STRING.sub(self._string, line)
            return line if _structured(line) else self.token("unknown", line)
        if _TOKEN.fullmatch(line):
            return line
        return self.token("unknown", line)

    def line(self, line: str) -> str:
        """One line, by every form, and what no form knows by its looks."""
        kept: list[str] = []  # tokens, out of sight of the patterns: they hold words for secrets themselves

        def keep(token: str) -> str:
            kept.append(token)
            return f"\0{len(kept) - 1}\0"

        def shown(text: str) -> str:
            return _KEPT.sub(lambda found: kept[int(found[1])], text)

        line = _TOKEN.sub(lambda found: keep(found[0]), line.replace("\0", ""))
        for kind, pattern in FORMS:
            line = self._replaced(kind, pattern, line, keep)
        if HARMLESS.match(line):
            return shown(line)
        if _structured(shown(line)):
            return _STRING.sub(self._string, shown(line))
        start = _suspicious(line)
        return shown(line[:start]) + (self.token("unknown", shown(line[start:])) if start < len(line) else "")

    def _string(self, found: re.Match[str]) -> str:
        """A text within JSON that may hold a secret of its own (a line of a configuration)."""
        value = found[1]
        hidden = " " in value and _suspicious(value) < len(value)
        return f'"{self.token("unknown", value)}"' if hidden else found[0]

    def _replaced(self, kind: str, pattern: re.Pattern[str], line: str, keep: Keep) -> str:
        def replace(found: re.Match[str]) -> str:
            whole, start = found[0], found.start()
            for group in range(len(found.groups()), 0, -1):
                value = found[group]
                if value and not value.startswith(("\0", "<secret:")):
                    token = keep(self.token(kind, value))
                    whole = whole[: found.start(group) - start] + token + whole[found.end(group) - start :]
            return whole

        return pattern.sub(replace, line)

    def token(self, kind: str, value: str) -> str:
        """What stands for a secret."""
        if kind == VOLATILE:
            return f"<secret:{kind}:{self.kid}:set>"
        digest = hmac.new(self.key, f"{kind}\0{decoded(value)}".encode(), sha256).hexdigest()[:DIGITS]
        return f"<secret:{kind}:{self.kid}:{digest}>"


def _structured(line: str) -> bool:
    """Whether a line is JSON, a line of it, or an element of XML: the forms for those have looked at every value."""
    if line.lstrip()[:1] in JSON_STARTS and not _MEMBER.fullmatch(line):
        try:
            json.loads(line)
        except (ValueError, RecursionError):
            return False
        return True
    return bool(_MEMBER.fullmatch(line) or _ELEMENT.fullmatch(line))


def _suspicious(line: str) -> int:
    """Where something begins that stands behind a word for a secret and that no form has found; the end if nowhere."""
    words = (found.end() for found in COMPOUND.finditer(line) if _is_word(found[0].lower()))
    for end in (*words, *(found.end() for found in ALGORITHM.finditer(line))):
        behind = BEHIND.match(line, end)
        if behind and not BEFORE_TOKEN.match(line, behind.end()):
            return behind.end()
    return len(line)


def _is_word(compound: str) -> bool:
    parts = compound.replace("_", "-").split("-")
    return any(part in WORDS and after not in ABOUT for part, after in zip(parts, (*parts[1:], ""), strict=True))


def shared(text: str) -> dict[str, int]:
    """How often each token with a digest stands in redacted text: more than once is one secret in several places."""
    counts: dict[str, int] = {}
    for token in _TOKEN.findall(text):
        if not token.endswith(":set>"):
            counts[token] = counts.get(token, 0) + 1
    return counts
