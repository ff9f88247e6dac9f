"""Room on the disks of an installation: little is warned of, and before there is none nothing more is written.

A store that runs full in the middle of a batch loses nothing, but an answer of a source may (operations.md 7).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from typing_extensions import override

from driftline.api.site import Site
from driftline.config import SqliteStore
from driftline.graph.errors import StoreFull

LOW_BYTES, FULL_BYTES = 2 * 10**9, 10**9
LOW_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Room:
    """A disk that an installation writes to, by a folder on it."""

    place: Path
    free: int
    total: int

    @property
    def full(self) -> bool:
        """Whether nothing more is written to it."""
        return self.free < FULL_BYTES

    @property
    def low(self) -> bool:
        """Whether somebody should make room."""
        return self.free < LOW_BYTES or self.free < LOW_SHARE * self.total

    @override
    def __str__(self) -> str:
        return f"{self.place}: {self.free / 10**9:.1f} GB free of {self.total / 10**9:.1f} GB"


def rooms(site: Site) -> Iterator[Room]:
    """Each disk that the installation writes to: of the captures and of the store."""
    store = site.settings.store
    kept = (site.captures, *((store.path.parent,) if isinstance(store, SqliteStore) else ()))
    places = [next(folder for folder in (path, *path.parents) if folder.exists()) for path in kept]
    for place in {place.stat().st_dev: place for place in places}.values():
        space = shutil.disk_usage(place)
        yield Room(place, space.free, space.total)


def require(site: Site) -> None:
    """Refuse to write where too little is left.

    Raises:
        StoreFull: a disk has less room than is kept free.
    """
    for room in rooms(site):
        if room.full:
            said = f"{room}; with less than {FULL_BYTES / 10**9:g} GB nothing is written; make room and run it again"
            raise StoreFull(said)
