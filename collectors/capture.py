"""The raw answers of one visit: a value that can be kept, sent to us, and read again years later.

On disk it is a manifest ``<id>.json`` (asks in order, times, digests, provenance) and one ``<sha256>.gz`` per long
reply; equal replies of many visits are one file. The id is the digest of the manifest, and a digest names the plain
body, so a capture proves itself when it is read.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tempfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from typing_extensions import override

from driftline.graph.model.values import Ms, canonical_json

FORMAT = 1
INLINE_BYTES = 64 * 1024
"""Shorter replies that are text stand in the manifest."""


class Damaged(Exception):
    """A capture on disk is not what was written: its text says which file and why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One ask and its reply. ``digest`` is the SHA-256 of the plain body; ``text`` is the body if it is short."""

    ask: str
    method: str
    path: str
    asked: str
    status: int
    start_ms: Ms
    end_ms: Ms
    size: int
    digest: str
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Capture:
    """All asks of a visit with their replies, in order.

    ``notes`` holds provenance and what the visit was given: ``collector``, ``target``, ``cursor``, ``version``.
    ``blobs`` gives the gzip of long replies by digest.
    """

    entries: tuple[Entry, ...]
    notes: Mapping[str, str]
    blobs: Mapping[str, bytes] = field(repr=False)

    @property
    def manifest(self) -> str:
        """Everything but the long replies, as canonical JSON."""
        rows = [{name: value for name, value in asdict(e).items() if value is not None} for e in self.entries]
        return canonical_json({"format": FORMAT, "notes": dict(self.notes), "entries": rows})

    @property
    def id(self) -> str:
        """Digest of the manifest, and so of everything."""
        return hashlib.sha256(self.manifest.encode()).hexdigest()

    @property
    def start_ms(self) -> Ms:
        """When the first ask went out."""
        return self.entries[0].start_ms if self.entries else Ms(0)

    @property
    def end_ms(self) -> Ms:
        """When the last reply was in."""
        return max((entry.end_ms for entry in self.entries), default=Ms(0))

    def body(self, entry: Entry) -> bytes:
        """The plain body of a reply.

        Raises:
            Damaged: what is kept has another digest.
        """
        if entry.text is not None:
            return entry.text.encode()
        try:
            body = gzip.decompress(self.blobs[entry.digest])
        except (OSError, EOFError, KeyError, zlib.error) as error:
            raise Damaged(f"{entry.digest}.gz: {error}") from error
        if hashlib.sha256(body).hexdigest() != entry.digest:
            raise Damaged(f"{entry.digest}.gz: its content has another digest")
        return body

    def named(self, *asks: str) -> Iterator[Entry]:
        """Entries of these asks, in order."""
        return (entry for entry in self.entries if entry.ask in asks)

    def write(self, folder: Path, name: str = "") -> Path:
        """Keep the capture in a folder and return its manifest, which appears last and at once."""
        folder.mkdir(parents=True, exist_ok=True)
        for digest, packed in self.blobs.items():
            if not (blob := folder / f"{digest}.gz").exists():
                _place(blob, packed)
        manifest = folder / f"{name or self.id}.json"
        _place(manifest, self.manifest.encode())
        return manifest

    @classmethod
    def read(cls, manifest: Path) -> Capture:
        """Read a capture by its manifest.

        Raises:
            Damaged: a file is missing, cut or changed.
        """
        try:
            said = json.loads(manifest.read_text("utf-8"))
            entries = tuple(Entry(**row) for row in said["entries"])
            blobs = Blobs(manifest.parent, frozenset(e.digest for e in entries if e.text is None))
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise Damaged(f"{manifest}: {error}") from error
        if said.get("format") != FORMAT:
            raise Damaged(f"{manifest}: format {said.get('format')}, this program reads {FORMAT}")
        return cls(entries, said["notes"], blobs)


class Blobs(Mapping[str, bytes]):
    """Long replies of a capture on disk, read when asked for."""

    __slots__ = ("_folder", "_names")

    def __init__(self, folder: Path, names: frozenset[str]) -> None:
        self._folder, self._names = folder, names

    @override
    def __getitem__(self, digest: str) -> bytes:
        if digest not in self._names:
            raise KeyError(digest)
        return (self._folder / f"{digest}.gz").read_bytes()

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._names))

    @override
    def __len__(self) -> int:
        return len(self._names)


def capture_of(rows: Sequence[tuple[Entry, bytes]], notes: Mapping[str, str]) -> Capture:
    """A capture from entries with their bodies, for captures that are edited or made by hand."""
    entries: list[Entry] = []
    blobs: dict[str, bytes] = {}
    for entry, body in rows:
        stored, packed = stored_entry(entry, body)
        entries.append(stored)
        blobs |= packed
    return Capture(tuple(entries), notes, blobs)


def stored_entry(entry: Entry, body: bytes, packed: bytes | None = None) -> tuple[Entry, dict[str, bytes]]:
    """The entry with its body as text if it is short, else with the blob to keep beside it."""
    values: dict[str, Any] = asdict(entry)
    values |= {"size": len(body), "digest": hashlib.sha256(body).hexdigest(), "text": None}
    if len(body) < INLINE_BYTES and (text := _text(body)) is not None:
        return Entry(**(values | {"text": text})), {}
    return Entry(**values), {values["digest"]: packed or gzip.compress(body, 1, mtime=0)}


def _text(body: bytes) -> str | None:
    try:
        return body.decode()
    except UnicodeDecodeError:
        return None


def _place(file: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".part-")
    try:
        with os.fdopen(handle, "wb") as part:
            part.write(content)
            part.flush()
            os.fsync(part.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
