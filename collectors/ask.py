"""One question to a source and the reply to it, as plain values that can be recorded."""

from __future__ import annotations

import re
from collections.abc import Mapping
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

    ``hides`` is a pattern whose group 1 in the reply must not be recorded (a session key). ``headers`` may carry
    such a key and are not recorded either.
    """

    name: str
    path: str
    text: str = ""
    method: str = "POST"
    auth: Auth = Auth.NONE
    hides: str = ""
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the body as text bytes, decompressed; ``packed`` is the gzip it came as, if it did."""

    status: int
    body: bytes
    start_ms: Ms
    end_ms: Ms
    packed: bytes | None = field(default=None, repr=False)

    def masked(self, pattern: str) -> Reply:
        """The reply as it may be recorded."""
        if not pattern:
            return self
        masked = re.sub(pattern.encode(), _hide, self.body)
        return Reply(self.status, masked, self.start_ms, self.end_ms)


def _hide(found: re.Match[bytes]) -> bytes:
    start, end = found.span(1)
    return found[0][: start - found.start()] + HIDDEN.encode() + found[0][end - found.start() :]
