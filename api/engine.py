"""Runs visits: many targets are read at once, one capture at a time is taken in.

Until the decode pool of the service exists, a capture is understood and written in one thread of this process (D29).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

from driftline.api.lines import NETWORK, Lines
from driftline.api.pipeline import Report
from driftline.api.records import Drop
from driftline.api.room import require
from driftline.api.site import Site
from driftline.api.visiting import cursor_of, noted, read
from driftline.api.writer import Writer
from driftline.config import Target

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")

AT_ONCE = 8
"""Targets that are read at the same time."""
CROWD = 2_000
"""The same for network devices, whose engine counts probes and devices by itself: the dead hold up nobody."""


@dataclass
class Engine:
    """Reads targets and hands their captures to the writer. Within one event loop.

    ``claim``: see ``Writer.take``; ``insistent``: a person asks, see ``Lines``.
    """

    site: Site
    writer: Writer
    claim: Callable[[str, str], str] | None = None
    insistent: bool = True
    lines: Lines = field(init=False)
    _room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))
    _crowd: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(CROWD))
    _writing: asyncio.Lock = field(default_factory=asyncio.Lock)
    _temporary: ThreadPoolExecutor = field(
        default_factory=lambda: ThreadPoolExecutor(1, "observe-temporary-until-decode-pool")
    )

    def __post_init__(self) -> None:
        self.lines = Lines(self.site, self.insistent, kept=True)

    async def visit(self, target: Target, run: str) -> Report:
        """Read a target and take in what it said; a target that does not answer is a report too.

        Raises:
            SecretError, SameSource, StoreError, OSError: nothing is known of the target; see ``Writer.take``.
        """
        async with self._crowd if target.collector == NETWORK else self._room:
            require(self.site)
            begun = self.site.clock.ms()
            cursor = await self._write(partial(cursor_of, self.writer.store, target.name))
            visited = await read(self.site, target, self.lines, cursor)
            capture = noted(visited, run, begun)
            await asyncio.to_thread(capture.write, self.site.captures)
        claim = partial(self.claim, target.name) if self.claim else None
        return await self._write(partial(self.writer.take, capture, claim=claim))

    async def import_records(self) -> list[Drop]:
        """Take in configured files that are new. Broken ones are logged line by line, and the others count."""
        now = self.site.clock.ms()
        drops, broken = await self._write(partial(self.writer.records.configured, now))
        for fault in broken:
            log.error("%s", fault)
        return drops

    def close(self) -> None:
        """Close the lines, and end what is being written after its present batch."""
        self.lines.close()
        self.writer.lease.halt.set()
        self._temporary.shutdown(wait=True, cancel_futures=True)

    async def _write(self, work: Callable[[], Answer]) -> Answer:
        async with self._writing:
            return await asyncio.get_running_loop().run_in_executor(self._temporary, work)


async def all_of(work: Mapping[str, Awaitable[Answer]], done: Callable[[str], None]) -> dict[str, Answer | Exception]:
    """Results of many, by name, an error in the place of a result; ``done`` is told each name as it ends."""

    async def one(name: str, what: Awaitable[Answer]) -> Answer | Exception:
        try:
            return await what
        except Exception as error:  # noqa: BLE001 -- one target's trouble is not the others'; the caller tells it
            return error
        finally:
            done(name)

    found = await asyncio.gather(*(one(name, what) for name, what in work.items()))
    return dict(zip(work, found, strict=True))
