"""Captures on disk: whole or not at all, equal replies once, damage noticed."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from driftline.collectors.ask import Ask, Reply
from driftline.collectors.capture import INLINE_BYTES, Capture, Damaged, Entry, capture_of
from driftline.collectors.errors import Garbled
from driftline.collectors.recording import RecordingLine, ReplayingLine
from driftline.collectors.vsphere.blanks import without_secrets
from driftline.graph.model.values import Ms

LONG = b"<x>" + b"long " * INLINE_BYTES + b"</x>"
BINARY = b"\xff\x00short"


def made(*bodies: bytes) -> Capture:
    """A capture with these replies."""
    rows = [
        (Entry(f"ask {i}", "POST", "/sdk", f"text {i}", 200, Ms(i), Ms(i + 1), 0, ""), body)
        for i, body in enumerate(bodies)
    ]
    return capture_of(rows, {"target": "lab"})


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Manifest, short texts inside, long and binary replies beside it."""
    capture = made(b"short", LONG, BINARY)
    manifest = capture.write(tmp_path)
    again = Capture.read(manifest)
    assert (again.id, again.notes, again.entries) == (capture.id, capture.notes, capture.entries)
    assert [again.body(entry) for entry in again.entries] == [b"short", LONG, BINARY]
    assert manifest.name == f"{capture.id}.json"
    assert len(list(tmp_path.glob("*.gz"))) == 2
    assert list(tmp_path.glob(".part-*")) == []


def test_equal_replies_of_many_visits_are_one_file(tmp_path: Path) -> None:
    """A digest names the plain body, whoever compressed it."""
    made(LONG).write(tmp_path)
    made(b"other", LONG).write(tmp_path)
    assert len(list(tmp_path.glob("*.gz"))) == 1
    assert len(list(tmp_path.glob("*.json"))) == 2


def test_the_id_is_the_content() -> None:
    """Any difference is another id; the same is the same."""
    one = made(b"a", LONG)
    assert one.id == made(b"a", LONG).id
    others = [made(b"b", LONG), made(b"a", LONG + b"!"), replace(one, notes={"target": "other"}), made(b"a")]
    assert one.id not in {other.id for other in others}


@pytest.mark.parametrize("damage", ["missing", "cut", "swapped"])
def test_a_damaged_reply_is_noticed(tmp_path: Path, damage: str) -> None:
    """Nobody reads half a capture as if it were a whole one."""
    capture = Capture.read(made(LONG).write(tmp_path))
    (blob,) = tmp_path.glob("*.gz")
    packed = blob.read_bytes()
    blob.unlink()
    if damage != "missing":
        blob.write_bytes(packed[:-20] if damage == "cut" else gzip.compress(b"another reply"))
    with pytest.raises(Damaged):
        capture.body(capture.entries[0])


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": 1}', '{"format": 9, "notes": {}, "entries": []}'])
def test_a_damaged_manifest_is_noticed(tmp_path: Path, text: str) -> None:
    """Cut, strange, or of a newer format."""
    (manifest := tmp_path / "capture.json").write_text(text)
    with pytest.raises(Damaged, match=r"capture\.json"):
        Capture.read(manifest)


def test_a_full_disk_leaves_no_manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The manifest comes last and at once: without it there is no capture."""
    real, calls = os.fsync, []

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        made(LONG).write(tmp_path)
    assert list(tmp_path.glob("*.json")) == []
    assert list(tmp_path.glob(".part-*")) == []
    monkeypatch.undo()
    Capture.read(made(LONG).write(tmp_path))


class Fixed:
    """A line that gives one reply."""

    def __init__(self, body: bytes) -> None:
        self.body = body

    async def ask(self, ask: Ask) -> Reply:
        """The reply."""
        assert ask.name
        return Reply(200, self.body, Ms(1), Ms(2), gzip.compress(self.body))


def test_what_an_ask_hides_is_not_recorded_and_still_answered() -> None:
    """The collector gets the session key, the recording does not; headers are never recorded."""
    body = b"<key>abcdef</key>" + LONG
    line = RecordingLine(Fixed(body))
    reply = asyncio.run(line.ask(Ask("login", "/sdk", "x", hides="<key>([^<]*)</key>", headers={"session": "abcdef"})))
    capture = line.capture({})
    assert reply.body == body
    assert capture.body(capture.entries[0]) == body.replace(b"abcdef", b"hidden")
    assert "abcdef" not in capture.manifest + repr(capture)


def test_what_an_ask_blanks_is_left_out_of_its_own_reply_alone() -> None:
    """Sessions of other people end in no recording, and cost later replies nothing."""
    body = b'<a sessionId="1"/><sessionId>abc</sessionId><sessionId></sessionId><x:sessionId>def</x:sessionId>abc'
    line = RecordingLine(Fixed(body))
    assert asyncio.run(line.ask(Ask("events", "/sdk", "x", blanks=without_secrets))).body == body
    asyncio.run(line.ask(Ask("other", "/sdk", "y")))
    capture = line.capture({})
    kept = b'<a sessionId="1"/><sessionId>hidden</sessionId><sessionId></sessionId><x:sessionId>hidden</x:sessionId>abc'
    assert [capture.body(entry) for entry in capture.entries] == [kept, body]


def test_a_key_that_was_hidden_once_is_hidden_in_every_later_ask_and_reply() -> None:
    """A vCenter builds the names of views and collectors from the session key."""
    line = RecordingLine(Fixed(b"<key>abcdef</key><view>session[abcdef]52</view>" + LONG))
    asyncio.run(line.ask(Ask("login", "/sdk", "x", hides="<key>([^<]*)</key>")))
    asyncio.run(line.ask(Ask("list", "/sdk/session[abcdef]52", "<_this>session[abcdef]52</_this>")))
    capture = line.capture({})
    assert "abcdef" not in capture.manifest + repr(capture)
    assert all(b"abcdef" not in capture.body(entry) for entry in capture.entries)
    assert capture.entries[1].asked == "<_this>session[hidden]52</_this>"


def test_a_replay_answers_each_ask_by_its_next_reply() -> None:
    """Equal asks in their order; what was never asked is refused by name."""
    entry = Entry("page", "POST", "/sdk", "same", 200, Ms(1), Ms(2), 0, "")
    line = ReplayingLine(capture_of([(entry, b"one"), (entry, b"two")], {}))
    same = Ask("page", "/sdk", "same")
    assert [asyncio.run(line.ask(same)).body for _ in range(2)] == [b"one", b"two"]
    with pytest.raises(Garbled, match="not in the recording"):
        asyncio.run(line.ask(same))
    assert line.asked == [same] * 3


def test_a_manifest_is_plain_json(tmp_path: Path) -> None:
    """A person with an editor can read what was asked and answered."""
    said = json.loads(made(b"hello").write(tmp_path).read_text())
    assert [(row["ask"], row["asked"], row["text"]) for row in said["entries"]] == [("ask 0", "text 0", "hello")]
