"""What a replay needs: captures in order, and a clock that stands where they were made (decision D21)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from driftline.api.site import NoSuch, ReplayClock, Site
from driftline.collectors.capture import Capture


def captures_of(paths: Iterable[Path]) -> list[Capture]:
    """Captures by their manifests, or all of a folder, oldest first.

    Raises:
        NoSuch: there is none.
        Damaged: one is not what was written.
    """
    files = [file for path in paths for file in (sorted(path.glob("*.json")) if path.is_dir() else [path])]
    captures = [Capture.read(file) for file in files]
    if not captures:
        raise NoSuch("no capture there; name a manifest (.json), or a folder made by driftline record")
    return sorted(captures, key=lambda capture: (capture.end_ms, capture.id))


def replayed(site: Site) -> ReplayClock:
    """Put the site under a clock that a replay sets."""
    clock = ReplayClock()
    site.clock = clock
    return clock
