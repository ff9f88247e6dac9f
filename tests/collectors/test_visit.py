"""A visit never raises: it says how it went and keeps what was read."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from driftline.collectors.ask import Ask, Reply
from driftline.collectors.capture import Capture
from driftline.collectors.contract import Line
from driftline.collectors.errors import CollectorError, Garbled, Refused, Unreachable, Unsupported
from driftline.collectors.target import Login, Password, Target
from driftline.collectors.visit import Outcome, observed, visit
from driftline.graph.model.observed import Coverage, Part, Status
from driftline.graph.model.values import Ms

TARGET = Target("lab", "vc.example", Login("me", Password("secret")))


class Echo:
    """A line that answers with the question."""

    async def ask(self, ask: Ask) -> Reply:
        """The text of the ask."""
        return Reply(200, ask.text.encode(), Ms(1), Ms(2))


@asynccontextmanager
async def _opened() -> AsyncIterator[Line]:
    yield Echo()


def opened(target: Target) -> AbstractAsyncContextManager[Line]:
    """Open such a line."""
    assert target is TARGET
    return _opened()


class Failing:
    """A collector that asks once and then ends as told."""

    name = "failing"
    asks: tuple[str, ...] = ("hello",)

    def __init__(self, end: Exception | None) -> None:
        self.end = end

    async def capture(self, target: Target, line: Line, cursor: str = "") -> None:
        """Ask, then fail."""
        assert target is TARGET
        await line.ask(Ask("hello", "/", cursor))
        if self.end:
            raise self.end

    def observe(self, capture: Capture) -> Iterator[Part]:
        """Fail in the middle."""
        yield Coverage(capture.notes["collector"], "config", Status.COMPLETE, 0, Ms(0), Ms(0))
        raise self.end or AssertionError


@pytest.mark.parametrize(
    ("error", "outcome", "retry"),
    [
        (Unreachable("lab", "hello", "why"), Outcome.UNREACHABLE, True),
        (Refused("lab", "hello", "why"), Outcome.REFUSED, False),
        (Unsupported("lab", "hello", "why"), Outcome.UNSUPPORTED, False),
        (Garbled("lab", "hello", "why"), Outcome.FAILED, True),
        (ZeroDivisionError("secret"), Outcome.FAILED, True),
        (None, Outcome.COMPLETE, False),
    ],
)
def test_every_end_has_an_outcome_and_a_capture(error: Exception | None, outcome: Outcome, retry: bool) -> None:  # noqa: FBT001 -- a table
    """The error tells who must act; what was asked before it is kept."""
    visited = asyncio.run(visit(Failing(error), TARGET, opened, "cursor"))
    assert (visited.outcome, visited.outcome.worth_a_retry) == (outcome, retry)
    assert [entry.asked for entry in visited.capture.entries] == ["cursor"]
    assert visited.capture.notes == {"collector": "failing", "target": "lab", "cursor": "cursor"}
    assert visited.seconds >= 0
    assert isinstance(visited.error, CollectorError) is (error is not None)
    assert "secret" not in str(visited.error)


def test_a_bug_while_observing_is_garbled_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Parts before it were delivered; the capture is there to tell."""
    capture = asyncio.run(visit(Failing(None), TARGET, opened)).capture
    parts = observed(Failing(KeyError("x")), capture)
    with caplog.at_level(logging.ERROR):
        assert isinstance(next(parts), Coverage)
        with pytest.raises(Garbled, match="KeyError"):
            next(parts)
    assert capture.id in caplog.text


def test_partial_coverage_makes_a_partial_visit() -> None:
    """A visit is complete when all of its coverage is."""
    visited = asyncio.run(visit(Failing(None), TARGET, opened))
    rows = [Coverage("VM", "config", status, 0, Ms(0), Ms(0)) for status in (Status.COMPLETE, Status.PARTIAL)]
    assert visited.after(rows[:1]) is Outcome.COMPLETE
    assert visited.after(rows) is Outcome.PARTIAL
