"""What a visit got to hear on the command line: each answer of a capture, read or with the reason why not."""

from __future__ import annotations

from dataclasses import dataclass

from driftline.collectors.capture import Capture, Damaged, Entry
from driftline.collectors.network.cli.asking import METHOD, CliAsk
from driftline.collectors.network.cli.platforms import PLATFORMS
from driftline.collectors.network.cli.rows import NotThere, NotUnderstood, Row
from driftline.graph.model.values import Ms

ANSWERED = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """One command. With a ``why`` nothing was read: what it would have shown is not known, which is not absent."""

    platform: str
    ask: CliAsk
    rows: tuple[Row, ...]
    why: str
    start_ms: Ms
    end_ms: Ms


def answers_of(capture: Capture) -> tuple[Answer, ...]:
    """Every answer to a command that is on the lists; of two to one command the later counts.

    A command that the device does not have is left out: it was asked, and there is nothing to know.
    """
    found: dict[str, Answer] = {}
    for entry in capture.entries:
        platform = PLATFORMS.get(entry.path.removeprefix("/"))
        ask = platform.of(entry.asked) if platform and entry.method == METHOD else None
        if platform and ask:
            try:
                rows, why = _read(capture, entry, ask)
            except NotThere:
                continue
            found[ask.command] = Answer(platform.name, ask, rows, why, Ms(entry.start_ms), Ms(entry.end_ms))
    return tuple(found.values())


def _read(capture: Capture, entry: Entry, ask: CliAsk) -> tuple[tuple[Row, ...], str]:
    try:
        text = capture.body(entry).decode(errors="replace")
    except Damaged as error:
        return (), str(error)
    if entry.status != ANSWERED:
        return (), text.partition("\n")[0] or "no answer"
    try:
        return ask.read(text), ""
    except NotThere:
        raise
    except NotUnderstood as error:
        return (), str(error)
