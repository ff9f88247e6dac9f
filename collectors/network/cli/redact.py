"""Takes secrets out of text before anything keeps it, and leaves a keyed digest: the same secret, the same digest.

``<secret:kind:kid:digest>`` says that something was there and whether it changed, and nothing more. Twelve hex digits
of an HMAC-SHA-256 under a key of the site; ``kid`` names the key, as digests under different keys cannot be compared.
Reversible encodings (Cisco type 7, Junos ``$9$``) are read first, as their text changes and the secret does not; what
a device encrypts anew at every showing (FortiOS ``ENC``) says ``set`` in place of a digest: its changes mean nothing.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from driftline.collectors.network.cli.secret_code import decoded
from driftline.collectors.network.cli.secret_forms import (
    BEFORE_TOKEN,
    FORMS,
    HARMLESS,
    MAY_HOLD_ONE,
    PRIVATE_KEY,
    SUSPICIOUS,
    VOLATILE,
)

DIGITS = 12
_TOKEN = re.compile(r"<secret:[a-z]+:[\w-]*:(?:[0-9a-f]{12}|set)>")
_KEPT = re.compile(r"\0(\d+)\0")
_STRUCTURED = ("{", "[", '"', "<")
"""First letters of JSON and XML, where the forms for those have looked at every value."""
_NAMED_HERE = re.compile(r"^\s*config system snmp community|^/snmp community")
_NAME = re.compile(r"(?:\bset name |\bname=)(?:\"([^\"\n]*)\"|([^\s\"]+))")
_LEAVES = re.compile(r"^end|^/")

Keep = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Redactor:
    """Called with a text, gives it back without its secrets; every line stays a line, and twice is as once.

    ``key`` is derived from the site key and kept out of the store; ``kid`` is its name, letters and digits.
    """

    key: bytes = field(repr=False)
    kid: str

    def __call__(self, text: str) -> str:
        """The text as it may be kept."""
        return "\n".join(self._lines(text.split("\n")))

    def _lines(self, lines: list[str]) -> Iterator[str]:
        in_key = in_community = False
        for line in lines:
            edge = PRIVATE_KEY.search(line)
            if in_key and not edge:
                bare = line.strip()
                yield self.token("key", bare) if bare and not _TOKEN.fullmatch(bare) else line
                continue
            if edge:
                in_key = edge[1] == "BEGIN"
                yield line
                continue
            in_community = bool(_NAMED_HERE.match(line)) or (in_community and not _LEAVES.match(line))
            bare = self._replaced("community", _NAME, line, str) if in_community else line
            yield self.line(bare) if MAY_HOLD_ONE.search(bare) else bare

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
        if not HARMLESS.match(line) and line.lstrip()[:1] not in _STRUCTURED:
            start = _suspicious(line)
            line = line[:start] + (self.token("unknown", shown(line[start:])) if start < len(line) else "")
        return shown(line)

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


def _suspicious(line: str) -> int:
    """Where something begins that stands behind a word for a secret and that no form has found; the end if nowhere."""
    open_ends = (found.start(1) for found in SUSPICIOUS.finditer(line) if not BEFORE_TOKEN.match(found[1]))
    return next(open_ends, len(line))


def shared(text: str) -> dict[str, int]:
    """How often each token with a digest stands in redacted text: more than once is one secret in several places."""
    counts: dict[str, int] = {}
    for token in _TOKEN.findall(text):
        if not token.endswith(":set>"):
            counts[token] = counts.get(token, 0) + 1
    return counts
