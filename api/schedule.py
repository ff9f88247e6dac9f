"""Who is visited when: APScheduler is the clock, the book of due times is the truth (operations.md 3)."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from driftline.api.beat import Beat
from driftline.api.ops import Ops, Slot
from driftline.config import Target
from driftline.graph.model.values import Ms

log = logging.getLogger(__name__)

CALM = 8
"""So many targets may catch up at once after a start; more are spread."""
LONGEST_SPREAD_MS = 600_000


class Schedule:
    """Wakes targets at their due times; ``run`` is given the slots to visit, ``refused`` says why not to ask one."""

    def __init__(
        self,
        ops: Ops,
        targets: Iterable[Target],
        now: Callable[[], Ms],
        run: Callable[[Target, Slot], Coroutine[Any, Any, None]],
        refused: Callable[[Target], str] = lambda _target: "",
    ) -> None:
        self._ops, self._targets, self._now, self._run, self._refused = ops, tuple(targets), now, run, refused
        self._clock = AsyncIOScheduler(timezone=UTC)
        self._under_way: set[asyncio.Task[None]] = set()
        self._stopping = False

    def start(self) -> None:
        """Close what a former process left open, catch up once, and go on by the clock."""
        if cut := self._ops.cut(self._now()):
            log.warning("%d visits were under way when the program ended", cut)
        loop = asyncio.get_running_loop()
        for number, target in enumerate(self._targets):
            period_ms = Beat.of(target.name, target.every).period_ms
            spread = min(period_ms // 10, LONGEST_SPREAD_MS) if len(self._targets) > CALM else 0
            loop.call_later(spread * number / len(self._targets) / 1_000, self.wake, target)
            self._add(target)
        self._clock.start()

    def change(self, targets: Iterable[Target]) -> None:
        """Wake these targets from now on: new ones catch up, a visit of one that is gone or changed goes on."""
        now = tuple(targets)
        for target in set(self._targets) - set(now):
            self._clock.remove_job(target.name)
        for target in now:
            if target not in self._targets:
                self._add(target)
                self.wake(target)
        self._targets = now

    def wake(self, target: Target) -> None:
        """Take the due time that has come, if it is new, and visit."""
        if not self._stopping and (slot := self._due(target)):
            self._start(target, slot)

    def soon(self, name: str) -> bool:
        """Visit a target out of turn, unless it is not to be asked. ``True``: it is being visited; ask again later."""
        target = next((one for one in self._targets if one.name == name), None)
        if self._stopping or target is None:
            return False
        slot = self._due(target)
        if slot is None and self._refused(target):
            return False
        slot = slot or self._ops.out_of_turn(name, self._now())
        if slot is None:
            return True
        self._start(target, slot)
        return False

    def _due(self, target: Target) -> Slot | None:
        beat = Beat.of(target.name, target.every)
        return self._ops.due(target.name, beat, self._now(), refused=self._refused(target))

    def _start(self, target: Target, slot: Slot) -> None:
        task = asyncio.get_running_loop().create_task(self._run(target, slot), name=f"visit {target.name}")
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def _add(self, target: Target) -> None:
        begin = datetime.fromtimestamp(Beat.of(target.name, target.every).offset_ms / 1_000, UTC)
        every = IntervalTrigger(seconds=target.every.total_seconds(), start_date=begin, timezone=UTC)
        self._clock.add_job(
            self._tick, every, [target], id=target.name, coalesce=True, max_instances=1, misfire_grace_time=None
        )

    async def _tick(self, target: Target) -> None:
        """Wake a target in the loop; a plain function would be run in a thread."""
        self.wake(target)

    async def stop(self, patience: timedelta) -> None:
        """Take nothing new, let visits end for a while, then cut them."""
        self._stopping = True
        if self._clock.running:
            self._clock.shutdown(wait=False)
        left = set(self._under_way)
        if left:
            _, left = await asyncio.wait(left, timeout=patience.total_seconds())
        for task in left:
            task.cancel()
        for task in left:
            with suppress(asyncio.CancelledError):
                await task
