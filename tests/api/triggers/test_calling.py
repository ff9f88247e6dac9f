"""When messages lead to a reading, and how often."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from itertools import pairwise
from typing import Any

from driftline.api.triggers.calling import Calling
from driftline.api.triggers.inbox import KEPT, Inbox
from driftline.api.triggers.limits import Bucket
from driftline.collectors.network.triggers import Notice
from driftline.graph.model.values import Ms

DEBOUNCE, LEAST = 0.1, 0.4


def readings(said: Sequence[float], busy: int = 0) -> list[float]:
    """At which seconds a device is read that speaks at these; the first ``busy`` readings cannot begin."""
    found: list[float] = []
    tried: list[float] = []

    async def play() -> None:
        loop = asyncio.get_running_loop()
        begin = loop.time()

        def read(_: str) -> bool:
            tried.append(loop.time() - begin)
            if len(tried) > busy:
                found.append(tried[-1])
            return len(tried) <= busy

        call = Calling(read, DEBOUNCE, LEAST)
        for at in said:
            await asyncio.sleep(begin + at - loop.time())
            call("sw1")
        await asyncio.sleep(3 * LEAST)
        call.close()

    _run(play())
    return found


def _run(what: Coroutine[Any, Any, None]) -> None:
    asyncio.run(what)


def test_a_burst_of_messages_is_one_reading_after_it() -> None:
    """Debounce: the device is read when it has been quiet."""
    (at,) = readings([0, 0.05, 0.08])
    assert at >= 0.08 + DEBOUNCE


def test_a_device_that_never_ceases_is_read_all_the_same() -> None:
    """After the least time between two readings, and then no more often."""
    found = readings([n * 0.05 for n in range(20)])
    assert found[0] < 0.6
    assert all(later - earlier >= LEAST - 0.01 for earlier, later in pairwise(found))


def test_a_device_that_is_being_read_is_read_again_later() -> None:
    """What it said may have come too late for the reading under way."""
    (at,) = readings([0], busy=1)
    assert at >= 2 * DEBOUNCE


def test_a_bucket_lets_a_burst_and_then_its_rate_through() -> None:
    """Whatever the time that passed, no more than the burst at once."""
    bucket = Bucket(per_second=2, burst=3)
    assert [bucket.takes(10) for _ in range(5)] == [True, True, True, False, False]
    assert [bucket.takes(11) for _ in range(3)] == [True, True, False]
    assert [bucket.takes(1_000) for _ in range(4)] == [True, True, True, False]


def test_an_inbox_forgets_the_oldest_and_says_so() -> None:
    """What is told begins where nothing was forgotten; one who never spoke has no feed at all."""
    clock = [Ms(1_000)]
    inbox = Inbox(lambda: clock[0])
    assert inbox.told("sw1") is None
    for n in range(KEPT + 1):
        clock[0] = Ms(2_000 + n)
        inbox.put("sw1", Notice("CONFIG_I", configured=True, user="alice"))
    told = inbox.told("sw1")
    assert told is not None
    assert (told["since_ms"], len(told["messages"])) == (2_001, KEPT)
    inbox.put("sw2", Notice("linkDown"))
    assert inbox.told("sw2") is None, "a device that sends no syslog tells nothing by its silence"


def test_losses_near_to_each_other_are_one() -> None:
    """A flood is one hole in the feed, however long."""
    clock = [Ms(1_000)]
    inbox = Inbox(lambda: clock[0])
    for at in (1_000, 2_000, 50_000, 500_000):
        clock[0] = Ms(at)
        inbox.lose("sw1")
    told = inbox.told("sw1")
    assert told is not None
    assert told["lost_ms"] == [[1_000, 50_000], [500_000, 500_000]]
