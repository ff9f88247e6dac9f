"""What devices said since the receivers listen, for the next reading of each; kept in memory only.

A message is told again at every reading until it is old: the store knows events that it has. What could not be kept,
and the time in which nobody listened, is a hole in the feed: nobody is named by what is only a part.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from driftline.collectors.network.triggers import Notice
from driftline.graph.model.values import Ms

KEPT = 200
"""Messages of a device; of older ones only that they were there."""
KEPT_MS = 7 * 24 * 3_600_000
NEAR_MS = 60_000
"""Losses so near to each other are one."""


@dataclass(slots=True)
class _Box:
    since_ms: Ms
    told: deque[tuple[Ms, Notice]] = field(default_factory=deque)
    lost: list[tuple[Ms, Ms]] = field(default_factory=list)


@dataclass(slots=True)
class Inbox:
    """Messages by target. ``now`` is our clock."""

    now: Callable[[], Ms]
    since_ms: Ms = field(init=False)
    _boxes: dict[str, _Box] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.since_ms = self.now()

    def put(self, target: str, notice: Notice) -> None:
        """Keep what a device says of its configuration."""
        if not notice.configured:
            return
        box = self._box(target)
        box.told.append((self.now(), notice))
        self._forget(box)

    def lose(self, target: str) -> None:
        """A message of a device was not read."""
        lost, now = self._box(target).lost, self.now()
        if lost and now - lost[-1][1] < NEAR_MS:
            lost[-1] = (lost[-1][0], now)
        else:
            lost.append((now, now))
        if len(lost) > KEPT:
            lost[:2] = [(lost[0][0], lost[1][1])]

    def told(self, target: str) -> dict[str, Any] | None:
        """Everything for a reading that begins now, in the form of ``collectors.network.messages``.

        ``None``: this device never said anything, so its silence means nothing.
        """
        box = self._boxes.get(target)
        if box is None:
            return None
        self._forget(box)
        messages = [{"at_ms": at, **asdict(notice)} for at, notice in box.told]
        lost = [list(one) for one in box.lost]
        return {"since_ms": box.since_ms, "until_ms": self.now(), "lost_ms": lost, "messages": messages}

    def _box(self, target: str) -> _Box:
        if target not in self._boxes:
            self._boxes[target] = _Box(self.since_ms)
        return self._boxes[target]

    def _forget(self, box: _Box) -> None:
        while box.told and (len(box.told) > KEPT or box.told[0][0] < self.now() - KEPT_MS):
            at, _ = box.told.popleft()
            box.since_ms = Ms(at + 1)
