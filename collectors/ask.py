"""One question to a source and the reply to it, as plain values that can be recorded."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from driftline.graph.model.values import Ms

USER, PASSWORD = "{driftline:user}", "{driftline:password}"
"""Places in the text of an ask where the line puts the account while sending: no recording ever holds it."""

HIDDEN = "hidden"
"""What a recording holds in place of a session key."""


class Auth(StrEnum):
    """How the account goes with an ask."""

    NONE = "none"
    INSIDE = "inside"
    """In the text, at the places ``USER`` and ``PASSWORD``."""
    BASIC = "basic"
    """In a header of HTTP."""


@dataclass(frozen=True, slots=True)
class Ask:
    """A question over HTTP: ``name`` says what is asked, the rest how.

    ``hides`` is a pattern whose group 1 in the reply must not be recorded, there and in whatever follows (our session
    key); ``blanks`` gives the body of this reply as it may be recorded (without other people's sessions and
    passwords). ``headers`` may carry a key and are not recorded either.
    """

    name: str
    path: str
    text: str = ""
    method: str = "POST"
    auth: Auth = Auth.NONE
    hides: str = ""
    blanks: Callable[[bytes], bytes] = bytes
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the body as text bytes, decompressed; ``packed`` is the gzip it came as, if it did."""

    status: int
    body: bytes
    start_ms: Ms
    end_ms: Ms
    packed: bytes | None = field(default=None, repr=False)

    def keys(self, pattern: str) -> set[str]:
        """What group 1 of the pattern finds in the body: keys that must not be recorded."""
        return {found[1].decode() for found in re.finditer(pattern.encode(), self.body)} - {""} if pattern else set()

    def without(self, keys: Iterable[str], blanks: Callable[[bytes], bytes] = bytes) -> Reply:
        """The reply as it may be recorded; one that holds nothing to hide is itself, packed as it came."""
        body = blanks(self.body)
        for key in sorted(keys, key=len, reverse=True):
            body = body.replace(key.encode(), HIDDEN.encode())
        return self if body == self.body else Reply(self.status, body, self.start_ms, self.end_ms)


def hidden(text: str, keys: Iterable[str]) -> str:
    """A text as it may be recorded."""
    for key in sorted(keys, key=len, reverse=True):
        text = text.replace(key, HIDDEN)
    return text
