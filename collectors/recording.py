"""Lines that keep and lines that give back: a live visit, a test and a bug report take the same path."""

from __future__ import annotations

from collections.abc import Mapping

from driftline.collectors.ask import Ask, Reply, hidden
from driftline.collectors.capture import Capture, Entry, stored_entry
from driftline.collectors.contract import Line
from driftline.collectors.errors import Garbled
from driftline.graph.model.values import Ms


class RecordingLine:
    """Keeps every ask and its reply; what an ask hides is replaced before it is kept, passwords never come here.

    A key that one reply hides is hidden in everything that is asked and answered after it: sources build names from it.
    """

    def __init__(self, line: Line) -> None:
        self._line = line
        self._keys: set[str] = set()
        self._entries: list[Entry] = []
        self._blobs: dict[str, bytes] = {}

    async def ask(self, ask: Ask) -> Reply:
        """Pass the ask on and keep both."""
        reply = await self._line.ask(ask)
        self._keys |= reply.keys(ask.hides)
        kept = reply.without(self._keys, ask.blanks)
        path, text = hidden(ask.path, self._keys), hidden(ask.text, self._keys)
        bare = Entry(ask.name, ask.method, path, text, reply.status, reply.start_ms, reply.end_ms, 0, "")
        entry, blobs = stored_entry(bare, kept.body, kept.packed)
        self._entries.append(entry)
        self._blobs |= blobs
        return reply

    def capture(self, notes: Mapping[str, str]) -> Capture:
        """Everything asked so far."""
        return Capture(tuple(self._entries), dict(notes), self._blobs)


class ReplayingLine:
    """Answers from a capture: each ask by its next recorded reply. ``asked`` keeps what was asked, for tests."""

    def __init__(self, capture: Capture) -> None:
        self._capture = capture
        self._left: dict[tuple[str, str, str], list[Entry]] = {}
        for entry in capture.entries:
            self._left.setdefault((entry.method, entry.path, entry.asked), []).append(entry)
        self.asked: list[Ask] = []

    async def ask(self, ask: Ask) -> Reply:
        """The recorded reply with its recorded times.

        Raises:
            Garbled: the ask was never recorded, or not so often.
        """
        self.asked.append(ask)
        left = self._left.get((ask.method, ask.path, ask.text))
        if not left:
            raise Garbled(self._capture.notes.get("target", "replay"), ask.name, "this ask is not in the recording")
        entry = left.pop(0)
        return Reply(entry.status, self._capture.body(entry), Ms(entry.start_ms), Ms(entry.end_ms))
