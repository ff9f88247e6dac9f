"""A future that wakes its task at once.

A future of asyncio wakes its task in the next turn of the loop: another poll of all sockets for each reply, a tenth of
what a request costs. This one may only be kept by callbacks of the loop, never by a running task.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Generator
from contextvars import Context
from typing import Generic, TypeVar

Answer = TypeVar("Answer")
Wake = Callable[["Promise[Answer]"], object]


class Promise(Generic[Answer]):
    """Awaited by one task; kept by ``keep``, ``fail``, or by that task's end."""

    __slots__ = ("_answer", "_asyncio_future_blocking", "_context", "_error", "_wake", "done")

    def __init__(self) -> None:
        self._asyncio_future_blocking = False  # by this name asyncio knows what it can await
        self.done = False
        self._answer: Answer | None = None
        self._error: BaseException | None = None
        self._wake: Wake[Answer] | None = None
        self._context: Context | None = None

    def keep(self, answer: Answer) -> None:
        """Give the answer; the task runs before this returns."""
        self._answer = answer
        self._end()

    def fail(self, error: BaseException) -> None:
        """Raise in the task, which runs before this returns."""
        self._error = error
        self._end()

    def _end(self) -> None:
        self.done = True
        if self._wake is not None and self._context is not None:
            self._context.run(self._wake, self)

    def __await__(self) -> Generator[Promise[Answer], None, Answer]:
        """Wait for the answer."""
        if not self.done:
            self._asyncio_future_blocking = True
            yield self
        return self.result()

    def result(self) -> Answer:
        """The answer; asyncio asks for it too, and passes on what it raises."""
        if self._error is not None:
            raise self._error
        return self._answer  # type: ignore[return-value]  # None only if it is an answer

    def add_done_callback(self, wake: Wake[Answer], *, context: Context) -> None:
        """Called by the task when it begins to wait."""
        self._wake, self._context = wake, context

    def cancel(self, msg: object = None) -> bool:
        """Called when the task is cancelled; it is woken in the next turn, as it may be running now."""
        if self.done:
            return False
        self.done, self._error = True, asyncio.CancelledError(*([] if msg is None else [msg]))
        if self._wake is not None:
            asyncio.get_running_loop().call_soon(self._wake, self, context=self._context)
        return True

    def get_loop(self) -> asyncio.AbstractEventLoop:
        """The loop it belongs to."""
        return asyncio.get_running_loop()
