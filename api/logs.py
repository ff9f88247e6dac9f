"""Logging: the rooms below use the standard library's, structlog formats it here (decision D28). Secrets are masked."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog

from driftline.api.output import clean

QUIET = ("httpx", "httpcore", "hpack", "neo4j", "apscheduler", "asyncio")
"""Libraries that are told to say only what is wrong: below that they tell headers, and with them session keys."""


def configure(form: str, level: str, mask: Callable[[str], str]) -> None:
    """Send all log records to standard error, one event a line: ``console`` for people, ``json`` for programs."""
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if form == "json" else structlog.dev.ConsoleRenderer(colors=_colours())
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _masking(mask), last],
        foreign_pre_chain=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.add_logger_name,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
        ],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def _masking(mask: Callable[[str], str]) -> structlog.typing.Processor:
    def masked(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {name: _tidy(mask(v)) if isinstance(v, str) else v for name, v in event.items()}

    return masked


def _tidy(text: str) -> str:
    """Lines stay lines (a traceback), all else that steers a terminal is written out."""
    return "\n".join(clean(line) for line in text.split("\n"))


def _colours() -> bool:
    return sys.stderr.isatty()
