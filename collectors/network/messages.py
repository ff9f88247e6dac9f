"""What a device said by itself since somebody listens: events of a reading that saw what they tell of.

The line answers ``MESSAGES`` from the receivers: ``{"since_ms", "until_ms", "lost_ms": [[from, to]], "messages":
[{"at_ms", "type", "configured", "user", "origin"}]}``, by our clock. So a capture holds what it was told, and replays
to the same verdicts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from driftline.collectors.ask import Ask
from driftline.collectors.capture import Capture, Damaged
from driftline.collectors.network.asks import OURS
from driftline.collectors.network.read_stamps import CAN_CHANGE, RESOLUTION_MS, SESSION_MS
from driftline.graph.model.declare import Ref
from driftline.graph.model.observed import Act, Event, FeedCoverage, Gap
from driftline.graph.model.values import Ms

MESSAGES = Ask("messages", "/messages", "", OURS)
COMMIT_MS = 300_000
"""Junos tells of a commit when it is asked for, and may take minutes over it."""
SESSIONS: Mapping[str, int] = {"UI_COMMIT": COMMIT_MS}
"""How long before or after a message its work may have been done; of others a whole session."""


def read_messages(capture: Capture, device: Ref) -> Iterator[Event | FeedCoverage]:
    """Events, then for which time messages were heard. One without a user is a hole, for anybody may have sent it."""
    for entry in capture.named(MESSAGES.name):
        try:
            said = json.loads(capture.body(entry))
            told = [(Ms(one["at_ms"]), str(one["type"]), str(one["user"]), str(one["origin"])) for one in _of(said)]
            lost = [(Ms(begin), Ms(end)) for begin, end in said["lost_ms"]]
            since, until = Ms(said["since_ms"]), Ms(said["until_ms"])
        except (Damaged, ValueError, TypeError, KeyError):
            continue
        yield from _events(told, device)
        nameless = [(at, at) for at, _, user, _ in told if not user]
        gaps = (_gap(*one, "a message names no user") for one in nameless)
        losses = (_gap(*one, "there were more messages than are read") for one in lost)
        yield FeedCoverage(since, until, (*gaps, *losses), "")


def _of(said: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [one for one in said["messages"] if one["configured"] is True]


def _events(told: list[tuple[Ms, str, str, str]], device: Ref) -> Iterator[Event]:
    number, last = count(), None
    for at, type_, user, origin in told:
        number = number if at == last else count()
        last = at
        if user:
            yield Event(
                id=f"message/{at}/{next(number)}",
                at_ms=at,
                item=device,
                type=type_,
                act=Act.CHANGED,
                actor=user,
                can_change=CAN_CHANGE,
                raw=f"from {origin}" if origin else "",
                session_ms=SESSIONS.get(type_, SESSION_MS),
            )


def _gap(begin: Ms, end: Ms, why: str) -> Gap:
    return Gap(Ms(begin - RESOLUTION_MS), Ms(end + RESOLUTION_MS), why)
